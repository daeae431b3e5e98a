//! How the process is, at one moment.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde::{Serialize, Serializer, ser::SerializeStruct as _};

use super::{
    thresholds::Issue,
    verdict::{HealthStatus, Verdict},
};
use crate::{answer::rfc_3339, application::in_words};

/// How the process is: what [`Health::report`](crate::Health::report) found.
///
/// It is unhealthy if a critical check is, or a figure is past its critical threshold; degraded if a check is degraded, one that is
/// not critical is unhealthy, a figure is past its warning, or statistics are not updated any more; else healthy.
///
/// Serialized it is the object `health` of the endpoint:
///
/// ```json
/// {"status": "unhealthy", "issues": ["redis (critical): connection refused"], "uptime": "2:30:45", "uptime_seconds": 9045,
///  "total_requests": 1250, "timestamp": "2026-11-28T01:02:03.004Z",
///  "checks": {"redis": {"status": "unhealthy", "message": "connection refused", "response_time_ms": 2.1, "critical": true}}}
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct HealthReport {
    status: HealthStatus,
    issues: Vec<String>,
    uptime: Duration,
    total_requests: u64,
    timestamp: SystemTime,
    checks: Vec<CheckReport>,
}

impl HealthReport {
    pub(super) fn new(checks: Vec<CheckReport>, thresholds: Vec<Issue>, uptime: Duration, total_requests: u64) -> Self {
        let issues: Vec<Issue> = checks.iter().filter_map(CheckReport::issue).chain(thresholds).collect();
        Self {
            status: issues.iter().map(|issue| issue.status).max().unwrap_or(HealthStatus::Healthy),
            issues: issues.into_iter().map(|issue| issue.told).collect(),
            uptime,
            total_requests,
            timestamp: SystemTime::now(),
            checks,
        }
    }

    /// The process as a whole.
    #[must_use]
    pub fn status(&self) -> HealthStatus {
        self.status
    }

    /// What is not well, a sentence each: first the checks in the order in which they were added, then the thresholds.
    #[must_use]
    pub fn issues(&self) -> &[String] {
        &self.issues
    }

    /// The checks in the order in which they were added.
    #[must_use]
    pub fn checks(&self) -> &[CheckReport] {
        &self.checks
    }

    /// How long the process has been running.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.uptime
    }

    /// Requests since the start; 0 where nobody counts them.
    #[must_use]
    pub fn total_requests(&self) -> u64 {
        self.total_requests
    }

    /// When the report was made.
    #[must_use]
    pub fn timestamp(&self) -> SystemTime {
        self.timestamp
    }
}

/// The last answer of one check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckReport {
    #[serde(skip)]
    name: String,
    status: HealthStatus,
    message: String,
    #[serde(serialize_with = "milliseconds", rename = "response_time_ms")]
    response_time: Option<Duration>,
    critical: bool,
}

impl CheckReport {
    pub(super) fn new(name: String, critical: bool, verdict: Verdict, response_time: Option<Duration>) -> Self {
        Self { name, status: verdict.status(), message: verdict.message().to_owned(), response_time, critical }
    }

    /// The name of the check.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it found.
    #[must_use]
    pub fn status(&self) -> HealthStatus {
        self.status
    }

    /// What it said.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// How long it took; `None` where it was not run. Of one that is overdue it is the time-out.
    #[must_use]
    pub fn response_time(&self) -> Option<Duration> {
        self.response_time
    }

    /// Whether the process is unhealthy when this is.
    #[must_use]
    pub fn is_critical(&self) -> bool {
        self.critical
    }

    fn issue(&self) -> Option<Issue> {
        let (status, weight) = match (self.status, self.critical) {
            (HealthStatus::Healthy, _) => return None,
            (HealthStatus::Degraded, _) => (HealthStatus::Degraded, "degraded"),
            (HealthStatus::Unhealthy, true) => (HealthStatus::Unhealthy, "critical"),
            (HealthStatus::Unhealthy, false) => (HealthStatus::Degraded, "not critical"),
        };
        Some(Issue { status, told: format!("{} ({weight}): {}", self.name, self.message) })
    }
}

impl fmt::Display for HealthReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        let mut before = ": ";
        for issue in &self.issues {
            write!(f, "{before}{issue}")?;
            before = "; ";
        }
        Ok(())
    }
}

impl Serialize for HealthReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut report = serializer.serialize_struct("HealthReport", 7)?;
        report.serialize_field("status", &self.status)?;
        report.serialize_field("issues", &self.issues)?;
        report.serialize_field("uptime", &in_words(self.uptime))?;
        report.serialize_field("uptime_seconds", &self.uptime.as_secs())?;
        report.serialize_field("total_requests", &self.total_requests)?;
        report.serialize_field("timestamp", &rfc_3339(self.timestamp))?;
        report.serialize_field("checks", &ByName(&self.checks))?;
        report.end()
    }
}

struct ByName<'a>(&'a [CheckReport]);

impl Serialize for ByName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|check| (&check.name, check)))
    }
}

fn milliseconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    // A hundredth of a millisecond is more than anybody reads.
    time.map(|time| (time.as_secs_f64() * 100_000.0).round() / 100.0).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn check(name: &str, verdict: Verdict, critical: bool) -> CheckReport {
        CheckReport::new(name.to_owned(), critical, verdict, Some(Duration::from_micros(2_104)))
    }

    fn of(checks: impl Into<Vec<CheckReport>>, thresholds: impl Into<Vec<Issue>>) -> HealthReport {
        HealthReport::new(checks.into(), thresholds.into(), Duration::from_secs(9_045), 1_250)
    }

    fn issue(status: HealthStatus, told: &str) -> Issue {
        Issue { status, told: told.to_owned() }
    }

    #[test]
    fn a_report_is_written_as_the_contract_has_it_to_the_byte() {
        let down = check("redis", Verdict::unhealthy("connection refused"), true);
        let unknown = CheckReport::new("a \"b\"".to_owned(), false, Verdict::healthy(), None);
        let timestamp = UNIX_EPOCH + Duration::from_millis(1_795_827_723_004);
        let report = HealthReport { timestamp, ..of([down, unknown], []) };
        let expected = r#"{"status":"unhealthy","issues":["redis (critical): connection refused"],"uptime":"2:30:45","uptime_seconds":9045,"total_requests":1250,"timestamp":"2026-11-28T01:02:03.004Z","checks":{"redis":{"status":"unhealthy","message":"connection refused","response_time_ms":2.1,"critical":true},"a \"b\"":{"status":"healthy","message":"ok","response_time_ms":null,"critical":false}}}"#;
        assert_eq!(serde_json::to_string(&report).unwrap(), expected);
        assert_eq!(report.to_string(), "unhealthy: redis (critical): connection refused");
    }

    #[test]
    fn the_whole_is_as_well_as_its_worst_part() {
        use HealthStatus::{Degraded, Healthy, Unhealthy};
        let well = || check("a", Verdict::healthy(), true);
        let slow = |critical| check("b", Verdict::degraded("slow"), critical);
        let down = |critical| check("c", Verdict::unhealthy("down"), critical);
        let warning = || issue(Degraded, "CPU at 85.0 % (above 80 %)");
        let critical = || issue(Unhealthy, "CPU at 95.0 % (critical above 90 %)");
        for (checks, thresholds, status) in [
            (vec![], vec![], Healthy),
            (vec![well()], vec![], Healthy),
            (vec![well(), slow(true)], vec![], Degraded),
            (vec![slow(false)], vec![], Degraded),
            (vec![down(false), well()], vec![], Degraded),
            (vec![down(true), well()], vec![], Unhealthy),
            (vec![down(true), slow(false)], vec![warning()], Unhealthy),
            (vec![well()], vec![warning()], Degraded),
            (vec![well()], vec![critical()], Unhealthy),
        ] {
            assert_eq!(of(checks.clone(), thresholds.clone()).status(), status, "{checks:?} {thresholds:?}");
        }
    }

    #[test]
    fn issues_name_the_check_and_come_before_thresholds() {
        let checks = [
            check("z", Verdict::unhealthy("down"), false),
            check("fine", Verdict::healthy(), true),
            check("a", Verdict::degraded("slow"), true),
        ];
        let report = of(checks, [issue(HealthStatus::Degraded, "CPU at 85.0 % (above 80 %)")]);
        let expected = ["z (not critical): down", "a (degraded): slow", "CPU at 85.0 % (above 80 %)"];
        assert_eq!(report.issues(), expected);
    }
}
