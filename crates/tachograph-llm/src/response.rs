use tachograph_core::Usage;

use crate::{FinishReason, Format, Framing, Losses, OutputMessage, ResponseReader, ToolCall};

/// What a provider answered, in one form for all of them.
///
/// Everything that comes from outside is bounded in length; everything that was not said is `None` or empty, and never zero.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Response {
    /// Id that the provider gave the answer.
    pub id: Option<String>,
    /// Model that answered, often more exact than the one that was asked for.
    pub model: Option<String>,
    /// Why the model stopped: one for every choice that was finished, in the order of the choices.
    pub finish_reasons: Vec<FinishReason>,
    /// Tokens, cached ones included in the input and reasoning in the output. `None`: the provider reported none, or not yet.
    pub usage: Option<Usage>,
    /// What the call cost in US dollars, where the provider says so itself (OpenRouter, Perplexity).
    pub cost: Option<f64>,
    /// The tier that served the request (`default`, `flex`, `priority`, `standard`, …).
    pub service_tier: Option<String>,
    /// OpenAI's name for the state of its backend.
    pub system_fingerprint: Option<String>,
    /// Calls that the model asks the application to make. Tools that the provider runs itself are not among them.
    pub tool_calls: Vec<ToolCall>,
    /// What the model put out, one message for every choice that has put out or finished anything, in the order of the choices. Empty
    /// unless [`Capture`](crate::Capture) keeps something; with anything to keep, the tool calls have their places in it.
    pub messages: Vec<OutputMessage>,
    /// An error that came in the body: a short code such as `rate_limit_exceeded`, `overloaded_error`, `UNAVAILABLE`, `429`; `_OTHER`
    /// where the provider gives only prose. The prose itself is not kept: it may quote the request.
    pub error: Option<String>,
    /// Whether the provider came to an end: a finish reason or its mark of the end was there. A stream that was abandoned or that broke
    /// off has neither.
    pub complete: bool,
    /// What of the body could not be read.
    pub losses: Losses,
}

impl Response {
    /// Reads a whole JSON body; of a malformed one only [`losses`](Self::losses) tells.
    ///
    /// Error bodies are read too. Streams, and bodies that may be long, are for [`ResponseReader`].
    #[must_use]
    pub fn parse(format: Format, body: &[u8]) -> Self {
        let mut reader = ResponseReader::new(format, Framing::Json);
        reader.push(body);
        reader.finish()
    }
}
