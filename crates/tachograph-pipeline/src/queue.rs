//! What has been recorded and waits for its export: bounded in items and in bytes, and nothing goes without being counted.
//!
//! | module | what |
//! |---|---|
//! | `lane`, `lanes` | the items, of one rank and of both |
//! | `state` | what lies under the lock, and who goes when there is no room |
//! | `worker` | the thread that takes batches and keeps the time of exports |
//! | `flights` | the exports under way |
//! | `settings` | bounds and times |
//! | `spans`, `logs` | spans and log records as items |
//!
//! A thread that adds an item takes one lock, for as long as it takes to move the item. What is done under the lock does not depend
//! on how much waits: the worker takes chunks, and looks into them when the lock is open again.

mod flights;
mod lane;
mod lanes;
mod logs;
mod settings;
mod spans;
mod state;
mod worker;

use std::fmt;
use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};

pub use self::settings::WhenFull;
pub(crate) use self::settings::{Limits, Pace};
use self::state::State;
use self::worker::{Request, Worker};
use crate::accounting::{Books, Ledger};
use crate::exporter::{BoxFuture, Guard, Progress, last_moment};

/// How much longer than the worker somebody waits who asked it to stop, so that what became of the last items is booked.
const BOOKING: Duration = Duration::from_millis(50);

/// Long enough for ever, short enough for the clock.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// Who goes first when there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rank {
    Ordinary,
    Important,
}

/// What can wait in a queue.
pub(crate) trait Queued: Send + 'static {
    /// Roughly the memory that it takes, in bytes.
    fn size(&self) -> usize;
    fn rank(&self) -> Rank;
}

/// Where the items of a queue go.
pub(crate) trait Sink<T>: Send + 'static {
    /// Tells of each item what becomes of it.
    fn export(&self, batch: Vec<T>, progress: Progress) -> BoxFuture<()>;
    /// Whether there is a disk for what there is no time to export.
    fn can_spill(&self) -> bool {
        false
    }
    /// Puts a batch there.
    fn spill(&self, batch: Vec<T>, progress: Progress) -> BoxFuture<()> {
        self.export(batch, progress)
    }
    /// Whether somebody wants to see items before they are exported.
    fn is_watched(&self) -> bool;
    /// Shows them to whoever that is. It does not panic.
    fn show(&self, items: &mut dyn Iterator<Item = &T>);
    /// No more items will come.
    fn shut_down(&self);
}

pub(crate) struct Queue<T> {
    limits: Limits,
    state: Mutex<State<T>>,
    /// For the worker.
    work: Condvar,
    /// For those who wait for its end.
    ended: Condvar,
}

impl<T: Queued> Queue<T> {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, state: Mutex::new(State::new(limits)), work: Condvar::new(), ended: Condvar::new() }
    }

    /// Starts the thread that empties the queue. It ends with [`shut_down`](Self::shut_down).
    pub(crate) fn start(self: &Arc<Self>, name: &str, sink: impl Sink<T>, pace: Pace, guard: Guard) -> io::Result<()> {
        Worker::new(Arc::clone(self), sink, pace, guard).start(name)
    }

    /// Takes an item in, or drops and counts it. Never waits for room.
    pub(crate) fn push(&self, item: T) {
        let (size, rank) = (item.size(), item.rank());
        let mut state = self.state();
        let gone = state.admit(item, size, rank, &self.limits);
        let wakes = state.wakes(&self.limits);
        drop(state);
        if wakes {
            self.work.notify_one();
        }
        // Freed when the lock is open again.
        drop(gone);
    }

    /// Says that somebody wants to see items that are dropped as well.
    pub(crate) fn watch(&self) {
        let mut state = self.state();
        state.watched = true;
        self.poke(state);
    }

    /// Returns when all that was queued has been exported or lost, and then says which.
    pub(crate) fn flush(&self, timeout: Duration) -> OTelSdkResult {
        let (answer, answered) = mpsc::sync_channel(1);
        let mut state = self.state();
        if state.over {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        let before = state.make_all_due();
        let lost = state.undelivered();
        state.requests.push(Request { before, lost, answer });
        self.poke(state);
        match answered.recv_timeout(timeout) {
            Ok(0) => Ok(()),
            Ok(lost) => Err(OTelSdkError::InternalFailure(format!("{lost} items were not exported"))),
            Err(RecvTimeoutError::Timeout) => Err(OTelSdkError::Timeout(timeout)),
            Err(RecvTimeoutError::Disconnected) => Err(OTelSdkError::AlreadyShutdown),
        }
    }

    /// Takes no more items, exports those that wait, and ends the worker. What is left after `timeout` is dropped and counted.
    pub(crate) fn shut_down(&self, timeout: Duration) -> OTelSdkResult {
        let mut state = self.state();
        let lost = state.undelivered();
        let now = Instant::now();
        let end = *state.stopping.get_or_insert_with(|| now.checked_add(timeout).unwrap_or(now + LONGEST));
        state.last_moment.get_or_insert_with(|| last_moment(end));
        state.poked = true;
        self.work.notify_one();
        let waited = self.ended.wait_timeout_while(state, timeout.saturating_add(BOOKING), |state| !state.over);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match state.undelivered() - lost {
            _ if !state.over => Err(OTelSdkError::Timeout(timeout)),
            0 => Ok(()),
            lost => Err(OTelSdkError::InternalFailure(format!("{lost} items were not exported"))),
        }
    }

    fn poke(&self, mut state: MutexGuard<'_, State<T>>) {
        state.poked = true;
        drop(state);
        self.work.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Queued> Books for Queue<T> {
    fn ledger(&self) -> Ledger {
        self.state().ledger
    }

    fn capacity(&self) -> u64 {
        self.limits.items as u64
    }

    fn change(&self, change: &mut dyn FnMut(&mut Ledger)) {
        change(&mut self.state().ledger);
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("limits", &self.limits).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
