//! The figures that thresholds are about.

use std::{sync::Arc, time::Duration};

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
