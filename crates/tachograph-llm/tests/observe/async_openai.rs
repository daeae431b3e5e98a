//! Types of `async-openai`, made of JSON as the provider sends it.

use async_openai::types::{
    chat::{CreateChatCompletionResponse, CreateChatCompletionStreamResponse},
    embeddings::CreateEmbeddingResponse,
    responses::{Response, ResponseStreamEvent},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tachograph_llm::LlmResponse;

use crate::{
    facts::{Facts, given_up, observed},
    fixture,
    values::events,
};

fn typed<T: DeserializeOwned>(values: &[Value]) -> Vec<T> {
    values
        .iter()
        .map(|value| serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}")))
        .collect()
}

/// What the fixture tells as values, having made sure that it tells the same as `T`.
fn same<T: DeserializeOwned + LlmResponse>(name: &str) -> Facts {
    let values = events(&fixture::of(name)).unwrap();
    let facts = observed(&values);
    assert_eq!(observed(typed::<T>(&values)), facts, "{name}");
    facts
}

#[test]
fn chat_completions_tell_what_their_json_tells() {
    let facts = same::<CreateChatCompletionResponse>("openai_chat/answer.json");
    assert!(facts.tokens()[0].is_some() && facts.chunks == (0, 0));
    same::<CreateChatCompletionResponse>("openai_chat/tools.json");
}

#[test]
fn chunks_of_chat_completions_tell_what_their_json_tells() {
    for name in ["openai_chat/stream.sse", "openai_chat/stream_choices.sse", "openai_chat/stream_tools.sse"] {
        let facts = same::<CreateChatCompletionStreamResponse>(name);
        assert!(facts.chunks.1 > 0, "{name}");
    }
    assert!(same::<CreateChatCompletionStreamResponse>("openai_chat/stream.sse").tokens()[1].is_some());
}

#[test]
fn stream_of_chunks_that_is_given_up_is_cancelled_unless_it_has_ended() {
    let values = events(&fixture::of("openai_chat/stream.sse")).unwrap();
    let chunks: Vec<CreateChatCompletionStreamResponse> = typed(&values);
    assert_eq!(given_up(&chunks[..2]).get("error.type"), Some("cancelled"));
    assert_eq!(given_up(&chunks).get("error.type"), None);
}

fn answer(status: &str) -> Value {
    json!({
        "id": "resp_1", "object": "response", "created_at": 1_760_000_000, "status": status, "model": "gpt-5-2025-08-07",
        "output": [{"type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
            "content": [{"type": "output_text", "text": "High water", "annotations": []}]}],
        "service_tier": "flex",
        "usage": {"input_tokens": 40, "input_tokens_details": {"cached_tokens": 32},
            "output_tokens": 9, "output_tokens_details": {"reasoning_tokens": 5}, "total_tokens": 49}
    })
}

#[test]
fn response_tells_what_its_json_tells() {
    let value = answer("completed");
    let response: Response = serde_json::from_value(value.clone()).unwrap();
    let facts = observed([response]);
    assert_eq!(facts, observed([value]));
    assert_eq!(facts.tokens(), [Some(40), Some(9), Some(32), None, Some(5)]);
    assert_eq!(facts.get("gen_ai.response.finish_reasons"), Some(r#"["stop"]"#));
}

#[test]
fn events_of_a_response_tell_what_their_json_tells() {
    let values = [
        json!({"type": "response.created", "sequence_number": 0, "response": answer("in_progress")}),
        json!({"type": "response.output_text.delta", "sequence_number": 1, "item_id": "msg_1", "output_index": 0,
            "content_index": 0, "delta": "High"}),
        json!({"type": "response.output_text.delta", "sequence_number": 2, "item_id": "msg_1", "output_index": 0,
            "content_index": 0, "delta": " water"}),
        json!({"type": "response.completed", "sequence_number": 3, "response": answer("completed")}),
    ];
    let facts = observed(typed::<ResponseStreamEvent>(&values));
    assert_eq!(facts, observed(&values));
    assert_eq!(facts.tokens()[..2], [Some(40), Some(9)]);
    assert_eq!(facts.get("gen_ai.response.model"), Some("gpt-5-2025-08-07"));
}

#[test]
fn embeddings_tell_their_input() {
    let response: CreateEmbeddingResponse =
        serde_json::from_value(json!({"object": "list", "model": "text-embedding-3-small",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}],
        "usage": {"prompt_tokens": 8, "total_tokens": 8}}))
        .unwrap();
    let facts = observed([response]);
    assert_eq!(facts.tokens()[..2], [Some(8), None]);
    assert_eq!(facts.get("gen_ai.response.model"), Some("text-embedding-3-small"));
}
