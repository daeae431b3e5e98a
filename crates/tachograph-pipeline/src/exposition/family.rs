//! A family: which streams it is made from, and the text around its numbers, which is kept from scrape to scrape.

use std::collections::HashMap;
use std::slice;
use std::sync::Arc;

use foldhash::fast::RandomState;
use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::Metric;

use super::buckets::Buckets;
use super::cells::Cells;
use super::labels::{Constant, LabelWriter};
use super::names::FamilyName;
use super::number::Number;
use super::points::{self, Kind, Point, Visit};
use super::profile::{self, Take};
use super::rows::{NO_ROW, Rows};
use super::shape::{Shape, Stream};

/// Rows that no point has any more, for instance of an observable instrument, are kept for so many that have one.
const STALE_ROWS: usize = 64;

#[derive(Debug)]
pub(super) struct Family {
    pub(super) name: FamilyName,
    pub(super) kind: Kind,
    pub(super) help: String,
    pub(super) origin: Origin,
    sources: Vec<Source>,
    pub(super) rows: Rows,
    pub(super) buckets: Buckets,
}

/// Where the series of a family come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// An instrument, by the rules of OpenTelemetry.
    Recorded,
    /// A profile.
    Projected,
    /// The resource. Its one series is 1.
    Resource,
}

/// One stream that a family is made from.
#[derive(Debug)]
pub(super) struct Source {
    /// Its index in the shape.
    pub(super) stream: usize,
    pub(super) reading: Reading,
    /// The row of each point.
    rows: Vec<u32>,
    /// Of histograms: the layout of its buckets.
    layout: usize,
}

/// How the points of a stream are read.
#[derive(Debug)]
pub(super) enum Reading {
    /// As they are, with all their attributes.
    Recorded { constants: Arc<[Constant]> },
    /// By a profile. `added` is what the name of a stand-in says.
    Projected { source: profile::Source, take: Take, added: Option<KeyValue>, constants: Vec<Constant> },
}

impl Source {
    pub(super) fn new(stream: usize, reading: Reading) -> Self {
        Self { stream, reading, rows: Vec::new(), layout: 0 }
    }
}

impl Family {
    pub(super) fn new(name: FamilyName, kind: Kind, help: String, origin: Origin) -> Self {
        let (sources, rows, buckets) = (Vec::new(), Rows::default(), Buckets::default());
        Self { name, kind, help, origin, sources, rows, buckets }
    }

    /// A family with the one series that `write` gives the labels of.
    pub(super) fn of_resource(name: String, help: String, write: impl FnOnce(&mut String)) -> Self {
        let mut family = Self::new(FamilyName { name, unit: None }, Kind::Gauge, help, Origin::Resource);
        family.rows.row(|text| {
            write(text);
            true
        });
        family.rows.sort();
        family
    }

    pub(super) fn add_source(&mut self, stream: usize, reading: Reading) {
        self.sources.push(Source::new(stream, reading));
    }

    pub(super) fn has_sources(&self) -> bool {
        !self.sources.is_empty()
    }

    /// Finds the row of each point of this collection, for the streams that have other points than in the one before.
    pub(super) fn refresh(&mut self, shape: &Shape, metrics: &[&Metric], labels: &mut LabelWriter) {
        let streams = self.sources.iter().filter_map(|source| shape.streams.get(source.stream));
        let (mut points, mut has_changed) = (0, false);
        for stream in streams {
            points += stream.fingerprints.len();
            has_changed |= stream.has_changed;
        }
        if !has_changed {
            return;
        }
        let starts_anew = self.rows.len() > 2 * points + STALE_ROWS;
        if starts_anew {
            self.rows.clear();
            self.sources.iter_mut().for_each(|source| source.rows.clear());
        }
        for source in &mut self.sources {
            let (Some(stream), Some(metric)) = (shape.streams.get(source.stream), metrics.get(source.stream)) else {
                continue;
            };
            if stream.has_changed || starts_anew {
                source.find_rows(stream, metric, &mut self.rows, labels);
            }
            if self.kind == Kind::Histogram {
                let mut bounds = FirstBounds(None);
                points::visit(metric, &mut bounds);
                source.layout = self.buckets.layout(&bounds.0.unwrap_or_default());
            }
        }
        self.rows.sort();
        if self.kind == Kind::Histogram {
            let sources = self.sources.iter().map(|source| (source.layout, source.rows.as_slice()));
            self.buckets.assign(self.rows.len(), sources);
        }
    }

    /// Adds up the numbers of this collection; gives back how many points were dropped because another has their labels.
    pub(super) fn fill(&self, metrics: &[&Metric], cells: &mut Cells) -> u64 {
        cells.reset(self.kind, &self.rows, &self.buckets);
        if self.origin == Origin::Resource {
            cells.add(0, Number::U64(1));
        }
        let mut duplicates = 0;
        for source in &self.sources {
            let Some(metric) = metrics.get(source.stream) else { continue };
            let created = points::created(metric).unwrap_or(f64::INFINITY);
            let mut filling =
                Filling { source, rows: source.rows.iter(), buckets: &self.buckets, created, cells, duplicates: 0 };
            points::visit(metric, &mut filling);
            duplicates += filling.duplicates;
        }
        cells.settle();
        duplicates
    }
}

impl Source {
    fn find_rows(&mut self, stream: &Stream, metric: &Metric, rows: &mut Rows, labels: &mut LabelWriter) {
        let previous = stream.previous.iter().copied().zip(self.rows.iter().copied());
        let known: HashMap<u64, u32, RandomState> = previous.collect();
        self.rows.clear();
        let (fingerprints, found) = (stream.fingerprints.iter(), &mut self.rows);
        points::visit(metric, &mut Finding { reading: &self.reading, fingerprints, known, found, rows, labels });
    }
}

struct Finding<'a> {
    reading: &'a Reading,
    fingerprints: slice::Iter<'a, u64>,
    known: HashMap<u64, u32, RandomState>,
    found: &'a mut Vec<u32>,
    rows: &'a mut Rows,
    labels: &'a mut LabelWriter,
}

impl Visit for Finding<'_> {
    fn point<'a>(&mut self, attributes: impl Iterator<Item = &'a KeyValue>, _: Point<'a>) {
        let known = self.fingerprints.next().and_then(|fingerprint| self.known.get(fingerprint));
        let row = known.copied().unwrap_or_else(|| {
            let attributes: Vec<&KeyValue> = attributes.collect();
            self.rows.row(|text| self.reading.write_labels(&attributes, self.labels, text))
        });
        self.found.push(row);
    }
}

impl Reading {
    /// Appends the labels of a point; false when it is not shown.
    fn write_labels(&self, attributes: &[&KeyValue], labels: &mut LabelWriter, text: &mut String) -> bool {
        match self {
            Self::Recorded { constants } => {
                labels.write(attributes, constants, text);
                true
            }
            Self::Projected { source, added, constants, .. } => {
                let start = text.len();
                let is_taken = source.write_labels(attributes, added.as_ref(), text);
                constants.iter().for_each(|constant| constant.write(start, text));
                is_taken
            }
        }
    }
}

/// The bounds of a metric's first point, which are those of all: they belong to the instrument.
struct FirstBounds(Option<Vec<f64>>);

impl Visit for FirstBounds {
    fn point<'a>(&mut self, _: impl Iterator<Item = &'a KeyValue>, point: Point<'a>) {
        if let (None, Point::Histogram(histogram)) = (&self.0, point) {
            self.0 = Some(histogram.bounds());
        }
    }
}

struct Filling<'a> {
    source: &'a Source,
    rows: slice::Iter<'a, u32>,
    buckets: &'a Buckets,
    created: f64,
    cells: &'a mut Cells,
    duplicates: u64,
}

impl Visit for Filling<'_> {
    fn point<'a>(&mut self, _: impl Iterator<Item = &'a KeyValue>, point: Point<'a>) {
        let Some(row) = self.rows.next().filter(|row| **row != NO_ROW) else { return };
        let row = *row as usize;
        let take = match &self.source.reading {
            Reading::Recorded { .. } => None,
            Reading::Projected { take, .. } => Some(take),
        };
        match (take, point) {
            (None | Some(Take::Histogram), Point::Histogram(point)) => {
                self.cells.add_histogram(row, point, self.source.layout, self.buckets);
            }
            (None | Some(Take::Count | Take::Sum | Take::Gauge), Point::Sum(number)) => self.cells.add(row, number),
            (None, Point::Gauge(number)) => self.duplicates += u64::from(!self.cells.keep_larger(row, number)),
            // Series are merged over the labels that are left out, which for a gauge means a total.
            (Some(Take::Gauge), Point::Gauge(number)) => self.cells.add(row, number),
            (Some(Take::Count), Point::Histogram(point)) => self.cells.add(row, Number::U64(point.count())),
            (Some(Take::Count), Point::Exponential { count, .. }) => self.cells.add(row, Number::U64(count)),
            (Some(Take::Sum), Point::Histogram(point)) => self.cells.add(row, point.sum()),
            (Some(Take::Sum), Point::Exponential { sum, .. }) => self.cells.add(row, sum),
            _ => return,
        }
        self.cells.since(row, self.created);
    }
}
