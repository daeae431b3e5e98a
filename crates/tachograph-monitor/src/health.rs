//! The handlers that say how the process is.

use axum::{
    Json,
    http::{HeaderName, StatusCode},
};
use serde::Serialize;

use crate::{
    answer::{NOT_CACHED, unix_now},
    readiness::{Readiness, Status},
};

type Answer<T> = (StatusCode, [(HeaderName, &'static str); 1], Json<T>);

#[derive(Serialize)]
pub(crate) struct Health {
    status: &'static str,
    /// Unix time in seconds.
    timestamp: f64,
}

#[derive(Serialize)]
pub(crate) struct State {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waiting_for: Vec<String>,
}

pub(crate) async fn health() -> Answer<Health> {
    (StatusCode::OK, NOT_CACHED, Json(Health { status: "ok", timestamp: unix_now() }))
}

pub(crate) async fn live() -> Answer<State> {
    (StatusCode::OK, NOT_CACHED, Json(State { status: "alive", waiting_for: Vec::new() }))
}

pub(crate) async fn ready(readiness: Readiness) -> Answer<State> {
    let (code, status, waiting_for) = match readiness.status() {
        Status::Ready => (StatusCode::OK, "ready", Vec::new()),
        Status::Waiting(names) => (StatusCode::SERVICE_UNAVAILABLE, "waiting", names),
        Status::ShuttingDown => (StatusCode::SERVICE_UNAVAILABLE, "shutting_down", Vec::new()),
    };
    (code, NOT_CACHED, Json(State { status, waiting_for }))
}
