//! Streams that end, break off and are given up.

use serde_json::{Value, json};

use crate::{
    facts::{given_up, observed},
    fixture,
    values::events,
};

fn of(name: &str) -> Vec<Value> {
    events(&fixture::of(name)).unwrap()
}

#[test]
fn stream_given_up_half_way_is_cancelled_and_has_the_tokens_seen_so_far() {
    let events = of("anthropic/stream.sse");
    let start = &events[..3];
    let facts = given_up(start);
    assert_eq!(facts.get("error.type"), Some("cancelled"));
    let [input, output, ..] = facts.tokens();
    let [whole_input, whole_output, ..] = observed(&events).tokens();
    assert_eq!(input, whole_input);
    assert!(input.is_some() && output < whole_output);
    assert_eq!(facts.get("gen_ai.response.finish_reasons"), None);
}

#[test]
fn stream_given_up_after_its_end_is_a_success() {
    for name in [
        "anthropic/stream.sse",
        "openai_chat/stream.sse",
        "openai_responses/stream.sse",
        "gemini/stream.sse",
        "ollama/chat.ndjson",
        "bedrock/stream.events",
    ] {
        assert_eq!(given_up(of(name)), observed(of(name)), "{name} as values");
        let body = fixture::of(name).bytes;
        assert_eq!(given_up(body.chunks(40)), observed(body.chunks(40)), "{name} as bytes");
        assert_eq!(given_up(of(name)).get("error.type"), None, "{name}");
    }
}

#[test]
fn stream_that_says_that_it_failed_is_an_error_however_it_ends() {
    for name in ["anthropic/stream_error.sse", "openai_chat/stream_error.sse", "ollama/stream_error.ndjson"] {
        let expected = fixture::of(name).read().error;
        assert!(expected.is_some());
        assert_eq!(observed(of(name)).get("error.type"), expected.as_deref(), "{name}");
        assert_eq!(given_up(of(name)).get("error.type"), expected.as_deref(), "{name} given up");
    }
}

#[test]
fn answer_without_usage_is_marked_and_an_error_is_not() {
    let chunk = |choices| json!({"object": "chat.completion.chunk", "id": "c", "model": "m", "choices": choices});
    let facts = observed([
        chunk(json!([{"index": 0, "delta": {"content": "Hi"}}])),
        chunk(json!([{"index": 0, "delta": {}, "finish_reason": "stop"}])),
    ]);
    assert_eq!(facts.get("tachograph.llm.usage.status"), Some("missing"));
    assert_eq!(facts.unreported, 1.0);
    let failed =
        observed([json!({"error": {"message": "Slow down.", "type": "requests", "code": "rate_limit_exceeded"}})]);
    assert_eq!(failed.get("error.type"), Some("rate_limit_exceeded"));
    assert_eq!(failed.unreported, 0.0);
}

#[test]
fn events_that_name_no_api_are_read_in_the_stream_that_they_belong_to() {
    let line = json!({"model": "llama3", "done": false, "message": {"role": "assistant", "content": "Hi"}});
    let facts = observed([line, json!({"error": "the model runner has stopped"})]);
    assert_eq!(facts.get("error.type"), Some("_OTHER"));
}

#[test]
fn stream_whose_only_event_with_output_is_its_last_has_a_chunk() {
    let chunk = |delta, reason| {
        json!({"object": "chat.completion.chunk", "id": "c", "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
    };
    let facts =
        observed([chunk(json!({"role": "assistant"}), json!(null)), chunk(json!({"content": "Hi"}), json!("stop"))]);
    assert_eq!(facts.chunks, (1, 0));
}
