//! What has to be there before the application is ready, and while it is.

mod gate;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

pub(crate) use self::gate::Gate;
use self::gate::Gates;

/// Whether the application can be sent requests: ready when every [`Latch`] has been released, and until the shutdown.
///
/// Latches go one way. It starts as ready where no latch is taken; it waits while there are latches; once the last has
/// been released it is ready for good, and latches taken later have no effect. So take all latches before the first is
/// released. After [`shut_down`](Self::shut_down) it is never ready again. Clones share their state.
///
/// What may come and go is a check [with a readiness gate](crate::Check::with_readiness_gate): it is not ready while such a
/// check is unhealthy, nor before it has run.
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
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    serving: watch::Sender<ServingState>,
    /// The shutdown. What is not ready already has no change to tell by it.
    shutdown: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    waiting_for: Vec<(u64, String)>,
    next_latch: u64,
    gates: Gates,
    /// The last latch has been released.
    reached: bool,
    /// It was ready once.
    started: bool,
    shutting_down: bool,
}

/// Whether requests are welcome, as [`Readiness::watch`] tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ServingState {
    /// It is ready.
    #[default]
    Serving,
    /// It waits or shuts down.
    NotServing,
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
        let id = self.change(|state| {
            let id = state.next_latch;
            state.next_latch += 1;
            if !state.reached {
                state.waiting_for.push((id, name.into()));
            }
            id
        });
        Latch { readiness: self.clone(), id }
    }

    /// Makes it not ready, for good: load balancers stop sending requests while those under way are finished.
    pub fn shut_down(&self) {
        self.change(|state| {
            state.started |= state.is_ready();
            state.shutting_down = true;
        });
        self.shared.shutdown.send_replace(true);
    }

    /// Whether it is ready now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.status() == Status::Ready
    }

    /// The names of the latches that were taken and not released, in the order in which they were taken, and then of the checks
    /// with a readiness gate that are unhealthy or have not run.
    #[must_use]
    pub fn waiting_for(&self) -> Vec<String> {
        self.state().waiting_for()
    }

    /// Whether it is ready now, and every change of that: for whoever has to tell others, as the health service of gRPC does.
    ///
    /// Do not keep what [`borrow`](watch::Receiver::borrow) gives while you change readiness: the change would wait for it.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<ServingState> {
        self.shared.serving.subscribe()
    }

    pub(crate) fn status(&self) -> Status {
        let mut state = self.state();
        if state.shutting_down {
            return Status::ShuttingDown;
        }
        let waiting_for = state.waiting_for();
        if waiting_for.is_empty() {
            // One without latches was ready from the start, which counts when somebody sees it.
            state.started = true;
            Status::Ready
        } else {
            Status::Waiting(waiting_for)
        }
    }

    /// Whether it was ready at some time, now included.
    pub(crate) fn was_ready(&self) -> bool {
        let mut state = self.state();
        state.started |= state.is_ready();
        state.started
    }

    pub(crate) fn is_shutting_down(&self) -> bool {
        self.state().shutting_down
    }

    /// Waits until it is shut down.
    #[cfg(feature = "grpc")]
    pub(crate) async fn shutting_down(&self) {
        // The sender lives as long as `self`.
        let _ = self.shared.shutdown.subscribe().wait_for(|shut_down| *shut_down).await;
    }

    /// How many receivers of changes there are.
    #[cfg(all(test, feature = "grpc"))]
    pub(crate) fn watchers(&self) -> usize {
        self.shared.serving.receiver_count()
    }

    /// Changes the state and tells those who watch.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state());
        // The state is looked at again in here: of two changes at once, the one that tells last tells what came of both.
        self.shared.serving.send_if_modified(|serving| {
            let now = if self.state().is_ready() { ServingState::Serving } else { ServingState::NotServing };
            std::mem::replace(serving, now) != now
        });
        changed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can panic half-way; what a poisoned lock holds is whole.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn waiting_for(&self) -> Vec<String> {
        let mut names: Vec<String> = self.waiting_for.iter().map(|(_, name)| name.clone()).collect();
        // A check may be both latch and gate.
        let gates: Vec<String> =
            self.gates.closed().filter(|gate| !names.iter().any(|name| name == gate)).map(str::to_owned).collect();
        names.extend(gates);
        names
    }

    fn is_ready(&self) -> bool {
        !self.shutting_down && self.waiting_for.is_empty() && self.gates.closed().next().is_none()
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
        self.readiness.change(|state| {
            let before = state.waiting_for.len();
            state.waiting_for.retain(|(id, _)| *id != self.id);
            if before > 0 && state.waiting_for.is_empty() {
                state.reached = true;
                state.started |= state.is_ready();
            }
        });
    }
}

#[cfg(test)]
mod tests;
