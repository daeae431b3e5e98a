//! From which figures on the process is not well.

use std::{fmt, time::Duration};

use super::{
    error::{Flaw, HealthError},
    seconds,
    verdict::HealthStatus,
    vitals::Vitals,
};

/// How old figures may be.
const STALE: Duration = Duration::from_secs(30);

/// Limits for the figures of the machine and of recent requests. Past a warning the process is degraded, past a critical limit it is
/// unhealthy; `None` is no limit.
///
/// | figure | warning | critical |
/// |---|---|---|
/// | load of the processors | above 80 % | above 90 % |
/// | memory taken | above 80 % | above 90 % |
/// | disk free | below 10 % | none |
/// | requests of the last 5 minutes that failed, if there were 10 | above 10 % | none |
/// | their mean duration | above 5 s | none |
///
/// Those are the defaults. A figure that is not known is not judged.
///
/// ```
/// use tachograph_monitor::{Health, Thresholds};
/// let thresholds = Thresholds::default().with_cpu_percent(Some(95.0), None).with_error_rate_percent(Some(1.0), Some(25.0));
/// let health = Health::builder().with_thresholds(thresholds).build()?;
/// # Ok::<(), tachograph_monitor::HealthError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "thresholds count when they are given to the builder of `Health`"]
pub struct Thresholds {
    cpu_percent: Limits<f64>,
    memory_percent: Limits<f64>,
    disk_free_percent: Limits<f64>,
    error_rate_percent: Limits<f64>,
    mean_response: Limits<Duration>,
    least_requests: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Limits<T> {
    warn: Option<T>,
    critical: Option<T>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            cpu_percent: Limits { warn: Some(80.0), critical: Some(90.0) },
            memory_percent: Limits { warn: Some(80.0), critical: Some(90.0) },
            disk_free_percent: Limits { warn: Some(10.0), critical: None },
            error_rate_percent: Limits { warn: Some(10.0), critical: None },
            mean_response: Limits { warn: Some(Duration::from_secs(5)), critical: None },
            least_requests: 10,
        }
    }
}

impl Thresholds {
    /// No limit at all.
    pub fn none() -> Self {
        Self {
            cpu_percent: Limits { warn: None, critical: None },
            memory_percent: Limits { warn: None, critical: None },
            disk_free_percent: Limits { warn: None, critical: None },
            error_rate_percent: Limits { warn: None, critical: None },
            mean_response: Limits { warn: None, critical: None },
            ..Self::default()
        }
    }

    /// Load of the processors, from 0 to 100, that is too much.
    pub fn with_cpu_percent(self, warn: Option<f64>, critical: Option<f64>) -> Self {
        Self { cpu_percent: Limits { warn, critical }, ..self }
    }

    /// Share of the memory, from 0 to 100, that is too much.
    pub fn with_memory_percent(self, warn: Option<f64>, critical: Option<f64>) -> Self {
        Self { memory_percent: Limits { warn, critical }, ..self }
    }

    /// Free share of the disk, from 0 to 100, that is too little.
    pub fn with_disk_free_percent(self, warn: Option<f64>, critical: Option<f64>) -> Self {
        Self { disk_free_percent: Limits { warn, critical }, ..self }
    }

    /// Share of failed requests among those of the last 5 minutes, from 0 to 100, that is too much.
    pub fn with_error_rate_percent(self, warn: Option<f64>, critical: Option<f64>) -> Self {
        Self { error_rate_percent: Limits { warn, critical }, ..self }
    }

    /// With how many requests in the last 5 minutes their errors are judged, so that one error at night is no alarm. The default is 10.
    pub fn with_least_requests(self, least_requests: u64) -> Self {
        Self { least_requests, ..self }
    }

    /// Mean duration of the requests of the last 5 minutes that is too much.
    pub fn with_mean_response(self, warn: Option<Duration>, critical: Option<Duration>) -> Self {
        Self { mean_response: Limits { warn, critical }, ..self }
    }

    pub(super) fn validate(&self) -> Result<(), HealthError> {
        let Self { cpu_percent, memory_percent, disk_free_percent, error_rate_percent, mean_response, .. } = self;
        cpu_percent.validate("cpu_percent", "above")?;
        memory_percent.validate("memory_percent", "above")?;
        disk_free_percent.validate("disk_free_percent", "below")?;
        error_rate_percent.validate("error_rate_percent", "above")?;
        match (mean_response.warn, mean_response.critical) {
            (Some(warn), Some(critical)) if critical < warn => {
                let flaw = Flaw::Order { critical: seconds(critical), warn: seconds(warn), passed: "above" };
                Err(HealthError::new("mean_response", flaw))
            }
            _ => Ok(()),
        }
    }

    /// What of `vitals` is past a limit, always in the same order.
    pub(super) fn judge(&self, vitals: &Vitals) -> Vec<Issue> {
        let finite = |figure: Option<f64>| figure.filter(|figure| figure.is_finite());
        let mut issues = Vec::new();
        if let Some(cpu) = finite(vitals.cpu_percent) {
            issues.extend(self.cpu_percent.above(cpu, |passed| format!("CPU at {cpu:.1} % ({passed} %)")));
        }
        if let Some(memory) = finite(vitals.memory_percent) {
            issues.extend(self.memory_percent.above(memory, |passed| format!("memory at {memory:.1} % ({passed} %)")));
        }
        if let Some(free) = finite(vitals.disk_free_percent) {
            issues.extend(
                self.disk_free_percent.below(free, |passed| format!("{free:.1} % of the disk is free ({passed} %)")),
            );
        }
        if let Some(rate) = finite(vitals.recent_error_rate_percent)
            && vitals.recent_requests >= self.least_requests
        {
            let all = vitals.recent_requests;
            issues.extend(self.error_rate_percent.above(rate, |passed| {
                let failed = failed(rate, all);
                format!("{failed} of {all} requests failed in the last 5 minutes ({rate:.1} %, {passed} %)")
            }));
        }
        if let Some(mean) = vitals.recent_mean_response {
            let told = Limits {
                warn: self.mean_response.warn.map(Seconds),
                critical: self.mean_response.critical.map(Seconds),
            };
            issues.extend(told.above(Seconds(mean), |passed| {
                format!("requests of the last 5 minutes took {} on average ({passed})", Seconds(mean))
            }));
        }
        if let Some(stale) = vitals.stale.filter(|stale| *stale > STALE) {
            let told = format!("statistics have not been updated for {} s", stale.as_secs());
            issues.push(Issue { status: HealthStatus::Degraded, told });
        }
        issues
    }
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count"
)]
fn failed(rate_percent: f64, all: u64) -> u64 {
    (rate_percent / 100.0 * all as f64).round() as u64
}

/// A sentence for the report, and what it makes of the status.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Issue {
    pub(super) status: HealthStatus,
    pub(super) told: String,
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&seconds(self.0))
    }
}

impl<T: Copy + PartialOrd + fmt::Display> Limits<T> {
    fn above(self, figure: T, tell: impl FnOnce(String) -> String) -> Option<Issue> {
        self.passed("above", |limit| figure > limit, tell)
    }

    fn below(self, figure: T, tell: impl FnOnce(String) -> String) -> Option<Issue> {
        self.passed("below", |limit| figure < limit, tell)
    }

    fn passed(self, side: &str, is_past: impl Fn(T) -> bool, tell: impl FnOnce(String) -> String) -> Option<Issue> {
        if let Some(limit) = self.critical.filter(|limit| is_past(*limit)) {
            let told = tell(format!("critical {side} {limit}"));
            return Some(Issue { status: HealthStatus::Unhealthy, told });
        }
        let limit = self.warn.filter(|limit| is_past(*limit))?;
        Some(Issue { status: HealthStatus::Degraded, told: tell(format!("{side} {limit}")) })
    }
}

impl Limits<f64> {
    fn validate(self, name: &str, side: &'static str) -> Result<(), HealthError> {
        for limit in [self.warn, self.critical].into_iter().flatten() {
            // NaN is in no range.
            if !(0.0..=100.0).contains(&limit) {
                return Err(HealthError::new(name, Flaw::Percent(limit)));
            }
        }
        match (self.warn, self.critical) {
            (Some(warn), Some(critical)) if if side == "above" { critical < warn } else { critical > warn } => {
                let told = |limit: f64| format!("{limit} %");
                Err(HealthError::new(name, Flaw::Order { critical: told(critical), warn: told(warn), passed: side }))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
