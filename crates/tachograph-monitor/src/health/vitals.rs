//! The figures that thresholds are about.

use std::{sync::Arc, time::Duration};

use crate::stats::Stats;

/// Figures of the machine and of recent requests, as far as they are known. Numbers that are not finite count as not known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vitals {
    /// Load of the processors, from 0 to 100.
    pub cpu_percent: Option<f64>,
    /// Memory that is taken, from 0 to 100.
    pub memory_percent: Option<f64>,
    /// Disk that is free, from 0 to 100.
    pub disk_free_percent: Option<f64>,
    /// Requests of the last 5 minutes.
    pub recent_requests: u64,
    /// How many of them failed, from 0 to 100; `None` without any.
    pub recent_error_rate_percent: Option<f64>,
    /// How long they took on average; `None` without any.
    pub recent_mean_response: Option<Duration>,
    /// Requests since the start.
    pub total_requests: u64,
    /// How long the figures of requests have not been updated, where that is known.
    pub stale: Option<Duration>,
}

/// Tells the figures at this moment. It must not block.
pub type ReadVitals = Arc<dyn Fn() -> Vitals + Send + Sync>;

impl Vitals {
    pub(crate) fn of(stats: &Stats) -> Self {
        let (recent, total_requests, cpu_percent) = stats.recent();
        let system = stats.system();
        let part = |part: u64, whole: u64| (whole > 0).then(|| crate::stats::percent(part, whole));
        Self {
            cpu_percent,
            memory_percent: system.and_then(|system| part(system.memory.used, system.memory.total)),
            disk_free_percent: system.and_then(|system| system.disk).and_then(|disk| part(disk.free, disk.total)),
            recent_requests: recent.calls,
            recent_error_rate_percent: (recent.calls > 0).then(|| recent.error_rate()),
            recent_mean_response: recent.mean().and_then(|mean| Duration::try_from_secs_f64(mean).ok()),
            total_requests,
            stale: Some(stats.stale()),
        }
    }
}
