//! A Collector that is killed twice while it is sent to: what was made is delivered or counted as lost, and what is said to be
//! delivered is in its files.

#![allow(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use std::{
    collections::HashSet,
    thread,
    time::{Duration, Instant},
};

use opentelemetry::{
    logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _},
    metrics::MeterProvider as _,
    trace::{Tracer as _, TracerProvider as _},
};
use tachograph::pipeline::{Builder, Pipeline, Protocol, Settings};
use tests::components::{Collector, Ports};

const LONG: Duration = Duration::from_secs(60);
/// Between two items of each signal: some hundred a second.
const PAUSE: Duration = Duration::from_millis(2);
const TIMES_KILLED: usize = 2;

/// Exports often, in small batches, and gives up soon.
fn sending_to(endpoint: &str, protocol: Protocol) -> Pipeline {
    let variables = [
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "50"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "50"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "500"),
    ];
    let settings = Settings::from_lookup(|name| {
        variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
    });
    let builder = Builder::new().with_settings(settings.unwrap()).with_otlp_endpoint(endpoint);
    builder.with_protocol(protocol).with_self_test(false).build().unwrap()
}

/// Records one item of each signal after the other.
struct Load<'a> {
    pipeline: &'a Pipeline,
    items: u64,
    start: Instant,
}

impl Load<'_> {
    fn record_until(&mut self, ended: impl Fn(&Pipeline) -> bool) {
        let tracer = self.pipeline.tracer_provider().unwrap().tracer("test");
        let logger = self.pipeline.logger_provider().unwrap().logger("test");
        let counter = self.pipeline.meter_provider().unwrap().meter("test").u64_counter("items").build();
        while !ended(self.pipeline) {
            assert!(self.start.elapsed() < LONG, "{:?}", self.pipeline.health());
            drop(tracer.start(format!("item {}", self.items)));
            let mut record = logger.create_log_record();
            record.set_body(AnyValue::from(i64::try_from(self.items).unwrap()));
            logger.emit(record);
            counter.add(1, &[]);
            self.items += 1;
            thread::sleep(PAUSE);
        }
    }

    /// Until so many more of all signals are exported.
    fn record_exported(&mut self, more: u64) {
        let exported = |it: &Pipeline| {
            let health = it.health();
            [health.traces.exported, health.logs.exported, health.metrics.exported]
        };
        let before = exported(self.pipeline);
        self.record_until(|it| exported(it).into_iter().zip(before).all(|(now, before)| now >= before + more));
    }

    /// Until some more of all signals are lost.
    fn record_lost(&mut self) {
        let lost = |it: &Pipeline| {
            let health = it.health();
            [health.traces.failed.total(), health.logs.failed.total(), health.metrics.failed.total()]
        };
        let before = lost(self.pipeline);
        self.record_until(|it| lost(it).into_iter().zip(before).all(|(now, before)| now > before));
    }
}

/// Each item is exported or lost, never both, and is exported when its request was answered. The Collector writes a request before it
/// answers it. So what is exported is in the files. There may be more in them: a request that was written when the Collector was killed, or
/// when the client's time was over, had no answer. It counts as lost, or was sent again and is there twice.
fn what_is_exported_is_in_the_files(protocol: Protocol) {
    let ports = Ports::choose().unwrap();
    let endpoint = if protocol == Protocol::Grpc { ports.grpc() } else { ports.http() };
    let Some(mut collector) = Collector::start_at(&ports) else { return };
    let pipeline = sending_to(&endpoint, protocol);
    let mut load = Load { pipeline: &pipeline, items: 0, start: Instant::now() };
    let (mut spans, mut records, mut points) = (Vec::new(), Vec::new(), 0);
    for _ in 0..TIMES_KILLED {
        load.record_exported(200);
        collector.kill();
        load.record_lost();
        spans.extend(collector.spans());
        records.extend(collector.records());
        points += collector.points().len();
        collector = Collector::start_at(&ports).unwrap();
    }
    load.record_exported(200);
    let made = load.items;
    let report = pipeline.shutdown_blocking(LONG);
    collector.stop();
    spans.extend(collector.spans());
    records.extend(collector.records());
    points += collector.points().len();

    for signal in [&report.traces, &report.logs, &report.metrics] {
        assert_eq!(signal.created, signal.exported + signal.failed.total() + signal.lost, "{protocol}: {report}");
        assert!(signal.failed.total() > 0, "{protocol}: {report}");
    }
    assert_eq!((report.traces.created, report.logs.created), (made, made), "{protocol}: {report}");
    let within = |exported: u64, written: usize| (exported..=made).contains(&(written as u64));
    let spans: HashSet<_> = spans.into_iter().map(|span| span.span_id).collect();
    assert!(within(report.traces.exported, spans.len()), "{protocol}: {} spans, {report}", spans.len());
    let records: HashSet<_> = records.into_iter().map(|record| record.body.to_string()).collect();
    assert!(within(report.logs.exported, records.len()), "{protocol}: {} records, {report}", records.len());
    assert!(report.metrics.exported <= points as u64, "{protocol}: {points} points, {report}");
}

#[test]
fn what_is_exported_over_http_to_a_collector_that_is_killed_is_in_its_files() {
    what_is_exported_is_in_the_files(Protocol::HttpProtobuf);
}

#[test]
fn what_is_exported_over_grpc_to_a_collector_that_is_killed_is_in_its_files() {
    what_is_exported_is_in_the_files(Protocol::Grpc);
}
