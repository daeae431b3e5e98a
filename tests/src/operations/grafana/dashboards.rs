//! The dashboards themselves.

mod agents;
mod api;
mod business;
mod errors;
mod llm;
mod operations;
mod overview;
mod telemetry;

use super::{
    dashboard::Dashboard,
    panel::{Panel, Words, unit},
    query::{increase, mean, quantile, rate, ratio},
    variable::Variable,
};

/// What a health check says.
const HEALTH: Words = &[("0", "unhealthy", "red"), ("0.5", "degraded", "orange"), ("1", "healthy", "green")];

/// All of them, the first one first.
pub fn all() -> Vec<Dashboard> {
    vec![
        overview::dashboard(),
        agents::dashboard(),
        llm::dashboard(),
        api::dashboard(),
        operations::dashboard(),
        errors::dashboard(),
        business::dashboard(),
        telemetry::dashboard(),
    ]
}
