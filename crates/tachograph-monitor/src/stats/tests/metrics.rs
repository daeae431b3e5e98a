//! Metrics that a test records itself.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use opentelemetry::{KeyValue, Value};
use tachograph_core::source::{HistogramPoint, Point, PointValue, ReadMetrics, ScrapeError};

pub(crate) const BOUNDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

#[derive(Default)]
pub(crate) struct Metrics {
    series: Mutex<BTreeMap<(String, String), Series>>,
    fault: Mutex<Option<Fault>>,
}

#[derive(Clone, Copy)]
pub(crate) enum Fault {
    Error,
    Panic,
}

struct Series {
    attributes: Vec<KeyValue>,
    data: Data,
}

enum Data {
    Histogram { values: Vec<f64>, bounds: Vec<f64> },
    Counter(f64),
    Gauge(f64),
}

impl Metrics {
    /// Durations, or other values of a histogram.
    pub(crate) fn record(&self, metric: &str, attributes: &[(&'static str, &str)], values: &[f64]) {
        self.record_within(BOUNDS, metric, attributes, values);
    }

    pub(crate) fn record_within(
        &self,
        bounds: &[f64],
        metric: &str,
        attributes: &[(&'static str, &str)],
        values: &[f64],
    ) {
        self.change(metric, attributes, |data| match data {
            Some(Data::Histogram { values: known, .. }) => known.extend(values),
            _ => *data = Some(Data::Histogram { values: values.to_vec(), bounds: bounds.to_vec() }),
        });
    }

    pub(crate) fn add(&self, metric: &str, attributes: &[(&'static str, &str)], more: f64) {
        self.change(metric, attributes, |data| match data {
            Some(Data::Counter(known)) => *known += more,
            _ => *data = Some(Data::Counter(more)),
        });
    }

    pub(crate) fn set(&self, metric: &str, attributes: &[(&'static str, &str)], value: f64) {
        self.change(metric, attributes, |data| *data = Some(Data::Gauge(value)));
    }

    pub(crate) fn fail(&self, fault: Option<Fault>) {
        *self.fault.lock().unwrap() = fault;
    }

    fn change(&self, metric: &str, attributes: &[(&'static str, &str)], change: impl FnOnce(&mut Option<Data>)) {
        let mut series = self.series();
        let key = (metric.to_owned(), format!("{attributes:?}"));
        let known = series.remove(&key);
        let attributes = attributes.iter().map(|(key, value)| {
            // As the pipeline has them: codes are numbers.
            let value = value.parse::<i64>().map_or_else(|_| Value::from((*value).to_owned()), Value::from);
            KeyValue::new(*key, value)
        });
        let attributes = known.as_ref().map_or_else(|| attributes.collect(), |known| known.attributes.clone());
        let mut data = known.map(|known| known.data);
        change(&mut data);
        series.insert(key, Series { attributes, data: data.unwrap() });
    }

    fn series(&self) -> MutexGuard<'_, BTreeMap<(String, String), Series>> {
        self.series.lock().unwrap()
    }
}

impl ReadMetrics for Metrics {
    fn read_metrics(&self, each: &mut dyn FnMut(&Point<'_>)) -> Result<(), ScrapeError> {
        let fault = *self.fault.lock().unwrap();
        match fault {
            Some(Fault::Error) => return Err(ScrapeError::new("on purpose")),
            Some(Fault::Panic) => panic!("on purpose"),
            None => {}
        }
        for ((metric, _), Series { attributes, data }) in &*self.series() {
            let attributes: Vec<_> = attributes.iter().collect();
            let mut buckets = Vec::new();
            let value = match data {
                Data::Counter(value) => PointValue::Counter(*value),
                Data::Gauge(value) => PointValue::Gauge(*value),
                Data::Histogram { values, bounds } => {
                    buckets.resize(bounds.len() + 1, 0);
                    for value in values {
                        buckets[bounds.partition_point(|bound| bound < value)] += 1;
                    }
                    PointValue::Histogram(HistogramPoint {
                        count: values.len() as u64,
                        sum: values.iter().sum(),
                        min: values.iter().copied().reduce(f64::min),
                        max: values.iter().copied().reduce(f64::max),
                        bounds,
                        buckets: &buckets,
                    })
                }
            };
            each(&Point { metric, attributes: &attributes, value });
        }
        Ok(())
    }
}
