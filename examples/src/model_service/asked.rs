//! What was asked: out of address, head and body.

use axum::http::{HeaderMap, Uri};
use serde_json::Value;

/// The interfaces that the stand-in speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// Chat completions of OpenAI.
    OpenAiChat,
    /// Responses of OpenAI.
    OpenAiResponses,
    /// Messages of Anthropic.
    Anthropic,
    /// `generateContent` of Gemini and Vertex AI.
    Gemini,
    /// `Converse` of Bedrock.
    Bedrock,
    /// `/api/chat` of Ollama.
    Ollama,
}

/// How the answer is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// As one JSON object.
    Whole,
    /// As the events of the provider.
    Stream,
    /// As an array of JSON objects, one by one: Gemini's stream without `alt=sse`.
    Array,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Requests before it.
    pub number: usize,
    /// Whose words the answer is to be in.
    pub api: Api,
    /// How it is to come.
    pub mode: Mode,
    /// The model that was asked for, from the address or from the body.
    pub model: String,
    /// The head of the request.
    pub headers: HeaderMap,
    /// The body of the request.
    pub body: Value,
}

impl Asked {
    /// The first request; `None` where nothing is at this address.
    pub(super) fn of(uri: &Uri, headers: HeaderMap, body: Value) -> Option<Self> {
        let target = Target::of(uri.path(), uri.query().unwrap_or_default())?;
        let streams = body["stream"].as_bool().unwrap_or(target.api == Api::Ollama);
        let mode = target.mode.unwrap_or(if streams { Mode::Stream } else { Mode::Whole });
        let model = target.model.or_else(|| Some(body["model"].as_str()?.to_owned())).unwrap_or_default();
        Some(Self { number: 0, api: target.api, mode, model, headers, body })
    }

    /// Whether the last event of a stream of chat completions is to have the usage; without being asked OpenAI does not give it.
    pub(super) fn includes_usage(&self) -> bool {
        self.body["stream_options"]["include_usage"] == true
    }

    /// Whether every event is to have the usage so far, as vLLM understands it.
    pub(super) fn counts_on_the_way(&self) -> bool {
        self.body["stream_options"]["continuous_usage_stats"] == true
    }
}

/// What an address says.
#[derive(Debug, PartialEq)]
struct Target {
    api: Api,
    mode: Option<Mode>,
    model: Option<String>,
}

impl Target {
    fn of(path: &str, query: &str) -> Option<Self> {
        let (api, mode, model) = match path.trim_matches('/').split('/').collect::<Vec<_>>()[..] {
            ["v1", "chat", "completions"]
            | ["openai", "v1", "chat", "completions"]
            | ["openai", "deployments", _, "chat", "completions"] => (Api::OpenAiChat, None, None),
            ["v1", "responses"] | ["openai", "v1", "responses"] => (Api::OpenAiResponses, None, None),
            ["v1", "messages"] => (Api::Anthropic, None, None),
            [.., "models", method] => match method.rsplit_once(':')? {
                (model, "generateContent") => (Api::Gemini, Some(Mode::Whole), Some(model)),
                (model, "streamGenerateContent") => {
                    let is_sse = query.split('&').any(|pair| pair == "alt=sse");
                    (Api::Gemini, Some(if is_sse { Mode::Stream } else { Mode::Array }), Some(model))
                }
                _ => return None,
            },
            ["model", model, "converse"] => (Api::Bedrock, Some(Mode::Whole), Some(model)),
            ["model", model, "converse-stream"] => (Api::Bedrock, Some(Mode::Stream), Some(model)),
            ["api", "chat"] => (Api::Ollama, None, None),
            _ => return None,
        };
        // Models of Bedrock have a colon in their names, which clients escape.
        Some(Self { api, mode, model: model.map(|model| model.replace("%3A", ":")) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(uri: &'static str, body: &str) -> Option<(Api, Mode, String)> {
        let body = serde_json::from_str(body).unwrap();
        let asked = Asked::of(&Uri::from_static(uri), HeaderMap::new(), body)?;
        Some((asked.api, asked.mode, asked.model))
    }

    #[test]
    fn streams_are_asked_for_in_the_body_or_in_the_address() {
        let of_body = r#"{"model": "m", "stream": true}"#;
        let streamed = |api| Some((api, Mode::Stream, "m".to_owned()));
        assert_eq!(asked("/v1/chat/completions", of_body), streamed(Api::OpenAiChat));
        assert_eq!(asked("/openai/deployments/d/chat/completions?api-version=1", of_body), streamed(Api::OpenAiChat));
        assert_eq!(asked("/v1/responses", of_body), streamed(Api::OpenAiResponses));
        assert_eq!(asked("/v1/messages", of_body), streamed(Api::Anthropic));
        assert_eq!(asked("/api/chat", r#"{"model": "m"}"#), streamed(Api::Ollama));
        assert_eq!(asked("/v1beta/models/m:streamGenerateContent?key=k&alt=sse", "{}"), streamed(Api::Gemini));
        assert_eq!(asked("/model/m/converse-stream", "{}"), streamed(Api::Bedrock));
    }

    #[test]
    fn without_a_word_of_streams_the_answer_is_whole() {
        let whole = |api, model: &str| Some((api, Mode::Whole, model.to_owned()));
        assert_eq!(asked("/v1/messages", r#"{"model": "m"}"#), whole(Api::Anthropic, "m"));
        assert_eq!(asked("/api/chat", r#"{"model": "m", "stream": false}"#), whole(Api::Ollama, "m"));
        assert_eq!(asked("/v1beta/models/m:generateContent", "{}"), whole(Api::Gemini, "m"));
        assert_eq!(asked("/model/a.b-v1%3A0/converse", "{}"), whole(Api::Bedrock, "a.b-v1:0"));
    }

    #[test]
    fn what_no_provider_has_is_not_there() {
        assert_eq!(asked("/", "{}"), None);
        assert_eq!(asked("/v1beta/models/m:countTokens", "{}"), None);
        assert_eq!(asked("/v1/embeddings", "{}"), None);
    }
}
