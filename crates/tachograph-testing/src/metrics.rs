//! The metrics of a test at one moment, and look-ups in them.

use std::collections::BTreeMap;

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};

/// A snapshot of all metrics.
///
/// The look-ups take attributes as pairs and add up every series that has all of them: `&[]` stands for the whole metric.
/// Values of attributes are compared as text, so that `("http.response.status_code", "200")` finds the number.
///
/// A metric that was never recorded looks like one that stands at zero. A look-up that does not fit the metric's type
/// panics and says which one does.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    series: Vec<Series>,
}

/// One series of a metric: one set of attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name of the metric.
    pub name: String,
    /// UCUM unit, empty when there is none.
    pub unit: String,
    /// Attributes by key, values as text.
    pub attributes: BTreeMap<String, String>,
    /// What was recorded.
    pub point: Point,
}

/// What a series stands at.
#[derive(Clone, Debug, PartialEq)]
pub enum Point {
    /// A counter (`monotonic`) or an up-down counter.
    Sum {
        /// The sum since the start.
        value: f64,
        /// Whether it only grows.
        monotonic: bool,
    },
    /// The last value of a gauge.
    Gauge(f64),
    /// A histogram.
    Histogram {
        /// How many values were recorded.
        count: u64,
        /// Their sum.
        sum: f64,
        /// Upper bounds of the buckets; empty for exponential histograms.
        bounds: Vec<f64>,
        /// Values in each bucket, one more than bounds; empty for exponential histograms.
        buckets: Vec<u64>,
    },
}

impl Point {
    fn kind(&self) -> &'static str {
        match self {
            Self::Sum { .. } => "a counter: ask `value`",
            Self::Gauge(_) => "a gauge: ask `value`",
            Self::Histogram { .. } => "a histogram: ask `count` or `sum`",
        }
    }
}

impl Metrics {
    pub(crate) fn of(collected: &ResourceMetrics) -> Self {
        let mut series = Vec::new();
        for metric in collected.scope_metrics().flat_map(|scope| scope.metrics()) {
            let mut add = |attributes: BTreeMap<String, String>, point| {
                let (name, unit) = (metric.name().to_owned(), metric.unit().to_owned());
                series.push(Series { name, unit, attributes, point });
            };
            match metric.data() {
                AggregatedMetrics::F64(data) => points(data, |v| v, &mut add),
                AggregatedMetrics::U64(data) => points(data, lossy, &mut add),
                AggregatedMetrics::I64(data) => points(data, lossy_signed, &mut add),
            }
        }
        series.sort_by(|a, b| (&a.name, &a.attributes).cmp(&(&b.name, &b.attributes)));
        Self { series }
    }

    /// How many values a histogram has recorded.
    ///
    /// # Panics
    ///
    /// When `name` is no histogram.
    #[must_use]
    #[track_caller]
    pub fn count(&self, name: &str, attributes: &[(&str, &str)]) -> u64 {
        self.matching(name, attributes)
            .map(|series| match &series.point {
                Point::Histogram { count, .. } => *count,
                other => mismatch("count", name, other),
            })
            .sum()
    }

    /// The sum of the values that a histogram has recorded.
    ///
    /// # Panics
    ///
    /// When `name` is no histogram.
    #[must_use]
    #[track_caller]
    pub fn sum(&self, name: &str, attributes: &[(&str, &str)]) -> f64 {
        // An empty float sum is -0.0.
        self.matching(name, attributes).fold(0.0, |sum, series| match &series.point {
            Point::Histogram { sum: one, .. } => sum + one,
            other => mismatch("sum", name, other),
        })
    }

    /// The value of a counter, up-down counter or gauge.
    ///
    /// # Panics
    ///
    /// When `name` is a histogram.
    #[must_use]
    #[track_caller]
    pub fn value(&self, name: &str, attributes: &[(&str, &str)]) -> f64 {
        self.matching(name, attributes).fold(0.0, |sum, series| match &series.point {
            Point::Sum { value, .. } | Point::Gauge(value) => sum + value,
            other => mismatch("value", name, other),
        })
    }

    /// The series of a metric, ordered by attributes.
    #[must_use]
    pub fn series(&self, name: &str) -> Vec<&Series> {
        self.series.iter().filter(|series| series.name == name).collect()
    }

    /// The names of all metrics that have a series, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.series.iter().map(|series| series.name.as_str()).collect();
        names.dedup();
        names
    }

    fn matching<'a>(&'a self, name: &'a str, attributes: &'a [(&str, &str)]) -> impl Iterator<Item = &'a Series> {
        self.series.iter().filter(move |series| {
            series.name == name
                && attributes.iter().all(|(key, value)| series.attributes.get(*key).is_some_and(|has| has == value))
        })
    }
}

#[track_caller]
fn mismatch(asked: &str, name: &str, point: &Point) -> ! {
    panic!("`{asked}` does not fit {name:?}, which is {}", point.kind())
}

fn points<T: Copy>(data: &MetricData<T>, float: fn(T) -> f64, add: &mut impl FnMut(BTreeMap<String, String>, Point)) {
    match data {
        MetricData::Gauge(gauge) => {
            gauge.data_points().for_each(|point| add(texts(point.attributes()), Point::Gauge(float(point.value()))));
        }
        MetricData::Sum(sum) => sum.data_points().for_each(|point| {
            add(texts(point.attributes()), Point::Sum { value: float(point.value()), monotonic: sum.is_monotonic() });
        }),
        MetricData::Histogram(histogram) => histogram.data_points().for_each(|point| {
            let bounds = point.bounds().collect();
            let buckets = point.bucket_counts().collect();
            let (count, sum) = (point.count(), float(point.sum()));
            add(texts(point.attributes()), Point::Histogram { count, sum, bounds, buckets });
        }),
        MetricData::ExponentialHistogram(histogram) => histogram.data_points().for_each(|point| {
            let (count, sum) = (point.count() as u64, float(point.sum()));
            add(texts(point.attributes()), Point::Histogram { count, sum, bounds: Vec::new(), buckets: Vec::new() });
        }),
    }
}

fn texts<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> BTreeMap<String, String> {
    attributes.map(|attribute| (attribute.key.to_string(), attribute.value.to_string())).collect()
}

fn lossy(value: u64) -> f64 {
    value as f64
}

fn lossy_signed(value: i64) -> f64 {
    value as f64
}
