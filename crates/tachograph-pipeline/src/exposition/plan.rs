//! Which families there are, and what they are made from: worked out when the set of instruments changes, kept otherwise.
//!
//! Where two things want the same name, a fixed rule decides, so that the outcome does not depend on the order of a hash map:
//!
//! - Instruments are taken in the order of family name, scope, instrument name, unit, type and description. Of two with the same
//!   family name and different types the first stays; its help stands for both otherwise.
//! - A family whose name is a line of a histogram (`x_bucket`, `x_sum`, `x_count`) gives way to the histogram.
//! - `target_info` is the resource; an instrument of that name gives way.
//! - A projected name gives way to an instrument of the application that makes a family of that name, and to a name of a profile
//!   before it.
//!
//! What gives way is counted.

use std::collections::HashSet;
use std::sync::Arc;

use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::data::{Metric, ResourceMetrics};

use super::family::{Family, Origin, Reading};
use super::format::Escaping;
use super::labels::{Constant, LabelWriter, resource_labels, scope_labels, write_label};
use super::names::{self, FamilyName};
use super::points::Kind;
use super::profile::{self, Projection};
use super::shape::{Shape, Stream, collected};
use super::{MetricNames, Options};
use crate::accounting::Dropped;

/// The name of the family that shows the resource.
pub(super) const TARGET_INFO: &str = "target_info";

#[derive(Debug)]
pub(super) struct Plan {
    shape: Shape,
    labels: LabelWriter,
    /// In the order of their names.
    pub(super) families: Vec<Family>,
    /// The names of all families, and of their lines.
    pub(super) names: HashSet<String>,
    /// What gave way.
    pub(super) dropped: Dropped,
}

impl Plan {
    /// The plan for this collection, and for later ones as long as [`fits`](Self::fits) says so.
    pub(super) fn new(metrics: &ResourceMetrics, options: &Options, escaping: Escaping) -> Self {
        let shape = Shape::of(metrics);
        let resource = resource_labels(metrics.resource(), &options.resource_labels, escaping);
        let mut making = Making { options, escaping, shape: &shape, resource: &resource, dropped: Dropped::default() };
        let mut labels = LabelWriter::new(escaping);
        let families = making.families(metrics.resource(), &mut labels);
        let dropped = making.dropped;
        let names = families.iter().flat_map(Family::names).collect();
        let mut plan = Self { shape, labels, families, names, dropped };
        plan.refresh(metrics);
        plan
    }

    /// Takes the next collection; false when it needs a new plan.
    pub(super) fn fits(&mut self, metrics: &ResourceMetrics) -> bool {
        let fits = self.shape.update(metrics);
        if fits {
            self.refresh(metrics);
        }
        fits
    }

    fn refresh(&mut self, metrics: &ResourceMetrics) {
        if !self.shape.streams.iter().any(|stream| stream.has_changed) {
            return;
        }
        let metrics: Vec<&Metric> = collected(metrics).map(|(_, metric)| metric).collect();
        for family in &mut self.families {
            family.refresh(&self.shape, &metrics, &mut self.labels);
        }
    }
}

struct Making<'a> {
    options: &'a Options,
    escaping: Escaping,
    shape: &'a Shape,
    resource: &'a [Constant],
    dropped: Dropped,
}

/// An instrument on its way to a family.
struct Candidate<'a> {
    name: FamilyName,
    kind: Kind,
    index: usize,
    stream: &'a Stream,
}

impl Candidate<'_> {
    /// The order in which names are claimed.
    fn order(&self) -> impl Ord {
        let Stream { scope, name, unit, description, is_sum, .. } = self.stream;
        let scope = (scope.name(), scope.version(), scope.schema_url());
        (&self.name.name, scope, name, unit, self.kind, description, !is_sum, self.index)
    }
}

impl Making<'_> {
    fn families(&mut self, resource: &Resource, labels: &mut LabelWriter) -> Vec<Family> {
        let mut families = self.recorded();
        if self.options.target_info {
            families.retain(|family| self.keep(family.name.name != TARGET_INFO));
            let attributes: Vec<KeyValue> =
                resource.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
            let attributes: Vec<&KeyValue> = attributes.iter().collect();
            let help = "The resource: what produces these metrics.".to_owned();
            let target = Family::of_resource(TARGET_INFO.to_owned(), help, |text| labels.write(&attributes, &[], text));
            families.push(target);
        }
        // The lines of a histogram could not be told from those of a family of such a name.
        let histograms = families.iter().filter(|family| family.kind == Kind::Histogram);
        let lines: HashSet<String> = histograms.flat_map(|family| lines(&family.name.name)).collect();
        families.retain(|family| self.keep(!lines.contains(&family.name.name)));

        if self.options.names != MetricNames::OpenTelemetry {
            self.add_projected(resource, &mut families);
        }
        families.sort_by(|a, b| a.name.cmp(&b.name));
        families
    }

    fn keep(&mut self, keeps: bool) -> bool {
        self.dropped.type_conflicts += u64::from(!keeps);
        keeps
    }

    /// The families by the rules of OpenTelemetry.
    fn recorded(&mut self) -> Vec<Family> {
        let mut candidates = Vec::new();
        for (index, stream) in self.shape.streams.iter().enumerate() {
            if self.options.names == MetricNames::Classic
                && self.options.profiles.iter().any(|it| it.reads(&stream.name))
            {
                continue;
            }
            let Some(kind) = stream.kind else {
                self.dropped.exponential_histograms += 1;
                continue;
            };
            let translation = self.options.translation;
            let name = names::family_name(&stream.name, &stream.unit, kind, translation, self.escaping);
            candidates.push(Candidate { name, kind, index, stream });
        }
        candidates.sort_by(|a, b| a.order().cmp(&b.order()));

        let mut families: Vec<Family> = Vec::new();
        let mut constants: Option<(&InstrumentationScope, Arc<[Constant]>)> = None;
        for Candidate { name, kind, index, stream } in candidates {
            let is_new = families.last().is_none_or(|family| family.name.name != name.name);
            if is_new {
                families.push(Family::new(name, kind, help(stream), Origin::Recorded));
            }
            let Some(family) = families.last_mut() else { continue };
            if family.kind != kind {
                self.dropped.type_conflicts += 1;
                continue;
            }
            let constants = match &constants {
                Some((scope, constants)) if *scope == &stream.scope => Arc::clone(constants),
                _ => {
                    let made = self.constants(&stream.scope);
                    constants = Some((&stream.scope, Arc::clone(&made)));
                    made
                }
            };
            family.add_source(index, Reading::Recorded { constants });
        }
        families
    }

    fn constants(&self, scope: &InstrumentationScope) -> Arc<[Constant]> {
        let scope = if self.options.scope_labels { scope_labels(scope, self.escaping) } else { Vec::new() };
        scope.into_iter().chain(self.resource.iter().cloned()).collect()
    }

    fn add_projected(&mut self, resource: &Resource, families: &mut Vec<Family>) {
        let mut taken: HashSet<String> = families.iter().flat_map(Family::names).collect();
        let mut projected = Vec::new();
        for profile in &self.options.profiles {
            projected.extend(profile.infos.iter().map(|info| self.info(info, resource)));
            let families = profile.projections.iter().map(|projection| self.projected(projection));
            projected.extend(families.filter(Family::has_sources));
        }
        for family in projected {
            if family.names().any(|name| taken.contains(&name)) {
                self.dropped.shadowed_projections += 1;
                continue;
            }
            taken.extend(family.names());
            families.push(family);
        }
    }

    fn projected(&self, projection: &Projection) -> Family {
        let name = FamilyName { name: projection.name.clone(), unit: None };
        let mut family = Family::new(name, projection.take.kind(), projection.help.clone(), Origin::Projected);
        // Equal labels must be equal text: the sources agree on the order of labels, and on which the resource gives.
        let mut order: Vec<&str> = Vec::new();
        for (label, _) in projection.sources.iter().flat_map(|source| &source.labels) {
            if !order.contains(&label.as_str()) {
                order.push(label);
            }
        }
        for source in &projection.sources {
            for (index, stream) in self.shape.streams.iter().enumerate() {
                if !projection.take.can_be_of(stream.kind) {
                    continue;
                }
                let added = if stream.name == source.stream {
                    None
                } else {
                    let stands_in = profile::stands_in_for(&stream.name).find(|(name, _)| *name == source.stream);
                    let Some((_, added)) = stands_in else { continue };
                    if self.has_established(&stream.scope) {
                        continue;
                    }
                    added
                };
                let is_free = |constant: &&Constant| !order.contains(&constant.name.as_str());
                let constants = self.resource.iter().filter(is_free).cloned().collect();
                let (mut source, take) = (source.clone(), projection.take);
                source.labels.sort_by_key(|(label, _)| order.iter().position(|known| known == label));
                family.add_source(index, Reading::Projected { source, take, added, constants });
            }
        }
        family
    }

    /// Whether a scope has streams under names that others stand in for.
    fn has_established(&self, scope: &InstrumentationScope) -> bool {
        let mut of_scope = self.shape.streams.iter().filter(|stream| stream.scope == *scope);
        of_scope.any(|stream| profile::is_established(&stream.name))
    }

    fn info(&self, info: &profile::InfoProjection, resource: &Resource) -> Family {
        Family::of_resource(info.name.clone(), info.help.clone(), |text| {
            let start = text.len();
            for (label, key) in &info.labels {
                if let Some(value) = resource.get_ref(&opentelemetry::Key::from(key.clone())) {
                    write_label(label, &value.as_str(), start, text);
                }
            }
        })
    }
}

impl Family {
    /// Its name, and those of its lines.
    fn names(&self) -> impl Iterator<Item = String> {
        let lines = (self.kind == Kind::Histogram).then(|| lines(&self.name.name));
        lines.into_iter().flatten().chain([self.name.name.clone()])
    }
}

/// The names of the lines of a histogram.
fn lines(histogram: &str) -> impl Iterator<Item = String> {
    ["bucket", "count", "sum"].into_iter().map(move |line| format!("{histogram}_{line}"))
}

/// The description, or, because tools complain of metrics without help, where the metric comes from.
fn help(stream: &Stream) -> String {
    if stream.description.is_empty() {
        format!("OpenTelemetry instrument {}, without a description.", stream.name)
    } else {
        stream.description.clone()
    }
}
