//! The body of a question, checked.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::StatusCode,
};
use serde_json::Value;
use tachograph::{event::Severity, log_security_event, opentelemetry::KeyValue};

use super::ApiError;

/// Longest question in bytes.
const MAX_QUESTION: usize = 16 * 1024;

/// The question of a body like `{"question": "…"}`, without blanks around it. Any content type will do, as `curl -d` sends.
pub(super) struct Question(pub(super) String);

impl<S: Send + Sync> FromRequest<S> for Question {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let question = read(request, state).await;
        if let Err(ApiError::LongQuestion { limit } | ApiError::LargeBody { limit }) = question {
            // Nobody asks so much by mistake.
            let limit = KeyValue::new("limit_bytes", i64::try_from(limit).unwrap_or(i64::MAX));
            log_security_event(Severity::Warn, "oversized_question", None, [limit]);
        }
        question.map(Self)
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<String, ApiError> {
    let body = Bytes::from_request(request, state).await.map_err(|error| unreadable(&error))?;
    let body: Value = serde_json::from_slice(&body).map_err(|error| ApiError::NoJson(error.to_string()))?;
    let question = body.get("question").ok_or(ApiError::NoQuestion)?.as_str().ok_or(ApiError::NoText)?.trim();
    match question.len() {
        0 => Err(ApiError::EmptyQuestion),
        1..=MAX_QUESTION => Ok(question.to_owned()),
        _ => Err(ApiError::LongQuestion { limit: MAX_QUESTION }),
    }
}

fn unreadable(error: &BytesRejection) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::LargeBody { limit: super::MAX_BODY }
    } else {
        ApiError::UnreadableBody
    }
}
