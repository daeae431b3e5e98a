//! Errors as the client sees them: a status, and a JSON body with the reason.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use thiserror::Error;

use crate::{agent::AgentError, llm::LlmError};

#[derive(Debug, Error)]
pub(crate) enum ApiError {
    #[error("the body is no JSON: {0}")]
    NoJson(String),
    #[error("the body has no `question`: send {{\"question\": \"What is helium used for?\"}}")]
    NoQuestion,
    #[error("`question` is no text")]
    NoText,
    #[error("`question` is empty")]
    EmptyQuestion,
    #[error("`question` is longer than {limit} bytes")]
    LongQuestion { limit: usize },
    #[error("the body is larger than {limit} bytes")]
    LargeBody { limit: usize },
    #[error("the body could not be read")]
    UnreadableBody,
    #[error("there is nothing here: try POST /api/chat")]
    NotFound,
    #[error("this path takes POST alone")]
    MethodNotAllowed,
    #[error(transparent)]
    Agent(#[from] AgentError),
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoJson(_) | Self::NoQuestion | Self::NoText | Self::EmptyQuestion | Self::UnreadableBody => {
                StatusCode::BAD_REQUEST
            }
            Self::LongQuestion { .. } | Self::LargeBody { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Agent(AgentError::Llm(LlmError::RateLimited { .. })) => StatusCode::TOO_MANY_REQUESTS,
            Self::Agent(AgentError::Llm(LlmError::Timeout)) => StatusCode::GATEWAY_TIMEOUT,
            Self::Agent(_) => StatusCode::BAD_GATEWAY,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status(), Json(json!({"error": self.to_string()}))).into_response()
    }
}
