//! Asking in the words of each provider.

use serde_json::{Value, json};

use super::{Api, Mode};

impl Api {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::OpenAiChat, Self::OpenAiResponses, Self::Anthropic, Self::Gemini, Self::Bedrock, Self::Ollama];

    /// The modes it has.
    #[must_use]
    pub fn modes(self) -> &'static [Mode] {
        match self {
            Self::Gemini => &[Mode::Whole, Mode::Stream, Mode::Array],
            _ => &[Mode::Whole, Mode::Stream],
        }
    }

    /// The path of its address, as its provider has it.
    #[must_use]
    pub fn path(self, mode: Mode, model: &str) -> String {
        match (self, mode) {
            (Self::OpenAiChat, _) => "/v1/chat/completions".to_owned(),
            (Self::OpenAiResponses, _) => "/v1/responses".to_owned(),
            (Self::Anthropic, _) => "/v1/messages".to_owned(),
            (Self::Gemini, Mode::Whole) => format!("/v1beta/models/{model}:generateContent"),
            (Self::Gemini, Mode::Stream) => format!("/v1beta/models/{model}:streamGenerateContent?alt=sse"),
            (Self::Gemini, Mode::Array) => format!("/v1beta/models/{model}:streamGenerateContent"),
            (Self::Bedrock, Mode::Whole) => format!("/model/{}/converse", model.replace(':', "%3A")),
            (Self::Bedrock, _) => format!("/model/{}/converse-stream", model.replace(':', "%3A")),
            (Self::Ollama, _) => "/api/chat".to_owned(),
        }
    }

    /// A question as the body of a request. A stream of chat completions is asked for its usage.
    #[must_use]
    pub fn request(self, mode: Mode, model: &str, question: &str) -> Value {
        let streams = mode != Mode::Whole;
        let messages = json!([{"role": "user", "content": question}]);
        match self {
            Self::OpenAiChat if streams => {
                json!({"model": model, "messages": messages, "stream": true, "stream_options": {"include_usage": true}})
            }
            Self::OpenAiChat => json!({"model": model, "messages": messages}),
            Self::OpenAiResponses => json!({"model": model, "input": question, "stream": streams}),
            Self::Anthropic => json!({"model": model, "max_tokens": 1024, "messages": messages, "stream": streams}),
            Self::Gemini => json!({"contents": [{"role": "user", "parts": [{"text": question}]}]}),
            Self::Bedrock => json!({"messages": [{"role": "user", "content": [{"text": question}]}]}),
            Self::Ollama => json!({"model": model, "messages": messages, "stream": streams}),
        }
    }
}
