//! The HTTP interface of the agent.

mod error;
mod question;

use std::{convert::Infallible, sync::Arc};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    response::sse::{Event, Sse},
    routing::post,
};
use futures_util::{Stream, StreamExt as _};
use serde::Serialize;
use serde_json::{Value, json};

use self::{error::ApiError, question::Question};
use crate::{
    agent::{AgentError, Answer, Part, Researcher},
    own_metrics,
};

const MAX_BODY: usize = 1024 * 1024;

/// The routes under `/api`.
pub(crate) fn router(researcher: Arc<Researcher>) -> Router {
    Router::new()
        .route("/api/chat", post(chat))
        .route("/api/chat/stream", post(chat_stream))
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(researcher)
}

/// What unknown paths get.
pub(crate) async fn not_found() -> ApiError {
    ApiError::NotFound
}

#[derive(Serialize)]
struct ChatResponse {
    #[serde(flatten)]
    answer: Answer,
    trace_id: Option<String>,
}

async fn chat(
    State(researcher): State<Arc<Researcher>>,
    Question(question): Question,
) -> Result<Json<ChatResponse>, ApiError> {
    let answer = researcher.answer(&question).await?;
    own_metrics::answered(&answer.answer);
    Ok(Json(ChatResponse { answer, trace_id: trace_id() }))
}

async fn chat_stream(
    State(researcher): State<Arc<Researcher>>,
    Question(question): Question,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let trace_id = trace_id();
    let parts = researcher.answer_stream(&question).await?;
    Ok(Sse::new(parts.map(move |part| Ok(event(part, trace_id.as_deref())))))
}

/// Text as plain `data`; the end and an error as events of that name.
fn event(part: Result<Part, AgentError>, trace_id: Option<&str>) -> Event {
    let named = |name: &str, data: Value| Event::default().event(name).data(data.to_string());
    match part {
        Ok(Part::Text(text)) => Event::default().data(json!({"text": text}).to_string()),
        Ok(Part::End { tools, tokens }) => {
            own_metrics::streamed();
            named("end", json!({"tools": tools, "tokens": tokens, "trace_id": trace_id}))
        }
        Err(error) => named("error", json!({"error": error.to_string(), "trace_id": trace_id})),
    }
}

/// The trace that this request is recorded in: with it the answer is found again in the tracing backend.
fn trace_id() -> Option<String> {
    tachograph::current::trace_id().map(|id| id.to_string())
}

#[cfg(test)]
mod tests;
