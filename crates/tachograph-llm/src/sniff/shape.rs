use super::members::{first_object, length_of_value, members};
use crate::Format;

/// Keys beyond these are not looked at.
const MAX_KEYS: usize = 64;

/// What an object can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Of(Format),
    /// An error that several providers send, and whose it is if nobody knows.
    Error(Option<Format>),
    /// An error event, of Anthropic or of OpenAI's responses.
    TypedError,
    Unknown,
}

impl Shape {
    /// The shape of an object that may break off.
    pub(super) fn of(object: &[u8]) -> Self {
        let mut keys = Keys(Vec::new());
        for (key, value) in members(object).take(MAX_KEYS) {
            if let Some(format) = decisive(key, value) {
                return Self::Of(format);
            }
            keys.0.push((key, value));
        }
        if let Some(format) = keys.together() {
            return Self::Of(format);
        }
        keys.error(length_of_value(object).is_some())
    }
}

/// The format that has this key, where no other has it.
fn decisive(key: &[u8], value: &[u8]) -> Option<Format> {
    match (key, value) {
        (b"choices", [b'[', ..]) => Some(Format::OpenAiChat),
        (b"candidates", [b'[', ..]) | (b"usageMetadata" | b"promptFeedback", [b'{', ..]) => Some(Format::Gemini),
        (b"contentBlockIndex" | b"stopReason" | b"__type", _) => Some(Format::Bedrock),
        (b"sequence_number", _) => Some(Format::OpenAiResponses),
        (b"object", _) => match text(value)? {
            b"chat.completion" | b"chat.completion.chunk" | b"text_completion" | b"error" => Some(Format::OpenAiChat),
            b"response" => Some(Format::OpenAiResponses),
            _ => None,
        },
        (b"type", _) => match text(value)? {
            b"message_start" | b"message_delta" | b"message_stop" | b"ping" => Some(Format::Anthropic),
            name if name.starts_with(b"content_block_") => Some(Format::Anthropic),
            name if name.starts_with(b"response.") => Some(Format::OpenAiResponses),
            _ => None,
        },
        _ => None,
    }
}

/// The keys of an object that does not show by one of them what it is.
struct Keys<'a>(Vec<(&'a [u8], &'a [u8])>);

impl<'a> Keys<'a> {
    fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.0.iter().find(|(key, _)| *key == name.as_bytes()).map(|(_, value)| *value)
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn is(&self, name: &str, wanted: &str) -> bool {
        self.get(name).and_then(text) == Some(wanted.as_bytes())
    }

    fn begins(&self, name: &str, first: u8) -> bool {
        self.get(name).is_some_and(|value| value.starts_with(&[first]))
    }

    fn together(&self) -> Option<Format> {
        let within = |outer: &str, inner: &str| self.get(outer).is_some_and(|object| has_key(object, inner));
        let is_embedding = || {
            let first = self.get("data").and_then(first_object);
            self.has("usage") || first.is_some_and(|first| has_key(first, "embedding"))
        };
        // One of them alone may be somebody else's.
        let of_bedrock = [("output", "message"), ("usage", "inputTokens"), ("metrics", "latencyMs")];
        let is_answer = || self.begins("message", b'{') || self.begins("response", b'"');
        if self.is("object", "list") && self.begins("data", b'[') && is_embedding() {
            Some(Format::OpenAiChat)
        } else if self.is("type", "message") && self.has("role") && (self.has("model") || self.has("usage")) {
            Some(Format::Anthropic)
        } else if of_bedrock.into_iter().filter(|(outer, inner)| within(outer, inner)).count() > 1 {
            Some(Format::Bedrock)
        } else if (self.begins("done", b't') || self.begins("done", b'f')) && self.has("model") && is_answer() {
            Some(Format::Ollama)
        } else {
            None
        }
    }

    /// What is left are errors. Of an object that broke off nobody knows what else it has.
    fn error(&self, is_whole: bool) -> Shape {
        let is_alone = is_whole && self.0.len() == 1;
        let is_prose = self.begins("message", b'"');
        match self.get("error") {
            Some([b'{', ..]) if self.is("type", "error") => Shape::TypedError,
            Some(error @ [b'{', ..]) if has_key(error, "status") => Shape::Error(Some(Format::Gemini)),
            Some(error @ [b'{', ..]) if is_whole && has_key(error, "message") => Shape::Error(Some(Format::OpenAiChat)),
            Some([b'"', ..]) if is_alone => Shape::Error(Some(Format::Ollama)),
            Some([b'{' | b'"', ..]) => Shape::Error(None),
            _ if self.is("type", "error") && is_prose => Shape::Of(Format::OpenAiResponses),
            // The start of a message in a stream, with its padding.
            _ if is_whole && self.0.len() == 2 && self.is("role", "assistant") && self.begins("p", b'"') => {
                Shape::Of(Format::Bedrock)
            }
            _ if is_prose && is_alone => Shape::Error(None),
            _ => Shape::Unknown,
        }
    }
}

fn has_key(object: &[u8], name: &str) -> bool {
    members(object).take(MAX_KEYS).any(|(key, _)| key == name.as_bytes())
}

/// The text as it stands in the JSON, escapes and all; the texts that are looked for have none.
fn text(value: &[u8]) -> Option<&[u8]> {
    let length = length_of_value(value)?;
    value[..length].strip_prefix(b"\"")?.strip_suffix(b"\"")
}
