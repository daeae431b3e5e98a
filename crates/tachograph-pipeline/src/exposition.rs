//! Prometheus exposition: from collected metrics to text, by our own encoder.
//!
//! `opentelemetry-prometheus` doubles suffixes, lets label names through that make Prometheus refuse the whole scrape, and answers
//! with nothing when collecting fails. This encoder gives valid text or an error. Where two things want the same name, a fixed rule
//! decides, so that the outcome does not depend on the order of a hash map:
//!
//! - Instruments are taken in the order of family name, scope labels, instrument name and unit. Of two with the same family
//!   name and different types the first stays; its help stands for both otherwise.
//! - A family whose name is a line of a histogram (`x_bucket`, `x_sum`, `x_count`) gives way to the histogram.
//! - `target_info` is the resource; an instrument of that name gives way.
//! - A classic name gives way to an instrument of the application that makes a family of that name.
//! - Series with equal labels: see [`Family::settle`].
//!
//! What gives way is counted ([`Dropped`]) and said once.

mod classic;
mod family;
mod labels;
mod names;
mod points;
mod text;

use std::collections::HashSet;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::data::{Metric, ResourceMetrics};

use crate::accounting::Dropped;
use family::{Arena, Family, Kind, Number, Series, Value};
use labels::{LabelWriter, scope_labels};

/// The media type of what [`prometheus_text`](crate::Pipeline::prometheus_text) gives.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Under which names metrics are shown to Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum MetricNames {
    /// Names by the OpenTelemetry rules only.
    OpenTelemetry,
    /// Classic names for what has one; everything else, such as an application's own instruments, by the OpenTelemetry rules.
    Classic,
    /// Both, which is the default: dashboards made for either work.
    #[default]
    Both,
}

/// What the text contains.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    pub(crate) names: MetricNames,
    pub(crate) scope_labels: bool,
    pub(crate) target_info: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { names: MetricNames::Both, scope_labels: true, target_info: true }
    }
}

/// One instrument on its way to a family.
struct Source<'a> {
    family: String,
    kind: Kind,
    scope: usize,
    metric: &'a Metric,
}

/// Encodes; keeps its buffers from scrape to scrape.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    arena: Arena,
    labels: LabelWriter,
    last_length: usize,
}

impl Encoder {
    /// The text of everything that was collected, and what had to be left out.
    pub(crate) fn encode(&mut self, metrics: &ResourceMetrics, options: Options) -> (String, Dropped) {
        self.arena.clear();
        let mut dropped = Dropped::default();

        let mut families = self.recorded(metrics, options, &mut dropped);
        if options.target_info {
            families.retain(|family| {
                let taken = family.name == "target_info";
                dropped.type_conflicts += u64::from(taken);
                !taken
            });
            families.push(self.target_info(metrics.resource()));
        }
        give_way_to_histograms(&mut families, &mut dropped);
        if options.names != MetricNames::OpenTelemetry {
            self.add_classic(metrics, &mut families, &mut dropped);
        }

        families.sort_by(|a, b| a.name.cmp(&b.name));
        let mut out = String::with_capacity(self.last_length + self.last_length / 8);
        for family in &mut families {
            family.settle(&mut self.arena, &mut dropped);
            text::write_family(family, &self.arena, &mut out);
        }
        if out.is_empty() {
            out.push_str("# no metrics are recorded yet\n");
        }
        self.last_length = out.len();
        (out, dropped)
    }

    /// The families by the OpenTelemetry rules.
    fn recorded(&mut self, metrics: &ResourceMetrics, options: Options, dropped: &mut Dropped) -> Vec<Family> {
        let scopes: Vec<String> = metrics
            .scope_metrics()
            .map(|scope| if options.scope_labels { scope_labels(scope.scope()) } else { String::new() })
            .collect();
        let sources = sources(metrics, options, &scopes, dropped);

        let mut families: Vec<Family> = Vec::new();
        for source in sources {
            let family = match families.last_mut() {
                Some(family) if family.name == source.family && family.kind == source.kind => family,
                Some(family) if family.name == source.family => {
                    dropped.type_conflicts += 1;
                    continue;
                }
                _ => {
                    families.push(Family {
                        name: source.family,
                        kind: source.kind,
                        help: help(source.metric).into(),
                        series: Vec::new(),
                    });
                    let Some(family) = families.last_mut() else { continue };
                    family
                }
            };
            points::for_each(source.metric, |attributes, point| {
                if let Some(value) = point.value(&mut self.arena) {
                    let labels = self.labels.write(attributes, &scopes[source.scope], &mut self.arena.text);
                    family.series.push(Series { labels, value });
                }
            });
        }
        families
    }

    fn target_info(&mut self, resource: &Resource) -> Family {
        let attributes: Vec<KeyValue> =
            resource.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
        let attributes: Vec<&KeyValue> = attributes.iter().collect();
        let labels = self.labels.write(&attributes, "", &mut self.arena.text);
        Family {
            name: "target_info".to_owned(),
            kind: Kind::Gauge,
            help: "The resource: what produces these metrics.".into(),
            series: vec![Series { labels, value: Value::Gauge(Number::U64(1)) }],
        }
    }

    fn add_classic(&mut self, metrics: &ResourceMetrics, families: &mut Vec<Family>, dropped: &mut Dropped) {
        let taken: HashSet<String> =
            families.iter().flat_map(|family| family.sample_names().into_iter().chain([family.name.clone()])).collect();
        let libraries: Vec<classic::Library<'_>> = metrics.scope_metrics().map(classic::Library::new).collect();

        let mut projected = vec![classic::app_info(metrics.resource(), &mut self.arena)];
        for projection in classic::PROJECTIONS {
            let mut family = projection.family();
            for library in &libraries {
                projection.project(library, &mut family, &mut self.arena);
            }
            projected.push(family);
        }
        projected.retain(|family| {
            if family.series.is_empty() {
                return false;
            }
            let free = !taken.contains(&family.name) && !family.sample_names().iter().any(|name| taken.contains(name));
            dropped.shadowed_projections += u64::from(!free);
            free
        });
        families.append(&mut projected);
    }
}

/// The instruments in the order in which they claim names.
fn sources<'a>(
    metrics: &'a ResourceMetrics,
    options: Options,
    scopes: &[String],
    dropped: &mut Dropped,
) -> Vec<Source<'a>> {
    let mut sources = Vec::new();
    for (scope, scope_metrics) in metrics.scope_metrics().enumerate() {
        for metric in scope_metrics.metrics() {
            if options.names == MetricNames::Classic && classic::has_projection(metric.name()) {
                continue;
            }
            match points::kind(metric) {
                Some(kind) => {
                    let family = names::family_name(metric.name(), metric.unit(), kind);
                    sources.push(Source { family, kind, scope, metric });
                }
                None => dropped.exponential_histograms += 1,
            }
        }
    }
    sources.sort_by(|a, b| {
        let key =
            |source: &Source<'a>| (&scopes[source.scope], source.metric.name(), source.metric.unit(), source.kind);
        a.family.cmp(&b.family).then_with(|| key(a).cmp(&key(b)))
    });
    sources
}

/// Drops families whose name is one of the lines of a histogram: the lines could not be told apart.
fn give_way_to_histograms(families: &mut Vec<Family>, dropped: &mut Dropped) {
    let histograms = families.iter().filter(|family| family.kind == Kind::Histogram);
    let lines: HashSet<String> = histograms.flat_map(Family::sample_names).collect();
    families.retain(|family| {
        let taken = lines.contains(&family.name);
        dropped.type_conflicts += u64::from(taken);
        !taken
    });
}

/// The description, or, because tools complain of metrics without help, where the metric comes from.
fn help(metric: &Metric) -> String {
    if metric.description().is_empty() {
        format!("OpenTelemetry instrument {}, without a description.", metric.name())
    } else {
        metric.description().to_owned()
    }
}

#[cfg(test)]
mod tests;
