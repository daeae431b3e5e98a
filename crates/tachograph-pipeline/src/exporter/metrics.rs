//! The wall around a metric exporter.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;

use super::{BoxFuture, Guard, Progress, tell};

/// [`PushMetricExporter`] without its generic future, and with owned metrics, which come back for their buffers.
pub(crate) trait AnyMetricExporter: Send + Sync + 'static {
    /// Tells of each data point what became of it.
    fn export(self: Arc<Self>, metrics: ResourceMetrics, progress: Progress) -> BoxFuture<ResourceMetrics>;
    fn shutdown(&self, timeout: Duration) -> OTelSdkResult;
}

impl<E: PushMetricExporter> AnyMetricExporter for E {
    fn export(self: Arc<Self>, metrics: ResourceMetrics, progress: Progress) -> BoxFuture<ResourceMetrics> {
        Box::pin(async move {
            tell(&progress, PushMetricExporter::export(self.as_ref(), &metrics).await);
            metrics
        })
    }

    fn shutdown(&self, timeout: Duration) -> OTelSdkResult {
        PushMetricExporter::shutdown_with_timeout(self, timeout)
    }
}

/// The exporter that the periodic export uses.
pub(crate) struct GuardedMetricExporter {
    inner: Arc<dyn AnyMetricExporter>,
    guard: Guard,
}

impl GuardedMetricExporter {
    pub(crate) fn new(inner: Arc<dyn AnyMetricExporter>, guard: Guard) -> Self {
        Self { inner, guard }
    }

    /// Exports what was collected and gives the buffers back, emptied of nothing.
    pub(crate) fn export(&self, metrics: ResourceMetrics) -> Result<ResourceMetrics, String> {
        let items = data_points(&metrics);
        if items == 0 {
            return Ok(metrics);
        }
        self.guard.account().created(items);
        let progress = Progress::new(items);
        self.guard.run(&progress, Arc::clone(&self.inner).export(metrics, progress.clone()))
    }

    /// Books that there was nothing to export because collecting failed.
    pub(crate) fn not_collected(&self, error: &str) {
        self.guard.account().not_exported(error.to_owned());
    }

    pub(crate) fn shutdown(&self) {
        let inner = Arc::clone(&self.inner);
        self.guard.close(move |timeout| inner.shutdown(timeout));
    }
}

fn data_points(metrics: &ResourceMetrics) -> u64 {
    fn of<T: Copy>(data: &MetricData<T>) -> usize {
        match data {
            MetricData::Gauge(gauge) => gauge.data_points().count(),
            MetricData::Sum(sum) => sum.data_points().count(),
            MetricData::Histogram(histogram) => histogram.data_points().count(),
            MetricData::ExponentialHistogram(histogram) => histogram.data_points().count(),
        }
    }
    let metrics = metrics.scope_metrics().flat_map(|scope| scope.metrics());
    let points: usize = metrics
        .map(|metric| match metric.data() {
            AggregatedMetrics::F64(data) => of(data),
            AggregatedMetrics::I64(data) => of(data),
            AggregatedMetrics::U64(data) => of(data),
        })
        .sum();
    points as u64
}
