//! The families of other registries, behind our own in the same text.
//!
//! They are written as they are, as far as they are valid. A family whose name is taken, and a series whose labels no scraper would
//! read, are left out and counted: one of them would make Prometheus refuse the whole scrape.

use std::borrow::Cow;
use std::collections::HashSet;

use prometheus::Registry;
use prometheus::proto::{LabelPair, Metric, MetricFamily, MetricType};

#[allow(unused_imports, reason = "one of the two models of the data has the method itself")]
use super::either_model::Value as _;
use super::format::Format;
use super::labels::write_label;
use super::number::{Number, write_f64};
use super::text::{Sample, Writer};
use crate::accounting::Dropped;
use crate::registry;

/// Families whose names are free.
pub(super) struct Appended<'a> {
    families: Vec<MetricFamily>,
    /// Theirs and ours.
    names: Cow<'a, HashSet<String>>,
    /// What was left out.
    dropped: u64,
}

impl<'a> Appended<'a> {
    /// What `registries` have beside the names in `taken`.
    pub(super) fn gather(registries: &[Registry], taken: &'a HashSet<String>) -> Self {
        let mut appended = Self { families: Vec::new(), names: Cow::Borrowed(taken), dropped: 0 };
        for registry in registries {
            let (families, all) = registry::gather(registry);
            appended.dropped += u64::from(!all);
            for family in families {
                let names: Vec<String> = names(&family).collect();
                let is_free = is_metric_name(family.name()) && !names.iter().any(|name| appended.names.contains(name));
                if !is_free || kind(&family).is_none() {
                    appended.dropped += 1;
                    continue;
                }
                appended.names.to_mut().extend(names);
                appended.families.push(family);
            }
        }
        appended
    }

    /// The names of all families, ours included, and of their lines.
    pub(super) fn names(&self) -> &HashSet<String> {
        &self.names
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>, dropped: &mut Dropped) {
        dropped.appended += self.dropped;
        for family in &self.families {
            write(family, writer, dropped);
        }
    }
}

fn write(family: &MetricFamily, writer: &mut Writer<'_>, dropped: &mut Dropped) {
    let (name, Some(kind)) = (family.name(), kind(family)) else { return };
    let is_open_metrics = writer.format == Format::OpenMetrics;
    let stem = writer.stem_of(name).filter(|_| kind == "counter");
    match stem {
        Some(stem) if is_open_metrics => writer.header(stem, kind, family.help(), None),
        None if is_open_metrics && kind == "counter" => writer.header(name, "unknown", family.help(), None),
        _ => writer.header(name, kind, family.help(), None),
    }
    let mut seen = HashSet::new();
    for metric in family.get_metric() {
        let mut labels = String::new();
        if !write_labels(metric.get_label(), kind, &mut labels) || seen.contains(&labels) {
            dropped.appended += 1;
            continue;
        }
        if !write_metric(name, family.get_field_type(), metric, &labels, writer) {
            dropped.negative_counters += 1;
        }
        seen.insert(labels);
    }
}

/// False when the number is not one of its type.
fn write_metric(name: &str, kind: MetricType, metric: &Metric, labels: &str, writer: &mut Writer<'_>) -> bool {
    let [sum, count] = ["sum", "count"].map(|line| Sample::new(&format!("{name}_{line}")));
    match kind {
        MetricType::COUNTER => {
            let value = Number::F64(metric.get_counter().value());
            if !value.can_be_counted() {
                return false;
            }
            writer.line(&Sample::new(name), labels, value);
        }
        MetricType::GAUGE => writer.line(&Sample::new(name), labels, Number::F64(metric.get_gauge().value())),
        MetricType::HISTOGRAM => {
            let (histogram, bucket) = (metric.get_histogram(), Sample::new(&format!("{name}_bucket")));
            let total = histogram.get_sample_count();
            let finite = histogram.get_bucket().iter().filter(|bucket| bucket.upper_bound().is_finite());
            let below = finite.map(|bucket| (bucket.upper_bound(), bucket.cumulative_count()));
            for (bound, count) in below.chain([(f64::INFINITY, total)]) {
                writer.line(&bucket, &with_number(labels, "le", bound), Number::U64(count));
            }
            // As with ours: what may go back is no sum of OpenMetrics, and without a sum there is no count.
            let sum_of = histogram.get_sample_sum();
            let has_negative = sum_of < 0.0 || histogram.get_bucket().iter().any(|bucket| bucket.upper_bound() < 0.0);
            if writer.format == Format::Text || !has_negative {
                writer.line(&sum, labels, Number::F64(sum_of));
                writer.line(&count, labels, Number::U64(total));
            }
        }
        MetricType::SUMMARY => {
            let (summary, quantile) = (metric.get_summary(), Sample::new(name));
            for it in summary.get_quantile() {
                writer.line(&quantile, &with_number(labels, "quantile", it.quantile()), Number::F64(it.value()));
            }
            writer.line(&sum, labels, Number::F64(summary.sample_sum()));
            writer.line(&count, labels, Number::U64(summary.sample_count()));
        }
        MetricType::UNTYPED => {}
    }
    true
}

/// The word for the type; none for what cannot be written.
fn kind(family: &MetricFamily) -> Option<&'static str> {
    match family.get_field_type() {
        MetricType::COUNTER => Some("counter"),
        MetricType::GAUGE => Some("gauge"),
        MetricType::HISTOGRAM => Some("histogram"),
        MetricType::SUMMARY => Some("summary"),
        MetricType::UNTYPED => None,
    }
}

/// The family's name, and those of its lines.
fn names(family: &MetricFamily) -> impl Iterator<Item = String> {
    let lines: &[&str] = match family.get_field_type() {
        MetricType::HISTOGRAM => &["_bucket", "_sum", "_count"],
        MetricType::SUMMARY => &["_sum", "_count"],
        _ => &[],
    };
    lines.iter().chain(&[""]).map(|line| format!("{}{line}", family.name()))
}

fn write_labels(pairs: &[LabelPair], kind: &str, labels: &mut String) -> bool {
    let reserved = match kind {
        "histogram" => "le",
        "summary" => "quantile",
        _ => "",
    };
    let mut pairs: Vec<&LabelPair> = pairs.iter().collect();
    pairs.sort_by(|a, b| a.name().cmp(b.name()));
    let are_valid = pairs.iter().all(|pair| is_label_name(pair.name()) && pair.name() != reserved)
        && pairs.windows(2).all(|two| two[0].name() != two[1].name());
    pairs.iter().for_each(|pair| write_label(pair.name(), pair.value(), 0, labels));
    are_valid
}

fn with_number(labels: &str, name: &str, number: f64) -> String {
    let mut value = Vec::new();
    write_f64(number, &mut value);
    let mut all = labels.to_owned();
    write_label(name, &String::from_utf8_lossy(&value), 0, &mut all);
    all
}

fn is_metric_name(name: &str) -> bool {
    is_name(name, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'))
}

fn is_label_name(name: &str) -> bool {
    !name.starts_with("__") && is_name(name, |c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_name(name: &str, allowed: impl Fn(char) -> bool) -> bool {
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(allowed)
}
