//! What becomes of the items of one export: told item by item, so that an export that is given up half-way is booked as it went.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::accounting::{FailureReason, Failures};

/// What became of the items of an export.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Delivery {
    pub(crate) exported: u64,
    pub(crate) failed: Failures,
    /// On disk until the receiver is back. The only items that are booked before the export has ended.
    pub(crate) spooled: u64,
    /// Of those above, the ones whose texts were cut to fit into a request.
    pub(crate) truncated: u64,
    /// Why not all were delivered.
    pub(crate) error: Option<String>,
}

impl Delivery {
    /// How many items are accounted for.
    pub(crate) fn settled(&self) -> u64 {
        self.exported + self.failed.total() + self.spooled
    }
}

/// An export under way, seen from both sides: by the one who delivers and by the one who keeps the time.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    items: u64,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    delivery: Delivery,
    /// Nobody waits any more.
    is_closed: bool,
}

impl Progress {
    /// Nothing of `items` has been delivered yet.
    pub(crate) fn new(items: u64) -> Self {
        Self { items, state: Arc::default() }
    }

    /// All items of the export.
    pub(crate) fn items(&self) -> u64 {
        self.items
    }

    pub(crate) fn exported(&self, items: u64) {
        self.tell(|delivery| delivery.exported += items);
    }

    pub(crate) fn failed(&self, items: u64, reason: FailureReason, error: String) {
        self.tell(|delivery| {
            delivery.failed.add(items, reason);
            delivery.error = Some(error);
        });
    }

    #[cfg(feature = "_otlp")]
    pub(crate) fn truncated(&self, items: u64) {
        self.tell(|delivery| delivery.truncated += items);
    }

    /// Says that items are on disk, and has it booked at once: they may be sent from there before this export ends. `false` if they are
    /// booked as something else already, because the export was given up.
    #[cfg(all(feature = "_otlp", feature = "spool"))]
    pub(crate) fn spooled(&self, items: u64, error: &str, book: impl FnOnce()) -> bool {
        self.tell(|delivery| {
            delivery.spooled += items;
            delivery.error = Some(error.to_owned());
            book();
        })
    }

    /// Ends the export. What was not told of has this fate.
    pub(crate) fn close(&self, reason: FailureReason, error: impl FnOnce() -> String) -> Delivery {
        let mut state = self.state();
        state.is_closed = true;
        let mut delivery = std::mem::take(&mut state.delivery);
        drop(state);
        let left = self.items.saturating_sub(delivery.settled());
        if left > 0 {
            delivery.failed.add(left, reason);
            delivery.error = Some(error());
        }
        delivery
    }

    fn tell(&self, change: impl FnOnce(&mut Delivery)) -> bool {
        let mut state = self.state();
        if !state.is_closed {
            change(&mut state.delivery);
        }
        !state.is_closed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_export_that_was_given_up_has_delivered_stays_delivered_and_the_rest_has_the_reason() {
        let progress = Progress::new(10);
        progress.exported(4);
        progress.failed(1, FailureReason::Rejected, "the receiver rejected 1 item".to_owned());
        let delivery = progress.close(FailureReason::TimedOut, || "no answer".to_owned());
        let failed = Failures { rejected: 1, timed_out: 5, ..Failures::default() };
        assert_eq!((delivery.exported, delivery.failed, delivery.settled()), (4, failed, 10));
        assert_eq!(delivery.error.as_deref(), Some("no answer"));
        progress.exported(5);
        assert_eq!(progress.state().delivery, Delivery::default());
    }

    #[test]
    fn an_export_that_told_everything_has_no_rest() {
        let progress = Progress::new(3);
        progress.exported(3);
        let delivery = progress.close(FailureReason::Error, || unreachable!());
        assert_eq!(delivery, Delivery { exported: 3, ..Delivery::default() });
    }
}
