//! Trouble on demand: words in the question that make the stand-in fail the way real endpoints do.

use axum::{
    Json,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse as _, Response},
};
use serde_json::json;

#[derive(Debug, PartialEq)]
pub(super) enum Fault {
    /// "rate limit": status 429.
    RateLimit,
    /// "server error": status 500.
    ServerError,
    /// "slowly": everything takes twenty-five times as long.
    Slowness,
    /// "break off": a streamed answer ends in the middle.
    BreakOff,
}

impl Fault {
    pub(super) fn asked_for(question: &str) -> Option<Self> {
        let question = question.to_lowercase();
        let asked = |words: &str| question.contains(words);
        match () {
            () if asked("rate limit") => Some(Self::RateLimit),
            () if asked("server error") => Some(Self::ServerError),
            () if asked("slowly") => Some(Self::Slowness),
            () if asked("break off") => Some(Self::BreakOff),
            () => None,
        }
    }

    /// The response of a fault that refuses the request.
    pub(super) fn refusal(&self) -> Option<Response> {
        let body = |kind: &str, message: &str| Json(json!({"error": {"type": kind, "message": message}}));
        match self {
            Self::RateLimit => {
                let body = body("rate_limit_exceeded", "the stand-in was asked to limit the rate");
                Some((StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")], body).into_response())
            }
            Self::ServerError => {
                let body = body("server_error", "the stand-in was asked to fail");
                Some((StatusCode::INTERNAL_SERVER_ERROR, body).into_response())
            }
            Self::Slowness | Self::BreakOff => None,
        }
    }

    /// The factor on every latency.
    pub(super) fn slowness(&self) -> u32 {
        if *self == Self::Slowness { 25 } else { 1 }
    }
}
