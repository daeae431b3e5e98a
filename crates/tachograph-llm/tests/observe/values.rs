//! Values: whole bodies, and events of streams.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tachograph_core::ContentPolicy;
use tachograph_llm::{Framing, LlmResponse, tell};

use crate::{
    facts::{self, observed},
    fixture::{self, Fixture},
};

/// The events of a fixture as an application that parses them itself has them; `None` where some are no JSON.
pub(crate) fn events(fixture: &Fixture) -> Option<Vec<Value>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(&fixture.name);
    let text = fs::read_to_string(path).unwrap();
    let of_line = |line: &str| match fixture.framing {
        Framing::Sse => line.strip_prefix("data:").map(|data| data.trim().to_owned()),
        Framing::EventStream if line.starts_with('!') => Some(line.to_owned()),
        Framing::EventStream => line.split_once('\t').map(|(_, payload)| payload.to_owned()),
        _ => Some(line.to_owned()).filter(|line| !line.is_empty()),
    };
    if fixture.name.starts_with("bedrock/invoke_stream") {
        // Its events are wrapped in Base64, which no application takes for JSON.
        return None;
    }
    if fixture.framing == Framing::Json {
        return serde_json::from_str(&text).ok().map(|value| vec![value]);
    }
    let lines = text.lines().filter_map(of_line).filter(|line| line != "[DONE]");
    lines.map(|line| serde_json::from_str(&line).ok()).collect()
}

/// An error whose shape others have too: `{"error": "…"}` may be what a model was asked to write.
const NOT_RECOGNISED: [&str; 1] = ["ollama/error.json"];

#[test]
fn values_tell_what_the_bytes_of_the_body_tell() {
    let mut compared = 0;
    for policy in [ContentPolicy::none(), ContentPolicy::all()] {
        for fixture in fixture::all() {
            let Some(events) = events(&fixture).filter(|_| !NOT_RECOGNISED.contains(&&*fixture.name)) else { continue };
            let expected = facts::of(policy.clone(), |call| tell(call, Some(fixture.format), &fixture.read()));
            let found = facts::of(policy.clone(), |call| events.iter().for_each(|event| event.observe(call)));
            assert_eq!(found.without_chunks(), expected, "{}", fixture.name);
            compared += usize::from(policy.is_open() == expected.get("gen_ai.output.messages").is_some());
        }
    }
    // Errors and embeddings have no messages.
    assert!(compared > 2 * 25, "{compared} bodies");
}

#[test]
fn every_event_from_the_first_with_output_on_is_a_chunk_and_a_whole_answer_is_none() {
    for fixture in fixture::all() {
        let Some(events) = events(&fixture) else { continue };
        let mut reader = fixture.reader();
        let output_events = reader.push(&fixture.bytes).output_events;
        let expected =
            if fixture.framing == Framing::Json || output_events == 0 { (0, 0) } else { (1, output_events - 1) };
        assert_eq!(observed(&events).chunks, expected, "{}", fixture.name);
    }
}

#[test]
fn anthropic_stream_has_the_cached_input_of_its_start_and_the_output_of_its_end() {
    let events = [
        json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "content": [],
            "model": "claude-sonnet-4-5-20250929", "stop_reason": null,
            "usage": {"input_tokens": 12, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 200, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}}),
        json!({"type": "message_stop"}),
    ];
    let facts = observed(&events);
    assert_eq!(facts.tokens(), [Some(1212), Some(7), Some(1000), Some(200), None]);
    assert_eq!(facts.get("gen_ai.response.id"), Some("msg_1"));
    assert_eq!(facts.get("gen_ai.response.model"), Some("claude-sonnet-4-5-20250929"));
    assert_eq!(facts.get("gen_ai.response.finish_reasons"), Some(r#"["stop"]"#));
    assert_eq!(facts.chunks, (1, 3));
    assert_eq!(facts.unreported, 0.0);
}

#[test]
fn embeddings_tell_their_input_however_many_they_are() {
    let vector: Vec<f64> = (0..3072).map(|at| f64::from(at) / 7.0).collect();
    let data: Vec<Value> =
        (0..300).map(|index| json!({"object": "embedding", "index": index, "embedding": vector})).collect();
    let body = json!({"object": "list", "data": data, "model": "text-embedding-3-large",
        "usage": {"prompt_tokens": 2400, "total_tokens": 2400}});
    for policy in [ContentPolicy::none(), ContentPolicy::all()] {
        let facts = facts::of(policy, |call| {
            let allocated = allocation_counter::measure(|| body.observe(call)).bytes_max;
            assert!(allocated < 1 << 17, "{allocated} bytes");
        });
        assert_eq!(facts.tokens(), [Some(2400), None, None, None, None]);
        assert_eq!(facts.get("gen_ai.response.model"), Some("text-embedding-3-large"));
    }
}

#[test]
fn long_answer_tells_its_usage_and_is_not_copied() {
    let text = "long ".repeat(1 << 20);
    let body = json!({"object": "chat.completion", "id": "c1", "model": "m", "choices": [{"index": 0, "finish_reason": "length",
        "message": {"role": "assistant", "content": text}}], "usage": {"prompt_tokens": 3, "completion_tokens": 1_048_576}});
    let facts = facts::of(ContentPolicy::none(), |call| {
        let allocated = allocation_counter::measure(|| body.observe(call)).bytes_max;
        assert!(allocated < 1 << 14, "{allocated} bytes");
    });
    assert_eq!(facts.tokens()[..2], [Some(3), Some(1_048_576)]);
}

#[test]
fn what_the_caller_says_after_a_whole_answer_counts() {
    let fixture = fixture::of("openai_chat/answer.json");
    let facts = facts::of(ContentPolicy::none(), |call| {
        serde_json::from_slice::<Value>(&fixture.bytes).unwrap().observe(call);
        call.usage((1, 2));
        call.response_model("mine");
    });
    assert_eq!(facts.tokens()[..2], [Some(1), Some(2)]);
    assert_eq!(facts.get("gen_ai.response.model"), Some("mine"));
}

#[test]
fn wrapped_values_tell_what_the_values_tell() {
    let value = json!({"model": "llama3", "done": true, "message": {"role": "assistant", "content": "Hi"},
        "done_reason": "stop", "prompt_eval_count": 4, "eval_count": 2});
    let expected = observed([&value]);
    assert_eq!(expected.tokens()[..2], [Some(4), Some(2)]);
    assert_eq!(observed([Box::new(value.clone())]), expected);
    assert_eq!(observed([std::sync::Arc::new(value.clone())]), expected);
    assert_eq!(observed([Some(&value)]), expected);
    assert!(observed([None::<Value>]).is_silent());
}
