//! A stand-in for a language model: rules behind the wire format of chat completions.
//!
//! It is here so that the example runs without a key and without a network. It plans tool calls from the question, composes
//! its answer from what the tools returned, counts tokens from the text, and fails when the question asks it to. It knows
//! nothing and is no measure of a real model.

mod answer;
mod fault;
mod plan;
mod reply;
mod tokens;

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::post,
};
use reqwest::Url;
use serde::Deserialize;
use tokio::net::TcpListener;

use self::{
    fault::Fault,
    reply::{Content, Reply},
};
use crate::llm::Message;

pub(crate) const MODEL: &str = "stand-in-1";

/// Time to the first token, as of a small model nearby.
const LATENCY: Duration = Duration::from_millis(20);

#[derive(Debug, Deserialize)]
struct Request {
    messages: Vec<Message>,
    #[serde(default)]
    tools: Vec<serde_json::Value>,
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    stream_options: StreamOptions,
}

#[derive(Debug, Default, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

/// The instructions of the last request: said again, they count as cached.
#[derive(Default)]
struct StandIn {
    cached: Mutex<Option<String>>,
}

/// Starts the stand-in on a free port of this machine and gives its base URL; it ends with the process.
pub(crate) async fn start() -> io::Result<Url> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let base_url = format!("http://{}/v1", listener.local_addr()?);
    let state = Arc::new(StandIn::default());
    let app = Router::new().route("/v1/chat/completions", post(complete)).with_state(state);
    tokio::spawn(async move { axum::serve(listener, app).await });
    Url::parse(&base_url).map_err(io::Error::other)
}

async fn complete(State(stand_in): State<Arc<StandIn>>, Json(request): Json<Request>) -> Response {
    let question = last_of(&request.messages, "user");
    let fault = Fault::asked_for(question);
    if let Some(refusal) = fault.as_ref().and_then(Fault::refusal) {
        return refusal;
    }
    let slowness = fault.as_ref().map_or(1, Fault::slowness);
    tokio::time::sleep(LATENCY * slowness).await;
    let content = match plan::plan(question) {
        Some(plan) if !request.tools.is_empty() => Content::ToolCalls(plan),
        _ => Content::Text(answer::compose(question, &request.messages)),
    };
    let reply = Reply::new(content, &request.messages, stand_in.cached_tokens(&request.messages));
    if !request.stream {
        return Json(reply.whole()).into_response();
    }
    reply.stream(request.stream_options.include_usage, slowness, fault == Some(Fault::BreakOff)).into_response()
}

impl StandIn {
    /// Tokens of the instructions when they were the same in the request before.
    fn cached_tokens(&self, messages: &[Message]) -> u64 {
        let instructions = last_of(messages, "system");
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if cached.as_deref() == Some(instructions) {
            return tokens::count(instructions);
        }
        *cached = Some(instructions.to_owned());
        0
    }
}

fn last_of<'a>(messages: &'a [Message], role: &str) -> &'a str {
    let message = messages.iter().rev().find(|message| message.role == role);
    message.and_then(|message| message.content.as_deref()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
