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
    let is_object = |key| object(fields, key).is_some();
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
        "list" if is_array("data") && object(fields, "usage").is_some() => Some(Format::OpenAiChat),
        _ => None,
    }
}

/// The others are known by their fields, and so are the servers that imitate them and leave the names out.
fn by_fields(fields: &Fields) -> Option<Format> {
    if is_openai_chat(fields) {
        Some(Format::OpenAiChat)
    } else if is_gemini(fields) {
        Some(Format::Gemini)
    } else if is_bedrock(fields) {
        Some(Format::Bedrock)
    } else if is_ollama(fields) {
        Some(Format::Ollama)
    } else {
        of_error(fields)
    }
}

fn is_openai_chat(fields: &Fields) -> bool {
    any_element(fields, "choices", &["delta", "message"])
        || any_element(fields, "choices", &["text"]) && fields.contains_key("model")
}

fn is_gemini(fields: &Fields) -> bool {
    object(fields, "usageMetadata").is_some()
        || object(fields, "promptFeedback").is_some()
        || any_element(fields, "candidates", &["content", "finishReason"])
}

fn is_bedrock(fields: &Fields) -> bool {
    let has = |key| fields.contains_key(key);
    let within = |outer, inner| object(fields, outer).is_some_and(|object| object.contains_key(inner));
    let is_answer = within("output", "message") && has("stopReason");
    let is_event = has("contentBlockIndex") && (has("delta") || has("start"));
    let is_metadata = within("usage", "inputTokens") && has("metrics");
    let is_error = text(fields, "__type").is_some() && text(fields, "message").is_some();
    is_answer || is_event || is_metadata || is_error
}

fn is_ollama(fields: &Fields) -> bool {
    let has = |key| fields.contains_key(key);
    fields.get("done").is_some_and(Value::is_boolean) && has("model") && (has("message") || has("response"))
}

/// An error under its name, with a message and something like a code: others say what went wrong in the same words, but not in all of them.
fn of_error(fields: &Fields) -> Option<Format> {
    let error = object(fields, "error").filter(|error| text(error, "message").is_some())?;
    let has_code = |key| error.get(key).is_some_and(|code| code.is_string() || code.is_number());
    if has_code("status") {
        Some(Format::Gemini)
    } else {
        (has_code("type") || has_code("code")).then_some(Format::OpenAiChat)
    }
}

fn text<'a>(fields: &'a Fields, key: &str) -> Option<&'a str> {
    fields.get(key)?.as_str()
}

fn object<'a>(fields: &'a Fields, key: &str) -> Option<&'a Fields> {
    fields.get(key)?.as_object()
}

/// Whether an object of the array has one of these keys.
fn any_element(fields: &Fields, array: &str, keys: &[&str]) -> bool {
    let mut elements = fields.get(array).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    elements.any(|element| keys.iter().any(|key| element.contains_key(*key)))
}
