//! What becomes of telemetry, as others are told.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use tachograph_core::source::{ExportState, ReadExport as _, SignalExport};
use tachograph_pipeline::{Pipeline, Protocol};
use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status};

use crate::collector::{Collector, Speaks, dead_endpoint};
use crate::{LONG, builder, end_spans};

fn traces(state: &ExportState) -> &SignalExport {
    assert_eq!(state.signals.iter().map(|it| it.signal).collect::<Vec<_>>(), ["traces", "metrics", "logs"]);
    &state.signals[0]
}

#[test]
fn what_was_delivered_is_told_with_its_place() {
    let collector = Collector::start(Speaks::Http);
    let pipeline =
        builder(&[("OTEL_METRICS_EXPORTER", "none")]).with_otlp_endpoint(&collector.endpoint).build().unwrap();
    let handle = pipeline.export_handle().unwrap();
    end_spans(&pipeline, 3);
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    drop(pipeline);
    let state = handle.export_state();
    let told = traces(&state);
    assert_eq!((told.created, told.exported, told.failed, told.outstanding), (3, 3, 0, 0));
    assert_eq!(told.endpoint.as_deref(), Some(format!("{}/v1/traces", collector.endpoint).as_str()));
    assert!(told.has_exporter && !told.failing && told.last_error.is_none() && told.last_success.is_some());
    assert_eq!(state.signals[1], SignalExport { signal: "metrics", ..SignalExport::default() });
    let logs = &state.signals[2];
    assert!(logs.has_exporter && logs.created == 0 && !logs.failing, "{logs:?}");
}

#[test]
fn a_receiver_that_is_away_is_told_with_the_reason() {
    let variables = [("OTEL_EXPORTER_OTLP_TIMEOUT", "1500")];
    let pipeline = builder(&variables).with_otlp_endpoint(dead_endpoint()).build().unwrap();
    let handle = pipeline.export_handle().unwrap();
    end_spans(&pipeline, 3);
    let _ = pipeline.force_flush_blocking(LONG);
    let state = handle.export_state();
    let told = traces(&state);
    assert_eq!((told.created, told.exported, told.failed, told.outstanding), (3, 0, 3, 0));
    assert!(told.failing && told.last_success.is_none());
    assert!(told.last_error.as_deref().unwrap().contains("refused"), "{told:?}");
    assert!(state.signals[1].failing, "{state:?}");
}

#[test]
fn failed_scrapes_panics_and_unmet_settings_are_told() {
    let variables = [
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "EVENT_ONLY"),
    ];
    let pipeline = builder(&variables).with_instrument_cardinality_limit("calls", 1).build().unwrap();
    let meter = pipeline.telemetry().unwrap().meter();
    let _gauge = meter.u64_observable_gauge("fragile").with_callback(|_| panic!("on purpose")).build();
    let calls = meter.u64_counter("calls").build();
    for id in 0..3 {
        calls.add(1, &[opentelemetry::KeyValue::new("id", id)]);
    }
    pipeline.prometheus_text().unwrap();
    tachograph_core::source::Scrape::turned_away(&pipeline.scrape_handle().unwrap());
    let (state, health) = (pipeline.export_handle().unwrap().export_state(), pipeline.health());
    assert_eq!((state.scrape_failures, state.callback_panics), (1, 1));
    assert_eq!(state.overflowing_instruments, ["calls"]);
    assert!(!state.unmet.is_empty() && state.unmet == health.unmet, "{state:?}");
}

/// Answers every request with what the client sent, its headers and its query included, as a receiver that is badly set up does.
fn echoing_endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = vec![0; 64 * 1024];
            let length = stream.read(&mut request).unwrap_or(0);
            let head = String::from_utf8_lossy(&request[..length]).into_owned();
            let _ = write!(
                stream,
                "HTTP/1.1 401 Unauthorized\r\ncontent-length: {}\r\nwww-authenticate: sk-header-secret\r\n\r\n{head}",
                head.len()
            );
        }
    });
    format!("http://{address}/v1/traces?api-key=sk-query-secret")
}

fn sent_with_secrets(endpoint: &str, protocol: Protocol) -> (Pipeline, ExportState) {
    let variables = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1500"),
        ("OTEL_METRICS_EXPORTER", "none"),
    ];
    let builder = builder(&variables).with_header("authorization", "Bearer sk-header-secret");
    let pipeline = builder.with_protocol(protocol).build().unwrap();
    end_spans(&pipeline, 1);
    let _ = pipeline.force_flush_blocking(LONG);
    let state = pipeline.export_handle().unwrap().export_state();
    (pipeline, state)
}

/// Refuses every export over gRPC with the credentials that it came with.
#[derive(Clone)]
struct Echoing;

#[tonic::async_trait]
impl TraceService for Echoing {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let credentials = request.metadata().get("authorization").unwrap().to_str().unwrap().to_owned();
        let mut status = Status::unauthenticated(credentials.clone());
        status.metadata_mut().insert("echo", credentials.parse().unwrap());
        Err(status)
    }
}

#[test]
fn what_a_receiver_says_over_grpc_is_not_told() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    let service = TraceServiceServer::new(Echoing).accept_compressed(CompressionEncoding::Gzip);
    runtime.spawn(tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming));
    let (_pipeline, state) = sent_with_secrets(&endpoint, Protocol::Grpc);
    let told = traces(&state);
    assert!(told.last_error.as_deref().is_some_and(|it| it.contains("Unauthenticated")), "{told:?}");
    assert!(!format!("{state:?}").contains("secret"), "{state:?}");
}

#[test]
fn neither_headers_nor_the_query_are_told_even_if_the_receiver_sends_them_back() {
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        for endpoint in [echoing_endpoint(), format!("{}/v1/traces?api-key=sk-query-secret", dead_endpoint())] {
            let (_pipeline, state) = sent_with_secrets(&endpoint, protocol);
            let told = traces(&state);
            assert!(told.failing && told.last_error.is_some(), "{told:?}");
            assert!(told.endpoint.as_deref().is_some_and(|it| it.starts_with("http://127.0.0.1:")), "{told:?}");
            assert!(!format!("{state:?}").contains("secret"), "{state:?}");
        }
    }
}
