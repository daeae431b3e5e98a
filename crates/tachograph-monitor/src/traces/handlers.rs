//! The handlers that show traces.

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use opentelemetry::TraceId;
use serde::{Deserialize, Serialize};

use super::{TraceKind, TraceLinks, TraceSummary, Traces};
use crate::answer::{failure, success};

const NO_TRACES: &str = "no traces are kept: no source of spans was connected, or telemetry is disabled";
const MOST: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RecentQuery {
    kind: TraceKind,
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Recent {
    kind: TraceKind,
    seen: u64,
    kept: usize,
    traces: Vec<TraceSummary>,
}

pub(crate) fn recent(traces: Option<&Traces>, query: Result<Query<RecentQuery>, QueryRejection>) -> Response {
    let Some(traces) = traces else { return failure(StatusCode::SERVICE_UNAVAILABLE, NO_TRACES) };
    let RecentQuery { kind, limit } = match query {
        Ok(Query(query)) => query,
        Err(rejection) => return failure(StatusCode::BAD_REQUEST, &rejection.body_text()),
    };
    let listed = traces.recent(kind, limit.unwrap_or(50).min(MOST));
    let (seen, kept) = traces.seen_and_kept();
    success(Recent { kind, seen, kept, traces: listed })
}

pub(crate) fn one(traces: Option<&Traces>, id: &str, links: impl Fn(&str) -> TraceLinks) -> Response {
    let Some(traces) = traces else { return failure(StatusCode::SERVICE_UNAVAILABLE, NO_TRACES) };
    if trace_id(id).is_none() {
        return failure(StatusCode::BAD_REQUEST, "a trace id is 32 hexadecimal digits, not all of them 0");
    }
    match traces.trace(id) {
        Some(mut trace) => {
            trace.links = links(&trace.summary.trace_id);
            success(trace)
        }
        None => failure(StatusCode::NOT_FOUND, "this trace is not kept: it is too long ago, or not of this process"),
    }
}

pub(super) fn trace_id(text: &str) -> Option<TraceId> {
    let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| TraceId::from_hex(text).ok()).flatten().filter(|id| *id != TraceId::INVALID)
}
