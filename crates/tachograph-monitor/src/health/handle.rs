//! What the application holds of it.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use super::{builder::HealthBuilder, process::Process, refresh::Refreshing, report::HealthReport};
use crate::readiness::{Readiness, ServingState};

/// The health of the process: checks of what it depends on, thresholds for its figures. Clones are the same.
///
/// ```
/// use tachograph_monitor::{Check, Health, HealthStatus, Readiness};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # async fn is_there() -> Result<(), std::io::Error> { Ok(()) }
/// let health = Health::builder()
///     .with_check(Check::new("search", is_there).with_critical(false))
///     .with_check(Check::disk("disk", std::env::temp_dir(), 0.1).with_readiness_gate(true))
///     .with_readiness(Readiness::new())
///     .build()?;
/// health.start();
/// let report = health.report().await;
/// assert_eq!(report.status(), HealthStatus::Healthy, "{report}");
/// # Ok(()) }
/// ```
///
/// Every run of a check sets the metric `tachograph.system.health`, with the name of the check as `tachograph.component`: 1 for
/// healthy, 0.5 for degraded, 0 for unhealthy.
#[derive(Clone)]
pub struct Health {
    handle: Arc<Handle>,
}

/// Dropped with the last handle, while a thread that refreshes may hold the process for a moment longer.
struct Handle {
    process: Arc<Process>,
    refreshing: Mutex<Option<Refreshing>>,
}

impl Health {
    /// Builds one: without checks, with the default thresholds.
    pub fn builder() -> HealthBuilder {
        HealthBuilder::default()
    }

    pub(super) fn of(process: Process) -> Self {
        Self { handle: Arc::new(Handle { process: Arc::new(process), refreshing: Mutex::default() }) }
    }

    /// How the process is now.
    ///
    /// Checks whose last answer does not count any more are run, all at once; who asks meanwhile waits for the same runs. It takes as
    /// long as the slowest of them, at most its time-out, and no time for a check that has been hanging for longer. No part of it blocks
    /// the thread. Dropped, it leaves the runs to end by themselves.
    pub async fn report(&self) -> HealthReport {
        self.process().report().await
    }

    /// Runs the checks whose last answer does not count any more, without waiting for them.
    pub fn refresh(&self) {
        self.process().begin(&self.process().checks);
    }

    /// Refreshes from now on, at once and every so often, on one thread that ends with the last clone of this value. Called again it
    /// does nothing.
    ///
    /// Where no thread can be had, checks run only when somebody asks.
    pub fn start(&self) {
        let every = self.process().refresh;
        let mut refreshing = self.handle.refreshing.lock().unwrap_or_else(PoisonError::into_inner);
        if !every.is_zero() && refreshing.is_none() {
            *refreshing = Refreshing::start(Arc::downgrade(self.process()), every).ok();
        }
    }

    /// Whether the application can be sent requests, and every change of that: for the health service of gRPC. It is
    /// [`Readiness::watch`] of this health's readiness.
    ///
    /// Gates follow the runs of their checks: [start](Self::start) it, or it tells what the last request for a report found.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<ServingState> {
        self.process().readiness.watch()
    }

    /// The readiness that the gates of the checks act upon.
    #[must_use]
    pub fn readiness(&self) -> &Readiness {
        &self.process().readiness
    }

    /// Has an answer of each check that readiness depends on.
    pub(crate) async fn settle_gates(&self) {
        self.process().settle(self.process().gates().into_iter()).await;
    }

    fn process(&self) -> &Arc<Process> {
        &self.handle.process
    }

    #[cfg(test)]
    pub(super) fn take_thread(&self) -> Option<std::thread::JoinHandle<()>> {
        self.handle.refreshing.lock().unwrap().as_mut()?.thread.take()
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Process { checks, thresholds, readiness, .. } = &**self.process();
        f.debug_struct("Health")
            .field("checks", checks)
            .field("thresholds", thresholds)
            .field("readiness", readiness)
            .finish_non_exhaustive()
    }
}
