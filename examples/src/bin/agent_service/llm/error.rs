//! What can go wrong between the agent and a model.

use std::borrow::Cow;

use reqwest::StatusCode;
use serde_json::Value;
use tachograph::ErrorType;
use thiserror::Error;

#[derive(Debug, Error)]
pub(crate) enum LlmError {
    #[error("the LLM limits the rate of requests: {reason}")]
    RateLimited { reason: String },
    #[error("the LLM failed with status {status}: {reason}")]
    Server { status: u16, reason: String },
    #[error("the LLM refused the request with status {status}: {reason}")]
    Refused { status: u16, reason: String },
    #[error("the LLM cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("the LLM did not answer in time")]
    Timeout,
    #[error("the LLM's answer broke off")]
    Truncated,
    #[error("the LLM's answer cannot be understood: {reason}")]
    Malformed { reason: String },
}

impl LlmError {
    /// The error of a response whose status is none of success.
    pub(crate) fn of_status(status: StatusCode, body: &str) -> Self {
        let reason = reason(body);
        match status {
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited { reason },
            status if status.is_server_error() => Self::Server { status: status.as_u16(), reason },
            status => Self::Refused { status: status.as_u16(), reason },
        }
    }
}

/// The names that dashboards and alerts know: a renamed variant must not change them.
impl ErrorType for LlmError {
    fn error_type(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::RateLimited { .. } => "rate_limit_exceeded",
            Self::Server { .. } => "server_error",
            Self::Refused { .. } => "request_refused",
            Self::Unreachable(_) => "unreachable",
            Self::Timeout => "timeout",
            Self::Truncated => "truncated",
            Self::Malformed { .. } => "malformed",
        })
    }
}

impl From<reqwest::Error> for LlmError {
    fn from(error: reqwest::Error) -> Self {
        // The address may hold credentials, and errors are printed.
        let error = error.without_url();
        if error.is_timeout() {
            Self::Timeout
        } else if error.is_decode() {
            Self::Malformed { reason: error.to_string() }
        } else if error.is_body() {
            Self::Truncated
        } else {
            Self::Unreachable(error)
        }
    }
}

impl From<reqwest_middleware::Error> for LlmError {
    fn from(error: reqwest_middleware::Error) -> Self {
        match error {
            reqwest_middleware::Error::Reqwest(error) => error.into(),
            reqwest_middleware::Error::Middleware(error) => Self::Malformed { reason: error.to_string() },
        }
    }
}

/// The message of an error body, or its beginning where it is not the usual JSON.
fn reason(body: &str) -> String {
    let message = serde_json::from_str::<Value>(body)
        .ok()
        .and_then(|body| body.pointer("/error/message").and_then(Value::as_str).map(str::to_owned));
    message.unwrap_or_else(|| body.chars().take(200).collect())
}
