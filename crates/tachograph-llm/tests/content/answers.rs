//! What models answered.

use serde_json::json;
use tachograph_core::{ContentKind, ContentPolicy};
use tachograph_llm::{Capture, Format, Framing, Limits, Response, ResponseReader, content};

use crate::recorded::{answer, only, response, room};

const CHAT: &str = r#"{"choices":[
    {"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","reasoning_content":"Hm.","content":"I look.",
        "tool_calls":[{"id":"call_1","type":"function","function":{"name":"look","arguments":"{\"at\":\"it\"}"}}]}},
    {"index":1,"finish_reason":"length","message":{"role":"assistant","content":"I lo"}}]}"#;

#[test]
fn every_choice_is_a_message() {
    assert_eq!(
        answer(&ContentPolicy::all(), Format::OpenAiChat, CHAT).unwrap(),
        json!([
            {"role": "assistant", "parts": [
                {"type": "reasoning", "content": "Hm."},
                {"type": "text", "content": "I look."},
                {"type": "tool_call", "id": "call_1", "name": "look", "arguments": {"at": "it"}},
            ], "finish_reason": "tool_call"},
            {"role": "assistant", "parts": [{"type": "text", "content": "I lo"}], "finish_reason": "length"},
        ])
    );
}

#[test]
fn all_formats_give_the_same_shape() {
    let call = json!({"type": "tool_call", "id": "t1", "name": "look", "arguments": {"at": "it"}});
    let expected = json!([{"role": "assistant", "finish_reason": "tool_call", "parts": [
        {"type": "reasoning", "content": "Hm."}, {"type": "text", "content": "I look."}, call]}]);
    for (format, body) in [
        (
            Format::OpenAiResponses,
            json!({"status": "completed", "output": [
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
                {"type": "message", "content": [{"type": "output_text", "text": "I look."}]},
                {"type": "function_call", "call_id": "t1", "name": "look", "arguments": "{\"at\":\"it\"}"}]}),
        ),
        (
            Format::Anthropic,
            json!({"type": "message", "stop_reason": "tool_use", "content": [
                {"type": "thinking", "thinking": "Hm."},
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "t1", "name": "look", "input": {"at": "it"}}]}),
        ),
        (
            Format::Gemini,
            json!({"candidates": [{"finishReason": "STOP", "content": {"parts": [
                {"text": "Hm.", "thought": true}, {"text": "I look."},
                {"functionCall": {"id": "t1", "name": "look", "args": {"at": "it"}}}]}}]}),
        ),
        (
            Format::Bedrock,
            json!({"stopReason": "tool_use", "output": {"message": {"content": [
                {"reasoningContent": {"reasoningText": {"text": "Hm."}}}, {"text": "I look."},
                {"toolUse": {"toolUseId": "t1", "name": "look", "input": {"at": "it"}}}]}}}),
        ),
        (
            Format::Ollama,
            json!({"done": true, "done_reason": "stop", "message": {"thinking": "Hm.", "content": "I look.",
                "tool_calls": [{"id": "t1", "function": {"name": "look", "arguments": {"at": "it"}}}]}}),
        ),
    ] {
        assert_eq!(answer(&ContentPolicy::all(), format, &body.to_string()).unwrap(), expected, "{format:?}");
    }
}

#[test]
fn each_kind_opens_its_own_parts() {
    for (kind, parts) in [
        (
            ContentKind::Completion,
            json!([{"type": "text", "content": "I look."}, {"type": "tool_call", "id": "call_1", "name": "look"}]),
        ),
        (
            ContentKind::Reasoning,
            json!([{"type": "reasoning", "content": "Hm."}, {"type": "tool_call", "id": "call_1", "name": "look"}]),
        ),
        (
            ContentKind::ToolArguments,
            json!([{"type": "tool_call", "id": "call_1", "name": "look", "arguments": {"at": "it"}}]),
        ),
    ] {
        // What was read before under a policy that is more open is closed here all the same.
        let response = response(&ContentPolicy::all(), Format::OpenAiChat, CHAT);
        let policy = only(kind);
        let text = content::output_messages(&response, room(&policy, 1000)).unwrap();
        let messages: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(messages[0]["parts"], parts, "{kind:?}");
        assert_eq!(messages.as_array().unwrap().len(), 2, "the roles stay");
    }
    for kind in
        [ContentKind::Prompt, ContentKind::SystemInstructions, ContentKind::ToolResult, ContentKind::ToolDefinitions]
    {
        let response = response(&ContentPolicy::all(), Format::OpenAiChat, CHAT);
        assert_eq!(content::output_messages(&response, room(&only(kind), 1000)), None, "{kind:?}");
    }
}

#[test]
fn a_choice_that_broke_off_has_the_reason_error() {
    let messages = answer(&ContentPolicy::all(), Format::OpenAiChat, r#"{"choices":[{"message":{"content":"I lo"}}]}"#);
    assert_eq!(messages.unwrap()[0]["finish_reason"], "error");
}

#[test]
fn an_answer_without_content_records_nothing() {
    assert_eq!(
        answer(
            &ContentPolicy::all(),
            Format::OpenAiChat,
            r#"{"choices":[{"finish_reason":"stop","message":{"content":""}}]}"#
        ),
        None
    );
    let policy = ContentPolicy::all();
    assert_eq!(content::output_messages(&Response::default(), room(&policy, 1000)), None);
}

#[test]
fn a_reader_keeps_what_is_recorded_and_half_a_kilobyte_more() {
    assert_eq!(content::capture_for(None), Capture::default());
    assert_eq!(content::capture_for(Some(&ContentPolicy::none())), Capture::default());
    let policy = ContentPolicy::all().with_text_bytes(100);
    let all = Capture::default().with_text(612).with_reasoning(612).with_tool_arguments(612);
    assert_eq!(content::capture_for(Some(&policy)), all);
    assert_eq!(
        content::capture_for(Some(&only(ContentKind::Reasoning).with_text_bytes(8))),
        Capture::default().with_reasoning(520)
    );
    assert_eq!(content::capture_for(Some(&ContentPolicy::all().with_text_bytes(usize::MAX))).text, usize::MAX);
}

#[test]
fn choices_that_find_no_room_are_counted() {
    let policy = ContentPolicy::all();
    let choices: Vec<_> = (0..100)
        .map(
            |index| json!({"index": index, "finish_reason": "stop", "message": {"content": format!("answer {index}")}}),
        )
        .collect();
    let response = response(&policy, Format::OpenAiChat, &json!({"choices": choices}).to_string());
    let text = content::output_messages(&response, room(&policy, 1000)).unwrap();
    assert!((800..=1000).contains(&text.len()), "{}", text.len());
    let messages: serde_json::Value = serde_json::from_str(&text).unwrap();
    let messages = messages.as_array().unwrap();
    let last = messages.last().unwrap();
    assert_eq!(last["omitted_after"], 100 - messages.len());
    assert_eq!(content::output_messages(&response, room(&policy, 20)), None);
}

#[test]
fn arguments_that_the_reader_cut_become_a_text() {
    let policy = ContentPolicy::all().with_text_bytes(40);
    let arguments = json!({"path": "a.txt", "content": "x".repeat(2000)}).to_string();
    let body = json!({"choices": [{"finish_reason": "tool_calls", "message": {"tool_calls": [
        {"id": "1", "function": {"name": "write", "arguments": arguments}}]}}]});
    let mut reader = ResponseReader::with_options(
        Format::OpenAiChat,
        Framing::Json,
        Limits::default(),
        content::capture_for(Some(&policy)),
    );
    reader.push(body.to_string().as_bytes());
    let response = reader.finish();
    assert_eq!(response.tool_calls[0].arguments.as_ref().unwrap().text.len(), 552);
    let text = content::output_messages(&response, room(&policy, 1000)).unwrap();
    let messages: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        messages[0]["parts"],
        json!([{"type": "tool_call", "id": "1", "name": "write", "arguments": &arguments[..40], "original_bytes": arguments.len()}])
    );
}

#[test]
fn names_ids_and_reasons_that_the_reader_may_have_cut_are_left_out() {
    for (long, is_whole) in [(60, true), (61, false), (200, false)] {
        let body = json!({"choices": [{"finish_reason": "r".repeat(long), "message": {"content": "Hi"}}]});
        let messages = answer(&ContentPolicy::all(), Format::OpenAiChat, &body.to_string()).unwrap();
        let reason = if is_whole { "r".repeat(long) } else { "_OTHER".to_owned() };
        assert_eq!(messages[0]["finish_reason"], reason);
    }
    for (long, is_whole) in [(252, true), (253, false), (1000, false)] {
        let word = "w".repeat(long);
        let body = json!({"choices": [{"message": {"tool_calls": [{"id": word, "function": {"name": word, "arguments": "{}"}}]}}]});
        let messages = answer(&ContentPolicy::all(), Format::OpenAiChat, &body.to_string()).unwrap();
        let expected = if is_whole {
            json!({"type": "tool_call", "id": word, "name": word, "arguments": {}})
        } else {
            json!({"type": "tool_call", "name": "_OTHER", "arguments": {}})
        };
        assert_eq!(messages[0]["parts"][0], expected);
    }
}
