//! Prometheus exposition: from collected metrics to text, by our own encoder.
//!
//! `opentelemetry-prometheus` doubles suffixes, lets label names through that make Prometheus refuse the whole scrape, and answers
//! with nothing when collecting fails. This encoder gives valid text or an error, and it remembers: from scrape to scrape only numbers
//! change, so the text around them is made once.
//!
//! ```text
//!  collected metrics ──> shape: the same points as last time?
//!        │                 │ no: family::refresh finds the rows of the new ones (labels, profile)
//!        │                 │ no, and other instruments: a new plan (names, claims)
//!        └──> family::fill adds the numbers into cells, by row ──> text writes rows and cells
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`format`], [`names`], [`labels`] | formats, names and label text |
//! | [`negotiate`] | which format a scraper gets |
//! | [`points`], [`number`] | collected points and their numbers |
//! | [`shape`], [`plan`], [`family`], [`rows`], [`buckets`] | what is kept from scrape to scrape |
//! | [`cells`], [`text`] | the numbers of one scrape, and the lines |
//! | [`profile`] | other names for what is recorded |
//! | `appended`, `either_model` | families of other registries |
//!
//! Series of one family whose labels become equal (`1` and `"1"`, keys cleaned to one name; projections do it on purpose) are added,
//! because together they counted all of it; of gauges, which cannot be added, the largest stays. What had to be left out is counted
//! ([`Dropped`]) and said once.

#[cfg(feature = "prometheus-registry")]
mod appended;
mod buckets;
mod cells;
#[cfg(any(test, feature = "prometheus-registry"))]
mod either_model;
mod family;
mod format;
mod labels;
mod names;
mod negotiate;
mod number;
mod plan;
pub(crate) mod points;
mod profile;
mod rows;
mod shape;
mod text;

use opentelemetry_sdk::metrics::data::{Metric, ResourceMetrics};

use self::cells::Cells;
pub use self::format::NameTranslation;
pub(crate) use self::format::{Escaping, Form, Format};
pub(crate) use self::negotiate::{Gzip, negotiate};
use self::plan::Plan;
pub use self::profile::Profile;
pub(crate) use self::profile::{PREFIX, check_clashes, is_prefix};
use self::shape::collected;
use self::text::Writer;
use crate::accounting::Dropped;

/// The media type of what [`prometheus_text`](crate::Pipeline::prometheus_text) gives.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Under which names metrics are shown to Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum MetricNames {
    /// Names by the OpenTelemetry rules only.
    OpenTelemetry,
    /// Names of the [profiles](Profile) for what has one; everything else, such as an application's own instruments, by the
    /// OpenTelemetry rules.
    Classic,
    /// Both, which is the default: dashboards made for either work.
    #[default]
    Both,
}

/// What the text contains.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) names: MetricNames,
    pub(crate) translation: NameTranslation,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) scope_labels: bool,
    pub(crate) target_info: bool,
    /// Whether OpenMetrics says since when counters and histograms are counted.
    pub(crate) created: bool,
    /// Attributes of the resource that stand on every series.
    pub(crate) resource_labels: Vec<String>,
    /// Registries whose families follow ours.
    #[cfg(feature = "prometheus-registry")]
    pub(crate) appended: Vec<prometheus::Registry>,
}

/// Without profiles: which there are is a setting.
impl Default for Options {
    fn default() -> Self {
        Self {
            names: MetricNames::default(),
            translation: NameTranslation::default(),
            profiles: Vec::new(),
            scope_labels: true,
            target_info: true,
            created: true,
            resource_labels: Vec::new(),
            #[cfg(feature = "prometheus-registry")]
            appended: Vec::new(),
        }
    }
}

/// Encodes; keeps what it has learnt from scrape to scrape.
#[derive(Debug)]
pub(crate) struct Encoder {
    options: Options,
    /// By escaping: scrapers of both kinds may come in turns.
    plans: [Option<Plan>; 2],
    cells: Cells,
    last_length: usize,
}

impl Encoder {
    pub(crate) fn new(options: Options) -> Self {
        Self { options, plans: [None, None], cells: Cells::default(), last_length: 0 }
    }

    /// Appends the text of everything that was collected to `out`; gives back what had to be left out.
    pub(crate) fn encode(&mut self, metrics: &ResourceMetrics, form: Form, out: &mut Vec<u8>) -> Dropped {
        let escaping = if self.options.translation.has_utf8() { form.escaping } else { Escaping::Underscores };
        let slot = &mut self.plans[usize::from(escaping == Escaping::Utf8)];
        // Taken out: a panic half-way leaves nothing behind that later scrapes would trust.
        let kept = slot.take().and_then(|mut plan| plan.fits(metrics).then_some(plan));
        let plan = kept.unwrap_or_else(|| Plan::new(metrics, &self.options, escaping));

        let start = out.len();
        out.reserve(self.last_length + self.last_length / 16);
        let mut dropped = plan.dropped;
        let metrics: Vec<&Metric> = collected(metrics).map(|(_, metric)| metric).collect();
        // Theirs are known before ours are written: a name of theirs may be what OpenMetrics would call a counter of ours.
        #[cfg(feature = "prometheus-registry")]
        let appended = appended::Appended::gather(&self.options.appended, &plan.names);
        #[cfg(feature = "prometheus-registry")]
        let names = appended.names();
        #[cfg(not(feature = "prometheus-registry"))]
        let names = &plan.names;
        let mut writer = Writer { format: form.format, created: self.options.created, taken: names, out };
        for family in &plan.families {
            dropped.duplicate_series += family.fill(&metrics, &mut self.cells);
            writer.family(family, &self.cells, &mut dropped);
        }
        #[cfg(feature = "prometheus-registry")]
        appended.write(&mut writer, &mut dropped);
        match form.format {
            Format::OpenMetrics => out.extend_from_slice(b"# EOF\n"),
            Format::Text if out.len() == start => out.extend_from_slice(b"# no metrics are recorded yet\n"),
            Format::Text => {}
        }
        self.last_length = out.len() - start;
        *slot = Some(plan);
        dropped
    }
}

#[cfg(test)]
mod tests;
