//! The handlers that show statistics.

use axum::{extract::rejection::QueryRejection, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};

use super::{HistoryPoint, SeriesKind, SeriesPoint, Stats, Step};
use crate::answer::{failure, success};

pub(crate) const NO_METRICS: &str =
    "there are no statistics: no source of metrics was connected, or telemetry is disabled";
const LONGEST: u64 = 7 * 24 * 60;

pub(crate) fn stats(stats: Option<&Stats>) -> Response {
    match stats {
        Some(stats) => success(&*stats.summary()),
        None => failure(StatusCode::SERVICE_UNAVAILABLE, NO_METRICS),
    }
}

/// What is asked of the history.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct HistoryQuery {
    minutes: Option<u64>,
    step: Option<u64>,
    endpoint: Option<String>,
    agent: Option<String>,
    model: Option<String>,
    tool: Option<String>,
}

#[derive(Serialize)]
struct History {
    minutes: u64,
    step_seconds: u64,
    points: Vec<HistoryPoint>,
}

#[derive(Serialize)]
struct SeriesHistory<'a> {
    minutes: u64,
    step_seconds: u64,
    of: Of<'a>,
    points: Vec<SeriesPoint>,
}

#[derive(Serialize)]
struct Of<'a> {
    kind: &'static str,
    name: &'a str,
}

pub(crate) fn history(
    stats: Option<&Stats>,
    query: Result<axum::extract::Query<HistoryQuery>, QueryRejection>,
) -> Response {
    let Some(stats) = stats else { return failure(StatusCode::SERVICE_UNAVAILABLE, NO_METRICS) };
    let query = match query {
        Ok(axum::extract::Query(query)) => query,
        Err(rejection) => return failure(StatusCode::BAD_REQUEST, &rejection.body_text()),
    };
    match answer(stats, &query) {
        Ok(response) => response,
        Err((status, error)) => failure(status, &error),
    }
}

fn answer(stats: &Stats, query: &HistoryQuery) -> Result<Response, (StatusCode, String)> {
    let bad = |error: String| (StatusCode::BAD_REQUEST, error);
    let minutes = query.minutes.unwrap_or(60);
    if !(1..=LONGEST).contains(&minutes) {
        return Err(bad(format!("`minutes` is a whole number from 1 to {LONGEST}, not {minutes}")));
    }
    let step = match query.step {
        None | Some(60) => Step::Minute,
        Some(10) => Step::TenSeconds,
        Some(other) => return Err(bad(format!("`step` is 10 or 60 seconds, not {other}"))),
    };
    let HistoryQuery { endpoint, agent, model, tool, .. } = query;
    let asked = [
        (SeriesKind::Endpoint, endpoint),
        (SeriesKind::Agent, agent),
        (SeriesKind::Model, model),
        (SeriesKind::Tool, tool),
    ];
    let mut asked = asked.into_iter().filter_map(|(kind, name)| Some((kind, name.as_deref()?)));
    let (first, second) = (asked.next(), asked.next());
    if second.is_some() {
        return Err(bad("ask for one of `endpoint`, `agent`, `model` and `tool` at a time".to_owned()));
    }
    let Some((kind, name)) = first else {
        let points = stats.history(minutes, step);
        return Ok(success(History { minutes, step_seconds: step.seconds(), points }));
    };
    let Some(points) = stats.series_history(kind, name, minutes) else {
        return Err((StatusCode::NOT_FOUND, format!("no {} {name:?} was called", kind.as_str())));
    };
    let of = Of { kind: kind.as_str(), name };
    Ok(success(SeriesHistory { minutes, step_seconds: Step::Minute.seconds(), of, points }))
}
