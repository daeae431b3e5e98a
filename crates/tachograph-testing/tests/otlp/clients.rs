//! Real clients, and something to send.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy, rt::TokioExecutor};
use prost::Message;
use tachograph_testing::otlp::{
    OtlpServer, Signal,
    proto::{
        collector::{
            logs::v1::{ExportLogsServiceRequest, logs_service_client::LogsServiceClient},
            metrics::v1::{ExportMetricsServiceRequest, metrics_service_client::MetricsServiceClient},
            trace::v1::{
                ExportTraceServiceRequest, ExportTraceServiceResponse, trace_service_client::TraceServiceClient,
            },
        },
        logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
        metrics::v1::{Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric::Data},
        trace::v1::{ResourceSpans, ScopeSpans, Span},
    },
};
use tonic::{Status, transport::Channel};

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

/// Spans `span 0`, `span 1` and so on.
pub(crate) fn spans(count: usize) -> ExportTraceServiceRequest {
    let spans = (0..count).map(|index| Span { name: format!("span {index}"), ..Span::default() }).collect();
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }] }
}

/// A span whose name alone has so many bytes.
pub(crate) fn large(bytes: usize) -> ExportTraceServiceRequest {
    let mut request = spans(1);
    request.resource_spans[0].scope_spans[0].spans[0].name = "x".repeat(bytes);
    request
}

/// One gauge with so many data points.
pub(crate) fn metrics(points: usize) -> ExportMetricsServiceRequest {
    let data = Data::Gauge(Gauge { data_points: vec![NumberDataPoint::default(); points] });
    let metrics = vec![Metric { name: "depth".to_owned(), data: Some(data), ..Metric::default() }];
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }],
    }
}

pub(crate) fn logs(records: usize) -> ExportLogsServiceRequest {
    let log_records = vec![LogRecord::default(); records];
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }] }
}

/// Posts a body on a connection of its own.
pub(crate) async fn post(
    server: &OtlpServer,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Result<Response<Bytes>, Error> {
    let mut request = Request::post(format!("{}{path}", server.http_endpoint()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let client = legacy::Client::builder(TokioExecutor::new()).build_http();
    let (head, body) = client.request(request.body(Full::new(body.into()))?).await?.into_parts();
    Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
}

pub(crate) const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");

/// Posts spans in protobuf.
pub(crate) async fn post_spans(server: &OtlpServer, count: usize) -> Result<Response<Bytes>, Error> {
    post(server, Signal::Traces.path(), &[PROTOBUF], spans(count).encode_to_vec()).await
}

pub(crate) async fn channel(server: &OtlpServer) -> Channel {
    Channel::from_shared(server.grpc_endpoint()).unwrap().connect().await.unwrap()
}

/// Sends spans over gRPC on a connection of its own.
pub(crate) async fn call_spans(server: &OtlpServer, count: usize) -> Result<ExportTraceServiceResponse, Status> {
    call(server, spans(count)).await
}

pub(crate) async fn call(
    server: &OtlpServer,
    request: ExportTraceServiceRequest,
) -> Result<ExportTraceServiceResponse, Status> {
    let mut client = TraceServiceClient::new(channel(server).await);
    client.export(request).await.map(tonic::Response::into_inner)
}

pub(crate) async fn call_metrics(server: &OtlpServer, points: usize) -> Result<(), Status> {
    MetricsServiceClient::new(channel(server).await).export(metrics(points)).await.map(drop)
}

pub(crate) async fn call_logs(server: &OtlpServer, records: usize) -> Result<(), Status> {
    LogsServiceClient::new(channel(server).await).export(logs(records)).await.map(drop)
}
