//! What was collected, as far as the text around the numbers depends on it.
//!
//! From scrape to scrape little changes but the numbers: the same instruments have the same attribute sets, in the same order. A
//! [`Shape`] is what was there the last time, each attribute set as a fingerprint of 64 bits, and tells what is new. The fingerprints
//! are seeded anew in every process: nobody outside can make two sets meet in one.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _};

use foldhash::quality::RandomState;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::metrics::data::{Metric, ResourceMetrics};

use super::points::{self, Kind, Point, Visit};

/// Every stream of a collection, in its order.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) streams: Vec<Stream>,
    hasher: RandomState,
}

/// One metric as it was collected.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) scope: InstrumentationScope,
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) description: String,
    /// `None` for an exponential histogram.
    pub(super) kind: Option<Kind>,
    /// Tells up-down counters from gauges.
    pub(super) is_sum: bool,
    /// One for each point.
    pub(super) fingerprints: Vec<u64>,
    /// Those of the collection before.
    pub(super) previous: Vec<u64>,
    /// Whether the points are not the ones of the collection before.
    pub(super) has_changed: bool,
}

impl Stream {
    fn is(&self, scope: &InstrumentationScope, metric: &Metric) -> bool {
        self.name == metric.name()
            && self.unit == metric.unit()
            && self.kind == points::kind(metric)
            && self.is_sum == points::is_sum(metric)
            && self.description == metric.description()
            && self.scope == *scope
    }
}

/// The metrics of a collection with their scopes, in its order.
pub(super) fn collected(metrics: &ResourceMetrics) -> impl Iterator<Item = (&InstrumentationScope, &Metric)> {
    metrics.scope_metrics().flat_map(|scope| scope.metrics().map(|metric| (scope.scope(), metric)))
}

impl Shape {
    /// The shape of a first collection.
    pub(super) fn of(metrics: &ResourceMetrics) -> Self {
        let streams = collected(metrics).map(|(scope, metric)| Stream {
            scope: scope.clone(),
            name: metric.name().to_owned(),
            unit: metric.unit().to_owned(),
            description: metric.description().to_owned(),
            kind: points::kind(metric),
            is_sum: points::is_sum(metric),
            fingerprints: Vec::new(),
            previous: Vec::new(),
            has_changed: true,
        });
        let mut shape = Self { streams: streams.collect(), hasher: RandomState::default() };
        shape.read_points(metrics);
        shape
    }

    /// Takes the next collection; false when its streams are not the same, and nothing here holds for it.
    pub(super) fn update(&mut self, metrics: &ResourceMetrics) -> bool {
        let mut streams = self.streams.iter();
        let same = collected(metrics).all(|(scope, metric)| streams.next().is_some_and(|it| it.is(scope, metric)));
        if !same || streams.next().is_some() {
            return false;
        }
        self.read_points(metrics);
        true
    }

    fn read_points(&mut self, metrics: &ResourceMetrics) {
        for (stream, (_, metric)) in self.streams.iter_mut().zip(collected(metrics)) {
            std::mem::swap(&mut stream.previous, &mut stream.fingerprints);
            stream.fingerprints.clear();
            points::visit(metric, &mut Fingerprints { hasher: &self.hasher, found: &mut stream.fingerprints });
            stream.has_changed = stream.fingerprints != stream.previous;
        }
    }
}

struct Fingerprints<'a> {
    hasher: &'a RandomState,
    found: &'a mut Vec<u64>,
}

impl Visit for Fingerprints<'_> {
    fn point<'a>(&mut self, attributes: impl Iterator<Item = &'a KeyValue>, _: Point<'a>) {
        let mut hasher = self.hasher.build_hasher();
        for attribute in attributes {
            attribute.hash(&mut hasher);
        }
        self.found.push(hasher.finish());
    }
}
