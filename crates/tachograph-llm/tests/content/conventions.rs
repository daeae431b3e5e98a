//! The schemas of the GenAI conventions, as far as a body can offend against them: required fields, their types, and no data in a blob.

use serde_json::{Map, Value};

pub(crate) fn input_messages(value: &Value) {
    list(value).iter().for_each(|message| assert!(!fields(message).contains_key("finish_reason"), "{message}"));
    messages(value);
}

pub(crate) fn output_messages(value: &Value) {
    for message in list(value) {
        assert_eq!(text(message, "role"), "assistant");
        assert!(!text(message, "finish_reason").is_empty(), "{message}");
    }
    messages(value);
}

fn messages(value: &Value) {
    for message in list(value) {
        assert!(!text(message, "role").is_empty(), "{message}");
        optional_text(message, "name");
        list(&message["parts"]).iter().for_each(part);
        allowed(message, &["role", "parts", "name", "finish_reason", "omitted_before", "omitted_after"]);
    }
}

pub(crate) fn instructions(value: &Value) {
    for part in list(value) {
        self::part(part);
        let is_reserved = ["reasoning", "tool_call", "tool_call_response", "blob", "uri", "file"];
        assert!(!is_reserved.contains(&text(part, "type")), "instructions are texts: {part}");
    }
}

pub(crate) fn tool_definitions(value: &Value) {
    for tool in list(value) {
        text(tool, "type");
        text(tool, "name");
        optional_text(tool, "description");
        if let Some(parameters) = tool.get("parameters") {
            assert!(parameters.is_object() || parameters.is_boolean(), "no schema: {tool}");
        }
        let known =
            ["type", "name", "description", "parameters", "original_bytes", "parameters_bytes", "omitted_after"];
        allowed(tool, &known);
    }
}

fn part(part: &Value) {
    let with_size = |known: &[&'static str]| {
        let mut known = known.to_vec();
        known.extend(["type", "original_bytes"]);
        allowed(part, &known);
    };
    if let Some(bytes) = part.get("original_bytes") {
        assert!(bytes.is_u64(), "{part}");
    }
    match text(part, "type") {
        "text" | "reasoning" => {
            text(part, "content");
            with_size(&["content"]);
        }
        "tool_call" => {
            text(part, "name");
            optional_text(part, "id");
            with_size(&["id", "name", "arguments"]);
        }
        "tool_call_response" => {
            assert!(fields(part).contains_key("response"), "{part}");
            optional_text(part, "id");
            if let Some(parts) = part["response"].as_array() {
                let has_types = parts.iter().filter_map(|part| part.get("type")).any(|name| name == "blob");
                parts.iter().filter(|_| has_types).for_each(self::part);
            }
            with_size(&["id", "name", "response"]);
        }
        "blob" => {
            medium(part);
            assert_eq!(text(part, "content"), "", "the data of a blob");
            assert!(part["original_bytes"].is_u64(), "{part}");
            with_size(&["modality", "mime_type", "content"]);
        }
        "uri" => {
            medium(part);
            assert!(!text(part, "uri").starts_with("data:"), "data is a blob: {part}");
            with_size(&["modality", "mime_type", "uri"]);
        }
        "file" => {
            medium(part);
            text(part, "file_id");
            with_size(&["modality", "mime_type", "file_id"]);
        }
        "server_tool_call" | "server_tool_call_response" => panic!("these have fields that are not recorded: {part}"),
        _ => with_size(&["content"]),
    }
}

fn medium(part: &Value) {
    assert!(["image", "video", "audio", "document"].contains(&text(part, "modality")), "{part}");
    optional_text(part, "mime_type");
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no array: {value}"))
}

fn fields(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("no object: {value}"))
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    fields(value).get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("`{key}` is no text in {value}"))
}

fn optional_text(value: &Value, key: &str) {
    assert!(fields(value).get(key).is_none_or(Value::is_string), "`{key}` is no text in {value}");
}

/// What is not of the conventions is one of the fields that the documentation names.
fn allowed(value: &Value, known: &[&str]) {
    for key in fields(value).keys() {
        assert!(known.contains(&key.as_str()), "`{key}` is not known: {value}");
    }
}

#[test]
fn the_rules_here_refuse_what_the_schemas_refuse() {
    use std::panic::catch_unwind;
    let check = |check: fn(&Value), json: &str| {
        let value: Value = serde_json::from_str(json).unwrap();
        catch_unwind(|| check(&value)).is_ok()
    };
    assert!(check(input_messages, r#"[{"role":"user","parts":[{"type":"text","content":""}]}]"#));
    for wrong in [
        "{}",
        r#"[{"role":"user"}]"#,
        r#"[{"parts":[]}]"#,
        r#"[{"role":"user","parts":[{"type":"text"}]}]"#,
        r#"[{"role":"user","parts":[{"content":"x"}]}]"#,
        r#"[{"role":"user","parts":[{"type":"tool_call","id":"1"}]}]"#,
        r#"[{"role":"user","parts":[{"type":"tool_call_response","id":"1"}]}]"#,
        r#"[{"role":"user","parts":[{"type":"blob","modality":"image","content":"iVBOR","original_bytes":1}]}]"#,
        r#"[{"role":"user","parts":[{"type":"uri","uri":"https://x"}]}]"#,
        r#"[{"role":"user","parts":[{"type":"file","modality":"image"}]}]"#,
    ] {
        assert!(!check(input_messages, wrong), "{wrong}");
    }
    assert!(!check(output_messages, r#"[{"role":"assistant","parts":[]}]"#));
    assert!(!check(tool_definitions, r#"[{"type":"function"}]"#));
    assert!(!check(instructions, r#"[{"type":"reasoning","content":"x"}]"#));
}
