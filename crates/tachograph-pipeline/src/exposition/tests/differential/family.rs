//! Families as they were found and as they are expected.

use super::BTreeMap;
use super::strict::{self, Labels};
#[allow(unused_imports, reason = "one of the two models of the data has the method itself")]
use crate::exposition::either_model::Value as _;

/// A family without the order of its series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Family {
    pub(super) kind: String,
    pub(super) help: String,
    /// Name and labels, with each value that is written for them.
    pub(super) samples: BTreeMap<(String, Labels), Vec<Expected>>,
}

/// A value, and by how much it may differ: sums of floating point numbers depend on their order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Expected {
    value: f64,
    within: f64,
}

#[derive(Clone)]
pub(super) struct Point {
    pub(super) labels: Labels,
    /// Of a histogram its sum.
    pub(super) value: Number,
    pub(super) is_sum: bool,
    pub(super) count: u64,
    pub(super) bounds: Vec<f64>,
    /// For each bound, and above them; not cumulative.
    pub(super) buckets: Vec<u64>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Whole(i128),
    Float(f64),
}

impl Number {
    pub(super) fn float(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

impl Family {
    /// Whether this is what was expected.
    pub(super) fn is(&self, found: &Self) -> bool {
        let same_value = |expected: &Expected, found: &Expected| {
            expected.value == found.value || (expected.value - found.value).abs() <= expected.within
        };
        let sorted = |values: &[Expected]| {
            let mut values = values.to_vec();
            values.sort_by(|a, b| a.value.total_cmp(&b.value));
            values
        };
        (&self.kind, &self.help) == (&found.kind, &found.help)
            && self.samples.keys().eq(found.samples.keys())
            && self.samples.iter().zip(&found.samples).all(|((_, expected), (_, found))| {
                expected.len() == found.len()
                    && sorted(expected).iter().zip(&sorted(found)).all(|(expected, found)| same_value(expected, found))
            })
    }

    pub(super) fn add(&mut self, name: &str, labels: &Labels, value: f64, within: f64) {
        // Minus zero is zero.
        let expected = Expected { value: value + 0.0, within };
        self.samples.entry((name.to_owned(), labels.clone())).or_default().push(expected);
    }

    pub(super) fn add_histogram(&mut self, name: &str, point: &Point, within: f64) {
        let mut below = 0;
        for (bound, count) in point.bounds.iter().chain([&f64::INFINITY]).zip(&point.buckets) {
            below += count;
            let mut labels = point.labels.clone();
            labels.insert("le".to_owned(), le(*bound));
            self.add(&format!("{name}_bucket"), &labels, below as f64, 0.0);
        }
        self.add(&format!("{name}_sum"), &point.labels, point.value.float(), within);
        self.add(&format!("{name}_count"), &point.labels, point.count as f64, 0.0);
    }

    pub(super) fn of_ours(families: &[strict::Family]) -> BTreeMap<String, Self> {
        let read = families.iter().map(|it| {
            let mut family = Self { kind: it.kind.clone(), help: it.help.clone(), samples: BTreeMap::new() };
            for sample in &it.samples {
                family.add(&sample.name, &sample.labels, sample.value, 0.0);
            }
            (it.name.clone(), family)
        });
        // A family of which nothing can be written has a header only.
        read.filter(|(_, family)| !family.samples.is_empty()).collect()
    }

    pub(super) fn of_theirs(families: &[prometheus::proto::MetricFamily]) -> BTreeMap<String, Self> {
        use prometheus::proto::MetricType;
        let mut read = BTreeMap::new();
        for it in families {
            let (name, help) = (it.name().to_owned(), it.help().to_owned());
            let kind = match it.get_field_type() {
                MetricType::COUNTER => "counter",
                MetricType::GAUGE => "gauge",
                _ => "histogram",
            };
            let mut family = Self { kind: kind.to_owned(), help, samples: BTreeMap::new() };
            for metric in it.get_metric() {
                let pairs = metric.get_label().iter();
                let labels: Labels = pairs.map(|pair| (pair.name().to_owned(), pair.value().to_owned())).collect();
                assert_eq!(labels.len(), metric.get_label().len(), "a label comes twice");
                match kind {
                    "counter" => family.add(&name, &labels, metric.get_counter().value(), 0.0),
                    "gauge" => family.add(&name, &labels, metric.get_gauge().value(), 0.0),
                    _ => {
                        let histogram = metric.get_histogram();
                        let mut below = 0;
                        let of = |bucket: &prometheus::proto::Bucket| (bucket.upper_bound(), bucket.cumulative_count());
                        let all = (f64::INFINITY, histogram.get_sample_count());
                        let (mut bounds, mut buckets) = (Vec::new(), Vec::new());
                        for (bound, cumulative) in histogram.get_bucket().iter().map(of).chain([all]) {
                            bounds.push(bound);
                            buckets.push(cumulative - below);
                            below = cumulative;
                        }
                        bounds.pop();
                        let (value, count) = (Number::Float(histogram.get_sample_sum()), histogram.get_sample_count());
                        let point = Point { labels, value, is_sum: true, count, bounds, buckets };
                        family.add_histogram(&name, &point, 0.0);
                    }
                }
            }
            read.insert(name, family);
        }
        read
    }
}

fn le(bound: f64) -> String {
    if bound.is_infinite() { "+Inf".to_owned() } else { number(bound + 0.0) }
}

/// A bound as text, in the shortest way there is.
fn number(number: f64) -> String {
    let text = format!("{number:?}");
    // Rust says `1e300`, ours `1e+300`: the same number.
    if text.contains("e-") { text } else { text.replace('e', "e+") }
}
