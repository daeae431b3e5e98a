//! What answers tell the calls that they answer.
//!
//! | module | answers |
//! |---|---|
//! | [`value`] | parsed JSON: a whole body, or one event of a stream |
//! | [`body`] | bytes and texts of a body |
//! | `async_openai`, `genai`, `rig_core` | types of these clients |
//! | [`wrapped`] | references, boxes and options of all of them |
//!
//! All of them end in [`tell`], on the way through a reader that lies in the call, because what is observed may be an item of a stream:
//!
//! | module | holds |
//! |---|---|
//! | [`parsed`] | the reader of events that are values |
//! | [`body`] | the reader of bytes |
//! | [`answer`] | what these two have in common: an answer whose API is known |
//! | [`shape`] | which API a value comes from |
//! | `gathered`, `counts` | the reader of what a client has put into a form of its own, and its figures in the normal form |

mod answer;
#[cfg(feature = "async-openai")]
mod async_openai;
mod body;
#[cfg(any(feature = "genai", feature = "rig-core"))]
mod counts;
#[cfg(any(feature = "async-openai", feature = "genai", feature = "rig-core"))]
mod gathered;
#[cfg(feature = "genai")]
mod genai;
mod parsed;
#[cfg(feature = "rig-core")]
mod rig_core;
mod shape;
mod tell;
mod value;
mod wrapped;

use tachograph_core::{Call, LlmRequest};

pub use tell::tell;

/// An answer of a model, or one item of a streamed answer, that tells its call what it says.
///
/// The attribute macros look for it at compile time: where the function's result has it, or the `Ok` part of it, nobody writes closures to
/// read tokens and models; where it does not, nothing happens. By hand it is `answer.observe(&call)`.
///
/// It is there for [`serde_json::Value`], for the bytes and texts of bodies, and behind the features `async-openai`, `genai` and `rig-core`
/// for the answers of these clients. What is no answer of a provider that is known tells nothing: a text that a model wrote, or a value of
/// the application's own.
///
/// # For a type of your own
///
/// Say what the type knows; what is left out is not recorded. Where a part of the type has an implementation, ask it.
///
/// ```
/// use tachograph_core::{Call, LlmRequest, Usage};
/// use tachograph_llm::LlmResponse;
///
/// struct Completion {
///     text: String,
///     model: String,
///     input_tokens: u64,
///     cached_tokens: u64,
///     output_tokens: u64,
/// }
///
/// impl LlmResponse for Completion {
///     fn observe(&self, call: &Call<LlmRequest>) {
///         call.expect_usage();
///         // The input is the whole input, with what came from the cache.
///         call.usage(Usage::new(self.input_tokens, self.output_tokens).with_cache_read(self.cached_tokens));
///         call.response_model(self.model.clone());
///     }
/// }
/// ```
///
/// # Streams
///
/// It is called once for every item that is no error, in their order, and must be as quick as the stream is. The call ends with the stream,
/// also when that is dropped half-way, so that telling the same thing twice costs time and nothing else: later figures replace earlier ones. An
/// item that brings output of the model says so by [`Call::chunk`], from which the times to the first chunk and between chunks come. What
/// must be put together from several items is kept in the call: [`Call::read_answer`].
///
/// ```
/// # use tachograph_core::{Call, LlmRequest};
/// # use tachograph_llm::LlmResponse;
/// enum Event {
///     Text(String),
///     Done { input_tokens: u64, output_tokens: u64 },
/// }
///
/// impl LlmResponse for Event {
///     fn observe(&self, call: &Call<LlmRequest>) {
///         match self {
///             Self::Text(_) => call.chunk(),
///             Self::Done { input_tokens, output_tokens } => call.usage((*input_tokens, *output_tokens)),
///         }
///     }
/// }
/// ```
pub trait LlmResponse {
    /// Tells the call what this answer, or this item of a stream, says. Does nothing where the call is not tracked.
    fn observe(&self, call: &Call<LlmRequest>);
}
