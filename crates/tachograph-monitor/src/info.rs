//! Who runs here, and on what. No environment, no arguments.

use axum::{Json, response::IntoResponse};
use serde::Serialize;
use tachograph_core::source::SystemState;

use crate::{
    answer::{NOT_CACHED, unix_now},
    application::Application,
    stats::rounding,
};

/// What `/info` tells. Sizes are in gigabytes of 2^30 bytes; what is not known is `null`.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Info {
    /// Unix time in seconds.
    pub timestamp: f64,
    /// The application.
    pub app: AppInfo,
    /// How long it has been running, in whole seconds.
    pub uptime_seconds: u64,
    /// The processors that it may use.
    pub cpu: CpuInfo,
    /// The memory that it may use.
    pub memory: MemoryInfo,
    /// The file system that is watched.
    pub disk: DiskInfo,
}

/// The application.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct AppInfo {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Where it runs.
    pub environment: Option<String>,
}

/// Processors.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CpuInfo {
    /// Their load, from 0 to 100.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub percent: Option<f64>,
    /// How many there are to use; a fraction where a quota says so.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub count: Option<f64>,
}

/// Memory.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct MemoryInfo {
    /// What there is, or the limit of the control group.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub total_gb: Option<f64>,
    /// What can be had without swapping.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub available_gb: Option<f64>,
    /// What is taken.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub used_gb: Option<f64>,
    /// The same from 0 to 100.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub percent: Option<f64>,
}

/// A file system.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DiskInfo {
    /// Its size.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub total_gb: Option<f64>,
    /// What is taken.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub used_gb: Option<f64>,
    /// What the process could still write.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub free_gb: Option<f64>,
    /// What is taken, from 0 to 100.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub percent: Option<f64>,
}

impl Info {
    pub(crate) fn new(application: &Application, system: Option<SystemState>) -> Self {
        let memory = system.map(|system| system.memory);
        let disk = system.and_then(|system| system.disk);
        Self {
            timestamp: unix_now(),
            app: AppInfo {
                name: application.name.clone(),
                version: application.version.clone(),
                environment: application.environment.clone(),
            },
            uptime_seconds: application.uptime().as_secs(),
            cpu: CpuInfo {
                percent: system.and_then(|system| system.cpu_percent),
                count: system.map(|system| system.cpu_count),
            },
            memory: MemoryInfo {
                total_gb: memory.map(|memory| gigabytes(memory.total)),
                available_gb: memory.map(|memory| gigabytes(memory.available)),
                used_gb: memory.map(|memory| gigabytes(memory.used)),
                percent: memory.map(|memory| percent_of(memory.used, memory.total)),
            },
            disk: DiskInfo {
                total_gb: disk.map(|disk| gigabytes(disk.total)),
                used_gb: disk.map(|disk| gigabytes(disk.used)),
                free_gb: disk.map(|disk| gigabytes(disk.free)),
                percent: disk.map(|disk| percent_of(disk.used, disk.total)),
            },
        }
    }

    pub(crate) fn into_answer(self) -> axum::response::Response {
        (NOT_CACHED, Json(self)).into_response()
    }
}

/// `part` of `whole` from 0 to 100; 0 of nothing.
pub(crate) fn percent_of(part: u64, whole: u64) -> f64 {
    crate::stats::percent(part, whole)
}

#[allow(clippy::cast_precision_loss, reason = "sizes to a few digits")]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

#[allow(clippy::cast_precision_loss, reason = "sizes to a few digits")]
fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}
