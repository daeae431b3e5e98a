//! Where the items of one signal are, as numbers that add up.

use std::fmt;

use crate::exporter::Delivery;

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
    /// The receiver took the request and refused these items of it (partial success).
    pub rejected: u64,
    /// One alone was larger than a request may be, even with its texts cut.
    pub too_large: u64,
    /// They were on disk, and made room for others there or could not be read again.
    pub spool: u64,
}

impl Failures {
    /// The sum over all reasons.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_reason().iter().map(|(_, count)| count).sum()
    }

    /// Each count with the word for its reason.
    pub(crate) fn by_reason(&self) -> [(&'static str, u64); 6] {
        // Taken apart, so that a new field is not forgotten.
        let Self { error, timed_out, panicked, rejected, too_large, spool } = *self;
        [
            ("error", error),
            ("timed_out", timed_out),
            ("panicked", panicked),
            ("rejected", rejected),
            ("too_large", too_large),
            ("spool", spool),
        ]
    }

    pub(crate) fn add_all(&mut self, other: &Self) {
        let Self { error, timed_out, panicked, rejected, too_large, spool } = *other;
        self.error += error;
        self.timed_out += timed_out;
        self.panicked += panicked;
        self.rejected += rejected;
        self.too_large += too_large;
        self.spool += spool;
    }

    pub(crate) fn add(&mut self, items: u64, reason: FailureReason) {
        *match reason {
            FailureReason::Error => &mut self.error,
            FailureReason::TimedOut => &mut self.timed_out,
            FailureReason::Panicked => &mut self.panicked,
            FailureReason::Rejected => &mut self.rejected,
            FailureReason::TooLarge => &mut self.too_large,
        } += items;
    }
}

/// Why items were not delivered; see [`Failures`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureReason {
    Error,
    TimedOut,
    Panicked,
    #[cfg_attr(not(feature = "_otlp"), allow(dead_code, reason = "only our own exporters tell it"))]
    Rejected,
    #[cfg_attr(not(feature = "_otlp"), allow(dead_code, reason = "only our own exporters tell it"))]
    TooLarge,
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

/// At every moment `created + recovered = exported + failed + dropped + queued + in flight + spooled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ledger {
    pub(crate) created: u64,
    pub(crate) exported: u64,
    pub(crate) failed: Failures,
    pub(crate) dropped: Drops,
    pub(crate) queued: u64,
    pub(crate) in_flight: u64,
    /// What is on disk. Below zero for the moment between an item that has been sent from there and the news that it is there.
    pub(crate) spooled: i64,
    /// What an earlier process had left there.
    pub(crate) recovered: u64,
    /// Of those that were delivered or are on disk, the ones whose texts were cut.
    pub(crate) truncated: u64,
}

impl Ledger {
    /// Books how an export ended. What of it is on disk has been booked.
    pub(crate) fn settle(&mut self, delivery: &Delivery) {
        let items = delivery.exported + delivery.failed.total();
        self.in_flight = self.in_flight.saturating_sub(items);
        self.book(delivery);
    }

    fn book(&mut self, delivery: &Delivery) {
        let Delivery { exported, failed, spooled: _, truncated, error: _ } = delivery;
        self.exported += exported;
        self.failed.add_all(failed);
        self.truncated += truncated;
    }

    /// Items on disk, as far as it is known.
    pub(crate) fn on_disk(&self) -> u64 {
        u64::try_from(self.spooled).unwrap_or_default()
    }
}

#[cfg(all(feature = "_otlp", feature = "spool"))]
impl Ledger {
    /// Books that items of an export are on disk now.
    pub(crate) fn spool(&mut self, items: u64) {
        self.in_flight = self.in_flight.saturating_sub(items);
        self.spooled = self.spooled.saturating_add_unsigned(items);
    }

    /// Books that items are on disk which came from no export that is counted.
    pub(crate) fn recover(&mut self, items: u64) {
        self.recovered += items;
        self.spooled = self.spooled.saturating_add_unsigned(items);
    }

    /// Books what became of items that were on disk.
    pub(crate) fn resend(&mut self, delivery: &Delivery) {
        self.spooled = self.spooled.saturating_sub_unsigned(delivery.exported + delivery.failed.total());
        self.book(delivery);
    }
}

/// Who counts the items of a signal in the place of its account: a queue, under the lock that it takes for each item anyway.
pub(crate) trait Books: fmt::Debug + Send + Sync {
    fn ledger(&self) -> Ledger;
    /// How many items may wait.
    fn capacity(&self) -> u64;
    /// Changes the numbers, all at once.
    fn change(&self, change: &mut dyn FnMut(&mut Ledger));
}
