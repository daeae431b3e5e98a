//! How the spool is doing, in numbers that are exact at every step.

use std::ops::{AddAssign, SubAssign};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::Refused;
use super::record::KINDS;
use crate::settings::Signal;

/// Requests, and the items (spans, data points, log records) in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Amount {
    pub(crate) requests: u64,
    pub(crate) items: u64,
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        self.requests = self.requests.wrapping_add(other.requests);
        self.items = self.items.wrapping_add(other.items);
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Self) {
        self.requests = self.requests.wrapping_sub(other.requests);
        self.items = self.items.wrapping_sub(other.items);
    }
}

/// One signal in the spool, since the start of this process: `found + appended = spooled + settled + withdrawn + corrupt + evicted +
/// failed`. What was refused was never in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SignalState {
    /// What is in the spool now, lent out or not.
    pub(crate) spooled: Amount,
    /// What earlier processes left.
    pub(crate) found: Amount,
    pub(crate) appended: Amount,
    pub(crate) settled: Amount,
    /// Appended, and taken out again because nobody waited any longer to hear of it.
    pub(crate) withdrawn: Amount,
    /// Lost: no longer what was written.
    pub(crate) corrupt: Amount,
    /// Lost: gone with the oldest segment to make room.
    pub(crate) evicted: Amount,
    /// Lost: the disk could not read it, or somebody removed the file.
    pub(crate) failed: Amount,
    /// Not taken, because there was no room.
    pub(crate) refused_full: Amount,
    /// Not taken, because it is too long.
    pub(crate) refused_large: Amount,
    /// Not taken, because the disk could not write it or did not keep up, or the spool was closed.
    pub(crate) refused_failed: Amount,
}

/// Why what was in the spool is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    Corrupt,
    Evicted,
    Failed,
}

impl SignalState {
    pub(super) fn lose(&mut self, amount: Amount, loss: Loss) {
        self.spooled -= amount;
        *match loss {
            Loss::Corrupt => &mut self.corrupt,
            Loss::Evicted => &mut self.evicted,
            Loss::Failed => &mut self.failed,
        } += amount;
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpoolState {
    pub(super) signals: [SignalState; KINDS],
    /// The length of the segments.
    pub(crate) bytes: u64,
    /// Damaged bytes in which no record could be told, found at the start. They are in no other number.
    pub(crate) corrupt_bytes: u64,
    /// Whether the last thing that was asked of the disk went well.
    pub(crate) working: bool,
    /// What the disk said when it last did not. It stays when the disk is well again.
    pub(crate) last_error: Option<Arc<str>>,
}

impl Default for SpoolState {
    fn default() -> Self {
        Self { signals: [SignalState::default(); KINDS], bytes: 0, corrupt_bytes: 0, working: true, last_error: None }
    }
}

impl SpoolState {
    pub(crate) fn of(&self, signal: Signal) -> &SignalState {
        &self.signals[usize::from(kind(signal))]
    }

    /// What is in the spool now, of all signals.
    pub(crate) fn spooled(&self) -> Amount {
        let mut all = Amount::default();
        self.signals.iter().for_each(|signal| all += signal.spooled);
        all
    }
}

/// The number that a signal has in the files.
pub(super) fn kind(signal: Signal) -> u8 {
    match signal {
        Signal::Traces => 0,
        Signal::Metrics => 1,
        Signal::Logs => 2,
    }
}

/// What was refused. Apart from the rest, because a request can be refused without its thread.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    full: [Counter; KINDS],
    large: [Counter; KINDS],
    failed: [Counter; KINDS],
}

#[derive(Debug, Default)]
struct Counter {
    requests: AtomicU64,
    items: AtomicU64,
}

impl Counter {
    fn read(&self) -> Amount {
        Amount { requests: self.requests.load(Ordering::Relaxed), items: self.items.load(Ordering::Relaxed) }
    }
}

impl Refusals {
    pub(super) fn count(&self, kind: u8, items: u64, refused: &Refused) {
        let counters = match refused {
            Refused::Full { .. } => &self.full,
            Refused::TooLarge { .. } => &self.large,
            Refused::Io(_) | Refused::Busy { .. } | Refused::Closed => &self.failed,
        };
        let counter = &counters[usize::from(kind)];
        counter.requests.fetch_add(1, Ordering::Relaxed);
        counter.items.fetch_add(items, Ordering::Relaxed);
    }

    pub(super) fn add_to(&self, state: &mut SpoolState) {
        for (kind, signal) in state.signals.iter_mut().enumerate() {
            signal.refused_full = self.full[kind].read();
            signal.refused_large = self.large[kind].read();
            signal.refused_failed = self.failed[kind].read();
        }
    }
}
