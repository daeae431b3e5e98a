//! The health of the process, behind all its handles.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use tachograph_core::Telemetry;
use tokio::runtime::Handle;

use super::{
    report::HealthReport,
    run::{self, Surroundings},
    thresholds::{Issue, Thresholds},
    verdict::HealthStatus,
    vitals::{ReadVitals, Vitals},
    watched::Watched,
};
use crate::readiness::Readiness;

pub(super) struct Process {
    pub(super) checks: Vec<Arc<Watched>>,
    pub(super) thresholds: Thresholds,
    pub(super) vitals: Option<ReadVitals>,
    pub(super) readiness: Readiness,
    pub(super) refresh: Duration,
    pub(super) started: Instant,
    pub(super) runtime: OnceLock<Handle>,
    /// In force where health was built, for threads that are in no scope.
    pub(super) telemetry: Option<Telemetry>,
}

impl Process {
    /// Runs those of `checks` whose last answer does not count any more.
    pub(super) fn begin<'a>(&self, checks: impl IntoIterator<Item = &'a Arc<Watched>>) {
        let turns = checks.into_iter().filter_map(Watched::begin).collect();
        run::launch(turns, self.surroundings());
    }

    /// An answer of each of `checks`, in the time that the slowest of them takes.
    pub(super) async fn settle<'a>(&self, checks: impl Iterator<Item = &'a Arc<Watched>> + Clone) {
        self.begin(checks.clone());
        for check in checks {
            check.settled().await;
        }
    }

    /// Those that readiness depends on.
    pub(super) fn gates(&self) -> Vec<&Arc<Watched>> {
        self.checks.iter().filter(|check| check.gates()).collect()
    }

    pub(super) async fn report(&self) -> HealthReport {
        self.settle(self.checks.iter()).await;
        let (vitals, unread) = self.vitals();
        let issues = [unread, self.thresholds.judge(&vitals)].concat();
        let checks = self.checks.iter().map(|check| check.report()).collect();
        HealthReport::new(checks, issues, self.started.elapsed(), vitals.total_requests)
    }

    fn vitals(&self) -> (Vitals, Vec<Issue>) {
        let Some(read) = &self.vitals else { return (Vitals::default(), Vec::new()) };
        catch_unwind(AssertUnwindSafe(|| read())).map_or_else(
            |_| {
                let told = "statistics cannot be read: their source panicked".to_owned();
                (Vitals::default(), vec![Issue { status: HealthStatus::Degraded, told }])
            },
            |vitals| (vitals, Vec::new()),
        )
    }

    fn surroundings(&self) -> Surroundings {
        if self.runtime.get().is_none()
            && let Ok(runtime) = Handle::try_current()
        {
            let _ = self.runtime.set(runtime);
        }
        Surroundings {
            runtime: self.runtime.get().cloned(),
            telemetry: Telemetry::current().or_else(|| self.telemetry.clone()),
        }
    }
}
