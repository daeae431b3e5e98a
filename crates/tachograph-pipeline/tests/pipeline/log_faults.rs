//! Receivers, exporters and processors of log records that fail: who logs goes on, and every record is accounted for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::InstrumentationScope;
use opentelemetry::logs::Severity;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{InMemoryLogExporter, LogBatch, LogExporter, LogProcessor, SdkLogRecord};
use tachograph_pipeline::{Builder, Pipeline, Protocol, ShutdownReport};
use tracing::dispatcher::with_default;

use crate::collector::{dead_endpoint, hanging_endpoint};
use crate::{LONG, builder, subscriber};

/// Only logs are exported.
fn logs_alone(variables: &[(&str, &str)]) -> Builder {
    builder(&[&[("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")], variables].concat())
}

fn log(pipeline: &Pipeline, count: usize) {
    with_default(&subscriber(pipeline), || (0..count).for_each(|number| tracing::info!(number, "logged")));
}

/// `created = exported + failed + lost`.
fn assert_balanced(report: &ShutdownReport, created: u64) {
    let logs = &report.logs;
    assert_eq!(logs.created, created, "{report}");
    assert_eq!(logs.exported + logs.failed.total() + logs.lost, created, "{report}");
}

#[test]
fn a_dead_receiver_of_logs_is_counted_and_harms_nothing() {
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        let builder = logs_alone(&[("OTEL_EXPORTER_OTLP_TIMEOUT", "1500")]).with_otlp_endpoint(dead_endpoint());
        let pipeline = builder.with_protocol(protocol).build().unwrap();
        log(&pipeline, 10);
        let report = pipeline.force_flush_blocking(LONG);
        let health = pipeline.health().logs;
        assert_eq!((health.created, health.exported, health.failed.error), (10, 0, 10), "{protocol}");
        assert!(health.failing && health.last_error.unwrap().contains("refused"));
        assert!(report.into_result().unwrap_err().to_string().contains("10 items were not delivered"));
        let report = pipeline.shutdown_blocking(LONG);
        assert_balanced(&report, 10);
        assert_eq!((report.logs.failed.error, report.logs.lost), (10, 0), "{report}");
    }
}

#[test]
fn a_shutdown_against_a_hanging_receiver_of_logs_ends_at_its_deadline_with_a_balance() {
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        let (endpoint, _listener) = hanging_endpoint();
        let pipeline = builder(&[]).with_otlp_endpoint(endpoint).with_protocol(protocol).build().unwrap();
        log(&pipeline, 1500);
        crate::end_spans(&pipeline, 10);
        let deadline = Duration::from_secs(1);
        let start = Instant::now();
        let report = pipeline.shutdown_blocking(deadline);
        assert!(start.elapsed() < deadline + Duration::from_millis(500), "{:?}", start.elapsed());
        assert!(report.logs.timed_out && report.timed_out(), "{report}");
        assert_balanced(&report, 1500);
        assert_eq!(report.logs.exported, 0);
        assert_eq!(report.traces.failed.total() + report.traces.lost, 10, "{report}");
        assert!(report.into_result().is_err());
    }
}

#[test]
fn a_hanging_receiver_of_logs_takes_no_time_from_the_other_signals() {
    let (endpoint, _listener) = hanging_endpoint();
    let variables = [("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", endpoint.as_str()), ("OTEL_METRICS_EXPORTER", "none")];
    let spans = opentelemetry_sdk::trace::InMemorySpanExporter::default();
    let pipeline = builder(&variables).with_span_exporter(spans).build().unwrap();
    log(&pipeline, 5);
    crate::end_spans(&pipeline, 10);
    let report = pipeline.shutdown_blocking(Duration::from_secs(1));
    assert_eq!((report.traces.exported, report.traces.timed_out), (10, false), "{report}");
    assert!(report.logs.timed_out, "{report}");

    // And the other way round: hanging traces leave logs the time to end.
    let variables = [("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint.as_str()), ("OTEL_METRICS_EXPORTER", "none")];
    let pipeline = builder(&variables).with_log_exporter(InMemoryLogExporter::default()).build().unwrap();
    log(&pipeline, 5);
    crate::end_spans(&pipeline, 10);
    let report = pipeline.shutdown_blocking(Duration::from_secs(5));
    assert_eq!((report.logs.exported, report.logs.timed_out), (5, false), "{report}");
    assert!(report.traces.timed_out, "{report}");
}

/// Takes everything, after it panicked where it has to.
#[derive(Debug, Default, Clone)]
struct Takes {
    panics: Arc<AtomicBool>,
    taken: Arc<AtomicU64>,
}

impl LogExporter for Takes {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        assert!(!self.panics.swap(false, Ordering::SeqCst), "on purpose");
        self.taken.fetch_add(batch.iter().count() as u64, Ordering::SeqCst);
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        panic!("on purpose, at shutdown")
    }
}

#[test]
fn a_panicking_exporter_of_logs_loses_its_batch_and_the_next_one_is_exported() {
    let exporter = Takes { panics: Arc::new(true.into()), ..Takes::default() };
    let pipeline = logs_alone(&[]).with_log_exporter(exporter.clone()).build().unwrap();
    log(&pipeline, 4);
    let report = pipeline.force_flush_blocking(LONG);
    assert_eq!(report.logs.failed.panicked, 4, "{report}");
    assert!(report.into_result().unwrap_err().to_string().contains("on purpose"));
    log(&pipeline, 3);
    let report = pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert_balanced(&report, 7);
    assert_eq!((report.logs.exported, exporter.taken.load(Ordering::SeqCst)), (3, 3));
}

/// Blocks its thread, which an exporter must not do, until the test lets go.
#[derive(Debug)]
struct Blocks(Mutex<Receiver<()>>);

impl LogExporter for Blocks {
    async fn export(&self, _: LogBatch<'_>) -> OTelSdkResult {
        let _ = self.0.lock().unwrap().recv();
        Ok(())
    }
}

fn blocking(builder: Builder) -> (Pipeline, Sender<()>) {
    let (let_go, held) = channel();
    (builder.with_log_exporter(Blocks(Mutex::new(held))).build().unwrap(), let_go)
}

#[test]
fn an_exporter_of_logs_that_blocks_its_thread_is_given_up_in_time() {
    let (pipeline, let_go) = blocking(logs_alone(&[("OTEL_BLRP_EXPORT_TIMEOUT", "50")]));
    log(&pipeline, 2);
    let report = pipeline.force_flush_blocking(LONG);
    assert_eq!(report.logs.failed.timed_out, 2);
    assert!(report.timed_out());
    drop(let_go);
}

#[test]
fn records_that_found_the_queue_full_are_lost_and_nobody_waited() {
    let (pipeline, let_go) = blocking(logs_alone(&[("OTEL_BLRP_MAX_QUEUE_SIZE", "10")]));
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| log(&pipeline, 250));
        }
    });
    assert!(start.elapsed() < Duration::from_secs(10), "who logs must not wait for the exporter");
    drop(let_go);
    let report = pipeline.shutdown_blocking(LONG);
    assert_balanced(&report, 1000);
    assert!(report.logs.exported >= 10 && report.logs.lost > 0, "{report}");
}

#[derive(Debug)]
struct PanickingProcessor;

impl LogProcessor for PanickingProcessor {
    fn emit(&self, _: &mut SdkLogRecord, _: &InstrumentationScope) {
        panic!("on purpose, at a record")
    }
    fn event_enabled(&self, _: Severity, _: &str, _: Option<&str>) -> bool {
        panic!("on purpose, when asked")
    }
    fn force_flush(&self) -> OTelSdkResult {
        panic!("on purpose, at flush")
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        panic!("on purpose, at shutdown")
    }
}

#[test]
fn a_panicking_log_processor_reaches_neither_who_logs_nor_the_export() {
    let exporter = Takes::default();
    let pipeline =
        logs_alone(&[]).with_log_exporter(exporter.clone()).with_log_processor(PanickingProcessor).build().unwrap();
    log(&pipeline, 2);
    let report = pipeline.shutdown_blocking(LONG);
    assert_eq!((exporter.taken.load(Ordering::SeqCst), report.logs.exported), (2, 2));
    assert!(report.into_result().unwrap_err().to_string().contains("panicked"));
}

#[test]
fn a_log_processor_that_hangs_at_the_end_is_left_behind() {
    #[derive(Debug)]
    struct Hangs(Mutex<Receiver<()>>);
    impl LogProcessor for Hangs {
        fn emit(&self, _: &mut SdkLogRecord, _: &InstrumentationScope) {}
        fn force_flush(&self) -> OTelSdkResult {
            let _ = self.0.lock().unwrap().recv();
            Ok(())
        }
    }
    let (let_go, held) = channel();
    let pipeline =
        logs_alone(&[("OTEL_LOGS_EXPORTER", "none")]).with_log_processor(Hangs(Mutex::new(held))).build().unwrap();
    let start = Instant::now();
    let report = pipeline.force_flush_blocking(Duration::from_millis(300));
    assert!(start.elapsed() < Duration::from_secs(10) && report.logs.timed_out, "{report}");
    drop(let_go);
}
