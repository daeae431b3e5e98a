//! What monitoring costs: one tracked call with and without mounted endpoints, in turns; a reading of many series; memory.
//!
//! `cargo bench -p tests --bench monitor`
//!
//! The nanoseconds are CPU time of the calling thread, the median of all rounds; the rounds of both states alternate, so that what the
//! machine does beside falls on both. Trust the ratio.

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use futures_util::FutureExt as _;
use opentelemetry::{
    KeyValue,
    trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};
use tachograph::{
    ExporterChoice, Pipeline, Settings, Tachograph,
    monitor::{Stats, Traces},
    record_api_request,
    source::{EndedSpan, ObserveSpans as _},
};
use tests::variants::{Parent, tachograph};

const ROUNDS: usize = 1000;
/// Fewer than a batch: the thread that exports, or shows spans to the monitor, works between the rounds and not beside them, where it
/// would contend for the allocator and the processors as it does with any exporter.
const CALLS: u32 = 400;

#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

fn pipeline(exporter: bool) -> Pipeline {
    let builder = Pipeline::builder()
        .with_settings(Settings::default())
        .with_metrics_exporter(ExporterChoice::None)
        .with_logs_exporter(ExporterChoice::None)
        .with_tracing_subscriber(false);
    let builder =
        if exporter { builder.with_span_exporter(Nowhere) } else { builder.with_traces_exporter(ExporterChoice::None) };
    builder.build().expect("it has no settings that could be wrong")
}

fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Nanoseconds of one call.
fn round(pipeline: &Pipeline, parent: Parent) -> f64 {
    let _scope = pipeline.telemetry().expect("it is not disabled").enter();
    let _parent = parent.enter();
    let begun = cpu_seconds();
    for _ in 0..CALLS {
        let _ = black_box(tachograph(black_box("hello")).now_or_never().expect("it is ready at once"));
    }
    let taken = (cpu_seconds() - begun) * 1e9 / f64::from(CALLS);
    let _ = pipeline.force_flush_blocking(Duration::from_secs(5));
    taken
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn calls() {
    println!("one tracked call, ns of CPU          without      with   ratio   allocations");
    for (exporter, parent, name) in [
        (true, Parent::Sampled, "exported, sampled"),
        (true, Parent::Unsampled, "exported, parent not sampled"),
        (false, Parent::Sampled, "no exporter, sampled"),
        (false, Parent::Unsampled, "no exporter, parent not sampled"),
    ] {
        let without = pipeline(exporter);
        let with = Tachograph::from(pipeline(exporter));
        let _mounted: tachograph::monitor::Monitoring = with.monitoring();
        let (mut plain, mut monitored) = (Vec::new(), Vec::new());
        for number in 0..ROUNDS {
            // Who goes first changes, for what a round leaves behind in the caches.
            if number % 2 == 0 {
                plain.push(round(&without, parent));
                monitored.push(round(&with, parent));
            } else {
                monitored.push(round(&with, parent));
                plain.push(round(&without, parent));
            }
        }
        let (plain, monitored) = (median(plain), median(monitored));
        let allocations = |pipeline: &Pipeline| {
            let _scope = pipeline.telemetry().expect("it is not disabled").enter();
            let _parent = parent.enter();
            let calls = || {
                for _ in 0..100 {
                    let _ = black_box(tachograph("hello").now_or_never());
                }
            };
            calls();
            allocation_counter::measure(calls).count_total as f64 / 100.0
        };
        println!(
            "  {name:<34} {plain:>7.0} {monitored:>9.0} {:>7.3}   {:.2}, {:.2}",
            monitored / plain,
            allocations(&without),
            allocations(&with)
        );
    }
}

/// What a second of reading takes, and what a summary and its JSON do.
fn readings() {
    println!("reading the metrics                  series        ms");
    for endpoints in [10, 100, 1000] {
        let telemetry = Tachograph::from(pipeline(false));
        let scope = telemetry.telemetry().expect("it is not disabled").enter();
        for endpoint in 0..endpoints {
            for status in [200, 404, 500] {
                record_api_request("GET", format!("/{endpoint}"), status, Duration::from_millis(3));
            }
        }
        drop(scope);
        let metrics = telemetry.metrics_handle().expect("it is not disabled");
        let stats = Stats::builder(Arc::new(metrics)).without_thread();
        let time = |what: &dyn Fn()| {
            let times = (0..30).map(|_| {
                let begun = Instant::now();
                what();
                begun.elapsed().as_secs_f64() * 1e3
            });
            median(times.collect())
        };
        let read = time(&|| stats.refresh());
        let summarised = time(&|| {
            stats.refresh();
            black_box(stats.summary());
        });
        println!("  {endpoints:>4} endpoints, read               {:>6} {read:>9.3}", endpoints * 3);
        println!("  {endpoints:>4} endpoints, read and summed up {:>6} {summarised:>9.3}", endpoints * 3);
    }
}

/// A trace of ten spans with eight attributes each, as an agent leaves them.
fn spans_of(traces: &Traces, trace: u128) {
    let attributes: Vec<KeyValue> =
        (0..8).map(|at| KeyValue::new(format!("attribute.{at}"), format!("a value of trace {trace}"))).collect();
    for span in (1..=10_u64).rev() {
        let id = TraceId::from(trace);
        let context = SpanContext::new(id, SpanId::from(span), TraceFlags::SAMPLED, false, TraceState::NONE);
        let start = SystemTime::now();
        let ended = EndedSpan {
            context: &context,
            parent: SpanId::from(span - 1),
            parent_is_remote: false,
            kind: SpanKind::Internal,
            name: "execute_tool search",
            start,
            end: start + Duration::from_millis(5),
            attributes: &attributes,
            events: &[],
            status: &Status::Unset,
        };
        traces.spans_ended(&mut [ended].into_iter());
    }
}

fn traces() {
    println!("recent traces, 10 spans of 8 attributes each");
    for seen in [1_u32, 100, 10_000] {
        let mut kept = None;
        let mut elapsed = Duration::ZERO;
        let used = allocation_counter::measure(|| {
            let traces = Traces::new();
            let begun = Instant::now();
            (1..=seen).for_each(|trace| spans_of(&traces, trace.into()));
            elapsed = begun.elapsed();
            kept = Some(traces);
        });
        let (_, traces) = kept.map(|traces| traces.seen_and_kept()).expect("it was made");
        println!(
            "  {seen:>6} seen: {traces:>4} kept, {:>9} bytes, {:>6.0} ns a span, its making included",
            used.bytes_current,
            elapsed.as_nanos() as f64 / (f64::from(seen) * 10.0)
        );
    }
}

fn main() {
    calls();
    readings();
    traces();
}
