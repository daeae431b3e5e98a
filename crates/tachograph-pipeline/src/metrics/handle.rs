//! The metrics as numbers, for whoever computes with them.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{Metric, ResourceMetrics};
use tachograph_core::source::{HistogramPoint, Point, PointValue, ReadMetrics, ScrapeError};

use super::{Collector, MeterProvider};
use crate::exposition::points::{self, Kind, Visit};

/// Reads the metrics of a pipeline as numbers. Cloning is cheap; all clones share one set of buffers.
///
/// It collects through the reader that pushes and scrapes use, so nothing is recorded for it. Readers do not wait for each other,
/// except within the SDK while it collects; one that comes while another reads works with buffers of its own. A panic of the code
/// that is shown the points goes on to whoever called, and leaves nothing behind that the next reader would meet.
///
/// Exponential histograms are not shown.
///
/// It works after the pipeline was shut down and dropped.
#[derive(Clone)]
pub struct MetricsHandle {
    inner: Arc<Inner>,
}

struct Inner {
    collector: Arc<Collector>,
    /// The collector reads from it and does not keep it alive.
    _provider: MeterProvider,
    /// What the last read left, while nobody reads. The lock is held to take it and to put it back only.
    buffers: Mutex<Option<Box<Buffers>>>,
}

#[derive(Default)]
struct Buffers {
    metrics: ResourceMetrics,
    cells: Cells,
}

/// What a point is put together in.
#[derive(Default)]
struct Cells {
    attributes: Vec<&'static KeyValue>,
    bounds: Vec<f64>,
    buckets: Vec<u64>,
}

impl MetricsHandle {
    pub(crate) fn new(collector: Arc<Collector>, provider: MeterProvider) -> Self {
        Self { inner: Arc::new(Inner { collector, _provider: provider, buffers: Mutex::default() }) }
    }

    fn buffers(&self) -> MutexGuard<'_, Option<Box<Buffers>>> {
        self.inner.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReadMetrics for MetricsHandle {
    fn read_metrics(&self, each: &mut dyn FnMut(&Point<'_>)) -> Result<(), ScrapeError> {
        let kept = self.buffers().take();
        let mut buffers = kept.unwrap_or_default();
        // What a failed collection, or a panic below, leaves in the buffers is not to be trusted: then they are not put back.
        self.inner.collector.collect(&mut buffers.metrics).map_err(ScrapeError::new)?;
        let Buffers { metrics, cells } = &mut *buffers;
        for metric in metrics.scope_metrics().flat_map(|scope| scope.metrics()) {
            show(metric, cells, each);
        }
        *self.buffers() = Some(buffers);
        Ok(())
    }
}

fn show(metric: &Metric, cells: &mut Cells, each: &mut dyn FnMut(&Point<'_>)) {
    if let Some(kind) = points::kind(metric) {
        points::visit(metric, &mut Showing { name: metric.name(), kind, cells, each });
    }
}

struct Showing<'r> {
    name: &'r str,
    kind: Kind,
    cells: &'r mut Cells,
    each: &'r mut dyn FnMut(&Point<'_>),
}

impl Visit for Showing<'_> {
    fn point<'a>(&mut self, attributes: impl Iterator<Item = &'a KeyValue>, point: points::Point<'a>) {
        let Cells { attributes: kept, bounds, buckets } = &mut *self.cells;
        let value = match point {
            points::Point::Sum(number) if self.kind == Kind::Counter => PointValue::Counter(number.as_f64()),
            points::Point::Sum(number) | points::Point::Gauge(number) => PointValue::Gauge(number.as_f64()),
            points::Point::Histogram(histogram) => {
                bounds.clear();
                histogram.append_bounds(bounds);
                buckets.clear();
                buckets.resize(bounds.len() + 1, 0);
                histogram.add_buckets(buckets);
                let count = histogram.count();
                // A histogram that was bound and never recorded has the ends of its type here.
                let extreme = |number: Option<f64>| number.filter(|number| count > 0 && number.is_finite());
                PointValue::Histogram(HistogramPoint {
                    count,
                    sum: histogram.sum().as_f64(),
                    min: extreme(histogram.min().map(|min| min.as_f64())),
                    max: extreme(histogram.max().map(|max| max.as_f64())),
                    bounds,
                    buckets,
                })
            }
            points::Point::Exponential { .. } => return,
        };
        let mut shown: Vec<&'a KeyValue> = std::mem::take(kept);
        shown.extend(attributes);
        (self.each)(&Point { metric: self.name, attributes: &shown, value });
        *kept = emptied(shown);
    }
}

/// The room of `references` for others, which may live longer.
fn emptied<'a>(references: Vec<&KeyValue>) -> Vec<&'a KeyValue> {
    // Nothing is kept, and the standard library collects into the same place.
    references.into_iter().map_while(|_| None).collect()
}

impl fmt::Debug for MetricsHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsHandle").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exposition::points::{HistogramPoint as _, Number};

    /// A histogram that measured `count` times, as the SDK may leave it.
    struct Measured {
        count: u64,
        ends: (Number, Number),
    }

    impl points::HistogramPoint for Measured {
        fn count(&self) -> u64 {
            self.count
        }
        fn sum(&self) -> Number {
            Number::U64(0)
        }
        fn min(&self) -> Option<Number> {
            Some(self.ends.0)
        }
        fn max(&self) -> Option<Number> {
            Some(self.ends.1)
        }
        fn append_bounds(&self, bounds: &mut Vec<f64>) {
            bounds.push(1.0);
        }
        fn add_buckets(&self, cells: &mut [u64]) {
            cells[0] += self.count;
        }
    }

    fn ends(measured: &Measured) -> (Option<f64>, Option<f64>) {
        assert_eq!(measured.bounds(), [1.0]);
        let (mut cells, mut seen) = (Cells::default(), None);
        let mut each = |point: &Point<'_>| {
            let PointValue::Histogram(histogram) = point.value else { panic!("{point:?}") };
            assert_eq!((histogram.count, histogram.buckets), (measured.count, &[measured.count, 0][..]));
            seen = Some((histogram.min, histogram.max));
        };
        let mut showing = Showing { name: "calls", kind: Kind::Histogram, cells: &mut cells, each: &mut each };
        // Twice, because the cells are used again.
        for _ in 0..2 {
            showing.point(std::iter::empty(), points::Point::Histogram(measured));
        }
        seen.unwrap()
    }

    #[test]
    fn the_extremes_of_a_histogram_that_measured_nothing_are_not_shown() {
        let never = [
            (Number::F64(f64::MAX), Number::F64(f64::MIN)),
            (Number::U64(u64::MAX), Number::U64(u64::MIN)),
            (Number::I64(i64::MAX), Number::I64(i64::MIN)),
        ];
        for ends_of_type in never {
            assert_eq!(ends(&Measured { count: 0, ends: ends_of_type }), (None, None));
        }
        assert_eq!(
            ends(&Measured { count: 1, ends: (Number::F64(f64::NAN), Number::F64(f64::INFINITY)) }),
            (None, None)
        );
        assert_eq!(ends(&Measured { count: 2, ends: (Number::I64(-1), Number::I64(3)) }), (Some(-1.0), Some(3.0)));
    }

    #[test]
    fn the_room_for_attributes_is_used_again() {
        let attribute = KeyValue::new("key", "value");
        let full = vec![&attribute; 7];
        let (room, capacity) = (full.as_ptr().cast::<u8>(), full.capacity());
        let empty: Vec<&'static KeyValue> = emptied(full);
        assert_eq!((empty.len(), empty.capacity(), empty.as_ptr().cast::<u8>()), (0, capacity, room));
    }
}
