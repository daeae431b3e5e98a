//! Spans and log records that wait for their export: who goes when there is no room, and what is told of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::trace::{
    Span as _, SpanContext, Status, TraceContextExt as _, TraceFlags, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tachograph_core::source::{EndedSpan, ObserveSpans, ReadExport as _};
use tachograph_pipeline::{Builder, Pipeline, WhenFull};
use tokio::runtime::Builder as RuntimeBuilder;
use tracing::dispatcher::with_default;

use crate::collector::{Collector, Speaks, hanging_endpoint};
use crate::{LONG, builder, end_spans, subscriber};

/// Keeps what it was given, after it was let go.
#[derive(Debug, Clone)]
struct Held {
    held: Arc<Mutex<Receiver<()>>>,
    names: Arc<Mutex<Vec<String>>>,
    calls: Arc<AtomicUsize>,
}

impl Held {
    fn new() -> (Self, Sender<()>) {
        let (let_go, held) = channel();
        (Self { held: Arc::new(Mutex::new(held)), names: Arc::default(), calls: Arc::default() }, let_go)
    }

    fn names(&self) -> Vec<String> {
        self.names.lock().unwrap().clone()
    }

    /// Blocks the export thread, which nobody else needs here.
    fn wait(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let _ = self.held.lock().unwrap().recv();
    }

    /// Waits until an export has begun.
    fn wait_for_a_call(&self) {
        let start = Instant::now();
        while self.calls.load(Ordering::SeqCst) == 0 && start.elapsed() < LONG {
            thread::yield_now();
        }
    }
}

impl SpanExporter for Held {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.wait();
        self.names.lock().unwrap().extend(batch.into_iter().map(|span| span.name.into_owned()));
        Ok(())
    }
}

impl LogExporter for Held {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        self.wait();
        let names = batch.iter().map(|(record, _)| format!("{:?}", record.body()));
        self.names.lock().unwrap().extend(names);
        Ok(())
    }
}

const SMALL: [(&str, &str); 5] = [
    ("OTEL_METRICS_EXPORTER", "none"),
    ("OTEL_LOGS_EXPORTER", "none"),
    ("OTEL_BSP_MAX_QUEUE_SIZE", "20"),
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10"),
    ("OTEL_BSP_MAX_CONCURRENT_EXPORTS", "1"),
];

/// A pipeline whose queue is empty and whose one export is under way and held.
fn held(builder: Builder) -> (Pipeline, Held, Sender<()>) {
    let (exporter, let_go) = Held::new();
    let pipeline = builder.with_span_exporter(exporter.clone()).build().unwrap();
    end_spans(&pipeline, 10);
    exporter.wait_for_a_call();
    (pipeline, exporter, let_go)
}

/// A parent in this process.
fn parent() -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        5.into(),
        7.into(),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    ))
}

fn children(pipeline: &Pipeline, parent: &Context, names: impl IntoIterator<Item = String>, status: &Status) {
    let tracer = pipeline.tracer_provider().unwrap().tracer("test");
    for name in names {
        let mut span = tracer.start_with_context(name, parent);
        span.set_status(status.clone());
        span.end();
    }
}

fn named(prefix: &str, range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|index| format!("{prefix} {index}")).collect()
}

#[test]
fn failures_roots_and_runs_of_agents_are_the_last_to_go() {
    let (pipeline, exporter, let_go) = held(builder(&SMALL));
    let parent = parent();
    children(&pipeline, &parent, named("child", 0..100), &Status::Unset);
    children(&pipeline, &parent, named("failure", 0..5), &Status::error("late"));
    children(&pipeline, &parent, named("invoke_agent", 0..5), &Status::Ok);
    end_spans(&pipeline, 5);
    children(&pipeline, &parent, named("late child", 0..100), &Status::Unset);
    let health = pipeline.health().traces;
    assert_eq!((health.created, health.queued, health.in_flight), (225, 20, 10));
    assert_eq!((health.dropped.queue_full, health.outstanding()), (195, 30));
    drop(let_go);
    let report = pipeline.shutdown_blocking(LONG);
    assert_eq!((report.traces.exported, report.traces.lost), (30, 195), "{report}");
    let kept = exporter.names().split_off(10);
    // The first children were there first, and nobody but the important ones took their place.
    let expected =
        [named("child", 0..5), named("failure", 0..5), named("invoke_agent", 0..5), named("span", 0..5)].concat();
    assert_eq!(kept, expected);
}

#[test]
fn the_oldest_go_where_that_is_asked_for() {
    let variables = [&SMALL[..], &[("TACHOGRAPH_BSP_WHEN_FULL", "drop_oldest")]].concat();
    let in_code = builder(&SMALL).with_when_full(WhenFull::DropOldest);
    for builder in [builder(&variables), in_code] {
        let (pipeline, exporter, let_go) = held(builder);
        let parent = parent();
        children(&pipeline, &parent, named("failure", 0..5), &Status::error("late"));
        children(&pipeline, &parent, named("child", 0..100), &Status::Unset);
        drop(let_go);
        pipeline.shutdown_blocking(LONG).into_result().unwrap();
        let kept = exporter.names().split_off(10);
        assert_eq!(kept, [named("failure", 0..5), named("child", 85..100)].concat());
    }
}

#[test]
fn the_queue_is_bounded_in_bytes() {
    let variables = [
        ("OTEL_METRICS_EXPORTER", "none"),
        ("TACHOGRAPH_BSP_MAX_QUEUE_BYTES", "65536"),
        ("OTEL_LOGS_EXPORTER", "none"),
        ("OTEL_BSP_MAX_CONCURRENT_EXPORTS", "1"),
    ];
    let (exporter, let_go) = Held::new();
    let pipeline = builder(&variables).with_span_exporter(exporter.clone()).build().unwrap();
    let tracer = pipeline.tracer_provider().unwrap().tracer("test");
    let end = |name: String, bytes: usize| {
        let mut span = tracer.start(name);
        span.set_attribute(KeyValue::new("text", "x".repeat(bytes)));
        span.end();
    };
    // Half of the bytes are as good as a batch.
    end("first".to_owned(), 40_000);
    exporter.wait_for_a_call();
    (0..10).for_each(|index| end(format!("span {index}"), 20_000));
    end("huge".to_owned(), 70_000);
    let health = pipeline.health().traces;
    assert_eq!((health.queued, health.in_flight), (3, 1), "{health:?}");
    assert_eq!((health.dropped.queue_full, health.dropped.too_large), (7, 1));
    drop(let_go);
    let report = pipeline.shutdown_blocking(LONG);
    assert_eq!((report.traces.exported, report.traces.lost), (4, 8), "{report}");
    assert_eq!(exporter.names(), ["first", "span 0", "span 1", "span 2"]);
}

/// Counts what it is shown.
#[derive(Default)]
struct Counts(AtomicUsize);

impl ObserveSpans for Counts {
    fn spans_ended(&self, spans: &mut dyn Iterator<Item = EndedSpan<'_>>) {
        self.0.fetch_add(spans.count(), Ordering::SeqCst);
    }
}

#[test]
fn spans_that_the_queue_drops_are_shown_to_the_observer() {
    let (pipeline, exporter, let_go) = held(builder(&SMALL));
    let counts = Arc::new(Counts::default());
    pipeline.observe_spans(Arc::clone(&counts) as Arc<dyn ObserveSpans>).unwrap();
    for round in 1..=20 {
        end_spans(&pipeline, 32);
        // Not faster than the observer: what is dropped is kept for it only so far.
        let start = Instant::now();
        while counts.0.load(Ordering::SeqCst) < round * 32 && start.elapsed() < LONG {
            thread::yield_now();
        }
        assert_eq!(counts.0.load(Ordering::SeqCst), round * 32, "{:?}", pipeline.health().traces);
    }
    drop(let_go);
    let report = pipeline.shutdown_blocking(LONG);
    assert_eq!((report.traces.exported, report.traces.lost), (30, 620), "{report}");
    assert_eq!((counts.0.load(Ordering::SeqCst), exporter.names().len()), (640, 30));
}

/// Ends no export before so many are under way.
#[derive(Debug, Clone)]
struct Together(Arc<tokio::sync::Barrier>);

impl SpanExporter for Together {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        self.0.wait().await;
        Ok(())
    }
}

#[test]
fn several_exports_are_under_way_at_once_where_that_is_asked_for() {
    let variables = [&SMALL[..2], &[("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10")]].concat();
    let in_environment = [&variables[..], &[("OTEL_BSP_MAX_CONCURRENT_EXPORTS", "3")]].concat();
    for builder in [builder(&in_environment), builder(&variables).with_concurrent_exports(3)] {
        let exporter = Together(Arc::new(tokio::sync::Barrier::new(3)));
        let pipeline = builder.with_span_exporter(exporter).build().unwrap();
        end_spans(&pipeline, 30);
        let report = pipeline.force_flush_blocking(LONG).into_result().unwrap();
        assert_eq!(report.traces.exported, 30, "{report}");
    }
}

#[test]
fn what_becomes_of_spans_is_in_the_metrics_of_the_conventions() {
    let (pipeline, _exporter, let_go) = held(
        builder(&SMALL).with_scope_labels(false).with_metric_names(tachograph_pipeline::MetricNames::OpenTelemetry),
    );
    end_spans(&pipeline, 50);
    let _open = pipeline.tracer_provider().unwrap().tracer("test").start("open");
    let has = |line: &str| {
        let text = pipeline.prometheus_text().unwrap();
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    };
    let processor = r#"otel_component_name="batching_span_processor/0",otel_component_type="batching_span_processor""#;
    let exporter = r#"otel_component_name="custom_span_exporter/0",otel_component_type="custom_span_exporter""#;
    has(&format!("otel_sdk_processor_span_queue_size{{{processor}}} 20"));
    has(&format!("otel_sdk_processor_span_queue_capacity{{{processor}}} 20"));
    has(&format!("otel_sdk_processor_span_processed_total{{{processor}}} 10"));
    has(&format!(r#"otel_sdk_processor_span_processed_total{{error_type="queue_full",{processor}}} 30"#));
    has(&format!(r#"otel_sdk_processor_span_processed_total{{error_type="too_large",{processor}}} 0"#));
    has(&format!("otel_sdk_exporter_span_inflight{{{exporter}}} 10"));
    has(&format!("otel_sdk_exporter_span_exported_total{{{exporter}}} 0"));
    has(r#"otel_sdk_span_live{otel_span_sampling_result="RECORD_AND_SAMPLE"} 1"#);
    drop(let_go);
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    has(&format!("otel_sdk_processor_span_queue_size{{{processor}}} 0"));
    has(&format!("otel_sdk_processor_span_processed_total{{{processor}}} 30"));
    has(&format!("otel_sdk_exporter_span_inflight{{{exporter}}} 0"));
    has(&format!("otel_sdk_exporter_span_exported_total{{{exporter}}} 30"));
    has(&format!(r#"otel_sdk_exporter_span_exported_total{{error_type="timeout",{exporter}}} 0"#));
}

#[test]
fn otlp_exporters_are_named_with_their_place() {
    let pipeline = builder(&[])
        .with_otlp_endpoint("http://127.0.0.1:9")
        .with_protocol(tachograph_pipeline::Protocol::Grpc)
        .build()
        .unwrap();
    let text = pipeline.prometheus_text().unwrap();
    for signal in ["span", "log", "metric"] {
        let kind = format!("otlp_grpc_{signal}_exporter");
        let labels = format!(
            r#"otel_component_name="{kind}/0",otel_component_type="{kind}",server_address="127.0.0.1",server_port="9""#
        );
        assert!(text.lines().any(|line| line.contains("_inflight{") && line.contains(&labels)), "{labels}\n{text}");
    }
}

#[test]
fn log_records_wait_in_the_same_way_and_errors_go_last() {
    let variables = [
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_BLRP_MAX_QUEUE_SIZE", "20"),
        ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "10"),
        ("OTEL_BLRP_MAX_CONCURRENT_EXPORTS", "1"),
    ];
    let (exporter, let_go) = Held::new();
    let pipeline = builder(&variables).with_log_exporter(exporter.clone()).build().unwrap();
    with_default(&subscriber(&pipeline), || {
        (0..10).for_each(|_| tracing::info!("first"));
        exporter.wait_for_a_call();
        (0..100).for_each(|_| tracing::info!("more"));
        (0..5).for_each(|_| tracing::error!("failure"));
    });
    let health = pipeline.health().logs;
    assert_eq!((health.created, health.queued, health.in_flight, health.dropped.queue_full), (115, 20, 10, 85));
    drop(let_go);
    let report = pipeline.shutdown_blocking(LONG);
    assert_eq!((report.logs.exported, report.logs.lost), (30, 85), "{report}");
    assert_eq!(exporter.names().iter().filter(|it| it.contains("failure")).count(), 5);
}

#[test]
fn the_balance_holds_on_every_kind_of_runtime() {
    let (endpoint, _listener) = hanging_endpoint();
    let run = |shut_down: &dyn Fn(Pipeline) -> tachograph_pipeline::ShutdownReport| {
        let variables = [("OTEL_METRICS_EXPORTER", "none"), ("OTEL_BSP_MAX_CONCURRENT_EXPORTS", "1")];
        let pipeline = builder(&variables).with_otlp_endpoint(&endpoint).build().unwrap();
        end_spans(&pipeline, 1000);
        let accounts = pipeline.export_handle().unwrap();
        let report = shut_down(pipeline);
        let traces = &report.traces;
        assert_eq!((traces.created, traces.exported), (1000, 0), "{report}");
        assert_eq!(traces.failed.timed_out + traces.lost, 1000, "{report}");
        assert!(traces.timed_out && report.clone().into_result().is_err());
        // On a busy machine the report is due before the last items are booked.
        let start = Instant::now();
        while accounts.export_state().signals[0].outstanding > 0 && start.elapsed() < LONG {
            thread::yield_now();
        }
        let told = &accounts.export_state().signals[0];
        assert_eq!((told.created, told.failed, told.outstanding), (1000, 1000, 0), "{told:?}");
        let reasons: Vec<_> = told.failed_by_reason.iter().map(|(reason, _)| *reason).collect();
        assert_eq!(reasons, ["timed_out", "out_of_time"], "one batch was under way, the rest still queued");
    };
    let deadline = Duration::from_millis(600);
    let current_thread = || RuntimeBuilder::new_current_thread().enable_all().build().unwrap();
    run(&|pipeline| current_thread().block_on(async move { pipeline.shutdown(deadline).await }));
    run(&|pipeline| current_thread().block_on(async move { pipeline.shutdown_blocking(deadline) }));
    run(&|pipeline| {
        let runtime = RuntimeBuilder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let task = runtime.spawn(async move { pipeline.shutdown(deadline).await });
        runtime.block_on(task).unwrap()
    });
    run(&|pipeline| pipeline.shutdown_blocking(deadline));
}

#[test]
fn exports_are_cut_by_their_bytes() {
    let variables = [&SMALL[..2], &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]].concat();
    // More than the 4 MiB that a server of gRPC takes.
    let text = "x".repeat(40_000);
    let end = |pipeline: &Pipeline| {
        let tracer = pipeline.tracer_provider().unwrap().tracer("test");
        for index in 0..300 {
            let mut span = tracer.start(format!("span {index}"));
            span.set_attribute(KeyValue::new("text", text.clone()));
            span.end();
        }
    };
    let collector = Collector::start(Speaks::Grpc);
    let pipeline = builder(&variables).with_otlp_endpoint(&collector.endpoint).build().unwrap();
    end(&pipeline);
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert_eq!(collector.spans().len(), 300);
    collector.with(|received| assert!(received.traces.len() >= 4, "{}", received.traces.len()));

    let (exporter, let_go) = Held::new();
    drop(let_go);
    let pipeline =
        builder(&variables).with_span_exporter(exporter.clone()).with_max_export_bytes(100_000).build().unwrap();
    end(&pipeline);
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert_eq!((exporter.names().len(), exporter.calls.load(Ordering::SeqCst)), (300, 150), "two fit");
}
