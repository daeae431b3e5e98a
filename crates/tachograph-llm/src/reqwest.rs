//! A middleware for `reqwest`: calls to models are recognised by their address and tracked, with no code at the call site.
//!
//! ```no_run
//! use reqwest_middleware::ClientBuilder;
//! use tachograph_llm::reqwest::LlmMiddleware;
//!
//! # async fn ask() -> Result<(), Box<dyn std::error::Error>> {
//! let client = ClientBuilder::new(reqwest::Client::new()).with(LlmMiddleware::new()).build();
//! let response = client
//!     .post("https://api.openai.com/v1/chat/completions")
//!     .header("content-type", "application/json")
//!     .body(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#)
//!     .send()
//!     .await?;
//! let answer = response.text().await?; // Here the call ends: `chat gpt-4o`, with its tokens.
//! # Ok(())
//! # }
//! ```
//!
//! # What is recognised
//!
//! A `POST` to an address of OpenAI, Azure OpenAI, Anthropic, Gemini, Vertex AI, Amazon Bedrock, Cerebras, Cohere (its compatible API),
//! DeepSeek, Fireworks, Groq, Mistral, Moonshot, Ollama (on this machine, and ollama.com), OpenRouter, Perplexity, Together or xAI, if the
//! path is one of an inference or of an embedding. A gateway or a server of your own is named by [`LlmMiddleware::with_host`]; whatever has
//! paths of its own, by [`LlmMiddleware::with_recognizer`]. Every other request passes untouched.
//!
//! # Where it stands
//!
//! Middlewares run in the order in which they are added, the first outermost. The outermost `LlmMiddleware` makes the call; one inside of a
//! retry sees that a call is under way and tells it about its attempts:
//!
//! ```text
//! ClientBuilder::new(reqwest::Client::new())
//!     .with(LlmMiddleware::new())          // one call, however often it is tried
//!     .with(RetryTransientMiddleware::…)   // tries
//!     .with(LlmMiddleware::new())          // sees every attempt: status, `Retry-After`, the wait before
//!     .with(HttpClientMiddleware::new())   // an HTTP span below the call for every attempt
//! ```
//!
//! Without a retry one is enough, before the middleware of `tachograph-tower` if there is one. Added only inside of a retry, every attempt
//! is a call of its own. An attempt that fails ends with the head of its response, so that the wait before the next is not part of it; one
//! that does not lasts as long as its body.
//!
//! | module | holds |
//! |---|---|
//! | `middleware` | [`LlmMiddleware`] |
//! | `recognize` | which requests are calls to models: [`Recognized`] |
//! | `facts` | what a request says |
//! | `logical`, `under_way` | the call that a request belongs to, and its attempts |
//! | `reading`, `body` | what the answer says while it passes |
//! | `retry_after`, `error`, `convert` | headers, errors and responses of HTTP |

mod body;
mod convert;
mod error;
mod facts;
mod logical;
mod middleware;
mod reading;
mod recognize;
mod retry_after;
mod under_way;

pub use middleware::LlmMiddleware;
pub use recognize::Recognized;
