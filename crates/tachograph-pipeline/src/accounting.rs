//! What became of every item: `created + recovered = exported + failed{reason} + dropped{reason} + queued + in flight + spooled`.
//!
//! The SDK throws the results of most exports away and answers a flush with `Ok` after losing data, so the truth is counted here,
//! where the exporters are wrapped.

mod handle;
mod ledger;
mod signal;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

pub use self::handle::ExportHandle;
pub(crate) use self::ledger::{Books, FailureReason, Ledger};
pub use self::ledger::{Drops, Failures};
pub(crate) use self::signal::SignalAccount;
use crate::cardinality::Watch;
use crate::logs::files::{Counts, LogFilesHealth};
use crate::otlp::OpenSpool;
use crate::settings::Signal;

/// The state of one signal's export at one moment. Traces count spans; metrics count data points, each time they are exported;
/// logs count records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SignalHealth {
    /// Whether there is an exporter. Without one nothing is exported, and nothing counts as lost.
    pub has_exporter: bool,
    /// Items given to the pipeline: sampled spans that ended, data points collected for an export, log records.
    /// Without an exporter no events become log records.
    pub created: u64,
    /// Items that the receiver took.
    pub exported: u64,
    /// Items that were given to the exporter and not delivered, by reason.
    pub failed: Failures,
    /// Items that never reached the exporter, by reason; 0 for metrics, which do not wait.
    pub dropped: Drops,
    /// Items that wait for their export; 0 for metrics.
    pub queued: u64,
    /// Items whose export is under way.
    pub in_flight: u64,
    /// Items on disk, which are sent when the receiver is back; 0 without a spool, and for metrics.
    pub spooled: u64,
    /// Items that an earlier process had left on disk. They are not among those that were created here.
    pub recovered: u64,
    /// Items whose texts were cut, because one alone was larger than a request may be. They are counted where they went, too.
    pub truncated: u64,
    /// Spans started and not ended yet; 0 for metrics and logs.
    pub open: u64,
    /// Whether the last export failed.
    pub failing: bool,
    /// Whether items are dropped because exports do not keep up.
    pub dropping: bool,
    /// What the last failed export said, until one succeeds.
    pub last_error: Option<String>,
    /// When an export last succeeded.
    pub last_success: Option<SystemTime>,
    /// What the [self-test](crate::Builder::with_self_test) at the start found wrong and what to change, until an export succeeds.
    pub diagnosis: Option<String>,
}

impl SignalHealth {
    /// Items whose fate is open, at every moment `queued + in_flight + spooled`. 0 without an exporter.
    #[must_use]
    pub fn outstanding(&self) -> u64 {
        if !self.has_exporter {
            return 0;
        }
        let settled = self.exported + self.failed.total() + self.dropped.total();
        (self.created + self.recovered).saturating_sub(settled)
    }
}

/// What the encoder of the last scrape could not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Dropped {
    /// Instruments whose name is taken by another of a different type.
    pub type_conflicts: u64,
    /// Series that became identical to another and could not be added to it.
    pub duplicate_series: u64,
    /// Exponential histograms, which the text format cannot express.
    pub exponential_histograms: u64,
    /// Names of profiles that an instrument of the application, or a profile before, uses for something else.
    pub shadowed_projections: u64,
    /// Series of counters that are below zero or not a number, which no counter may be.
    pub negative_counters: u64,
    /// Of registries that are appended: families whose name is taken or not valid, series that are not valid, and registries that
    /// panicked.
    pub appended: u64,
}

impl Dropped {
    /// Each count with the word for its reason, as the metric `tachograph.scrape.dropped` has it.
    pub(crate) fn by_reason(&self) -> [(&'static str, u64); Self::REASONS] {
        // Taken apart, so that a new field is not forgotten.
        let Self {
            type_conflicts,
            duplicate_series,
            exponential_histograms,
            shadowed_projections,
            negative_counters,
            appended,
        } = *self;
        [
            ("type_conflict", type_conflicts),
            ("duplicate_series", duplicate_series),
            ("exponential_histogram", exponential_histograms),
            ("shadowed_projection", shadowed_projections),
            ("negative_counter", negative_counters),
            ("appended", appended),
        ]
    }

    pub(crate) const REASONS: usize = 6;

    /// The sum of all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_reason().iter().map(|(_, count)| count).sum()
    }
}

/// The counts that are not zero: `type_conflict: 2, appended: 1`.
impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_counts(f, self.by_reason())
    }
}

fn write_counts<const N: usize>(f: &mut fmt::Formatter<'_>, counts: [(&str, u64); N]) -> fmt::Result {
    let mut separator = "";
    for (reason, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        write!(f, "{separator}{reason}: {count}")?;
        separator = ", ";
    }
    Ok(())
}

/// The state of a whole pipeline at one moment; see [`Pipeline::health`](crate::Pipeline::health).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TelemetryHealth {
    /// Spans.
    pub traces: SignalHealth,
    /// Data points of metrics that are pushed. Scrapes are not counted here.
    pub metrics: SignalHealth,
    /// Log records.
    pub logs: SignalHealth,
    /// What the last scrape left out.
    pub exposition: Dropped,
    /// Panics caught in callbacks of observable instruments since the start.
    pub callback_panics: u64,
    /// Names of the instruments that got more attribute sets than their limit, as of the last collection: the others share one
    /// series. [`Pipeline::cardinality`](crate::Pipeline::cardinality) has the numbers.
    pub overflowing_instruments: Vec<String>,
    /// Scrapes that failed since the start: nothing could be collected or encoded, or the scrape before did not end in time.
    pub scrape_failures: u64,
    /// Lines for log files.
    pub log_files: LogFilesHealth,
    /// What the settings ask for and this version does not do, one sentence each. It is logged as well, once.
    pub unmet: Vec<String>,
}

/// The counters of a pipeline.
#[derive(Debug)]
pub(crate) struct Accounting {
    pub(crate) traces: SignalAccount,
    pub(crate) metrics: SignalAccount,
    pub(crate) logs: SignalAccount,
    callback_panics: AtomicU64,
    /// The first panic of a callback, until it is logged.
    unsaid_panic: Mutex<Option<String>>,
    exposition: Mutex<Dropped>,
    scrape_failures: AtomicU64,
    cardinality: Watch,
    log_files: OnceLock<Arc<Counts>>,
    spool: Option<Arc<OpenSpool>>,
    unmet: Vec<String>,
    unmet_is_said: AtomicBool,
}

impl Accounting {
    /// `unmet` is what the settings ask for in vain.
    pub(crate) fn new(unmet: Vec<String>, cardinality: Watch, spool: Option<Arc<OpenSpool>>) -> Self {
        Self {
            traces: SignalAccount::new(Signal::Traces),
            metrics: SignalAccount::new(Signal::Metrics),
            logs: SignalAccount::new(Signal::Logs),
            callback_panics: AtomicU64::new(0),
            unsaid_panic: Mutex::default(),
            exposition: Mutex::default(),
            scrape_failures: AtomicU64::new(0),
            cardinality,
            log_files: OnceLock::new(),
            spool,
            unmet,
            unmet_is_said: AtomicBool::new(false),
        }
    }

    pub(crate) fn of(&self, signal: Signal) -> &SignalAccount {
        match signal {
            Signal::Traces => &self.traces,
            Signal::Metrics => &self.metrics,
            Signal::Logs => &self.logs,
        }
    }

    pub(crate) fn health(&self) -> TelemetryHealth {
        TelemetryHealth {
            traces: self.traces.health(),
            metrics: self.metrics.health(),
            logs: self.logs.health(),
            exposition: self.dropped(),
            callback_panics: self.callback_panics(),
            overflowing_instruments: self.cardinality.overflowing(),
            scrape_failures: self.scrape_failures(),
            log_files: self.log_files().map(|counts| counts.health()).unwrap_or_default(),
            unmet: self.unmet.clone(),
        }
    }

    /// Says that there are log files, and where their lines are counted.
    pub(crate) fn count_log_files(&self, counts: &Arc<Counts>) {
        let _ = self.log_files.set(Arc::clone(counts));
    }

    /// Where items are that wait for their receiver on disk, if there is such a place.
    pub(crate) fn spool(&self) -> Option<&Arc<OpenSpool>> {
        self.spool.as_ref()
    }

    pub(crate) fn log_files(&self) -> Option<&Arc<Counts>> {
        self.log_files.get()
    }

    pub(crate) fn callback_panics(&self) -> u64 {
        self.callback_panics.load(Ordering::Relaxed)
    }

    /// Scrapes that could not be answered.
    pub(crate) fn scrape_failures(&self) -> u64 {
        self.scrape_failures.load(Ordering::Relaxed)
    }

    /// What the last scrape left out.
    pub(crate) fn dropped(&self) -> Dropped {
        *self.exposition.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn cardinality(&self) -> &Watch {
        &self.cardinality
    }

    /// Counts a panic. It is not logged here, because the SDK holds its lock over callbacks, and a subscriber that makes
    /// instruments would wait for it for ever.
    pub(crate) fn callback_panicked(&self, describe: impl FnOnce() -> String) {
        if self.callback_panics.fetch_add(1, Ordering::Relaxed) == 0 {
            *self.unsaid_panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(describe());
        }
    }

    /// Logs the first panic of a callback, once.
    pub(crate) fn say_callback_panic(&self) {
        let unsaid = self.unsaid_panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(panic) = unsaid {
            tracing::warn!(%panic, "a metric callback panicked; later panics are only counted");
        }
    }

    /// Logs what is asked for in vain, once, as soon as there is a subscriber to hear it: an application may set its own only after
    /// the pipeline is built, because it wants the pipeline's layer in it.
    pub(crate) fn say_unmet(&self) {
        if tracing::dispatcher::has_been_set() && !self.unmet_is_said.swap(true, Ordering::Relaxed) {
            for unmet in &self.unmet {
                tracing::warn!("{unmet}");
            }
        }
    }

    /// Counts a scrape that failed. It is not logged: the scraper gets the reason, and tells its operator.
    pub(crate) fn scrape_failed(&self) {
        self.scrape_failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Keeps what a scrape left out, and says so when it changes.
    pub(crate) fn scraped(&self, dropped: Dropped) {
        let mut last = self.exposition.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = *last != dropped;
        *last = dropped;
        drop(last);
        if changed && dropped.total() > 0 {
            tracing::warn!(%dropped, "some metrics cannot be shown to Prometheus");
        }
    }
}
