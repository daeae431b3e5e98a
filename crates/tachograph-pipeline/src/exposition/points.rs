//! One way to walk over the points of a metric, whatever its number type and aggregation.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, HistogramDataPoint, Metric, MetricData};

pub(crate) use super::number::Number;

/// The Prometheus type of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// The value of one point.
#[derive(Clone, Copy)]
pub(crate) enum Point<'a> {
    Sum(Number),
    Gauge(Number),
    Histogram(&'a dyn HistogramPoint),
    /// What is known of an exponential histogram beside its buckets.
    Exponential {
        count: u64,
        sum: Number,
    },
}

/// A histogram point of any number type.
pub(crate) trait HistogramPoint {
    fn count(&self) -> u64;
    fn sum(&self) -> Number;
    /// The smallest measurement, if it is kept. Without a measurement it means nothing.
    fn min(&self) -> Option<Number>;
    /// The largest measurement, if it is kept. Without a measurement it means nothing.
    fn max(&self) -> Option<Number>;
    /// The upper bounds of the buckets, without the last, which is infinite.
    fn bounds(&self) -> Vec<f64> {
        let mut bounds = Vec::new();
        self.append_bounds(&mut bounds);
        bounds
    }
    /// Puts the upper bounds of the buckets behind what is in `bounds`.
    fn append_bounds(&self, bounds: &mut Vec<f64>);
    /// Adds the count of each bucket, not cumulative, to the cell of the same index.
    fn add_buckets(&self, cells: &mut [u64]);
}

impl<T: Copy + Into<Number>> HistogramPoint for HistogramDataPoint<T> {
    fn count(&self) -> u64 {
        self.count()
    }

    fn sum(&self) -> Number {
        self.sum().into()
    }

    fn min(&self) -> Option<Number> {
        self.min().map(Into::into)
    }

    fn max(&self) -> Option<Number> {
        self.max().map(Into::into)
    }

    fn append_bounds(&self, bounds: &mut Vec<f64>) {
        bounds.extend(self.bounds());
    }

    fn add_buckets(&self, cells: &mut [u64]) {
        let mut counts = self.bucket_counts().peekable();
        // Without bounds the SDK counts no buckets either.
        if let (None, Some(cell)) = (counts.peek(), cells.first_mut()) {
            *cell += self.count();
        }
        for (cell, count) in cells.iter_mut().zip(counts) {
            *cell += count;
        }
    }
}

/// What is done with every point of a metric, in the order in which it was collected.
pub(crate) trait Visit {
    fn point<'a>(&mut self, attributes: impl Iterator<Item = &'a KeyValue>, point: Point<'a>);
}

/// Shows every point of a metric to `visitor`.
pub(crate) fn visit(metric: &Metric, visitor: &mut impl Visit) {
    match metric.data() {
        AggregatedMetrics::F64(data) => walk(data, visitor),
        AggregatedMetrics::U64(data) => walk(data, visitor),
        AggregatedMetrics::I64(data) => walk(data, visitor),
    }
}

fn walk<T: Copy + Into<Number>>(data: &MetricData<T>, visitor: &mut impl Visit) {
    match data {
        MetricData::Sum(sum) => {
            for point in sum.data_points() {
                visitor.point(point.attributes(), Point::Sum(point.value().into()));
            }
        }
        MetricData::Gauge(gauge) => {
            for point in gauge.data_points() {
                visitor.point(point.attributes(), Point::Gauge(point.value().into()));
            }
        }
        MetricData::Histogram(histogram) => {
            for point in histogram.data_points() {
                visitor.point(point.attributes(), Point::Histogram(point));
            }
        }
        MetricData::ExponentialHistogram(histogram) => {
            for point in histogram.data_points() {
                let point_of = Point::Exponential { count: point.count() as u64, sum: point.sum().into() };
                visitor.point(point.attributes(), point_of);
            }
        }
    }
}

/// The Prometheus type of a metric; `None` for an exponential histogram, which the text formats cannot express.
pub(crate) fn kind(metric: &Metric) -> Option<Kind> {
    fn of<T>(data: &MetricData<T>) -> Option<Kind> {
        match data {
            MetricData::Sum(sum) if sum.is_monotonic() => Some(Kind::Counter),
            MetricData::Sum(_) | MetricData::Gauge(_) => Some(Kind::Gauge),
            MetricData::Histogram(_) => Some(Kind::Histogram),
            MetricData::ExponentialHistogram(_) => None,
        }
    }
    match metric.data() {
        AggregatedMetrics::F64(data) => of(data),
        AggregatedMetrics::U64(data) => of(data),
        AggregatedMetrics::I64(data) => of(data),
    }
}

/// Whether the numbers of a metric can be added.
pub(crate) fn is_sum(metric: &Metric) -> bool {
    matches!(
        metric.data(),
        AggregatedMetrics::F64(MetricData::Sum(_))
            | AggregatedMetrics::U64(MetricData::Sum(_))
            | AggregatedMetrics::I64(MetricData::Sum(_))
    )
}

/// Since when a metric is counted, in Unix seconds; `None` where that means nothing.
pub(crate) fn created(metric: &Metric) -> Option<f64> {
    fn of<T>(data: &MetricData<T>) -> Option<SystemTime> {
        match data {
            MetricData::Sum(sum) => Some(sum.start_time()),
            MetricData::Gauge(_) => None,
            MetricData::Histogram(histogram) => Some(histogram.start_time()),
            MetricData::ExponentialHistogram(histogram) => Some(histogram.start_time()),
        }
    }
    let start = match metric.data() {
        AggregatedMetrics::F64(data) => of(data),
        AggregatedMetrics::U64(data) => of(data),
        AggregatedMetrics::I64(data) => of(data),
    };
    let since = start?.duration_since(UNIX_EPOCH).ok()?;
    // To the millisecond: more digits say nothing.
    Some((since.as_secs_f64() * 1000.0).round() / 1000.0)
}
