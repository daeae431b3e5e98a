//! What the bodies of model providers say, in one form: model, tokens, finish reasons, tool calls, errors.
//!
//! For people who write a client, a proxy or a middleware and see the bytes of a call. There is no network, no clock and no telemetry in
//! here: bytes in, facts out, and [`Response::usage`] is what a call to a model is told (`Call::usage` of `tachograph-core`).
//!
//! ```
//! use tachograph_llm::{Format, Framing, ResponseReader};
//!
//! let mut reader = ResponseReader::new(Format::OpenAiChat, Framing::Sse);
//! let chunks: [&[u8]; 3] = [
//!     b"data: {\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{\"cont",
//!     b"ent\":\"Hello\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
//!     b"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n",
//! ];
//! for chunk in chunks {
//!     let progress = reader.push(chunk);
//!     if progress.first_output {
//!         // Look at the clock here.
//!     }
//! }
//! let response = reader.finish();
//! let usage = response.usage.expect("the last event has it");
//! assert_eq!((usage.input, usage.output), (Some(9), Some(1)));
//! assert_eq!(response.finish_reasons[0].as_str(), "stop");
//! assert!(response.complete);
//! ```
//!
//! # What is the same for all
//!
//! | fact | rule |
//! |---|---|
//! | input tokens | with those from the cache and those written to it: what Anthropic and Bedrock count apart is added up |
//! | output tokens | with reasoning: what Gemini and Grok count apart is added up |
//! | a figure that was not reported | `None`, never zero |
//! | finish reasons | the conventions' names, and the provider's own beside them |
//! | errors in a body | a short code, no prose |
//! | content | not kept unless [`Capture`] says so |
//!
//! # What never happens
//!
//! Nothing here fails or panics, whatever the bytes are: what cannot be read is counted in [`Losses`], and fields nobody knows are passed
//! over. Memory is bounded by [`Limits`]. A stream may be cut into chunks anywhere, inside a character too, and the result is the same.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod bounded;
pub mod content;
mod finish;
mod format;
mod frame;
mod json;
mod limits;
mod losses;
mod observe;
mod output;
mod pattern;
#[cfg(feature = "prices")]
mod prices;
#[doc(hidden)]
pub mod private;
mod provider;
mod reader;
mod request;
#[cfg(feature = "reqwest")]
pub mod reqwest;
mod response;
mod scan;
mod sniff;
mod state;
mod tool_call;

pub use finish::{FinishKind, FinishReason};
pub use format::{Format, Framing};
pub use limits::{Capture, Limits};
pub use losses::Losses;
pub use observe::{LlmResponse, tell};
pub use output::{Kept, OutputMessage, OutputPart};
#[cfg(feature = "prices")]
pub use prices::{Prices, PricesError};
pub use reader::{Progress, ResponseReader};
pub use request::Request;
pub use response::Response;
pub use tool_call::ToolCall;
