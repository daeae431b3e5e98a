//! The text formats: Prometheus 0.0.4 and OpenMetrics 1.0.0.
//!
//! They differ in little. OpenMetrics names a counter without its `_total`, has the unit and the time of creation, escapes quotes
//! in help, and ends with `# EOF`.

use std::collections::HashSet;

use super::cells::Cells;
use super::family::{Family, Origin};
use super::format::Format;
use super::names::{escape, written};
use super::number::{self, Number};
use super::plan::TARGET_INFO;
use super::points::Kind;
use crate::accounting::Dropped;

/// The name of the resource in OpenMetrics.
const TARGET: &str = "target";

/// Writes families one after the other.
pub(super) struct Writer<'a> {
    pub(super) format: Format,
    /// Whether OpenMetrics gets `_created`.
    pub(super) created: bool,
    /// The names of all families, and of the lines of histograms.
    pub(super) taken: &'a HashSet<String>,
    pub(super) out: &'a mut Vec<u8>,
}

/// How the lines of one name begin, with labels and without.
pub(super) struct Sample {
    open: String,
    bare: String,
}

impl Sample {
    pub(super) fn new(name: &str) -> Self {
        let written = written(name);
        // A name in quotes stands between the braces, as a first label without a name.
        if written.len() == name.len() {
            Self { open: format!("{written}{{"), bare: format!("{written} ") }
        } else {
            Self { open: format!("{{{written},"), bare: format!("{{{written}}} ") }
        }
    }
}

impl Writer<'_> {
    /// Appends a family: help, type, unit, and its series.
    pub(super) fn family(&mut self, family: &Family, cells: &Cells, dropped: &mut Dropped) {
        if cells.is_empty() {
            return;
        }
        let name = &family.name.name;
        let stem = self.stem(family);
        let kind = match (family.kind, self.format) {
            (Kind::Counter, Format::OpenMetrics) if stem.is_none() => "unknown",
            (Kind::Gauge, Format::OpenMetrics) if self.is_target(family) => "info",
            (Kind::Counter, _) => "counter",
            (Kind::Gauge, _) => "gauge",
            (Kind::Histogram, _) => "histogram",
        };
        let header = match (kind, self.format) {
            ("info", _) => TARGET,
            (_, Format::OpenMetrics) => stem.unwrap_or(name),
            (_, Format::Text) => name,
        };
        let unit = family.name.unit.as_deref().filter(|_| kind != "unknown");
        self.header(header, kind, &family.help, unit);
        match family.kind {
            Kind::Counter => self.counter(family, stem, cells, dropped),
            Kind::Gauge => {
                let sample = Sample::new(name);
                for (row, labels) in family.rows.in_order() {
                    if let Some(value) = cells.values[row] {
                        self.line(&sample, labels, value);
                    }
                }
            }
            Kind::Histogram => self.histogram(family, cells),
        }
    }

    fn stem<'a>(&self, family: &'a Family) -> Option<&'a str> {
        self.stem_of(&family.name.name).filter(|_| family.kind == Kind::Counter)
    }

    /// The name of a counter without `_total`, where nothing else has it. Without, OpenMetrics cannot call it a counter.
    pub(super) fn stem_of<'a>(&self, name: &'a str) -> Option<&'a str> {
        let stem = name.strip_suffix("_total")?;
        // The format keeps `_created` of every counter for itself, written or not.
        let is_free = !self.taken.contains(stem) && self.is_free(&format!("{stem}_created"));
        (!stem.is_empty() && is_free).then_some(stem)
    }

    /// Whether it is the resource, and its name without `_info` is nothing else's.
    fn is_target(&self, family: &Family) -> bool {
        family.origin == Origin::Resource && family.name.name == TARGET_INFO && self.is_free(TARGET)
    }

    /// Whether no family has this name, as a counter without its `_total` either.
    fn is_free(&self, name: &str) -> bool {
        !self.taken.contains(name) && !self.taken.contains(&format!("{name}_total"))
    }

    /// Appends the lines above the series of a family. The unit must be the end of the name.
    pub(super) fn header(&mut self, name: &str, kind: &str, help: &str, unit: Option<&str>) {
        let name = written(name);
        self.push(&["# HELP ", &name, " "]);
        match self.format {
            Format::Text => self.push(&[&help.replace('\\', "\\\\").replace('\n', "\\n")]),
            Format::OpenMetrics => {
                let mut escaped = String::new();
                escape(help, &mut escaped);
                self.push(&[&escaped]);
            }
        }
        self.push(&["\n# TYPE ", &name, " ", kind, "\n"]);
        if let (Format::OpenMetrics, Some(unit)) = (self.format, unit) {
            self.push(&["# UNIT ", &name, " ", unit, "\n"]);
        }
    }

    fn counter(&mut self, family: &Family, stem: Option<&str>, cells: &Cells, dropped: &mut Dropped) {
        let sample = Sample::new(&family.name.name);
        let created = stem.and_then(|stem| self.created_of(stem));
        for (row, labels) in family.rows.in_order() {
            let Some(value) = cells.values[row] else { continue };
            if !value.can_be_counted() {
                dropped.negative_counters += 1;
                continue;
            }
            self.line(&sample, labels, value);
            if let Some(created) = &created {
                self.since(created, labels, cells.created[row]);
            }
        }
    }

    fn histogram(&mut self, family: &Family, cells: &Cells) {
        let name = &family.name.name;
        let [bucket, sum, count] = ["bucket", "sum", "count"].map(|line| Sample::new(&format!("{name}_{line}")));
        let created = self.created_of(name);
        for (row, labels) in family.rows.in_order() {
            let Some(value) = cells.values[row] else { continue };
            let Some((layout, buckets)) = family.buckets.of(row, &cells.buckets) else { continue };
            let mut below = 0_u64;
            for (le, cell) in layout.labels.iter().zip(buckets) {
                below = below.saturating_add(*cell);
                self.out.extend_from_slice(bucket.open.as_bytes());
                self.out.extend_from_slice(labels.as_bytes());
                if !labels.is_empty() {
                    self.out.push(b',');
                }
                self.out.extend_from_slice(le.as_bytes());
                number::write_u64(below, self.out);
                self.out.push(b'\n');
            }
            // In OpenMetrics a sum never goes back, which one of negative values may; and it has a count if and only if it has a sum.
            if self.format == Format::Text || (!layout.has_negative() && value.can_be_counted()) {
                self.line(&sum, labels, value);
                self.line(&count, labels, Number::U64(cells.counts[row]));
            }
            if let Some(created) = &created {
                self.since(created, labels, cells.created[row]);
            }
        }
    }

    fn created_of(&self, stem: &str) -> Option<Sample> {
        let name = format!("{stem}_created");
        let is_written = self.created && self.format == Format::OpenMetrics && self.is_free(&name);
        is_written.then(|| Sample::new(&name))
    }

    fn since(&mut self, created: &Sample, labels: &str, since: f64) {
        if since.is_finite() {
            self.line(created, labels, Number::F64(since));
        }
    }

    pub(super) fn line(&mut self, sample: &Sample, labels: &str, value: Number) {
        if labels.is_empty() {
            self.out.extend_from_slice(sample.bare.as_bytes());
        } else {
            self.out.extend_from_slice(sample.open.as_bytes());
            self.out.extend_from_slice(labels.as_bytes());
            self.out.extend_from_slice(b"} ");
        }
        value.write(self.out);
        self.out.push(b'\n');
    }

    fn push(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.out.extend_from_slice(part.as_bytes()));
    }
}
