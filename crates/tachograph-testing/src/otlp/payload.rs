//! What requests carry, and how many items it is.

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    logs::v1::LogRecord,
    metrics::v1::{Metric, metric::Data},
    trace::v1::Span,
};
use prost::Message;

use super::signal::{Protocol, Signal};

/// The message of one request.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// Spans.
    Traces(ExportTraceServiceRequest),
    /// Metrics.
    Metrics(ExportMetricsServiceRequest),
    /// Log records.
    Logs(ExportLogsServiceRequest),
}

impl Payload {
    pub(super) fn decode(signal: Signal, protocol: Protocol, bytes: &[u8]) -> Result<Self, String> {
        match signal {
            Signal::Traces => message(protocol, bytes).map(Self::Traces),
            Signal::Metrics => message(protocol, bytes).map(Self::Metrics),
            Signal::Logs => message(protocol, bytes).map(Self::Logs),
        }
    }

    /// How many items it has: spans, data points or log records.
    #[must_use]
    pub fn items(&self) -> u64 {
        let items = match self {
            Self::Traces(_) => self.spans().count(),
            Self::Metrics(_) => self.metrics().map(points).sum(),
            Self::Logs(_) => self.log_records().count(),
        };
        items as u64
    }

    /// The spans, in the order in which they were sent; none of another signal.
    pub fn spans(&self) -> impl Iterator<Item = &Span> {
        let request = match self {
            Self::Traces(request) => Some(request),
            _ => None,
        };
        let resources = request.into_iter().flat_map(|request| &request.resource_spans);
        resources.flat_map(|resource| &resource.scope_spans).flat_map(|scope| &scope.spans)
    }

    /// The metrics, in the order in which they were sent; none of another signal.
    pub fn metrics(&self) -> impl Iterator<Item = &Metric> {
        let request = match self {
            Self::Metrics(request) => Some(request),
            _ => None,
        };
        let resources = request.into_iter().flat_map(|request| &request.resource_metrics);
        resources.flat_map(|resource| &resource.scope_metrics).flat_map(|scope| &scope.metrics)
    }

    /// The log records, in the order in which they were sent; none of another signal.
    pub fn log_records(&self) -> impl Iterator<Item = &LogRecord> {
        let request = match self {
            Self::Logs(request) => Some(request),
            _ => None,
        };
        let resources = request.into_iter().flat_map(|request| &request.resource_logs);
        resources.flat_map(|resource| &resource.scope_logs).flat_map(|scope| &scope.log_records)
    }
}

fn message<M: Message + Default + serde::de::DeserializeOwned>(protocol: Protocol, bytes: &[u8]) -> Result<M, String> {
    match protocol {
        Protocol::Grpc | Protocol::HttpProtobuf => M::decode(bytes).map_err(|error| error.to_string()),
        Protocol::HttpJson => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
    }
}

fn points(metric: &Metric) -> usize {
    match &metric.data {
        Some(Data::Gauge(gauge)) => gauge.data_points.len(),
        Some(Data::Sum(sum)) => sum.data_points.len(),
        Some(Data::Histogram(histogram)) => histogram.data_points.len(),
        Some(Data::ExponentialHistogram(histogram)) => histogram.data_points.len(),
        Some(Data::Summary(summary)) => summary.data_points.len(),
        None => 0,
    }
}
