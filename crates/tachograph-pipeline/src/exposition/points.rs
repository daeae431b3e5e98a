//! One way to walk over the points of a metric, whatever its number type and aggregation.

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, HistogramDataPoint, Metric, MetricData};

use super::family::{Arena, Buckets, Kind, Number, Value};

/// The value of one point.
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
    /// Copies the buckets into the arena.
    fn buckets(&self, arena: &mut Arena) -> Buckets;
}

impl<T: Copy + Into<Number>> HistogramPoint for HistogramDataPoint<T> {
    fn count(&self) -> u64 {
        self.count()
    }

    fn sum(&self) -> Number {
        self.sum().into()
    }

    fn buckets(&self, arena: &mut Arena) -> Buckets {
        let (bounds, counts) = (arena.bounds.len(), arena.counts.len());
        arena.bounds.extend(self.bounds());
        arena.counts.extend(self.bucket_counts());
        Buckets {
            bounds: bounds..arena.bounds.len(),
            counts: counts..arena.counts.len(),
            count: self.count(),
            sum: self.sum().into(),
        }
    }
}

impl Point<'_> {
    /// The value as it stands; `None` for an exponential histogram, which the text format cannot express.
    pub(crate) fn value(&self, arena: &mut Arena) -> Option<Value> {
        Some(match self {
            Self::Sum(number) => Value::Sum(*number),
            Self::Gauge(number) => Value::Gauge(*number),
            Self::Histogram(point) => Value::Histogram(point.buckets(arena)),
            Self::Exponential { .. } => return None,
        })
    }
}

/// The Prometheus type of a metric; `None` for an exponential histogram.
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

/// Calls `each` with the attributes and the value of every point.
pub(crate) fn for_each(metric: &Metric, mut each: impl FnMut(&[&KeyValue], Point<'_>)) {
    match metric.data() {
        AggregatedMetrics::F64(data) => walk(data, &mut each),
        AggregatedMetrics::U64(data) => walk(data, &mut each),
        AggregatedMetrics::I64(data) => walk(data, &mut each),
    }
}

fn walk<'a, T: Copy + Into<Number>>(data: &'a MetricData<T>, each: &mut impl FnMut(&[&KeyValue], Point<'_>)) {
    let mut attributes: Vec<&'a KeyValue> = Vec::new();
    match data {
        MetricData::Sum(sum) => {
            for point in sum.data_points() {
                refill(&mut attributes, point.attributes());
                each(&attributes, Point::Sum(point.value().into()));
            }
        }
        MetricData::Gauge(gauge) => {
            for point in gauge.data_points() {
                refill(&mut attributes, point.attributes());
                each(&attributes, Point::Gauge(point.value().into()));
            }
        }
        MetricData::Histogram(histogram) => {
            for point in histogram.data_points() {
                refill(&mut attributes, point.attributes());
                each(&attributes, Point::Histogram(point));
            }
        }
        MetricData::ExponentialHistogram(histogram) => {
            for point in histogram.data_points() {
                refill(&mut attributes, point.attributes());
                each(&attributes, Point::Exponential { count: point.count() as u64, sum: point.sum().into() });
            }
        }
    }
}

fn refill<'a>(attributes: &mut Vec<&'a KeyValue>, from: impl Iterator<Item = &'a KeyValue>) {
    attributes.clear();
    attributes.extend(from);
}
