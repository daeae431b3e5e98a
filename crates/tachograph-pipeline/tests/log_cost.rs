//! What a line costs in each format, beside the JSON of `tracing-subscriber`. Printed, not judged: `cargo test --release --test log_cost
//! -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "prints what it measures")]

use std::hint::black_box;
use std::time::Instant;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use tachograph_core::{Ids, context};
use tachograph_pipeline::{ContextFields, DetailedFormat, JsonFormat};
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Registry, fmt};

struct Nowhere;

impl std::io::Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(black_box(bytes).len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn nowhere() -> Nowhere {
    Nowhere
}

const LINES: u32 = 1000;

fn line(number: u32) {
    tracing::info!(
        number,
        model = "gpt-4o",
        elapsed_ms = 12.5,
        cached = false,
        path = %"/api/chat",
        "answered the question of a user in reasonable time"
    );
}

fn measure(name: &str, subscriber: impl Subscriber + Send + Sync + 'static) {
    tracing::dispatcher::with_default(&Dispatch::new(subscriber), || {
        (0..1000).for_each(line);
        let allocations = allocation_counter::measure(|| line(1)).count_total;
        let best = (0..300).map(|_| {
            let start = Instant::now();
            (0..LINES).for_each(line);
            start.elapsed()
        });
        let best = best.min().unwrap() / LINES;
        println!("{name:<40} {:>6} ns {allocations:>3} allocations", best.as_nanos());
    });
}

#[test]
#[ignore = "prints what it measures"]
fn lines() {
    let span = SpanContext::new(TraceId::from(7), SpanId::from(7), TraceFlags::SAMPLED, false, TraceState::default());
    let inside =
        context::with_request_id(&Context::new().with_remote_span_context(span), std::sync::Arc::<str>::from("r-1"));
    let inside = Ids::new().user("u-42").conversation("c-7").on(&inside);
    for (place, context) in [("outside", Context::new()), ("with ids", inside)] {
        let _context = context.attach();
        println!("{place}");
        let layer = || fmt::layer::<Registry>().with_writer(nowhere).with_ansi(false);
        let registry = tracing_subscriber::registry;
        measure("  tracing_subscriber, json", registry().with(layer().json()));
        let all = fmt::format().json().with_file(true).with_line_number(true).with_thread_ids(true);
        measure("  tracing_subscriber, json, file, thread", registry().with(layer().json().event_format(all)));
        measure("  JsonFormat", registry().with(layer().event_format(JsonFormat::new())));
        measure("  DetailedFormat", registry().with(layer().event_format(DetailedFormat::new())));
        measure("  tracing_subscriber, text", registry().with(layer()));
        measure(
            "  ContextFields",
            registry().with(layer().event_format(ContextFields::new(fmt::format().with_ansi(false)))),
        );
        measure(
            "  JsonFormat, level off",
            registry().with(layer().event_format(JsonFormat::new())).with(LevelFilter::WARN),
        );
    }
}
