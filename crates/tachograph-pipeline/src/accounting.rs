//! What became of every item: `created = exported + failed{reason} + queued or lost in the queue`.
//!
//! The SDK throws the results of most exports away and answers a flush with `Ok` after losing data, so the truth is counted here,
//! where the exporters are wrapped.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::settings::Signal;

/// How far apart two log lines about the same signal are, so that a receiver that comes and goes does not flood the log.
const LOG_INTERVAL: Duration = Duration::from_secs(30);

/// Why items were not exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureReason {
    /// The receiver could not be reached or refused the items; retries within the time-out are over.
    Error,
    /// The export took longer than its time-out or the shutdown deadline.
    TimedOut,
    /// The exporter panicked.
    Panicked,
}

/// Items that were not exported, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Failures {
    /// See [`FailureReason::Error`].
    pub error: u64,
    /// See [`FailureReason::TimedOut`].
    pub timed_out: u64,
    /// See [`FailureReason::Panicked`].
    pub panicked: u64,
}

impl Failures {
    /// The sum over all reasons.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.error + self.timed_out + self.panicked
    }
}

/// The state of one signal's export at one moment. Traces count spans; metrics count data points, each time they are exported.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SignalHealth {
    /// Items given to the pipeline: sampled spans that ended, data points collected for an export.
    pub created: u64,
    /// Items that the receiver took.
    pub exported: u64,
    /// Items given up, by reason.
    pub failed: Failures,
    /// Spans started and not ended yet; 0 for metrics.
    pub open: u64,
    /// Whether the last export failed.
    pub failing: bool,
    /// What the last failed export said, until one succeeds.
    pub last_error: Option<String>,
    /// When an export last succeeded.
    pub last_success: Option<SystemTime>,
}

impl SignalHealth {
    /// Items neither exported nor failed: still queued, or dropped because the queue was full.
    #[must_use]
    pub fn outstanding(&self) -> u64 {
        self.created.saturating_sub(self.exported).saturating_sub(self.failed.total())
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
    /// Classic names that an instrument of the application uses for something else.
    pub shadowed_projections: u64,
}

impl Dropped {
    /// The sum of all four.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.type_conflicts + self.duplicate_series + self.exponential_histograms + self.shadowed_projections
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} type conflicts, {} duplicate series, {} exponential histograms, {} shadowed classic names",
            self.type_conflicts, self.duplicate_series, self.exponential_histograms, self.shadowed_projections
        )
    }
}

/// The state of a whole pipeline at one moment; see [`Pipeline::health`](crate::Pipeline::health).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Health {
    /// Spans.
    pub traces: SignalHealth,
    /// Data points of metrics that are pushed. Scrapes are not counted here.
    pub metrics: SignalHealth,
    /// What the last scrape left out.
    pub exposition: Dropped,
    /// Panics caught in callbacks of observable instruments since the start.
    pub callback_panics: u64,
}

/// The counters of one signal.
#[derive(Debug)]
pub(crate) struct SignalAccount {
    signal: Signal,
    created: AtomicU64,
    exported: AtomicU64,
    error: AtomicU64,
    timed_out: AtomicU64,
    panicked: AtomicU64,
    started: AtomicU64,
    ended: AtomicU64,
    failing: AtomicBool,
    story: Mutex<Story>,
}

/// The part that changes once per export and not once per item.
#[derive(Debug, Default)]
struct Story {
    last_error: Option<String>,
    last_success: Option<SystemTime>,
    loss_logged: Option<Instant>,
    announced: bool,
    lost_since_announced: u64,
}

impl SignalAccount {
    pub(crate) fn new(signal: Signal) -> Self {
        Self {
            signal,
            created: AtomicU64::new(0),
            exported: AtomicU64::new(0),
            error: AtomicU64::new(0),
            timed_out: AtomicU64::new(0),
            panicked: AtomicU64::new(0),
            started: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            story: Mutex::default(),
        }
    }

    pub(crate) fn started(&self) {
        self.started.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn ended(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn created(&self, items: u64) {
        self.created.fetch_add(items, Ordering::Relaxed);
    }

    pub(crate) fn exported(&self, items: u64) {
        self.exported.fetch_add(items, Ordering::Relaxed);
        self.failing.store(false, Ordering::Relaxed);
        let mut story = self.story();
        story.last_error = None;
        story.last_success = Some(SystemTime::now());
        if story.announced {
            story.announced = false;
            let lost = std::mem::take(&mut story.lost_since_announced);
            drop(story);
            tracing::info!(signal = self.signal.name(), lost, "telemetry export works again");
        }
    }

    pub(crate) fn failed(&self, items: u64, reason: FailureReason, error: String) {
        let counter = match reason {
            FailureReason::Error => &self.error,
            FailureReason::TimedOut => &self.timed_out,
            FailureReason::Panicked => &self.panicked,
        };
        counter.fetch_add(items, Ordering::Relaxed);
        self.failing.store(true, Ordering::Relaxed);
        let mut story = self.story();
        story.last_error = Some(error.clone());
        story.lost_since_announced += items;
        let quiet = story.loss_logged.is_some_and(|at| at.elapsed() < LOG_INTERVAL);
        if !story.announced && !quiet {
            story.announced = true;
            story.loss_logged = Some(Instant::now());
            drop(story);
            tracing::warn!(signal = self.signal.name(), %error, "telemetry export fails; items are lost until it works again");
        }
    }

    pub(crate) fn health(&self) -> SignalHealth {
        // Outcomes are read before what they came from, so that the balance never goes below zero.
        let exported = self.exported.load(Ordering::Acquire);
        let failed = Failures {
            error: self.error.load(Ordering::Acquire),
            timed_out: self.timed_out.load(Ordering::Acquire),
            panicked: self.panicked.load(Ordering::Acquire),
        };
        let ended = self.ended.load(Ordering::Acquire);
        let story = self.story();
        SignalHealth {
            created: self.created.load(Ordering::Acquire),
            exported,
            failed,
            open: self.started.load(Ordering::Acquire).saturating_sub(ended),
            failing: self.failing.load(Ordering::Relaxed),
            last_error: story.last_error.clone(),
            last_success: story.last_success,
        }
    }

    fn story(&self) -> MutexGuard<'_, Story> {
        self.story.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The counters of a pipeline.
#[derive(Debug)]
pub(crate) struct Accounting {
    pub(crate) traces: SignalAccount,
    pub(crate) metrics: SignalAccount,
    pub(crate) callback_panics: AtomicU64,
    exposition: Mutex<Dropped>,
}

impl Default for Accounting {
    fn default() -> Self {
        Self {
            traces: SignalAccount::new(Signal::Traces),
            metrics: SignalAccount::new(Signal::Metrics),
            callback_panics: AtomicU64::new(0),
            exposition: Mutex::default(),
        }
    }
}

impl Accounting {
    pub(crate) fn health(&self) -> Health {
        Health {
            traces: self.traces.health(),
            metrics: self.metrics.health(),
            exposition: *self.exposition.lock().unwrap_or_else(PoisonError::into_inner),
            callback_panics: self.callback_panics.load(Ordering::Relaxed),
        }
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
