//! What of a span's attributes may be shown.

use opentelemetry::{Array, KeyValue, StringValue, Value};
use tachograph_core::semconv::attribute as attr;

/// What stands in place of a secret.
const REDACTED: &str = "[redacted]";
/// Longest text, in bytes.
const MAX_TEXT: usize = 1024;
/// Longest text of content, where it is let in.
const MAX_CONTENT: usize = 16 * 1024;
/// Most elements of a list.
const MAX_ELEMENTS: usize = 64;
const CUT: &str = "…";

/// Attributes with content, of our conventions and of what other libraries write.
const CONTENT: [&str; 11] = [
    attr::GEN_AI_SYSTEM_INSTRUCTIONS,
    attr::GEN_AI_INPUT_MESSAGES,
    attr::GEN_AI_OUTPUT_MESSAGES,
    attr::GEN_AI_TOOL_DEFINITIONS,
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.retrieval.documents",
    "gen_ai.memory.records",
    "input.value",
    "output.value",
    "exception.stacktrace",
];
/// Beginnings of such.
const CONTENT_PREFIXES: [&str; 8] = [
    attr::ARGUMENT_PREFIX,
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.content",
    "llm.prompts",
    "llm.completions",
    "llm.input_messages",
    "llm.output_messages",
];
/// Parts of the names of what must never be seen. A mere "token" is no secret: models count them.
const SECRET: [&str; 13] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "authorization",
    "cookie",
    "api_key",
    "api-key",
    "apikey",
    "access_token",
    "refresh_token",
    "private_key",
    "credential",
];

/// The attributes that may be shown, the last value of each key, in the order of their first appearance.
pub(super) fn attributes(all: &[KeyValue], content: bool, may_quote: bool) -> Vec<KeyValue> {
    let mut shown: Vec<KeyValue> = Vec::with_capacity(all.len());
    for attribute in all {
        let key = attribute.key.as_str();
        let is_content = is_content(key) || (may_quote && key == "exception.message");
        if is_content && !content {
            continue;
        }
        let value = if is_secret(key) {
            Value::from(REDACTED)
        } else {
            cut(&attribute.value, if is_content { MAX_CONTENT } else { MAX_TEXT })
        };
        match shown.iter_mut().find(|known| known.key == attribute.key) {
            Some(known) => known.value = value,
            None => shown.push(KeyValue::new(attribute.key.clone(), value)),
        }
    }
    shown
}

/// A text that may be shown, no longer than one should be.
pub(super) fn text(text: &str) -> String {
    match shortened(text, MAX_TEXT) {
        Some(short) => short,
        None => text.to_owned(),
    }
}

fn is_content(key: &str) -> bool {
    CONTENT.contains(&key) || CONTENT_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
}

fn is_secret(key: &str) -> bool {
    let holds = |part: &str| key.as_bytes().windows(part.len()).any(|at| at.eq_ignore_ascii_case(part.as_bytes()));
    SECRET.iter().any(|part| holds(part))
}

fn cut(value: &Value, longest: usize) -> Value {
    match value {
        Value::String(text) => match shortened(text.as_str(), longest) {
            Some(short) => Value::from(short),
            None => value.clone(),
        },
        Value::Array(Array::String(texts)) => {
            let short =
                |text: &StringValue| shortened(text.as_str(), longest).map_or_else(|| text.clone(), StringValue::from);
            Value::Array(Array::String(texts.iter().take(MAX_ELEMENTS).map(short).collect()))
        }
        Value::Array(Array::Bool(all)) => Value::Array(Array::Bool(first(all))),
        Value::Array(Array::I64(all)) => Value::Array(Array::I64(first(all))),
        Value::Array(Array::F64(all)) => Value::Array(Array::F64(first(all))),
        other => other.clone(),
    }
}

fn first<T: Copy>(all: &[T]) -> Vec<T> {
    all.iter().take(MAX_ELEMENTS).copied().collect()
}

/// The text cut at a character, where it is too long.
fn shortened(text: &str, longest: usize) -> Option<String> {
    (text.len() > longest).then(|| {
        let end = text.floor_char_boundary(longest.saturating_sub(CUT.len()));
        format!("{}{CUT}", text.get(..end).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(attributes: &[KeyValue], content: bool) -> Vec<(String, String)> {
        let shown = super::attributes(attributes, content, true);
        shown.iter().map(|it| (it.key.to_string(), it.value.to_string())).collect()
    }

    #[test]
    fn content_is_left_out_unless_it_is_let_in() {
        let all = [
            KeyValue::new("gen_ai.input.messages", "[]"),
            KeyValue::new("tachograph.argument.question", "who?"),
            KeyValue::new("gen_ai.prompt.0.content", "who?"),
            KeyValue::new("exception.message", "no answer to: who?"),
            KeyValue::new("gen_ai.usage.input_tokens", 7),
        ];
        assert_eq!(shown(&all, false), [("gen_ai.usage.input_tokens".to_owned(), "7".to_owned())]);
        assert_eq!(shown(&all, true).len(), all.len());
        assert_eq!(attributes(&all[3..4], false, false).len(), 1, "a database quotes nobody");
    }

    #[test]
    fn secrets_are_never_shown() {
        for key in ["db.PASSWORD", "http.request.header.authorization", "x-Api-Key", "set-cookie", "aws.secret_access"]
        {
            for content in [false, true] {
                let all = [KeyValue::new(key, "hunter2")];
                assert_eq!(shown(&all, content), [(key.to_owned(), REDACTED.to_owned())]);
            }
        }
    }

    #[test]
    fn long_values_are_cut_at_a_character() {
        let long = "ä".repeat(5000);
        let all = [
            KeyValue::new("text", long.clone()),
            KeyValue::new("list", Value::Array(Array::String(vec![long.into(); 100]))),
            KeyValue::new("numbers", Value::Array(Array::I64((0..100).collect()))),
        ];
        let shown = attributes(&all, false, false);
        let Value::String(text) = &shown[0].value else { panic!("{shown:?}") };
        assert!(text.as_str().len() <= MAX_TEXT && text.as_str().ends_with("ä…"), "{text:?}");
        let Value::Array(Array::String(list)) = &shown[1].value else { panic!("{shown:?}") };
        assert!(list.len() == MAX_ELEMENTS && list.iter().all(|text| text.as_str().len() <= MAX_TEXT));
        let Value::Array(Array::I64(numbers)) = &shown[2].value else { panic!("{shown:?}") };
        assert_eq!(numbers.len(), MAX_ELEMENTS);
    }

    #[test]
    fn the_last_value_of_a_key_counts() {
        let all = [KeyValue::new("a", 1), KeyValue::new("b", 2), KeyValue::new("a", 3)];
        assert_eq!(shown(&all, false), [("a".to_owned(), "3".to_owned()), ("b".to_owned(), "2".to_owned())]);
    }
}
