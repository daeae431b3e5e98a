//! What health is made of.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use tachograph_core::Telemetry;
use tokio::runtime::Handle;

use super::{
    Health,
    check::Check,
    error::{Flaw, HealthError},
    process::Process,
    thresholds::Thresholds,
    vitals::ReadVitals,
    watched::{Clock, Watched},
};
use crate::readiness::Readiness;

/// Builds [`Health`].
#[derive(Clone)]
#[must_use]
pub struct HealthBuilder {
    checks: Vec<Check>,
    thresholds: Thresholds,
    vitals: Option<ReadVitals>,
    readiness: Readiness,
    refresh: Duration,
    started: Option<Instant>,
    runtime: Option<Handle>,
    clock: Clock,
}

impl Default for HealthBuilder {
    fn default() -> Self {
        Self {
            checks: Vec::new(),
            thresholds: Thresholds::default(),
            vitals: None,
            readiness: Readiness::new(),
            refresh: Duration::from_secs(15),
            started: None,
            runtime: None,
            clock: Arc::new(Instant::now),
        }
    }
}

impl HealthBuilder {
    /// One more check.
    pub fn with_check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// Limits for the figures that [`with_vitals`](Self::with_vitals) tells.
    pub fn with_thresholds(self, thresholds: Thresholds) -> Self {
        Self { thresholds, ..self }
    }

    /// Where the figures of the machine and of requests come from. Without it thresholds have nothing to judge.
    pub fn with_vitals(self, vitals: ReadVitals) -> Self {
        Self { vitals: Some(vitals), ..self }
    }

    /// What the gates of checks act upon, and what [`Health::watch`] tells. The default is a new one.
    pub fn with_readiness(self, readiness: Readiness) -> Self {
        Self { readiness, ..self }
    }

    /// How often checks are run though nobody asks, so that the metric `tachograph.system.health` and the readiness that is
    /// [watched](Health::watch) are true; once [started](Health::start). The default is 15 s; 0 is never. A check whose last answer
    /// still counts is left out.
    pub fn with_refresh(self, refresh: Duration) -> Self {
        Self { refresh, ..self }
    }

    /// When the process started. The default is when health is built.
    pub fn with_started(self, started: Instant) -> Self {
        Self { started: Some(started), ..self }
    }

    /// The runtime that checks are run in. The default is the one in which health is built, else the one in which it is first asked.
    pub fn with_runtime(self, runtime: Handle) -> Self {
        Self { runtime: Some(runtime), ..self }
    }

    #[cfg(test)]
    pub(super) fn with_clock(self, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// The health of the process. No check runs before somebody asks.
    ///
    /// # Errors
    ///
    /// When a check has no name, one that is too long or taken, or settings that cannot be; or when a threshold is no number from 0 to
    /// 100, or critical before it warns.
    pub fn build(self) -> Result<Health, HealthError> {
        self.validate()?;
        Ok(self.build_valid())
    }

    pub(crate) fn validate(&self) -> Result<(), HealthError> {
        let mut names = HashSet::new();
        for check in &self.checks {
            check.validate()?;
            if !names.insert(check.name()) {
                return Err(HealthError::new(check.name(), Flaw::NameTaken));
            }
        }
        self.thresholds.validate()
    }

    /// What [`validate`](Self::validate) has let through.
    pub(crate) fn build_valid(self) -> Health {
        let Self { checks, thresholds, vitals, readiness, refresh, started, runtime, clock } = self;
        let watched = |check| Arc::new(Watched::new(check, &readiness, Arc::clone(&clock)));
        let checks = checks.into_iter().map(watched).collect();
        Health::of(Process {
            checks,
            thresholds,
            vitals,
            readiness,
            refresh,
            started: started.unwrap_or_else(Instant::now),
            runtime: runtime.or_else(|| Handle::try_current().ok()).map_or_else(OnceLock::new, OnceLock::from),
            telemetry: Telemetry::current(),
        })
    }
}

impl fmt::Debug for HealthBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthBuilder")
            .field("checks", &self.checks)
            .field("thresholds", &self.thresholds)
            .field("vitals", &self.vitals.is_some())
            .field("readiness", &self.readiness)
            .field("refresh", &self.refresh)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str) -> Check {
        Check::new(name, async || Ok::<(), String>(()))
    }

    fn error(check: Check) -> String {
        Health::builder().with_check(check).build().unwrap_err().to_string()
    }

    #[test]
    fn names_are_there_short_and_printable() {
        for blank in ["", "  "] {
            assert_eq!(error(check(blank)), "a health check has no name: give it one, such as \"redis\"");
        }
        let long = "ä".repeat(65);
        let told = format!("the health check {:?}… has a name of 65 characters: use at most 64", "ä".repeat(20));
        assert_eq!(error(check(&long)), told);
        let told = "the health check \"a\\0b\" has '\\0' in its name: leave control characters out";
        assert_eq!(error(check("a\0b")), told);
        assert!(Health::builder().with_check(check(&"ä".repeat(64))).build().is_ok());
    }

    #[test]
    fn each_check_has_a_name_of_its_own() {
        let twice = Health::builder().with_check(check("redis")).with_check(check("redis")).build().unwrap_err();
        assert_eq!(twice.to_string(), "two health checks are named \"redis\": give each a name of its own");
    }

    #[test]
    fn settings_that_cannot_be_are_refused_with_what_to_mend() {
        for (check, told) in [
            (
                check("redis").with_timeout(Duration::ZERO),
                "the health check \"redis\" has a time-out of 0: give it time to answer, 2 s are the default",
            ),
            (
                check("redis").with_timeout(Duration::from_secs(61)),
                "the health check \"redis\" has a time-out of 61 s: use at most 60 s, since reports wait for it",
            ),
            (
                Check::disk("disk", "/", f64::NAN),
                "the health check \"disk\" wants NaN % of the disk free: write a number from 0 to 100",
            ),
            (
                Check::disk("disk", "/", -0.5),
                "the health check \"disk\" wants -0.5 % of the disk free: write a number from 0 to 100",
            ),
        ] {
            assert_eq!(error(check), told);
        }
        assert!(Health::builder().with_check(check("redis").with_timeout(Duration::from_secs(60))).build().is_ok());
    }

    #[test]
    fn an_address_that_is_none_is_refused_and_not_repeated() {
        let told = error(Check::tcp("cache", "redis://user:hunter2@host:6379"));
        assert!(told.starts_with("the health check \"cache\" has no address that can be connected to"), "{told}");
        assert!(told.contains("\"host:port\"") && !told.contains("hunter2"), "{told}");
    }

    #[test]
    fn bad_thresholds_are_refused() {
        let thresholds = Thresholds::default().with_cpu_percent(Some(-1.0), None);
        let error = Health::builder().with_thresholds(thresholds).build().unwrap_err();
        assert_eq!(error.to_string(), "the threshold cpu_percent is -1 %: write a number from 0 to 100");
    }
}
