//! Which API a value comes from.
//!
//! Applications give values of their own back from the same functions: what a model wrote as JSON may have `choices` or `candidates` too. So a
//! name alone decides nothing; it takes a name and what the API has behind it.

use serde_json::{Map, Value};

use crate::Format;

type Fields = Map<String, Value>;

/// The API of a whole body, or of the events with which its streams begin; `None` for everything else.
pub(super) fn format(value: &Value) -> Option<Format> {
    match value {
        Value::Object(fields) => by_type(fields).or_else(|| by_object(fields)).or_else(|| by_fields(fields)),
        // `streamGenerateContent` without `alt=sse`.
        Value::Array(events) => {
            format(events.first().filter(|event| event.is_object())?).filter(|format| matches!(format, Format::Gemini))
        }
        _ => None,
    }
}

/// Two APIs name their events and their bodies.
fn by_type(fields: &Fields) -> Option<Format> {
    let is_object = |key| fields.get(key).is_some_and(Value::is_object);
    match text(fields, "type")? {
        "message" if fields.contains_key("role") && fields.get("content").is_some_and(Value::is_array) => {
            Some(Format::Anthropic)
        }
        "message_start" if is_object("message") => Some(Format::Anthropic),
        "content_block_start" if is_object("content_block") => Some(Format::Anthropic),
        "content_block_delta" | "message_delta" if is_object("delta") => Some(Format::Anthropic),
        "error" if is_object("error") => Some(Format::Anthropic),
        kind if kind.starts_with("response.") && (fields.contains_key("sequence_number") || is_object("response")) => {
            Some(Format::OpenAiResponses)
        }
        _ => None,
    }
}

/// So does OpenAI its bodies and chunks, and most who imitate it.
fn by_object(fields: &Fields) -> Option<Format> {
    let is_array = |key| fields.get(key).is_some_and(Value::is_array);
    match text(fields, "object")? {
        "chat.completion" | "chat.completion.chunk" | "text_completion" => Some(Format::OpenAiChat),
        "response" if is_array("output") => Some(Format::OpenAiResponses),
        // An error that is the body itself.
        "error" if text(fields, "message").is_some() && fields.contains_key("code") => Some(Format::OpenAiChat),
        // Embeddings: their usage is named as that of chats.
        "list" if is_array("data") && fields.get("usage").is_some_and(Value::is_object) => Some(Format::OpenAiChat),
        _ => None,
    }
}

/// The others are known by their fields, and so are the servers that imitate them and leave the names out.
fn by_fields(fields: &Fields) -> Option<Format> {
    let has = |key| fields.contains_key(key);
    let any = |key, of: &[&str]| elements(fields, key).any(|element| of.iter().any(|key| element.contains_key(*key)));
    let object = |key| fields.get(key).and_then(Value::as_object);
    let ollama = || fields.get("done").is_some_and(Value::is_boolean) && (has("message") || has("response"));
    let error = object("error").filter(|error| error.get("message").is_some_and(Value::is_string));
    if any("choices", &["delta", "message"]) || any("choices", &["text"]) && has("model") {
        Some(Format::OpenAiChat)
    } else if object("usageMetadata").is_some()
        || any("candidates", &["content", "finishReason"])
        || object("promptFeedback").is_some()
    {
        Some(Format::Gemini)
    } else if object("output").is_some_and(|output| output.contains_key("message")) && has("stopReason")
        || has("contentBlockIndex") && (has("delta") || has("start"))
        || object("usage").is_some_and(|usage| usage.contains_key("inputTokens")) && has("metrics")
    {
        Some(Format::Bedrock)
    } else if has("model") && ollama() {
        Some(Format::Ollama)
    } else if let Some(error) = error {
        let names = |key| error.get(key).is_some_and(|code| code.is_string() || code.is_number());
        let is_gemini = names("status");
        (is_gemini || names("type") || names("code")).then_some(if is_gemini {
            Format::Gemini
        } else {
            Format::OpenAiChat
        })
    } else {
        None
    }
}

fn text<'a>(fields: &'a Fields, key: &str) -> Option<&'a str> {
    fields.get(key)?.as_str()
}

fn elements<'a>(fields: &'a Fields, key: &str) -> impl Iterator<Item = &'a Fields> {
    fields.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}
