//! Where the items of one signal are, as numbers that add up.

use std::fmt;

/// Items that were given to an exporter and not delivered, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Failures {
    /// The receiver could not be reached or refused the items; retries within the time-out are over.
    pub error: u64,
    /// The export took longer than its time-out or the shutdown deadline.
    pub timed_out: u64,
    /// The exporter panicked.
    pub panicked: u64,
}

impl Failures {
    /// The sum over all reasons.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_reason().iter().map(|(_, count)| count).sum()
    }

    /// Each count with the word for its reason.
    pub(crate) fn by_reason(&self) -> [(&'static str, u64); 3] {
        // Taken apart, so that a new field is not forgotten.
        let Self { error, timed_out, panicked } = *self;
        [("error", error), ("timed_out", timed_out), ("panicked", panicked)]
    }

    pub(crate) fn add(&mut self, items: u64, reason: FailureReason) {
        *match reason {
            FailureReason::Error => &mut self.error,
            FailureReason::TimedOut => &mut self.timed_out,
            FailureReason::Panicked => &mut self.panicked,
        } += items;
    }
}

/// Why items were not delivered; see [`Failures`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureReason {
    Error,
    TimedOut,
    Panicked,
}

/// Items that never reached an exporter, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Drops {
    /// The queue was full, in items or in bytes: they found no room, or made room for others.
    pub queue_full: u64,
    /// One alone was larger than the whole queue.
    pub too_large: u64,
    /// They came after the shutdown.
    pub shut_down: u64,
    /// They were still queued when the deadline of the shutdown had passed.
    pub out_of_time: u64,
}

impl Drops {
    /// The sum over all reasons.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_reason().iter().map(|(_, count)| count).sum()
    }

    /// Each count with the word for its reason.
    pub(crate) fn by_reason(&self) -> [(&'static str, u64); 4] {
        let Self { queue_full, too_large, shut_down, out_of_time } = *self;
        [("queue_full", queue_full), ("too_large", too_large), ("shut_down", shut_down), ("out_of_time", out_of_time)]
    }
}

/// The counts that are not zero: `queue_full: 2, shut_down: 1`.
impl fmt::Display for Drops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::write_counts(f, self.by_reason())
    }
}

/// At every moment `created = exported + failed + dropped + queued + in flight`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ledger {
    pub(crate) created: u64,
    pub(crate) exported: u64,
    pub(crate) failed: Failures,
    pub(crate) dropped: Drops,
    pub(crate) queued: u64,
    pub(crate) in_flight: u64,
}

impl Ledger {
    /// Books how an export of `items` ended.
    pub(crate) fn settle(&mut self, items: u64, failure: Option<FailureReason>) {
        self.in_flight = self.in_flight.saturating_sub(items);
        match failure {
            None => self.exported += items,
            Some(reason) => self.failed.add(items, reason),
        }
    }
}

/// Who counts the items of a signal in the place of its account: a queue, under the lock that it takes for each item anyway.
pub(crate) trait Books: fmt::Debug + Send + Sync {
    fn ledger(&self) -> Ledger;
    /// How many items may wait.
    fn capacity(&self) -> u64;
    /// Books how an export of `items` ended.
    fn settle(&self, items: u64, failure: Option<FailureReason>);
}
