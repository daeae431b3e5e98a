//! What an event costs that becomes a log record: nothing where its level is off, and beside the bridge of OpenTelemetry as printed by
//! `cargo test --release -p tachograph-pipeline --all-features --test log_export_cost -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "prints what it measures")]

use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{
    BatchConfigBuilder, BatchLogProcessor, LogBatch, LogExporter, LogProcessor, SdkLogRecord, SdkLoggerProvider,
};
use tachograph_core::{Ids, context};
use tachograph_pipeline::{Builder, ExporterChoice, Pipeline, Settings};
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

const LONG: Duration = Duration::from_secs(60);
const QUEUE: usize = 100_000;
const LINES: u32 = 1000;

/// Takes everything, and keeps nothing.
#[derive(Debug, Clone, Copy)]
struct Nowhere;

impl LogExporter for Nowhere {
    async fn export(&self, _: LogBatch<'_>) -> OTelSdkResult {
        Ok(())
    }
}

impl LogProcessor for Nowhere {
    fn emit(&self, _: &mut SdkLogRecord, _: &InstrumentationScope) {}
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn builder(filter: &'static str) -> Builder {
    let settings = Settings::from_lookup(|name| match name {
        "RUST_LOG" => Some(filter.to_owned()),
        "OTEL_BLRP_MAX_QUEUE_SIZE" => Some(QUEUE.to_string()),
        _ => None,
    });
    Builder::new()
        .with_settings(settings.unwrap())
        .with_traces_exporter(ExporterChoice::None)
        .with_metrics_exporter(ExporterChoice::None)
}

fn subscriber(pipeline: &Pipeline) -> impl Subscriber + Send + Sync + use<> {
    tracing_subscriber::registry().with(pipeline.log_export_layer())
}

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

#[test]
fn an_event_whose_level_is_off_or_that_nobody_exports_costs_no_memory() {
    let off = builder("warn").with_log_exporter(Nowhere).build().unwrap();
    let nobody = builder("info").with_logs_exporter(ExporterChoice::None).build().unwrap();
    for pipeline in [&off, &nobody] {
        tracing::dispatcher::with_default(&Dispatch::new(subscriber(pipeline)), || {
            line(0);
            assert_eq!(allocation_counter::measure(|| (0..100).for_each(line)).count_total, 0);
        });
        assert_eq!(pipeline.health().logs.created, 0);
    }
    let on = builder("info").with_log_exporter(Nowhere).build().unwrap();
    tracing::dispatcher::with_default(&Dispatch::new(subscriber(&on)), || {
        assert!(allocation_counter::measure(|| line(0)).count_total > 0, "allocations are counted");
    });
    assert_eq!(on.health().logs.created, 1);
}

fn measure(name: &str, subscriber: impl Subscriber + Send + Sync + 'static, flush: impl Fn()) {
    tracing::dispatcher::with_default(&Dispatch::new(subscriber), || {
        (0..1000).for_each(line);
        flush();
        let allocations = allocation_counter::measure(|| line(1)).count_total;
        let best = (0..200).map(|_| {
            let start = Instant::now();
            (0..LINES).for_each(line);
            let elapsed = start.elapsed();
            flush();
            elapsed
        });
        let best = best.min().unwrap() / LINES;
        println!("{name:<40} {:>6} ns {allocations:>3} allocations", best.as_nanos());
    });
}

#[test]
#[ignore = "prints what it measures"]
fn records() {
    let span = SpanContext::new(TraceId::from(7), SpanId::from(7), TraceFlags::SAMPLED, false, TraceState::default());
    let inside =
        context::with_request_id(&Context::new().with_remote_span_context(span), std::sync::Arc::<str>::from("r-1"));
    let inside = Ids::new().user("u-42").conversation("c-7").on(&inside);
    let registry = tracing_subscriber::registry;
    for (place, context) in [("outside", Context::new()), ("with ids", inside)] {
        let _context = context.attach();
        println!("{place}");

        let provider = SdkLoggerProvider::builder().with_log_processor(Nowhere).build();
        let theirs = OpenTelemetryTracingBridge::new(&provider);
        measure("  opentelemetry-appender-tracing, no queue", registry().with(theirs), || ());
        let ours =
            builder("info").with_logs_exporter(ExporterChoice::None).with_log_processor(Nowhere).build().unwrap();
        measure("  log_export_layer, no queue", subscriber(&ours), || ());

        let config = BatchConfigBuilder::default().with_max_queue_size(QUEUE).build();
        let queue = BatchLogProcessor::builder(Nowhere).with_batch_config(config).build();
        let provider = SdkLoggerProvider::builder().with_log_processor(queue).build();
        let theirs = OpenTelemetryTracingBridge::new(&provider);
        let flushed = provider.clone();
        measure("  opentelemetry-appender-tracing, queued", registry().with(theirs), move || {
            flushed.force_flush().unwrap();
        });
        let ours = builder("info").with_log_exporter(Nowhere).build().unwrap();
        measure("  log_export_layer, queued", subscriber(&ours), || {
            let _ = ours.force_flush_blocking(LONG);
        });
        assert_eq!(ours.health().logs.outstanding(), 0, "none found the queue full");

        let theirs = OpenTelemetryTracingBridge::new(&provider).with_filter(LevelFilter::WARN);
        measure("  opentelemetry-appender-tracing, off", registry().with(theirs), || ());
        let ours = builder("warn").with_log_exporter(Nowhere).build().unwrap();
        measure("  log_export_layer, off", subscriber(&ours), || ());
    }
}
