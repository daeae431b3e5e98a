//! Metrics: `ExportMetricsServiceRequest`.

use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData, ResourceMetrics};

use super::points::{Number, exponential, histogram, number};
use super::requests::{ITEM, Requests};
use super::wire::{Writer, field_len, nanos};
use super::{EncodedResource, Encoding};

/// Requests of at most `limit` bytes. A metric that is above it is in several, with some of its data points in each.
pub(crate) fn metrics(metrics: &ResourceMetrics, limit: usize) -> Encoding {
    let resource = EncodedResource::from(metrics.resource());
    let mut requests = Requests::new(&resource, limit, 0);
    let mut points = Points::default();
    for scope in metrics.scope_metrics() {
        let group = requests.group(scope.scope().name(), scope.scope());
        for metric in scope.metrics() {
            points.collect(metric, requests.budget(group));
            points.put(group, &mut requests);
        }
    }
    requests.finish()
}

/// The metric that is being encoded.
struct Points {
    /// Name, description and unit.
    head: Writer,
    /// Which kind of metric it is.
    kind: u8,
    points: Writer,
    ends: Vec<usize>,
    /// Temporality, and whether it is monotonic.
    tail: Writer,
    too_large: u64,
    budget: usize,
}

impl Default for Points {
    fn default() -> Self {
        let [head, points, tail] = [(); 3].map(|()| Writer::with_capacity(0));
        Self { head, kind: 0, points, ends: Vec::new(), tail, too_large: 0, budget: 0 }
    }
}

impl Points {
    /// Encodes the metric in its parts.
    fn collect(&mut self, metric: &Metric, budget: usize) {
        self.head.restart(0, usize::MAX, usize::MAX);
        self.head.field(0x0a, metric.name().as_bytes());
        self.head.field(0x12, metric.description().as_bytes());
        self.head.field(0x1a, metric.unit().as_bytes());
        self.points.restart(0, 0, usize::MAX);
        self.tail.restart(0, usize::MAX, usize::MAX);
        self.ends.clear();
        (self.too_large, self.budget) = (0, budget);
        match metric.data() {
            AggregatedMetrics::F64(data) => self.collect_data(data),
            AggregatedMetrics::U64(data) => self.collect_data(data),
            AggregatedMetrics::I64(data) => self.collect_data(data),
        }
    }

    fn collect_data<T: Number>(&mut self, data: &MetricData<T>) {
        match data {
            MetricData::Gauge(gauge) => {
                self.kind = 0x2a;
                let times = (gauge.start_time().map_or(0, nanos), nanos(gauge.time()));
                for point in gauge.data_points() {
                    self.add(|w| number(w, times, point.attributes(), point.value(), point.exemplars()));
                }
            }
            MetricData::Sum(sum) => {
                self.kind = 0x3a;
                self.tail.number(0x10, temporality(sum.temporality()));
                self.tail.number(0x18, sum.is_monotonic().into());
                let times = (nanos(sum.start_time()), nanos(sum.time()));
                for point in sum.data_points() {
                    self.add(|w| number(w, times, point.attributes(), point.value(), point.exemplars()));
                }
            }
            MetricData::Histogram(data) => {
                self.kind = 0x4a;
                self.tail.number(0x10, temporality(data.temporality()));
                let times = (nanos(data.start_time()), nanos(data.time()));
                for point in data.data_points() {
                    self.add(|writer| histogram(writer, times, point));
                }
            }
            MetricData::ExponentialHistogram(data) => {
                self.kind = 0x52;
                self.tail.number(0x10, temporality(data.temporality()));
                let times = (nanos(data.start_time()), nanos(data.time()));
                for point in data.data_points() {
                    self.add(|writer| exponential(writer, times, point));
                }
            }
        }
    }

    /// Keeps a data point if a request can hold it.
    fn add(&mut self, content: impl FnOnce(&mut Writer)) {
        let start = self.points.len();
        self.points.restart(start, self.budget, usize::MAX);
        self.points.message::<1>(0x0a, content);
        let length = self.points.len() - start;
        if self.points.fits(start, self.budget) && self.metric_len(length) <= self.budget {
            self.ends.push(self.points.len());
        } else {
            self.points.restart(start, 0, usize::MAX);
            self.too_large += 1;
        }
    }

    /// Bytes of the metric with data points of that many bytes.
    fn metric_len(&self, points: usize) -> usize {
        field_len(self.head.len() + field_len(points + self.tail.len()))
    }

    /// Puts as many data points at once as a request can hold.
    fn put(&self, group: usize, requests: &mut Requests<'_>) {
        requests.too_large(self.too_large);
        let (mut start, mut end, mut count) = (0, 0, 0);
        for &next in &self.ends {
            if self.metric_len(next - start) > self.budget {
                self.put_some(group, requests, (start, end), count);
                (start, count) = (end, 0);
            }
            (end, count) = (next, count + 1);
        }
        // The SDK has metrics without data points as well; one whose points were all too large is no such.
        let without_points = self.too_large == 0 && self.metric_len(0) <= self.budget;
        if count > 0 || without_points {
            self.put_some(group, requests, (start, end), count);
        }
    }

    fn put_some(&self, group: usize, requests: &mut Requests<'_>, (start, end): (usize, usize), count: u64) {
        let points = self.points.slice(start, end);
        let content = points.len() + self.tail.len();
        let place = requests.writer.len();
        let writer = &mut requests.writer;
        writer.restart(place, usize::MAX, usize::MAX);
        writer.head(ITEM, self.head.len() + field_len(content));
        writer.bytes(self.head.as_slice());
        writer.head(self.kind, content);
        writer.bytes(points);
        writer.bytes(self.tail.as_slice());
        requests.put(group, place, count);
    }
}

fn temporality(temporality: Temporality) -> u64 {
    match temporality {
        Temporality::Delta => 1,
        _ => 2,
    }
}
