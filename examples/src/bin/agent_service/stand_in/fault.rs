//! Trouble on demand: words in the question that make the stand-in fail the way real endpoints do.

use axum::{
    Json,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse as _, Response},
};
use serde_json::json;

const WORDS: [(&str, Fault); 4] = [
    ("rate limit", Fault::RateLimit),
    ("server error", Fault::ServerError),
    ("slowly", Fault::Slowness),
    ("break off", Fault::BreakOff),
];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    /// Status 429.
    RateLimit,
    /// Status 500.
    ServerError,
    /// Everything takes twenty-five times as long.
    Slowness,
    /// A streamed answer ends in the middle.
    BreakOff,
}

impl Fault {
    pub(super) fn asked_for(question: &str) -> Option<Self> {
        let question = question.to_lowercase();
        WORDS.into_iter().find(|(words, _)| question.contains(words)).map(|(_, fault)| fault)
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
