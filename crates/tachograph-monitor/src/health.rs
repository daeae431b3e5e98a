//! How the process is, and what it depends on.
//!
//! ```text
//! Check  ->  Watched  ->  run: a thread per run  ->  Verdict  ->  last answer, gauge, gates of readiness
//!              ^                                                        |
//!   report, refresh, probes ask                    Vitals -> Thresholds +-> HealthReport -> endpoint
//! ```

mod builder;
mod check;
mod error;
mod handle;
mod message;
mod process;
mod refresh;
mod report;
mod routes;
mod run;
mod settings;
#[cfg(test)]
mod tests;
mod thresholds;
mod verdict;
mod vitals;
mod watched;

use std::time::Duration;

pub(crate) use self::routes::{health, live, ready, report, startup};
pub use self::{
    builder::HealthBuilder,
    check::Check,
    error::HealthError,
    handle::Health,
    report::{CheckReport, HealthReport},
    thresholds::Thresholds,
    verdict::{HealthStatus, IntoVerdict, Verdict},
    vitals::{ReadVitals, Vitals},
};

/// A duration for people: `2 s`, `0.25 s`.
fn seconds(time: Duration) -> String {
    format!("{} s", (time.as_secs_f64() * 1_000.0).round() / 1_000.0)
}
