//! A client of any OpenAI-compatible endpoint: one method for whole answers, one for streamed ones.

mod error;
mod sse;
mod wire;

use std::time::Duration;

use async_stream::try_stream;
use axum::body::Bytes;
use futures_util::{StreamExt as _, stream::BoxStream};
use reqwest::{Response, Url};
use reqwest_middleware::ClientWithMiddleware;
use serde_json::Value;
use tachograph::{llm::reqwest::LlmMiddleware, tower::UrlTemplate, track_llm_request};

pub(crate) use self::{
    error::LlmError,
    wire::{ChatChunk, ChatResponse, Choice, Message, TokenUsage, ToolCall},
};
use self::{
    sse::SseDecoder,
    wire::{ChatRequest, StreamOptions},
};
use crate::http;

/// How long the model may take for an answer, or for the next piece of a streamed one.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(60);

/// Where the model is.
#[derive(Clone)]
pub(crate) struct Endpoint {
    /// Who runs it, as `gen_ai.provider.name`.
    pub(crate) provider: String,
    /// Up to and with the version: `http://127.0.0.1:11434/v1`.
    pub(crate) base_url: Url,
    pub(crate) model: String,
    pub(crate) api_key: Option<String>,
}

impl Endpoint {
    fn host(&self) -> String {
        self.base_url.host_str().unwrap_or_default().to_owned()
    }

    fn port(&self) -> u16 {
        self.base_url.port_or_known_default().unwrap_or_default()
    }
}

pub(crate) struct LlmClient {
    http: ClientWithMiddleware,
    endpoint: Endpoint,
    /// Of chat completions.
    url: String,
    /// Its path, which names the spans of requests: it is the endpoint's and no request's, so there is one.
    path: UrlTemplate,
}

impl LlmClient {
    pub(crate) fn new(endpoint: Endpoint) -> Result<Self, LlmError> {
        let below = |base: &str| format!("{}/chat/completions", base.trim_end_matches('/'));
        let (url, path) = (below(endpoint.base_url.as_str()), UrlTemplate::new(below(endpoint.base_url.path())));
        // It tells the calls below what request and answer say: tokens, finish reasons, the time to the first chunk.
        let host = format!("{}:{}", endpoint.host(), endpoint.port());
        let reads_answers = LlmMiddleware::new().with_host(&host, endpoint.provider.clone());
        Ok(Self { http: http::tracked_client(reads_answers)?, endpoint, url, path })
    }

    /// Asks for the next message of the conversation; the model may call the `tools` instead of answering.
    #[track_llm_request(
        provider = self.endpoint.provider.clone(),
        model = self.endpoint.model.clone(),
        server_address = self.endpoint.host(),
        server_port = self.endpoint.port(),
    )]
    pub(crate) async fn chat(&self, messages: &[Message], tools: Option<&Value>) -> Result<ChatResponse, LlmError> {
        let response = self.post(&self.request(messages, tools)).await?;
        let body = tokio::time::timeout(RESPONSE_TIMEOUT, response.json()).await;
        Ok(body.map_err(|_| LlmError::Timeout)??)
    }

    /// Asks for the next message of the conversation piece by piece. The last chunk has the usage; the call that is tracked
    /// ends with the stream, or when the stream is given up.
    #[track_llm_request(
        provider = self.endpoint.provider.clone(),
        model = self.endpoint.model.clone(),
        server_address = self.endpoint.host(),
        server_port = self.endpoint.port(),
    )]
    pub(crate) async fn chat_stream(
        &self,
        messages: &[Message],
    ) -> Result<BoxStream<'static, Result<ChatChunk, LlmError>>, LlmError> {
        let request = ChatRequest {
            stream: Some(true),
            stream_options: Some(StreamOptions { include_usage: true }),
            ..self.request(messages, None)
        };
        let mut response = self.post(&request).await?;
        let chunks = try_stream! {
            let mut decoder = SseDecoder::default();
            while let Some(piece) = next_piece(&mut response).await? {
                let events = decoder.push(&piece).map_err(|_| malformed("an event is longer than 1 MiB"))?;
                for data in events {
                    if data == "[DONE]" {
                        return;
                    }
                    let chunk: ChatChunk = serde_json::from_str(&data).map_err(malformed)?;
                    yield chunk;
                }
            }
            Err(LlmError::Truncated)?;
        };
        Ok(chunks.boxed())
    }

    fn request<'a>(&'a self, messages: &'a [Message], tools: Option<&'a Value>) -> ChatRequest<'a> {
        ChatRequest { model: &self.endpoint.model, messages, tools, stream: None, stream_options: None }
    }

    async fn post(&self, request: &ChatRequest<'_>) -> Result<Response, LlmError> {
        let mut post = self.http.post(&self.url).with_extension(self.path.clone()).json(request);
        if let Some(key) = &self.endpoint.api_key {
            post = post.bearer_auth(key);
        }
        let response = tokio::time::timeout(RESPONSE_TIMEOUT, post.send()).await.map_err(|_| LlmError::Timeout)??;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        Err(LlmError::of_status(status, &response.text().await.unwrap_or_default()))
    }
}

async fn next_piece(response: &mut Response) -> Result<Option<Bytes>, LlmError> {
    let piece = tokio::time::timeout(RESPONSE_TIMEOUT, response.chunk()).await.map_err(|_| LlmError::Timeout)?;
    piece.map_err(|_| LlmError::Truncated)
}

fn malformed(reason: impl ToString) -> LlmError {
    LlmError::Malformed { reason: reason.to_string() }
}
