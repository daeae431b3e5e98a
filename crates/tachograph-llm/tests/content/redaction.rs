//! Redaction comes first, whatever is cut afterwards.

use std::{
    borrow::Cow,
    panic,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tachograph_core::{ContentKind, ContentPolicy, Redact};
use tachograph_llm::{Format, content, content::Patterns};

use crate::recorded::{answer, request, response, room};

const SECRET: &str = "sk-proj-1234567890abcdefghij";

fn safe() -> ContentPolicy {
    ContentPolicy::all().with_redaction(Patterns::all())
}

fn arguments(policy: ContentPolicy, arguments: &str) -> Value {
    let body = json!({"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}]});
    request(policy, Format::OpenAiChat, body.to_string().as_bytes()).messages.unwrap()[0]["parts"][0]["arguments"]
        .clone()
}

#[test]
fn a_secret_at_the_cut_is_whole_when_it_is_looked_for() {
    let text = format!("{} {SECRET} {}", "a".repeat(90), "b".repeat(500));
    for limit in 80..140 {
        let body = json!({"messages": [{"role": "user", "content": text}, {"role": "assistant", "tool_calls": [
            {"function": {"name": "f", "arguments": json!({"text": text}).to_string()}}]}]});
        let raw = request(safe().with_text_bytes(limit), Format::OpenAiChat, body.to_string().as_bytes()).raw.concat();
        assert!(!raw.contains("sk-"), "{limit}: {raw}");
    }
}

#[test]
fn a_secret_that_the_reader_cut_is_dropped_with_what_is_before_it() {
    let limit = 300;
    // From far before the end of what the reader keeps to far behind it.
    for before in (200..limit + 600).step_by(7) {
        let text = format!("{} {SECRET}{}", "a".repeat(before), "c".repeat(5000));
        let policy = safe().with_text_bytes(limit);
        let body = json!({"choices": [{"finish_reason": "stop", "message": {"content": text, "reasoning_content": text,
            "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": json!({"text": text}).to_string()}}]}}]});
        let messages = answer(&policy, Format::OpenAiChat, &body.to_string()).unwrap();
        assert!(!messages.to_string().contains("sk-"), "{before}: {messages}");
        for part in messages[0]["parts"].as_array().unwrap() {
            assert!(part["original_bytes"].as_u64().unwrap() >= 5000, "{part}");
        }
    }
}

/// Takes out the word whole, and much of what stands before it: the cut moves to where it is seen.
fn shrinking() -> ContentPolicy {
    ContentPolicy::all()
        .with_redaction(|_: ContentKind, text: &str| Some(text.replace("xx", "").replace("SECRETWORD", "***")))
}

#[test]
fn a_secret_that_the_reader_cut_is_dropped_also_where_the_redaction_made_room_for_it() {
    let policy = shrinking().with_text_bytes(1000);
    for shown in (780..820).chain([0, 100]) {
        // The reader keeps 1512 bytes.
        let text = format!("{}{}SECRETWORD{}", "x".repeat(1512 - shown - 5), "y".repeat(shown), "z".repeat(3000));
        let body = json!({"choices": [{"finish_reason": "stop", "message": {"content": text, "reasoning_content": text,
            "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": text}}]}}]});
        let messages = answer(&policy, Format::OpenAiChat, &body.to_string()).unwrap().to_string();
        assert!(messages.contains("original_bytes") && !messages.contains("SEC"), "{shown}: {messages}");
    }
}

#[test]
fn json_that_the_reader_cut_is_redacted_like_any_other() {
    let policy = shrinking().with_text_bytes(1000);
    for before in ["{\"a\":\"", "{\"a\":[\"", "{"] {
        let filled =
            |shown: usize| format!("{before}{}{}", "x".repeat(1512 - shown - 5 - before.len()), "y".repeat(shown));
        // At the cut, and in the open where a text should be.
        for arguments in [
            format!("{}SECRETWORD{}", filled(800), "z".repeat(3000)),
            format!("{before} SECRETWORD {}", "z ".repeat(2000)),
        ] {
            let body = json!({"choices": [{"finish_reason": "stop", "message": {
                "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": arguments}}]}}]});
            let messages = answer(&policy, Format::OpenAiChat, &body.to_string()).unwrap();
            let part = &messages[0]["parts"][0];
            assert_eq!(part["original_bytes"], arguments.len());
            assert!(!part["arguments"].as_str().unwrap().contains("SEC"), "{part}");
        }
    }
}

#[test]
fn a_text_may_be_longer_than_what_is_redacted_otherwise() {
    let text = "x y ".repeat(100_000);
    let body = json!({"messages": [{"role": "user", "content": text}]}).to_string();
    let policy = shrinking().with_text_bytes(text.len()).with_call_bytes(10_000_000);
    let recorded = request(policy, Format::OpenAiChat, body.as_bytes());
    assert_eq!(recorded.messages.unwrap()[0]["parts"][0], json!({"type": "text", "content": text}));
}

#[test]
fn a_secret_at_the_end_of_what_is_redacted_of_a_long_text_is_dropped() {
    let end = 256 * 1024;
    let text = format!("{}{}SECRETWORD{}", "x".repeat(end - 1000 - 5), "y".repeat(1000), "z".repeat(3000));
    let body = json!({"messages": [{"role": "user", "content": text}]}).to_string();
    let recorded = request(shrinking(), Format::OpenAiChat, body.as_bytes());
    let part = &recorded.messages.unwrap()[0]["parts"][0];
    assert_eq!(part["original_bytes"], text.len());
    assert!(!recorded.raw.concat().contains("SEC"), "{part}");
}

#[test]
fn what_the_reader_cut_keeps_its_end_where_nothing_is_redacted() {
    let policy = ContentPolicy::all().with_text_bytes(300);
    let body = json!({"choices": [{"finish_reason": "stop", "message": {"content": "x".repeat(5000)}}]}).to_string();
    let messages = answer(&policy, Format::OpenAiChat, &body).unwrap();
    assert_eq!(messages[0]["parts"][0]["content"].as_str().unwrap().len(), 300);
}

#[test]
fn a_secret_in_a_text_of_more_than_is_redacted_does_not_slip_through() {
    let limit = 256 * 1024;
    for before in [limit - 600, limit - 20, limit - 4, limit, limit + 100] {
        let text = format!("{} {SECRET} ", "a".repeat(before));
        let body = json!({"messages": [{"role": "user", "content": text}]}).to_string();
        let policy = safe().with_text_bytes(100_000).with_call_bytes(10_000_000);
        let raw = request(policy, Format::OpenAiChat, body.as_bytes()).raw.concat();
        assert!(raw.len() > 99_000 && !raw.contains("sk-"), "{before}");
    }
}

#[test]
fn keys_values_and_numbers_of_json_are_redacted_one_by_one() {
    let given = json!({
        "mail": "a@example.com",
        "b@example.com": {"deep": [["4111 1111 1111 1111", "x"], null, true, -1.5e3]},
        "number": 4_111_111_111_111_111_u64,
        "list": [5_500_005_555_555_559_u64, 17],
        "text": format!("line\n{SECRET}\u{20ac}"),
    });
    let expected = json!({
        "mail": "[email]",
        "[email]": {"deep": [["[card]", "x"], null, true, -1.5e3]},
        "number": "[card]",
        "list": ["[card]", 17],
        "text": "line\n[key]\u{20ac}",
    });
    assert_eq!(arguments(safe(), &given.to_string()), expected);
    // Escapes that a writer of JSON may use and need not.
    assert_eq!(
        arguments(safe(), r#"{"a":"a\u0040example.com","\u0062\u0040example.com":"\/"}"#),
        json!({"a": "[email]", "[email]": "/"})
    );
    for format in [Format::Anthropic, Format::Bedrock, Format::Gemini] {
        let body = match format {
            Format::Anthropic => {
                json!({"messages": [{"role": "assistant", "content": [{"type": "tool_use", "name": "f", "input": given}]}]})
            }
            Format::Bedrock => {
                json!({"messages": [{"role": "assistant", "content": [{"toolUse": {"name": "f", "input": given}}]}]})
            }
            _ => json!({"contents": [{"role": "model", "parts": [{"functionCall": {"name": "f", "args": given}}]}]}),
        };
        let messages = request(safe(), format, body.to_string().as_bytes()).messages.unwrap();
        assert_eq!(messages[0]["parts"][0]["arguments"], expected, "{format:?}");
    }
}

#[test]
fn a_value_that_only_its_key_tells_is_redacted() {
    assert_eq!(
        arguments(
            safe(),
            r#"{"user":"ann","password":"correct \"horse\", battery","pwd":123456,"api_key":["abc"],"db":{"secret":"x"},"max_tokens":4096}"#
        ),
        json!({"user": "ann", "password": "[key]", "pwd": "[key]", "api_key": ["[key]"], "db": {"secret": "[key]"}, "max_tokens": 4096})
    );
}

#[test]
fn arguments_that_are_no_json_are_redacted_as_a_text() {
    for text in [
        format!("{{\"a\": {SECRET}"),
        format!("run --key {SECRET}"),
        format!("[{SECRET}]"),
        format!("{{\"a\":\"\\x {SECRET}\"}}"),
    ] {
        let value = arguments(safe(), &text);
        assert_eq!(value.as_str().unwrap(), text.replace(SECRET, "[key]"));
    }
}

#[test]
fn everything_that_comes_from_outside_is_redacted() {
    let url = format!("https://example.org/?key={SECRET}");
    let body = json!({
        "messages": [
            {"role": SECRET, "name": SECRET, "content": [
                {"type": SECRET}, {"type": "file", "file": {"file_id": SECRET}}, {"type": "image_url", "image_url": {"url": url}},
                {"type": "image_url", "image_url": {"url": format!("data:{SECRET};base64,AAAA")}},
                {"type": "input_audio", "input_audio": {"format": format!(" {SECRET}"), "data": "AAAA"}}]},
            {"role": "assistant", "content": SECRET, "reasoning": SECRET, "refusal": SECRET,
                "tool_calls": [{"id": SECRET, "function": {"name": SECRET, "arguments": SECRET}}]},
            {"role": "tool", "tool_call_id": SECRET, "content": SECRET},
            {"role": "tool", "name": SECRET, "content": [{"type": "text", "text": SECRET}, {"type": SECRET}]},
        ],
        "tools": [{"type": SECRET, "function": {"name": SECRET, "description": SECRET, "parameters": {"type": "object", SECRET: SECRET}}}],
    });
    let recorded = request(safe(), Format::OpenAiChat, body.to_string().as_bytes());
    assert_eq!(recorded.raw.len(), 2);
    assert!(!recorded.raw.concat().contains("sk-"), "{:?}", recorded.raw);
    assert_eq!(recorded.messages.unwrap()[0]["role"], "[key]");
    let body = json!({"choices": [{"finish_reason": SECRET, "message": {"content": SECRET, "tool_calls": [
        {"id": SECRET, "function": {"name": SECRET, "arguments": json!({"a": SECRET}).to_string()}}]}}]});
    let messages = answer(&safe(), Format::OpenAiChat, &body.to_string()).unwrap();
    assert!(!messages.to_string().contains("sk-"), "{messages}");
}

/// Sees what it is given.
#[derive(Clone, Default)]
struct Witness(Arc<Mutex<Vec<(ContentKind, String)>>>);

impl Redact for Witness {
    fn redact<'a>(&self, kind: ContentKind, text: &'a str) -> Cow<'a, str> {
        self.0.lock().unwrap().push((kind, text.to_owned()));
        Cow::Borrowed(text)
    }
}

#[test]
fn a_redaction_is_told_the_kind_and_given_the_whole_text() {
    let witness = Witness::default();
    let long = "x".repeat(5000);
    let body = json!({
        "system": "SYSTEM",
        "messages": [
            {"role": "user", "content": long},
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "REASONING"}, {"type": "text", "text": "COMPLETION"},
                {"type": "tool_use", "name": "f", "input": {"at": "a \"b\""}}]},
            {"role": "user", "content": [{"type": "tool_result", "content": "RESULT"}]}],
        "tools": [{"name": "DEFINITION"}],
    });
    let policy = ContentPolicy::all().with_text_bytes(10).with_redaction(witness.clone());
    request(policy, Format::Anthropic, body.to_string().as_bytes());
    let seen = witness.0.lock().unwrap();
    for (kind, text) in [
        (ContentKind::SystemInstructions, "SYSTEM"),
        (ContentKind::Prompt, long.as_str()),
        (ContentKind::Reasoning, "REASONING"),
        (ContentKind::Completion, "COMPLETION"),
        (ContentKind::ToolArguments, "at"),
        (ContentKind::ToolArguments, "a \"b\""),
        (ContentKind::ToolArguments, r#"at="a \"b\"""#),
        (ContentKind::ToolResult, "RESULT"),
        (ContentKind::ToolDefinitions, "DEFINITION"),
    ] {
        assert!(seen.contains(&(kind, text.to_owned())), "{kind:?}: {seen:?}");
    }
}

#[test]
fn a_closed_kind_is_not_even_shown_to_a_redaction() {
    let witness = Witness::default();
    let policy = ContentPolicy::none().only([ContentKind::Completion]).with_redaction(witness.clone());
    let body =
        json!({"messages": [{"role": "user", "content": "PROMPT"}, {"role": "assistant", "content": "COMPLETION"}]});
    request(policy, Format::OpenAiChat, body.to_string().as_bytes());
    assert_eq!(*witness.0.lock().unwrap(), [(ContentKind::Completion, "COMPLETION".to_owned())]);
}

#[test]
fn a_redaction_that_panics_costs_the_text_and_nothing_else() {
    let policy = ContentPolicy::all().with_text_bytes(300).with_redaction(|_: ContentKind, text: &str| {
        // Quietly: the hook of the process would print it.
        if text.contains("boom") { panic::resume_unwind(Box::new(())) } else { None }
    });
    let body = json!({"messages": [{"role": "user", "content": "boom"}, {"role": "assistant", "content": "fine", "tool_calls": [
        {"function": {"name": "f", "arguments": "{\"a\":\"boom\",\"b\":1}"}}]}]});
    let mark = "[withheld: the redaction failed]";
    assert_eq!(
        request(policy.clone(), Format::OpenAiChat, body.to_string().as_bytes()).messages.unwrap(),
        json!([
            {"role": "user", "parts": [{"type": "text", "content": mark}]},
            {"role": "assistant", "parts": [{"type": "text", "content": "fine"},
                {"type": "tool_call", "name": "f", "arguments": {"a": mark, "b": 1}}]},
        ])
    );
    let cut =
        json!({"choices": [{"finish_reason": "stop", "message": {"content": format!("boom{}", "x".repeat(5000))}}]});
    let messages = answer(&policy, Format::OpenAiChat, &cut.to_string()).unwrap();
    assert_eq!(messages[0]["parts"], json!([{"type": "text", "content": mark, "original_bytes": 5004}]));
}

#[test]
fn what_a_redaction_makes_of_json_is_json() {
    let policy =
        ContentPolicy::all().with_redaction(|_: ContentKind, text: &str| Some(format!("\"\\\u{0}\n{}", text.len())));
    let value = arguments(policy, r#"{"a":["b",1,{"c":null}]}"#);
    assert!(value.is_object(), "{value}");
}

#[test]
fn an_answer_is_redacted_for_the_room_it_has() {
    let policy = safe();
    let body = json!({"choices": [{"finish_reason": "stop", "message": {"content": format!("{} {SECRET}", "a".repeat(500))}}]}).to_string();
    let response = response(&policy, Format::OpenAiChat, &body);
    for bytes in 0..700 {
        let text = content::output_messages(&response, room(&policy, bytes)).unwrap_or_default();
        assert!(text.len() <= bytes && !text.contains("sk-"), "{bytes}: {text}");
    }
}
