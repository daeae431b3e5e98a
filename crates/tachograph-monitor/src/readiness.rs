//! What has to be there before the application is ready.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Whether the application can be sent requests: ready when every [`Latch`] has been released, and until the shutdown.
///
/// Readiness goes one way. It starts as ready where no latch is taken; it waits while there are latches; once the last has
/// been released it is ready for good, and latches taken later have no effect. So take all latches before the first is
/// released. After [`shut_down`](Self::shut_down) it is never ready again. Clones share their state.
///
/// ```
/// use tachograph_monitor::Readiness;
/// let readiness = Readiness::new();
/// let database = readiness.latch("database");
/// assert!(!readiness.is_ready());
/// database.release();
/// assert!(readiness.is_ready());
/// readiness.shut_down();
/// assert!(!readiness.is_ready());
/// ```
#[derive(Clone, Default)]
pub struct Readiness {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    waiting_for: Vec<(u64, String)>,
    next_latch: u64,
    reached: bool,
    shutting_down: bool,
}

/// What `/health/ready` tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Ready,
    Waiting(Vec<String>),
    ShuttingDown,
}

impl Readiness {
    /// A readiness without latches: ready.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits for `name`, until the latch is released or dropped. The name is shown to whoever asks for readiness.
    pub fn latch(&self, name: impl Into<String>) -> Latch {
        let mut state = self.state();
        let id = state.next_latch;
        state.next_latch += 1;
        if !state.reached {
            state.waiting_for.push((id, name.into()));
        }
        Latch { readiness: self.clone(), id }
    }

    /// Makes it not ready, for good: load balancers stop sending requests while those under way are finished.
    pub fn shut_down(&self) {
        self.state().shutting_down = true;
    }

    /// Whether it is ready now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.status() == Status::Ready
    }

    /// The names of the latches that were taken and not released, in the order in which they were taken.
    #[must_use]
    pub fn waiting_for(&self) -> Vec<String> {
        self.state().waiting_for.iter().map(|(_, name)| name.clone()).collect()
    }

    pub(crate) fn status(&self) -> Status {
        let state = self.state();
        if state.shutting_down {
            Status::ShuttingDown
        } else if state.waiting_for.is_empty() {
            Status::Ready
        } else {
            Status::Waiting(state.waiting_for.iter().map(|(_, name)| name.clone()).collect())
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can panic half-way; what a poisoned lock holds is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Readiness").field(&self.status()).finish()
    }
}

/// Keeps a [`Readiness`] waiting until it is released. Dropping it does the same: what fails to start should end the process,
/// not leave it waiting.
#[derive(Debug)]
#[must_use = "a latch that is dropped at once makes nobody wait"]
pub struct Latch {
    readiness: Readiness,
    id: u64,
}

impl Latch {
    /// Says that what the latch stood for is there.
    pub fn release(self) {}
}

impl Drop for Latch {
    fn drop(&mut self) {
        let mut state = self.readiness.state();
        let before = state.waiting_for.len();
        state.waiting_for.retain(|(id, _)| *id != self.id);
        if before > 0 && state.waiting_for.is_empty() {
            state.reached = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ready_when_the_last_latch_has_gone() {
        let readiness = Readiness::new();
        assert!(readiness.is_ready());
        let (database, cache) = (readiness.latch("database"), readiness.latch("cache"));
        assert_eq!(readiness.waiting_for(), ["database", "cache"]);
        drop(database);
        assert_eq!(readiness.status(), Status::Waiting(vec!["cache".to_owned()]));
        cache.release();
        assert!(readiness.is_ready());
    }

    #[test]
    fn readiness_once_reached_is_not_lost_to_a_later_latch() {
        let readiness = Readiness::new();
        readiness.latch("database").release();
        let late = readiness.latch("late");
        assert!(readiness.is_ready());
        drop(late);
        assert!(readiness.is_ready());
    }

    #[test]
    fn two_latches_of_one_name_are_two() {
        let readiness = Readiness::new();
        let (one, two) = (readiness.latch("shard"), readiness.latch("shard"));
        drop(one);
        assert!(!readiness.is_ready());
        drop(two);
        assert!(readiness.is_ready());
    }

    #[test]
    fn a_shutdown_is_final_and_seen_by_all_clones() {
        let readiness = Readiness::new();
        let latch = readiness.latch("database");
        readiness.clone().shut_down();
        assert_eq!(readiness.status(), Status::ShuttingDown);
        latch.release();
        assert_eq!(readiness.status(), Status::ShuttingDown);
    }
}
