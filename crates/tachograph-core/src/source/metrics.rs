//! The metrics as numbers.

use opentelemetry::KeyValue;

use super::ScrapeError;

/// Gives the metrics of the process as numbers, for whoever computes with them.
pub trait ReadMetrics: Send + Sync {
    /// Collects once and shows every point to `each`, the points of one metric one after the other.
    ///
    /// Sums and histograms are cumulative: they count from the start of the process. It may block the calling thread, and for as
    /// long as a callback of an observable instrument hangs. `each` is not called under a lock of the SDK.
    ///
    /// # Errors
    ///
    /// When the metrics cannot be collected. Then `each` was not called.
    fn read_metrics(&self, each: &mut dyn FnMut(&Point<'_>)) -> Result<(), ScrapeError>;
}

/// One series at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Point<'a> {
    /// Name of the instrument, as `http.server.request.duration`.
    pub metric: &'a str,
    /// What tells the series from others of the metric.
    pub attributes: &'a [&'a KeyValue],
    /// What it has.
    pub value: PointValue<'a>,
}

impl Point<'_> {
    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&opentelemetry::Value> {
        self.attributes.iter().find(|attribute| attribute.key.as_str() == key).map(|attribute| &attribute.value)
    }
}

/// The value of a point.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum PointValue<'a> {
    /// A sum that only grows.
    Counter(f64),
    /// A sum that goes up and down, or a gauge.
    Gauge(f64),
    /// A histogram with explicit bounds.
    Histogram(HistogramPoint<'a>),
}

/// A histogram at one moment.
#[derive(Clone, Copy, Debug)]
pub struct HistogramPoint<'a> {
    /// Number of measurements.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The smallest; `None` where it is not kept or nothing was measured.
    pub min: Option<f64>,
    /// The largest; `None` where it is not kept or nothing was measured.
    pub max: Option<f64>,
    /// Upper bounds of the buckets, inclusive, rising; the last bucket has none.
    pub bounds: &'a [f64],
    /// Measurements of each bucket, not cumulative: one more than bounds.
    pub buckets: &'a [u64],
}
