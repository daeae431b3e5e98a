//! What is recorded arrives, over both protocols.

use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::AggregationTemporality;
use tachograph_pipeline::{MetricNames, Protocol, Sampler};

use crate::collector::{Collector, Speaks, numbers};
use crate::{LONG, OWN_POINTS, builder, end_spans};

fn protocol(speaks: Speaks) -> Protocol {
    match speaks {
        Speaks::Http => Protocol::HttpProtobuf,
        Speaks::Grpc => Protocol::Grpc,
    }
}

fn spans_and_metrics_arrive(speaks: Speaks, variables: &[(&str, &str)]) -> Collector {
    let collector = Collector::start(speaks);
    let pipeline = builder(variables)
        .with_otlp_endpoint(&collector.endpoint)
        .with_protocol(protocol(speaks))
        .with_header("x-team", "two words")
        .build()
        .unwrap();
    end_spans(&pipeline, 3);
    pipeline.telemetry().unwrap().meter().u64_counter("calls").build().add(5, &[]);
    pipeline.force_flush_blocking(LONG).into_result().unwrap();

    let names: Vec<_> = collector.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["span 0", "span 1", "span 2"]);
    let calls = collector.last_metrics().into_iter().find(|metric| metric.name == "calls").unwrap();
    assert_eq!(numbers(&calls), [5.0]);
    let health = pipeline.health();
    assert_eq!((health.traces.created, health.traces.exported), (3, 3));
    assert_eq!((health.metrics.created, health.metrics.exported), (1 + OWN_POINTS, 1 + OWN_POINTS));
    assert!(!health.traces.failing && health.traces.last_success.is_some());

    let report = pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert_eq!((report.traces.exported, report.traces.lost), (3, 0));
    collector.with(|received| {
        assert!(received.headers.iter().all(|headers| headers["x-team"] == "two words"));
    });
    collector
}

#[test]
fn spans_and_metrics_arrive_over_http() {
    spans_and_metrics_arrive(Speaks::Http, &[]);
}

#[test]
fn spans_and_metrics_arrive_over_grpc() {
    spans_and_metrics_arrive(Speaks::Grpc, &[]);
}

#[test]
fn compressed_exports_arrive_over_http() {
    let collector = spans_and_metrics_arrive(Speaks::Http, &[("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")]);
    collector.with(|received| assert!(received.headers.iter().all(|headers| headers["content-encoding"] == "gzip")));
}

#[test]
fn compressed_exports_arrive_over_grpc() {
    let collector = spans_and_metrics_arrive(Speaks::Grpc, &[("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")]);
    collector.with(|received| assert!(received.headers.iter().all(|headers| headers["grpc-encoding"] == "gzip")));
}

#[test]
fn headers_of_the_environment_are_sent_and_code_beats_them() {
    for speaks in [Speaks::Http, Speaks::Grpc] {
        let headers = "authorization=Bearer%20token,x-team=from%20the%20environment";
        let collector = spans_and_metrics_arrive(speaks, &[("OTEL_EXPORTER_OTLP_HEADERS", headers)]);
        collector.with(|received| {
            for headers in &received.headers {
                assert_eq!(headers["authorization"], "Bearer token");
                assert_eq!(headers.get_all("x-team").iter().count(), 1);
            }
        });
    }
}

#[test]
fn both_signals_carry_the_resource_and_metrics_are_cumulative() {
    let collector = spans_and_metrics_arrive(Speaks::Http, &[("OTEL_RESOURCE_ATTRIBUTES", "team=a%2Fb")]);
    collector.with(|received| {
        let traces = received.traces[0].resource_spans[0].resource.clone().unwrap();
        let metrics = received.metrics[0].resource_metrics[0].resource.clone().unwrap();
        for resource in [traces, metrics] {
            let value = |key: &str| {
                let attribute = resource.attributes.iter().find(|kv| kv.key == key);
                match attribute.and_then(|kv| kv.value.clone()).and_then(|value| value.value) {
                    Some(Value::StringValue(text)) => text,
                    other => panic!("{key}: {other:?}"),
                }
            };
            assert_eq!(value("service.name"), "test");
            assert_eq!(value("team"), "a/b");
            assert_eq!(value("telemetry.distro.name"), "tachograph");
        }
        for metric in &received.metrics[0].resource_metrics[0].scope_metrics[0].metrics {
            let Some(opentelemetry_proto::tonic::metrics::v1::metric::Data::Sum(sum)) = &metric.data else { panic!() };
            assert_eq!(sum.aggregation_temporality(), AggregationTemporality::Cumulative);
        }
    });
}

#[test]
fn scrapes_and_pushes_show_the_same_numbers() {
    let collector = Collector::start(Speaks::Http);
    let pipeline = builder(&[])
        .with_otlp_endpoint(&collector.endpoint)
        .with_metric_names(MetricNames::OpenTelemetry)
        .with_scope_labels(false)
        .with_target_info(false)
        .build()
        .unwrap();
    let meter = pipeline.telemetry().unwrap().meter().clone();
    let counter = meter.u64_counter("calls").build();
    let histogram = meter.f64_histogram("wait").with_unit("s").build();
    let _gauge = meter.u64_observable_gauge("depth").with_callback(|observer| observer.observe(9, &[])).build();
    // Pushes and scrapes read the same cumulative reader: neither takes numbers from the other.
    for round in 1..=3 {
        counter.add(round, &[KeyValue::new("k", "v")]);
        histogram.record(0.5, &[]);
        pipeline.prometheus_text().unwrap();
        pipeline.force_flush_blocking(LONG).into_result().unwrap();
    }
    let text = pipeline.prometheus_text().unwrap();
    let pushed = collector.last_metrics();
    let pushed = |name: &str| numbers(pushed.iter().find(|metric| metric.name == name).unwrap());
    assert_eq!(pushed("calls"), [6.0]);
    assert_eq!(pushed("wait"), [3.0, 1.5]);
    assert_eq!(pushed("depth"), [9.0]);
    for line in ["calls_total{k=\"v\"} 6", "wait_seconds_count 3", "wait_seconds_sum 1.5", "depth 9"] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn metrics_are_pushed_again_and_again_without_being_asked() {
    let collector = Collector::start(Speaks::Http);
    let pipeline =
        builder(&[("OTEL_METRIC_EXPORT_INTERVAL", "5")]).with_otlp_endpoint(&collector.endpoint).build().unwrap();
    pipeline.telemetry().unwrap().meter().u64_counter("calls").build().add(1, &[]);
    let start = std::time::Instant::now();
    while collector.with(|received| received.metrics.len()) < 3 {
        assert!(start.elapsed() < LONG);
        std::thread::yield_now();
    }
}

#[test]
fn the_sampler_decides_and_code_beats_the_environment() {
    let variables = [("OTEL_TRACES_SAMPLER", "always_off"), ("OTEL_METRICS_EXPORTER", "none")];
    let collector = Collector::start(Speaks::Http);
    let builder = || builder(&variables).with_otlp_endpoint(&collector.endpoint);
    let off = builder().build().unwrap();
    end_spans(&off, 3);
    assert_eq!(off.shutdown_blocking(LONG).traces.created, 0);
    let on = builder().with_sampler(Sampler::AlwaysOn).build().unwrap();
    end_spans(&on, 3);
    assert_eq!(on.shutdown_blocking(LONG).traces.exported, 3);
    assert_eq!(collector.spans().len(), 3);
}
