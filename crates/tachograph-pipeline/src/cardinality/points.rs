//! The data points of a metric, whatever its type.

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};

/// What the SDK marks the series with that stands for all attribute sets beyond the limit. It is the only attribute there.
pub(crate) const OVERFLOW: &str = "otel.metric.overflow";

/// What is looked at in the points of a metric.
pub(super) trait Points {
    /// How many there are.
    fn series(&self) -> usize;

    /// Whether one of them stands for attribute sets beyond the limit.
    fn has_overflow(&self) -> bool;
}

impl Points for AggregatedMetrics {
    fn series(&self) -> usize {
        match self {
            Self::F64(data) => data.series(),
            Self::U64(data) => data.series(),
            Self::I64(data) => data.series(),
        }
    }

    fn has_overflow(&self) -> bool {
        match self {
            Self::F64(data) => data.has_overflow(),
            Self::U64(data) => data.has_overflow(),
            Self::I64(data) => data.has_overflow(),
        }
    }
}

impl<T> Points for MetricData<T> {
    fn series(&self) -> usize {
        match self {
            Self::Gauge(gauge) => gauge.data_points().count(),
            Self::Sum(sum) => sum.data_points().count(),
            Self::Histogram(histogram) => histogram.data_points().count(),
            Self::ExponentialHistogram(histogram) => histogram.data_points().count(),
        }
    }

    fn has_overflow(&self) -> bool {
        match self {
            Self::Gauge(gauge) => gauge.data_points().any(|point| is_overflow(point.attributes())),
            Self::Sum(sum) => sum.data_points().any(|point| is_overflow(point.attributes())),
            Self::Histogram(histogram) => histogram.data_points().any(|point| is_overflow(point.attributes())),
            Self::ExponentialHistogram(histogram) => {
                histogram.data_points().any(|point| is_overflow(point.attributes()))
            }
        }
    }
}

fn is_overflow<'a>(mut attributes: impl Iterator<Item = &'a KeyValue>) -> bool {
    attributes.next().is_some_and(|first| first.key.as_str() == OVERFLOW)
}
