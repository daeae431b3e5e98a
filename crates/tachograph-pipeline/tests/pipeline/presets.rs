//! Presets of backends, against a receiver that stands in for them.

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use tachograph_pipeline::{ExporterChoice, Preset, Protocol};
use tachograph_testing::otlp::{OtlpServer, Protocol as Spoken, Signal};
use tracing::dispatcher::with_default;

use crate::{LONG, builder, end_spans, subscriber};

/// Everything that the environment could say of another receiver.
const ELSEWHERE: &[(&str, &str)] = &[
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
    ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:1/traces"),
    ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://127.0.0.1:1/logs"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=of%20another,x-other=1"),
    ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "x-other=1"),
];

type Headers = &'static [(&'static str, &'static str)];
/// A preset with the address of the server, what arrives of it, and with what.
type Case = (fn(String) -> Preset, &'static [Signal], Headers);

/// What arrives with a preset: the signals, and the headers of each request.
fn arrives(preset: Preset, server: &OtlpServer, signals: &[Signal], headers: Headers, spoken: Spoken) {
    let shown = format!("{preset:?}");
    let pipeline = builder(ELSEWHERE).with_preset(preset).build().unwrap();
    end_spans(&pipeline, 1);
    pipeline.meter_provider().unwrap().meter("app").u64_counter("requests").build().add(1, &[]);
    with_default(&subscriber(&pipeline), || tracing::info!("hello"));
    pipeline.shutdown_blocking(LONG).into_result().unwrap();

    let requests = server.requests();
    for signal in [Signal::Traces, Signal::Metrics, Signal::Logs] {
        let arrived = requests.iter().any(|request| request.signal == signal);
        assert_eq!(arrived, signals.contains(&signal), "{shown}: {signal:?}");
    }
    for request in &requests {
        assert_eq!(request.protocol, spoken, "{shown}");
        for (name, value) in headers {
            assert_eq!(request.headers.get(*name).and_then(|it| it.to_str().ok()), Some(*value), "{shown}: {name}");
        }
        assert!(!request.headers.contains_key("x-other"), "{shown}: {:?}", request.headers);
        let authorization = request.headers.get("authorization").and_then(|it| it.to_str().ok());
        assert_ne!(authorization, Some("of another"), "{shown}");
    }
}

#[test]
fn headers_and_signals_of_each_backend_arrive_and_nothing_meant_for_another() {
    const ALL: &[Signal] = &[Signal::Traces, Signal::Metrics, Signal::Logs];
    const NO_METRICS: &[Signal] = &[Signal::Traces, Signal::Logs];
    let cases: [Case; 7] = [
        (
            |at| Preset::grafana_cloud("eu-west-2", "123456", "glc_s3cret").with_endpoint(at),
            ALL,
            &[("authorization", "Basic MTIzNDU2OmdsY19zM2NyZXQ=")],
        ),
        (|at| Preset::datadog("datadoghq.com", "k3y").with_endpoint(at), NO_METRICS, &[("dd-api-key", "k3y")]),
        (|at| Preset::new_relic("us", "k3y").with_endpoint(at), ALL, &[("api-key", "k3y")]),
        (|at| Preset::honeycomb("k3y").with_endpoint(at), ALL, &[("x-honeycomb-team", "k3y")]),
        (|at| Preset::sentry(at, "k3y"), NO_METRICS, &[("x-sentry-auth", "sentry sentry_key=k3y")]),
        (
            |at| Preset::langfuse("https://cloud.langfuse.com", "pk-lf-1", "sk-lf-s3cret").with_endpoint(at),
            &[Signal::Traces],
            &[("authorization", "Basic cGstbGYtMTpzay1sZi1zM2NyZXQ="), ("x-langfuse-ingestion-version", "4")],
        ),
        (|at| Preset::phoenix(at, "k3y"), &[Signal::Traces], &[("authorization", "Bearer k3y")]),
    ];
    for (preset, signals, headers) in cases {
        let server = OtlpServer::start();
        arrives(preset(server.http_endpoint()), &server, signals, headers, Spoken::HttpProtobuf);
    }
    let server = OtlpServer::start();
    arrives(Preset::jaeger(server.http_endpoint()), &server, &[Signal::Traces], &[], Spoken::HttpProtobuf);
}

#[test]
fn methods_of_the_builder_come_over_a_preset_in_any_order() {
    let server = OtlpServer::start();
    let pipeline = builder(&[])
        .with_otlp_endpoint(server.grpc_endpoint())
        .with_protocol(Protocol::Grpc)
        .with_metrics_exporter(ExporterChoice::Otlp)
        .with_header("x-team", "mine")
        .with_header("x-sentry-auth", "other")
        .with_preset(Preset::honeycomb("k3y"))
        .with_preset(Preset::sentry("https://sentry.invalid/otlp", "k3y"))
        .build()
        .unwrap();
    end_spans(&pipeline, 1);
    assert!(pipeline.health().unmet.is_empty(), "{:?}", pipeline.health().unmet);
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    let requests = server.requests();
    assert!(requests.iter().any(|request| request.signal == Signal::Metrics));
    for request in requests {
        assert_eq!((request.protocol, &request.headers["x-team"]), (Spoken::Grpc, &"mine".parse().unwrap()));
        assert_eq!(request.headers["x-sentry-auth"], "other");
        assert!(!request.headers.contains_key("x-honeycomb-team"), "{:?}", request.headers);
    }
}

#[test]
fn a_signal_that_is_not_taken_is_in_health_with_the_reason() {
    let preset = || Preset::langfuse("http://127.0.0.1:1", "pk", "sk");
    let pipeline = builder(&[("OTEL_LOGS_EXPORTER", "none")]).with_preset(preset()).build().unwrap();
    let unmet = pipeline.health().unmet;
    assert_eq!(unmet, ["metrics are not sent to Langfuse: it takes traces alone"], "logs were off before");
}

#[test]
fn requests_for_new_relic_have_one_megabyte_at_most() {
    let server = OtlpServer::start();
    let preset = Preset::new_relic("eu", "k3y").with_endpoint(server.http_endpoint());
    let pipeline = builder(&[]).with_preset(preset).build().unwrap();
    let tracer = pipeline.tracer_provider().unwrap().tracer("test");
    for _ in 0..30 {
        let mut span = tracer.start("large");
        span.set_attribute(KeyValue::new("text", "x".repeat(100_000)));
        span.end();
    }
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert_eq!(server.counts().traces.accepted, 30);
    let traces: Vec<_> = server.requests().into_iter().filter(|request| request.signal == Signal::Traces).collect();
    assert!(traces.iter().all(|request| request.bytes <= 1_000_000), "{:?}", traces.iter().map(|it| it.bytes).max());
}

#[test]
fn a_mistake_in_a_preset_is_an_error_of_build() {
    let error = builder(&[]).with_preset(Preset::new_relic("asia", "s3cret")).build().unwrap_err();
    assert_eq!(error.to_string(), "Preset::new_relic: \"asia\" is not valid; accepted: us, eu");
    let error = builder(&[]).with_preset(Preset::phoenix("localhost:6006", "s3cret")).build().unwrap_err();
    assert!(error.to_string().starts_with("Preset::phoenix: ") && !error.to_string().contains("s3cret"), "{error}");
}
