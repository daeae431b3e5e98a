//! What an application asked a model for.

mod bedrock;
mod flat;
mod gemini;
mod ollama;

use std::borrow::Cow;

use crate::{
    Format,
    bounded::{NAME, SHORT, bounded},
    json::{Text, Texts},
};

/// Most stop sequences that are kept.
const MAX_STOP_SEQUENCES: usize = 16;

/// The settings of a request, in one form for all providers.
///
/// Messages, instructions and tools are not read: they are content. What the request does not say is `None`, whatever the provider takes in
/// its place. Texts are cut to a length that no real one has.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Request {
    /// Model that is asked for. `None` for Gemini and Bedrock, where it stands in the address.
    pub model: Option<String>,
    /// Whether the answer shall be a stream. `None` for Gemini and Bedrock, where the address says it; Ollama streams unless told not to.
    pub stream: Option<bool>,
    /// Whether a stream shall report its usage: OpenAI's chat completions do so only when asked (`stream_options.include_usage`).
    pub include_usage: Option<bool>,
    /// Most tokens of the output.
    pub max_tokens: Option<u64>,
    /// Sampling temperature.
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// Sampling among this many tokens.
    pub top_k: Option<u64>,
    /// Frequency penalty.
    pub frequency_penalty: Option<f64>,
    /// Presence penalty.
    pub presence_penalty: Option<f64>,
    /// Seed of the sampling.
    pub seed: Option<i64>,
    /// Texts at which the model stops, at most 16 of them.
    pub stop_sequences: Vec<String>,
    /// Number of answers that are wanted.
    pub choice_count: Option<u64>,
    /// How much the model shall reason, in the provider's words (`low`, `high`, …).
    pub reasoning_level: Option<String>,
    /// Kind of output: `json` or `text`, where the request says so.
    pub output_type: Option<&'static str>,
    /// The answer that this request goes on from, of OpenAI's responses.
    pub previous_response_id: Option<String>,
    /// The conversation that the provider keeps, of OpenAI's responses.
    pub conversation_id: Option<String>,
    /// Tier that is asked for.
    pub service_tier: Option<String>,
    /// Guardrail of Amazon Bedrock.
    pub guardrail_id: Option<String>,
}

impl Request {
    /// Reads the body of a request; `None` when it is not a JSON object.
    ///
    /// A setting of the wrong type is passed over.
    ///
    /// ```
    /// use tachograph_llm::{Format, Request};
    /// let request = Request::parse(Format::Anthropic, br#"{"model": "claude-sonnet-4-5", "max_tokens": 1024, "stream": true}"#);
    /// let request = request.expect("it is an object");
    /// assert_eq!(request.model.as_deref(), Some("claude-sonnet-4-5"));
    /// assert_eq!((request.max_tokens, request.stream), (Some(1024), Some(true)));
    /// ```
    #[must_use]
    pub fn parse(format: Format, body: &[u8]) -> Option<Self> {
        match format {
            Format::OpenAiChat | Format::OpenAiResponses | Format::Anthropic => flat::read(body),
            Format::Gemini => gemini::read(body),
            Format::Bedrock => bedrock::read(body),
            Format::Ollama => ollama::read(body),
        }
    }
}

fn name(text: &Text<'_>) -> Option<String> {
    text.get().map(|text| bounded(text, NAME).to_owned())
}

fn short(text: &Text<'_>) -> Option<String> {
    text.get().map(|text| bounded(text, SHORT).to_owned())
}

fn stop_sequences(texts: Option<Texts<'_>>) -> Vec<String> {
    let texts = texts.unwrap_or_default().0.into_iter().take(MAX_STOP_SEQUENCES);
    texts.map(|text: Cow<'_, str>| bounded(&text, SHORT).to_owned()).collect()
}
