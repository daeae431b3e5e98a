//! Receivers, exporters and processors that fail: the application goes on, and every item is accounted for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter, SpanProcessor};
use tachograph_pipeline::{Builder, Protocol};

use crate::collector::{dead_endpoint, hanging_endpoint};
use crate::{LONG, OWN_POINTS, OWN_POINTS_WITHOUT_SPANS, builder, end_spans};

fn protocols() -> [Protocol; 2] {
    [Protocol::HttpProtobuf, Protocol::Grpc]
}

#[test]
fn a_dead_receiver_is_counted_and_harms_nothing() {
    for protocol in protocols() {
        let builder = builder(&[("OTEL_EXPORTER_OTLP_TIMEOUT", "1500")]).with_otlp_endpoint(dead_endpoint());
        let pipeline = builder.with_protocol(protocol).build().unwrap();
        end_spans(&pipeline, 10);
        let report = pipeline.force_flush_blocking(LONG);
        let health = pipeline.health().traces;
        assert_eq!((health.created, health.exported, health.failed.error), (10, 0, 10), "{protocol}");
        assert!(health.failing && health.last_error.unwrap().contains("refused"));
        assert!(report.clone().into_result().unwrap_err().to_string().contains("10 items were not delivered"));

        let report = pipeline.shutdown_blocking(LONG);
        assert_eq!((report.traces.failed.total(), report.traces.lost), (10, 0));
    }
}

#[test]
fn metrics_say_once_why_they_were_not_delivered() {
    let (hanging, _listener) = hanging_endpoint();
    let cases = [(dead_endpoint(), LONG, "refused"), (hanging, Duration::from_millis(300), "within")];
    for (protocol, (endpoint, deadline, cause)) in
        protocols().into_iter().flat_map(|it| cases.clone().map(|case| (it, case)))
    {
        let pipeline = builder(&[("OTEL_TRACES_EXPORTER", "none")])
            .with_otlp_endpoint(endpoint)
            .with_protocol(protocol)
            .build()
            .unwrap();
        pipeline.telemetry().unwrap().meter().u64_counter("calls").build().add(1, &[]);
        let report = pipeline.shutdown_blocking(deadline);
        assert_eq!(report.metrics.failed.total() + report.metrics.lost, 1 + OWN_POINTS_WITHOUT_SPANS, "{report}");
        let [error] = &report.metrics.errors[..] else { panic!("{protocol}, {cause}: {report}") };
        assert!(error.contains(cause), "{protocol}: {error}");
        assert!(report.into_result().is_err());
    }
}

#[test]
fn neither_the_key_in_an_address_nor_a_header_is_in_the_error() {
    let address = format!("{}/v1/traces?key=c2VjcmV0", dead_endpoint());
    let variables = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", address.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=c2VjcmV0"),
        ("OTEL_METRICS_EXPORTER", "none"),
    ];
    let pipeline = builder(&variables).build().unwrap();
    end_spans(&pipeline, 1);
    let report = pipeline.shutdown_blocking(LONG);
    let error = pipeline.health().traces.last_error.unwrap();
    assert!(error.contains("refused"), "{error}");
    assert!(!format!("{error} {report} {report:?} {pipeline:?}").contains("c2VjcmV0"));
}

#[test]
fn a_hanging_receiver_costs_its_time_out_and_no_more() {
    for protocol in protocols() {
        let (endpoint, _listener) = hanging_endpoint();
        let pipeline = builder(&[("OTEL_EXPORTER_OTLP_TIMEOUT", "200")])
            .with_otlp_endpoint(endpoint)
            .with_protocol(protocol)
            .build()
            .unwrap();
        end_spans(&pipeline, 5);
        let start = Instant::now();
        let report = pipeline.force_flush_blocking(LONG);
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        assert!(report.into_result().is_err());
        let health = pipeline.health().traces;
        assert_eq!((health.created, health.exported, health.failed.total()), (5, 0, 5), "{protocol}");
    }
}

#[test]
fn a_shutdown_against_a_hanging_receiver_ends_at_its_deadline_with_a_balance() {
    for protocol in protocols() {
        let (endpoint, _listener) = hanging_endpoint();
        let pipeline = builder(&[]).with_otlp_endpoint(endpoint).with_protocol(protocol).build().unwrap();
        end_spans(&pipeline, 2000);
        pipeline.telemetry().unwrap().meter().u64_counter("calls").build().add(1, &[]);
        let deadline = Duration::from_secs(1);
        let start = Instant::now();
        let report = pipeline.shutdown_blocking(deadline);
        assert!(start.elapsed() < deadline + Duration::from_millis(500), "{:?}", start.elapsed());
        assert!(report.timed_out());
        assert_eq!((report.traces.created, report.traces.exported), (2000, 0), "{report}");
        assert_eq!(report.traces.failed.total() + report.traces.lost, 2000, "{report}");
        assert_eq!(report.metrics.failed.total() + report.metrics.lost, 1 + OWN_POINTS, "{report}");
    }
}

/// Panics once, then takes everything.
#[derive(Debug, Default, Clone)]
struct PanicsOnce {
    panicked: Arc<AtomicBool>,
    taken: Arc<AtomicU64>,
}

impl PanicsOnce {
    fn take(&self, items: u64) -> OTelSdkResult {
        assert!(self.panicked.swap(true, Ordering::SeqCst), "on purpose");
        self.taken.fetch_add(items, Ordering::SeqCst);
        Ok(())
    }
}

impl SpanExporter for PanicsOnce {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.take(batch.len() as u64)
    }
}

impl PushMetricExporter for PanicsOnce {
    async fn export(&self, _: &ResourceMetrics) -> OTelSdkResult {
        self.take(1)
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        panic!("on purpose, at shutdown")
    }
    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

#[test]
fn a_panicking_exporter_loses_its_batch_and_the_next_one_is_exported() {
    let (spans, metrics) = (PanicsOnce::default(), PanicsOnce::default());
    let pipeline =
        builder(&[]).with_span_exporter(spans.clone()).with_metric_exporter(metrics.clone()).build().unwrap();
    pipeline.telemetry().unwrap().meter().u64_counter("calls").build().add(1, &[]);
    end_spans(&pipeline, 4);
    let report = pipeline.force_flush_blocking(LONG);
    assert_eq!((report.traces.failed.panicked, report.metrics.failed.panicked), (4, 1 + OWN_POINTS));
    assert!(report.into_result().unwrap_err().to_string().contains("on purpose"));

    end_spans(&pipeline, 3);
    let report = pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert_eq!((report.traces.created, report.traces.exported, report.traces.failed.panicked), (7, 3, 4));
    assert_eq!(spans.taken.load(Ordering::SeqCst), 3);
    assert_eq!(metrics.taken.load(Ordering::SeqCst), 1);
}

/// Blocks its thread, which an exporter must not do, until the test lets go.
#[derive(Debug)]
struct Blocks(Mutex<Receiver<()>>);

impl SpanExporter for Blocks {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        let _ = self.0.lock().unwrap().recv();
        Ok(())
    }
}

fn blocking(builder: Builder) -> (Builder, Sender<()>) {
    let (let_go, held) = channel();
    (builder.with_span_exporter(Blocks(Mutex::new(held))), let_go)
}

#[test]
fn an_exporter_that_blocks_its_thread_is_given_up_in_time() {
    let (builder, let_go) = blocking(builder(&[("OTEL_BSP_EXPORT_TIMEOUT", "50"), ("OTEL_METRICS_EXPORTER", "none")]));
    let pipeline = builder.build().unwrap();
    end_spans(&pipeline, 2);
    let report = pipeline.force_flush_blocking(LONG);
    assert_eq!(report.traces.failed.timed_out, 2);
    assert!(report.timed_out());
    drop(let_go);
}

#[test]
fn spans_that_found_the_queue_full_are_reported_as_lost() {
    let variables = [("OTEL_BSP_MAX_QUEUE_SIZE", "10"), ("OTEL_METRICS_EXPORTER", "none")];
    let (builder, let_go) = blocking(builder(&variables));
    let pipeline = builder.build().unwrap();
    let start = Instant::now();
    end_spans(&pipeline, 1000);
    assert!(start.elapsed() < Duration::from_secs(5), "ending spans must not wait for the exporter");
    drop(let_go);
    let report = pipeline.shutdown_blocking(LONG);
    assert_eq!(report.traces.created, 1000);
    assert!(report.traces.exported >= 10, "{report}");
    assert!(report.traces.lost > 0, "{report}");
    assert_eq!(report.traces.exported + report.traces.lost, 1000, "{report}");
}

#[derive(Debug)]
struct PanickingProcessor;

impl SpanProcessor for PanickingProcessor {
    fn on_start(&self, _: &mut Span, _: &Context) {
        panic!("on purpose, at start")
    }
    fn on_end(&self, _: SpanData) {
        panic!("on purpose, at end")
    }
    fn force_flush(&self) -> OTelSdkResult {
        panic!("on purpose, at flush")
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        panic!("on purpose, at shutdown")
    }
}

#[test]
fn a_panicking_span_processor_reaches_neither_the_application_nor_the_export() {
    let exporter = PanicsOnce::default();
    exporter.panicked.store(true, Ordering::SeqCst);
    let pipeline = builder(&[("OTEL_METRICS_EXPORTER", "none")])
        .with_span_exporter(exporter.clone())
        .with_span_processor(PanickingProcessor)
        .build()
        .unwrap();
    end_spans(&pipeline, 2);
    let report = pipeline.shutdown_blocking(LONG);
    assert_eq!(exporter.taken.load(Ordering::SeqCst), 2);
    assert_eq!(report.traces.exported, 2);
    assert!(report.into_result().unwrap_err().to_string().contains("panicked"));
}

#[test]
fn spans_that_are_still_open_at_the_end_are_reported() {
    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};

    let exporter = PanicsOnce::default();
    exporter.panicked.store(true, Ordering::SeqCst);
    let pipeline = builder(&[("OTEL_METRICS_EXPORTER", "none")]).with_span_exporter(exporter).build().unwrap();
    let mut open = pipeline.tracer_provider().unwrap().tracer("test").start("open");
    end_spans(&pipeline, 1);
    let report = pipeline.shutdown_blocking(LONG);
    assert_eq!((report.traces.created, report.traces.exported, report.traces.open), (1, 1, 1));
    open.end();
    assert_eq!(pipeline.health().traces.created, 1);
}
