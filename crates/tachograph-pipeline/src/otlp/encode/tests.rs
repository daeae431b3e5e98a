//! Ours against the messages of `opentelemetry-proto`: what is compared are requests of one item each, in protobuf.

mod cost;
mod cut;
mod differential;
mod hostile;
mod input;
mod metrics;
mod recorded;
mod split;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::ResourceLogs;
use opentelemetry_proto::tonic::metrics::v1::{ResourceMetrics, metric::Data};
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use opentelemetry_proto::transform::logs::tonic::group_logs_by_resource_and_scope;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::LogBatch;
use opentelemetry_sdk::metrics::data::ResourceMetrics as SdkMetrics;
use opentelemetry_sdk::trace::SpanData;
use prost::Message;

use super::*;
use crate::exporter::OwnedLog;

/// No limit worth the name.
const PLENTY: usize = 1 << 30;

trait Request: Message + Default {
    /// A request for each item, in order. What has no order of its own is sorted.
    fn items(self) -> Vec<Self>;
}

impl Request for ExportTraceServiceRequest {
    fn items(self) -> Vec<Self> {
        let mut items = Vec::new();
        for resource in self.resource_spans {
            for mut scope in resource.scope_spans {
                scope.scope.iter_mut().for_each(sort_scope);
                for span in std::mem::take(&mut scope.spans) {
                    let mut scope = scope.clone();
                    scope.spans = vec![span];
                    let resource = ResourceSpans {
                        resource: resource.resource.clone(),
                        scope_spans: vec![scope],
                        schema_url: resource.schema_url.clone(),
                    };
                    items.push(Self { resource_spans: vec![resource] });
                }
            }
        }
        items
    }
}

impl Request for ExportLogsServiceRequest {
    fn items(self) -> Vec<Self> {
        let mut items = Vec::new();
        for resource in self.resource_logs {
            for mut scope in resource.scope_logs {
                scope.scope.iter_mut().for_each(sort_scope);
                for mut record in std::mem::take(&mut scope.log_records) {
                    record.body.iter_mut().for_each(sort_value);
                    record.attributes.iter_mut().filter_map(|pair| pair.value.as_mut()).for_each(sort_value);
                    let mut scope = scope.clone();
                    scope.log_records = vec![record];
                    let resource = ResourceLogs {
                        resource: resource.resource.clone(),
                        scope_logs: vec![scope],
                        schema_url: resource.schema_url.clone(),
                    };
                    items.push(Self { resource_logs: vec![resource] });
                }
            }
        }
        items
    }
}

impl Request for ExportMetricsServiceRequest {
    fn items(self) -> Vec<Self> {
        let mut items = Vec::new();
        for resource in self.resource_metrics {
            for mut scope in resource.scope_metrics {
                scope.scope.iter_mut().for_each(sort_scope);
                for metric in std::mem::take(&mut scope.metrics) {
                    for data in points(metric.data.clone().unwrap()) {
                        let (mut metric, mut scope) = (metric.clone(), scope.clone());
                        metric.data = Some(data);
                        scope.metrics = vec![metric];
                        let resource = ResourceMetrics {
                            resource: resource.resource.clone(),
                            scope_metrics: vec![scope],
                            schema_url: resource.schema_url.clone(),
                        };
                        items.push(Self { resource_metrics: vec![resource] });
                    }
                }
            }
        }
        items
    }
}

/// The data with each of its points alone.
fn points(data: Data) -> Vec<Data> {
    macro_rules! each {
        ($kind:path, $data:expr) => {{
            let mut data = $data;
            let points = std::mem::take(&mut data.data_points);
            points
                .into_iter()
                .map(|point| {
                    let mut data = data.clone();
                    data.data_points = vec![point];
                    $kind(data)
                })
                .collect()
        }};
    }
    match data {
        Data::Gauge(data) => each!(Data::Gauge, data),
        Data::Sum(data) => each!(Data::Sum, data),
        Data::Histogram(data) => each!(Data::Histogram, data),
        Data::ExponentialHistogram(data) => each!(Data::ExponentialHistogram, data),
        Data::Summary(_) => Vec::new(),
    }
}

fn sort_scope(scope: &mut InstrumentationScope) {
    scope.attributes.sort_by(|a, b| a.key.cmp(&b.key));
}

/// Maps of the SDK have no order.
fn sort_value(value: &mut AnyValue) {
    match &mut value.value {
        Some(any_value::Value::KvlistValue(map)) => {
            map.values.iter_mut().filter_map(|pair: &mut KeyValue| pair.value.as_mut()).for_each(sort_value);
            map.values.sort_by(|a, b| a.key.cmp(&b.key));
        }
        Some(any_value::Value::ArrayValue(list)) => list.values.iter_mut().for_each(sort_value),
        _ => {}
    }
}

fn decode<R: Request>(encoded: &Encoded) -> R {
    R::decode(encoded.body.clone()).unwrap()
}

/// Every item of an encoding in its order, as the protobuf of a request of its own: NaN is equal to itself there.
fn ours<R: Request>(encoding: &Encoding) -> Vec<Vec<u8>> {
    encoding.requests.iter().flat_map(|request| decode::<R>(request).items()).map(|item| item.encode_to_vec()).collect()
}

fn theirs<R: Request>(request: R) -> Vec<Vec<u8>> {
    request.items().into_iter().map(|item| item.encode_to_vec()).collect()
}

fn sorted(mut items: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    items.sort();
    items
}

fn their_spans(batch: &[SpanData], resource: &Resource) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest { resource_spans: group_spans_by_resource_and_scope(batch.to_vec(), &resource.into()) }
}

fn their_logs(batch: &[OwnedLog], resource: &Resource) -> ExportLogsServiceRequest {
    let batch: Vec<_> = batch.iter().map(|(record, scope)| (record, scope)).collect();
    ExportLogsServiceRequest {
        resource_logs: group_logs_by_resource_and_scope(&LogBatch::new(&batch), &resource.into()),
    }
}

fn their_metrics(metrics: &SdkMetrics) -> ExportMetricsServiceRequest {
    metrics.into()
}
