//! What is no answer of a provider tells nothing.

use serde_json::{Value, json};

use crate::facts::{given_up, observed};

/// What models are asked to write, with the names that providers use too.
fn written_by_models() -> Vec<Value> {
    vec![
        json!({}),
        json!([]),
        json!(null),
        json!("a text"),
        json!({"answer": "Paris", "usage": {"total_tokens": 3}}),
        json!({"question": "?", "choices": [{"text": "Paris"}, {"text": "Brest"}]}),
        json!({"choices": ["a", "b"], "model": "T"}),
        json!({"role": "designer", "candidates": [{"name": "Ada"}, {"name": "Grace"}]}),
        json!({"type": "message", "text": "hello"}),
        json!({"type": "error", "message": "no such town"}),
        json!({"error": "no such town"}),
        json!({"error": {"message": "no such town"}}),
        json!({"message": "done", "done": true}),
        json!({"object": "response", "subject": "mail"}),
        json!({"object": "list", "data": [1, 2, 3]}),
        json!({"output": {"message": "hi"}}),
        json!({"__type": "city", "name": "Brest"}),
        json!({"stopReason": "end", "usage": {"inputTokens": "many"}}),
        json!({"type": "response.mail", "to": "Ada"}),
        json!({"model": "T", "done": "yes", "message": "hi"}),
        json!([{"choices": [{"message": {"content": "in a list"}}]}]),
    ]
}

#[test]
fn value_that_a_model_wrote_tells_nothing() {
    for value in written_by_models() {
        assert!(observed([&value]).is_silent(), "{value}");
        assert!(observed([&value, &value]).is_silent(), "{value} as items");
    }
}

#[test]
fn text_that_a_model_wrote_tells_nothing_also_where_it_is_json() {
    let json = written_by_models().into_iter().map(|value| value.to_string());
    let prose = [
        "",
        " ",
        "Hello",
        "data",
        "data is what I have",
        "event",
        "i",
        "{not json",
        "[1] a footnote",
        "{\"error\"",
        "\u{feff}x",
    ];
    for text in json.chain(prose.map(str::to_owned)) {
        assert!(observed([&text]).is_silent(), "{text:?}");
        let pieces = text.chars().map(String::from);
        assert!(observed(pieces).is_silent(), "{text:?} in pieces");
        assert!(observed([&text, &text]).is_silent(), "{text:?} twice");
    }
}

#[test]
fn bytes_that_are_no_body_tell_nothing() {
    for bytes in [
        &b""[..],
        b"<html></html>",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xfe",
        b"{\"deleted\":true}",
        b"[1,2]",
        b"data: ping\n\n",
    ] {
        assert!(observed([bytes]).is_silent(), "{bytes:?}");
        assert!(observed(bytes.chunks(1)).is_silent(), "{bytes:?} in pieces");
    }
}

#[test]
fn what_comes_before_the_answer_does_not_hide_it() {
    let answer = json!({"choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 1}});
    assert_eq!(observed([&json!({"hello": 1}), &answer]).tokens()[..2], [Some(5), Some(1)]);
}

#[test]
fn stream_of_anything_else_that_is_given_up_is_cancelled() {
    assert_eq!(given_up(["Hello", " you"]).get("error.type"), Some("cancelled"));
    assert_eq!(given_up([&b"{\"a\":"[..]]).get("error.type"), Some("cancelled"));
    assert_eq!(given_up([json!({"a": 1})]).get("error.type"), Some("cancelled"));
}
