//! The health.

use super::{super::generated as message, duration};
use crate::health::{CheckReport, HealthReport, HealthStatus};

impl From<HealthStatus> for message::HealthStatus {
    fn from(status: HealthStatus) -> Self {
        match status {
            HealthStatus::Healthy => Self::Healthy,
            HealthStatus::Degraded => Self::Degraded,
            HealthStatus::Unhealthy => Self::Unhealthy,
        }
    }
}

impl From<&HealthReport> for message::HealthReport {
    fn from(report: &HealthReport) -> Self {
        Self {
            status: message::HealthStatus::from(report.status()).into(),
            issues: report.issues().to_vec(),
            uptime: duration(report.uptime()),
            total_requests: report.total_requests(),
            timestamp: Some(report.timestamp().into()),
            checks: report.checks().iter().map(|check| (check.name().to_owned(), check.into())).collect(),
        }
    }
}

impl From<&CheckReport> for message::CheckReport {
    fn from(check: &CheckReport) -> Self {
        Self {
            status: message::HealthStatus::from(check.status()).into(),
            message: check.message().to_owned(),
            response_time: check.response_time().and_then(duration),
            critical: check.is_critical(),
        }
    }
}
