//! The handlers that say how the process is.

use axum::{
    Json,
    http::{HeaderName, StatusCode},
};
use serde::Serialize;

use super::{Health, HealthReport, HealthStatus};
use crate::{
    answer::{NOT_CACHED, unix_now},
    readiness::{Readiness, Status},
};

type Answer<T> = (StatusCode, [(HeaderName, &'static str); 1], Json<T>);

#[derive(Serialize)]
pub(crate) struct Alive {
    status: &'static str,
    /// Unix time in seconds.
    timestamp: f64,
}

#[derive(Serialize)]
pub(crate) struct State {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_for: Option<Vec<String>>,
}

#[derive(Serialize)]
pub(crate) struct Reported {
    success: bool,
    health: HealthReport,
    timestamp: f64,
}

fn answer(code: StatusCode, status: &'static str, waiting_for: Option<Vec<String>>) -> Answer<State> {
    (code, NOT_CACHED, Json(State { status, waiting_for }))
}

pub(crate) async fn health() -> Answer<Alive> {
    (StatusCode::OK, NOT_CACHED, Json(Alive { status: "ok", timestamp: unix_now() }))
}

pub(crate) async fn live() -> Answer<State> {
    answer(StatusCode::OK, "alive", None)
}

pub(crate) async fn ready(health: Health) -> Answer<State> {
    if !health.readiness().is_shutting_down() {
        health.settle_gates().await;
    }
    match health.readiness().status() {
        Status::Ready => answer(StatusCode::OK, "ready", None),
        Status::Waiting(names) => answer(StatusCode::SERVICE_UNAVAILABLE, "waiting", Some(names)),
        Status::ShuttingDown => answer(StatusCode::SERVICE_UNAVAILABLE, "shutting_down", None),
    }
}

pub(crate) async fn startup(health: Health) -> Answer<State> {
    let readiness: &Readiness = health.readiness();
    if !readiness.was_ready() && !readiness.is_shutting_down() {
        health.settle_gates().await;
    }
    if readiness.was_ready() {
        answer(StatusCode::OK, "started", None)
    } else {
        answer(StatusCode::SERVICE_UNAVAILABLE, "starting", Some(readiness.waiting_for()))
    }
}

pub(crate) async fn report(health: Health) -> Answer<Reported> {
    let health = health.report().await;
    let code = match health.status() {
        HealthStatus::Healthy | HealthStatus::Degraded => StatusCode::OK,
        HealthStatus::Unhealthy => StatusCode::SERVICE_UNAVAILABLE,
    };
    (code, NOT_CACHED, Json(Reported { success: true, health, timestamp: unix_now() }))
}
