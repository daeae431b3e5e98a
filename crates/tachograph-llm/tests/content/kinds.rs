//! Every kind of content opens its own parts and no others.

use serde_json::{Value, json};
use tachograph_core::{ContentKind, ContentPolicy};
use tachograph_llm::Format;

use crate::recorded::{only, request};

fn body() -> Vec<u8> {
    json!({
        "system": "SYSTEM",
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "PROMPT"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "REASONING"},
                {"type": "text", "text": "COMPLETION"},
                {"type": "tool_use", "id": "t1", "name": "look", "input": {"at": "ARGUMENTS"}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "RESULT"}]},
        ],
        "tools": [{"name": "DEFINITION", "input_schema": {"type": "object"}}],
    })
    .to_string()
    .into_bytes()
}

const WORDS: [(&str, ContentKind); 7] = [
    ("SYSTEM", ContentKind::SystemInstructions),
    ("PROMPT", ContentKind::Prompt),
    ("image", ContentKind::Prompt),
    ("REASONING", ContentKind::Reasoning),
    ("COMPLETION", ContentKind::Completion),
    ("ARGUMENTS", ContentKind::ToolArguments),
    ("RESULT", ContentKind::ToolResult),
];

#[test]
fn a_kind_opens_its_own_parts() {
    for kind in ContentKind::ALL {
        let recorded = request(only(kind), Format::Anthropic, &body());
        let all = recorded.raw.concat();
        for (word, of) in WORDS.into_iter().chain([("DEFINITION", ContentKind::ToolDefinitions)]) {
            assert_eq!(all.contains(word), of == kind, "{word} under {kind:?}: {all}");
        }
    }
}

#[test]
fn a_kind_closes_its_own_parts() {
    for kind in ContentKind::ALL {
        let all = request(ContentPolicy::all().without(kind), Format::Anthropic, &body()).raw.concat();
        for (word, of) in WORDS.into_iter().chain([("DEFINITION", ContentKind::ToolDefinitions)]) {
            assert_eq!(all.contains(word), of != kind, "{word} without {kind:?}: {all}");
        }
    }
}

#[test]
fn roles_and_called_tools_stay_where_anything_is_open() {
    let recorded = request(only(ContentKind::Prompt), Format::Anthropic, &body());
    assert_eq!(
        recorded.messages.unwrap(),
        json!([
            {"role": "user", "parts": [
                {"type": "text", "content": "PROMPT"},
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "", "original_bytes": 3}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "t1", "name": "look"}]},
            {"role": "user", "parts": []},
        ])
    );
    assert_eq!((recorded.instructions, recorded.tools), (None, None));
}

#[test]
fn roles_alone_are_not_recorded() {
    let body =
        json!({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]}).to_string();
    let recorded = |kind| request(only(kind), Format::OpenAiChat, body.as_bytes()).messages;
    for kind in
        [ContentKind::ToolResult, ContentKind::SystemInstructions, ContentKind::Reasoning, ContentKind::ToolDefinitions]
    {
        assert_eq!(recorded(kind), None, "{kind:?}");
    }
    assert_eq!(recorded(ContentKind::Completion).as_ref().and_then(Value::as_array).unwrap().len(), 2);
}

#[test]
fn a_system_message_in_the_history_is_an_instruction() {
    let body = json!({"messages": [{"role": "system", "content": "SYSTEM"}, {"role": "user", "content": "PROMPT"}]})
        .to_string();
    for (kind, open) in [(ContentKind::SystemInstructions, "SYSTEM"), (ContentKind::Prompt, "PROMPT")] {
        let raw = request(only(kind), Format::OpenAiChat, body.as_bytes()).raw.concat();
        assert!(raw.contains(open), "{raw}");
        assert!(!raw.contains(if open == "SYSTEM" { "PROMPT" } else { "SYSTEM" }), "{raw}");
    }
}
