//! An OTLP receiver in this process, on a runtime of its own.

use std::io::Read as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsServiceRequest, ExportMetricsServiceResponse};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric, number_data_point};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::sync::oneshot;
use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status};

#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) traces: Vec<ExportTraceServiceRequest>,
    pub(crate) metrics: Vec<ExportMetricsServiceRequest>,
    pub(crate) logs: Vec<ExportLogsServiceRequest>,
    /// The headers of every request, in the order of arrival.
    pub(crate) headers: Vec<HeaderMap>,
}

type Shared = Arc<Mutex<Received>>;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Speaks {
    Http,
    Grpc,
}

/// Receives until it is dropped.
#[derive(Debug)]
pub(crate) struct Collector {
    pub(crate) endpoint: String,
    received: Shared,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Collector {
    pub(crate) fn start(speaks: Speaks) -> Self {
        let received = Shared::default();
        let (stop, stopped) = oneshot::channel::<()>();
        let (address_sender, address) = mpsc::channel::<SocketAddr>();
        let shared = Arc::clone(&received);
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                address_sender.send(listener.local_addr().unwrap()).unwrap();
                tokio::select! {
                    () = serve(speaks, listener, shared) => {}
                    _ = stopped => {}
                }
            });
        });
        let endpoint = format!("http://{}", address.recv().unwrap());
        Self { endpoint, received, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        let received = self.received.lock().unwrap();
        let resources = received.traces.iter().flat_map(|request| &request.resource_spans);
        resources.flat_map(|resource| &resource.scope_spans).flat_map(|scope| scope.spans.clone()).collect()
    }

    /// All log records, each with the name of its scope.
    pub(crate) fn records(&self) -> Vec<(String, LogRecord)> {
        let received = self.received.lock().unwrap();
        let resources = received.logs.iter().flat_map(|request| &request.resource_logs);
        let scopes = resources.flat_map(|resource| &resource.scope_logs);
        let named = |scope: &opentelemetry_proto::tonic::logs::v1::ScopeLogs| {
            let name = scope.scope.as_ref().unwrap().name.clone();
            scope.log_records.clone().into_iter().map(move |record| (name.clone(), record))
        };
        scopes.flat_map(named).collect()
    }

    /// The metrics of the last push.
    pub(crate) fn last_metrics(&self) -> Vec<Metric> {
        let received = self.received.lock().unwrap();
        let resources = received.metrics.last().into_iter().flat_map(|request| &request.resource_metrics);
        resources.flat_map(|resource| &resource.scope_metrics).flat_map(|scope| scope.metrics.clone()).collect()
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&Received) -> T) -> T {
        look(&self.received.lock().unwrap())
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

async fn serve(speaks: Speaks, listener: tokio::net::TcpListener, shared: Shared) {
    match speaks {
        Speaks::Http => {
            let router = axum::Router::new()
                .route("/v1/traces", post(http_traces))
                .route("/v1/metrics", post(http_metrics))
                .route("/v1/logs", post(http_logs))
                .with_state(shared);
            axum::serve(listener, router).await.unwrap();
        }
        Speaks::Grpc => {
            let service = Grpc(shared);
            let incoming = tonic::transport::server::TcpIncoming::from(listener);
            tonic::transport::Server::builder()
                .add_service(TraceServiceServer::new(service.clone()).accept_compressed(CompressionEncoding::Gzip))
                .add_service(MetricsServiceServer::new(service.clone()).accept_compressed(CompressionEncoding::Gzip))
                .add_service(LogsServiceServer::new(service).accept_compressed(CompressionEncoding::Gzip))
                .serve_with_incoming(incoming)
                .await
                .unwrap();
        }
    }
}

fn plain(headers: &HeaderMap, body: &Bytes) -> Vec<u8> {
    if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(body.as_ref()).read_to_end(&mut plain).unwrap();
        return plain;
    }
    body.to_vec()
}

async fn http_traces(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let request = ExportTraceServiceRequest::decode(plain(&headers, &body).as_slice()).unwrap();
    let mut received = shared.lock().unwrap();
    received.traces.push(request);
    received.headers.push(headers);
    StatusCode::OK
}

async fn http_metrics(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let request = ExportMetricsServiceRequest::decode(plain(&headers, &body).as_slice()).unwrap();
    let mut received = shared.lock().unwrap();
    received.metrics.push(request);
    received.headers.push(headers);
    StatusCode::OK
}

async fn http_logs(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let request = ExportLogsServiceRequest::decode(plain(&headers, &body).as_slice()).unwrap();
    let mut received = shared.lock().unwrap();
    received.logs.push(request);
    received.headers.push(headers);
    StatusCode::OK
}

#[derive(Debug, Clone)]
struct Grpc(Shared);

#[tonic::async_trait]
impl TraceService for Grpc {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut received = self.0.lock().unwrap();
        received.headers.push(request.metadata().clone().into_headers());
        received.traces.push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Grpc {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let mut received = self.0.lock().unwrap();
        received.headers.push(request.metadata().clone().into_headers());
        received.metrics.push(request.into_inner());
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Grpc {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        let mut received = self.0.lock().unwrap();
        received.headers.push(request.metadata().clone().into_headers());
        received.logs.push(request.into_inner());
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}

/// An address where nobody listens.
pub(crate) fn dead_endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// An address where connections are made and nothing is ever answered, as long as the listener lives.
pub(crate) fn hanging_endpoint() -> (String, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    (format!("http://{}", listener.local_addr().unwrap()), listener)
}

/// All numbers of a metric: values of counters and gauges, counts and sums of histograms.
pub(crate) fn numbers(metric: &Metric) -> Vec<f64> {
    let value = |value: &Option<number_data_point::Value>| match value {
        Some(number_data_point::Value::AsDouble(number)) => *number,
        #[expect(clippy::cast_precision_loss, reason = "the numbers in these tests are small")]
        Some(number_data_point::Value::AsInt(number)) => *number as f64,
        None => f64::NAN,
    };
    match metric.data.as_ref().unwrap() {
        metric::Data::Sum(sum) => sum.data_points.iter().map(|point| value(&point.value)).collect(),
        metric::Data::Gauge(gauge) => gauge.data_points.iter().map(|point| value(&point.value)).collect(),
        #[expect(clippy::cast_precision_loss, reason = "the numbers in these tests are small")]
        metric::Data::Histogram(histogram) => {
            histogram.data_points.iter().flat_map(|point| [point.count as f64, point.sum()]).collect()
        }
        other => panic!("unexpected {other:?}"),
    }
}
