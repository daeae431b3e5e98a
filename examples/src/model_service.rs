//! A stand-in for model providers: it says what a script gives it, in the words and the accounting of each, and remembers what it said.
//!
//! For examples, which run without a key and without a network, and for tests, which compare what was recorded with what was sent, to
//! the token. It listens on this machine alone, on a free port.
//!
//! | path | speaks as | streams |
//! |---|---|---|
//! | `/v1/chat/completions`, also below `/openai` and `/openai/deployments/{name}` | OpenAI chat completions | server-sent events, if `stream` |
//! | `/v1/responses` | OpenAI responses | server-sent events, if `stream` |
//! | `/v1/messages` | Anthropic | server-sent events, if `stream` |
//! | `…/models/{model}:generateContent`, `…:streamGenerateContent` | Gemini, Vertex AI | with `alt=sse` server-sent events, else a JSON array |
//! | `/model/{model}/converse`, `…/converse-stream` | Bedrock | binary messages with checksums |
//! | `/api/chat` | Ollama | a JSON object a line, unless `stream` is `false` |
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let _ = rustls::crypto::ring::default_provider().install_default();
//! use examples::model_service::{Answer, ModelService};
//! use tachograph::Usage;
//!
//! let usage = Usage::new(120, 9).with_cache_read(100);
//! let service = ModelService::start(move |_| Answer::new("High water at six.", usage)).await?;
//! let url = format!("{}/v1/messages", service.url());
//! let request = serde_json::json!({ "model": "claude-sonnet-4-5", "stream": true });
//! let stream = reqwest::Client::new().post(url).json(&request).send().await?.text().await?;
//! // Anthropic counts what it read from its cache apart.
//! assert!(stream.contains("\"input_tokens\":20,"));
//! assert_eq!(service.settled(1).await[0].told, usage);
//! # Ok(()) }
//! ```

mod answer;
mod anthropic;
mod asked;
mod bedrock;
mod delivery;
mod event_stream;
mod gate;
mod gemini;
mod ollama;
mod openai_chat;
mod openai_responses;
mod piece;
mod plan;
mod refusal;
mod request;
mod sent;
mod server;

use std::{io, sync::Arc};

use tokio::{net::TcpListener, task::JoinHandle};

pub use self::{
    answer::{Answer, Fault, Finish, ToolCall},
    asked::{Api, Asked, Mode},
    gate::Gate,
    sent::{End, Sent},
};
use self::{sent::Log, server::Server};

/// A running stand-in. It ends when it is dropped.
#[derive(Debug)]
pub struct ModelService {
    url: String,
    server: Arc<Server>,
    task: JoinHandle<io::Result<()>>,
}

impl ModelService {
    /// Starts a stand-in that answers every request as `script` says.
    ///
    /// # Errors
    ///
    /// When there is no free port.
    pub async fn start(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let server = Arc::new(Server::new(Box::new(script)));
        let app = server::router(&server);
        let task = tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { url, server, task })
    }

    /// Where it listens: a scheme, an address and a port, without a path.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets the next requests fail, so many of them, after those that were to fail already. The script is asked after that.
    pub fn fail_next(&self, requests: usize, fault: Fault) {
        self.server.fail_next(requests, fault);
    }

    /// What it was asked and what it said so far, in the order of the requests.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.log().sent()
    }

    /// The same once so many requests have come and all of them have ended: a client that gave up is noticed a moment later.
    /// What has no address here is not counted.
    pub async fn settled(&self, requests: usize) -> Vec<Sent> {
        self.log().settled(requests).await
    }

    fn log(&self) -> &Log {
        self.server.log()
    }
}

impl Drop for ModelService {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests;
