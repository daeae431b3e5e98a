//! The end of a pipeline on every kind of runtime.

use std::time::{Duration, Instant};

use tachograph_pipeline::{Pipeline, Protocol, ShutdownReport};
use tokio::runtime::{Builder as RuntimeBuilder, Runtime};

use crate::collector::{Collector, Speaks, dead_endpoint};
use crate::{LONG, OWN_POINTS, builder, end_spans};

const SPANS: usize = 1500;

/// The SDK's own shutdown takes 5 s where it goes wrong; ours must not come near.
const WELL_INSIDE: Duration = Duration::from_secs(3);

fn build(collector: &Collector, protocol: Protocol) -> Pipeline {
    builder(&[]).with_otlp_endpoint(&collector.endpoint).with_protocol(protocol).build().unwrap()
}

async fn use_and_shut_down(endpoint: &Collector, protocol: Protocol) -> ShutdownReport {
    let pipeline = build(endpoint, protocol);
    end_spans(&pipeline, SPANS);
    pipeline.telemetry().unwrap().meter().u64_counter("calls").build().add(1, &[]);
    pipeline.shutdown(LONG).await
}

fn delivers_everything(run: impl Fn(&'static Collector, Protocol) -> ShutdownReport) {
    for (speaks, protocol) in [(Speaks::Http, Protocol::HttpProtobuf), (Speaks::Grpc, Protocol::Grpc)] {
        // Leaked, so that spawned tasks can hold it; the thread behind it ends with the test process.
        let collector: &'static Collector = Box::leak(Box::new(Collector::start(speaks)));
        let start = Instant::now();
        let report = run(collector, protocol);
        assert!(start.elapsed() < WELL_INSIDE, "{:?}", start.elapsed());
        assert_eq!(collector.spans().len(), SPANS, "{report}");
        assert!(collector.last_metrics().iter().any(|metric| metric.name == "calls"), "{report}");
        let report = report.into_result().unwrap();
        assert_eq!((report.traces.created, report.traces.exported, report.traces.lost), (1500, 1500, 0));
        assert_eq!((report.metrics.created, report.metrics.exported), (1 + OWN_POINTS, 1 + OWN_POINTS));
    }
}

fn multi_thread(workers: usize) -> Runtime {
    RuntimeBuilder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap()
}

#[test]
fn everything_is_delivered_on_a_multi_thread_runtime() {
    delivers_everything(|collector, protocol| multi_thread(2).block_on(use_and_shut_down(collector, protocol)));
}

#[test]
fn everything_is_delivered_from_a_task_on_the_only_worker() {
    delivers_everything(|collector, protocol| {
        let runtime = multi_thread(1);
        let task = runtime.spawn(use_and_shut_down(collector, protocol));
        runtime.block_on(task).unwrap()
    });
}

#[test]
fn everything_is_delivered_on_a_current_thread_runtime() {
    delivers_everything(|collector, protocol| {
        let runtime = RuntimeBuilder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(use_and_shut_down(collector, protocol))
    });
}

#[test]
fn everything_is_delivered_on_a_current_thread_runtime_that_blocks() {
    delivers_everything(|collector, protocol| {
        let runtime = RuntimeBuilder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let pipeline = build(collector, protocol);
            end_spans(&pipeline, SPANS);
            pipeline.telemetry().unwrap().meter().u64_counter("calls").build().add(1, &[]);
            pipeline.shutdown_blocking(LONG)
        })
    });
}

#[test]
fn everything_is_delivered_without_a_runtime() {
    delivers_everything(|collector, protocol| {
        let pipeline = build(collector, protocol);
        end_spans(&pipeline, SPANS);
        pipeline.telemetry().unwrap().meter().u64_counter("calls").build().add(1, &[]);
        pipeline.shutdown_blocking(LONG)
    });
}

#[test]
fn the_future_needs_no_tokio() {
    delivers_everything(|collector, protocol| futures_executor::block_on(use_and_shut_down(collector, protocol)));
}

#[test]
fn a_dropped_pipeline_flushes() {
    let collector = Collector::start(Speaks::Http);
    let runtime = RuntimeBuilder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let pipeline = build(&collector, Protocol::HttpProtobuf);
        end_spans(&pipeline, 5);
    });
    assert_eq!(collector.spans().len(), 5);
}

#[test]
fn a_panic_that_unwinds_past_the_pipeline_flushes_it() {
    let collector = Collector::start(Speaks::Http);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let pipeline = build(&collector, Protocol::HttpProtobuf);
        end_spans(&pipeline, 5);
        panic!("on purpose");
    }));
    assert!(outcome.is_err());
    assert_eq!(collector.spans().len(), 5);
}

#[test]
fn the_second_shutdown_answers_at_once_and_says_so() {
    let collector = Collector::start(Speaks::Http);
    let pipeline = build(&collector, Protocol::HttpProtobuf);
    end_spans(&pipeline, 5);
    let first = pipeline.shutdown_blocking(LONG);
    assert!(!first.already_shut_down);
    let second = pipeline.shutdown_blocking(LONG);
    assert!(second.already_shut_down && second.to_string().contains("was shut down before"));
    assert_eq!(second.traces.exported, 5);
    assert!(pipeline.force_flush_blocking(LONG).already_shut_down);
    second.into_result().unwrap();
}

#[test]
fn dropping_the_future_does_not_stop_the_shutdown() {
    let collector = Collector::start(Speaks::Http);
    let pipeline = build(&collector, Protocol::HttpProtobuf);
    end_spans(&pipeline, 5);
    {
        let mut future = Box::pin(pipeline.shutdown(LONG));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = Future::poll(future.as_mut(), &mut context);
    }
    // The job holds the exporter; the pipeline's health shows its end.
    let start = Instant::now();
    while pipeline.health().traces.exported < 5 && start.elapsed() < LONG {
        std::thread::yield_now();
    }
    assert_eq!(collector.spans().len(), 5);
}

#[test]
fn without_exporters_nothing_counts_as_lost_and_the_report_says_why() {
    let none = ["TRACES", "METRICS", "LOGS"].map(|signal| format!("OTEL_{signal}_EXPORTER"));
    let none: Vec<_> = none.iter().map(|name| (name.as_str(), "none")).collect();
    let pipeline = builder(&none).build().unwrap();
    end_spans(&pipeline, 12);
    pipeline.telemetry().unwrap().meter().u64_counter("calls").build().add(1, &[]);
    let health = pipeline.health();
    assert_eq!((health.traces.created, health.traces.outstanding()), (12, 0));
    for report in [pipeline.force_flush_blocking(LONG), pipeline.shutdown_blocking(LONG)] {
        let text = report.to_string();
        assert!(
            text.starts_with("spans: no exporter, 12 made; data points: no exporter; log records: no exporter; took "),
            "{text}"
        );
        assert!(!report.traces.has_exporter && !report.metrics.has_exporter && !report.logs.has_exporter);
        assert_eq!((report.traces.created, report.traces.lost), (12, 0));
        report.into_result().unwrap();
    }
}

#[test]
fn one_signal_without_an_exporter_does_not_hide_the_loss_of_the_other() {
    let pipeline =
        builder(&[("OTEL_METRICS_EXPORTER", "prometheus")]).with_otlp_endpoint(dead_endpoint()).build().unwrap();
    end_spans(&pipeline, 3);
    let report = pipeline.shutdown_blocking(LONG);
    assert!(report.traces.has_exporter && !report.metrics.has_exporter);
    let text = report.into_result().unwrap_err().to_string();
    assert!(text.contains("spans: 0 of 3 exported, 3 failed") && text.contains("data points: no exporter"), "{text}");
}

#[test]
fn a_disabled_pipeline_shuts_down_at_once() {
    let pipeline = builder(&[("OTEL_SDK_DISABLED", "TRUE")]).build().unwrap();
    assert!(pipeline.telemetry().is_none() && pipeline.tracer_provider().is_none());
    assert_eq!(pipeline.shutdown_blocking(LONG), ShutdownReport::default());
}
