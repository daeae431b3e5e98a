//! What the self-test of the export says of the OpenTelemetry Collector.

#![allow(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use std::time::{Duration, Instant};

use tachograph::pipeline::{Builder, Protocol, Settings};
use tests::components::Collector;

const LONG: Duration = Duration::from_secs(60);

/// A pipeline whose spans alone go to `endpoint`.
fn sending_to(endpoint: &str, protocol: Protocol) -> Builder {
    let off = |name: &str| matches!(name, "OTEL_METRICS_EXPORTER" | "OTEL_LOGS_EXPORTER").then(|| "none".to_owned());
    Builder::new()
        .with_settings(Settings::from_lookup(off).unwrap())
        .with_otlp_endpoint(endpoint)
        .with_protocol(protocol)
        .with_self_test(true)
}

/// What is found wrong.
fn diagnosis(endpoint: &str, protocol: Protocol) -> String {
    let pipeline = sending_to(endpoint, protocol).build().unwrap();
    let start = Instant::now();
    loop {
        if let Some(diagnosis) = pipeline.health().traces.diagnosis {
            return diagnosis;
        }
        assert!(start.elapsed() < LONG, "nothing was found wrong with {protocol} at {endpoint}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn mix_ups_at_the_collector_are_told_and_an_empty_export_creates_nothing() {
    let Some(mut collector) = Collector::start() else { return };
    let (grpc, http) = (collector.grpc().to_owned(), collector.http().to_owned());
    let found = diagnosis(&http, Protocol::Grpc);
    assert!(found.starts_with(&format!("OTLP endpoint {http} speaks HTTP, and with_protocol says grpc")), "{found}");
    let found = diagnosis(&grpc, Protocol::HttpProtobuf);
    assert!(found.starts_with(&format!("OTLP endpoint {grpc} speaks gRPC, and with_protocol says http")), "{found}");
    let found = diagnosis(&format!("{http}/v1/traces"), Protocol::HttpProtobuf);
    assert!(found.contains("/v1/traces/v1/traces does not exist (404"), "{found}");
    for (endpoint, protocol) in [(&http, Protocol::HttpProtobuf), (&grpc, Protocol::Grpc)] {
        let found = diagnosis(&endpoint.replace("http://", "https://"), protocol);
        assert!(found.contains("speaks no TLS: write http:// in with_otlp_endpoint"), "{found}");
        assert_eq!(well(endpoint, protocol), None, "{protocol}");
    }
    collector.stop();
    assert!(collector.spans().is_empty());
}

/// What is found where nothing is wrong, after the time that it took to find what was.
fn well(endpoint: &str, protocol: Protocol) -> Option<String> {
    let pipeline = sending_to(endpoint, protocol).build().unwrap();
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(1) && pipeline.health().traces.diagnosis.is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    pipeline.health().traces.diagnosis
}
