//! Types of `rig-core`.

use rig_core::{
    completion::{CompletionResponse, Cost, FinishReason, Usage},
    embeddings::EmbeddingResponse,
    message::{AssistantContent, Origin, Reasoning, Text, ToolCall, ToolFunction, ToolName},
    streaming::{Item, StreamEvent},
};
use serde_json::{Value, json};
use tachograph_core::ContentPolicy;
use tachograph_llm::LlmResponse as _;

use crate::facts::{self, given_up, observed};

fn response(usage: Usage) -> CompletionResponse {
    let mut origin = Origin::new("anthropic-messages", "anthropic", "claude-sonnet-4-5");
    origin.response_model = Some("claude-sonnet-4-5-20250929".to_owned());
    origin.response_id = Some("msg_1".to_owned());
    let arguments = ToolFunction::new(ToolName::new("tide").unwrap(), json!({"port": "Brest"}));
    let choice = vec![
        AssistantContent::Reasoning(Reasoning::new("Let me see.")),
        AssistantContent::Text(Text::new("I look it up.")),
        AssistantContent::ToolCall(ToolCall::from_wire("toolu_1", arguments)),
    ];
    CompletionResponse::new(choice, usage, origin, Value::Null).with_finish_reason(FinishReason::Stop)
}

fn figures() -> Usage {
    Usage::new().input_tokens(1212).output_tokens(30).total_tokens(1242).cached_input_tokens(1000).reasoning_tokens(6)
}

#[test]
fn completion_tells_all_that_it_has() {
    let facts = observed([response(figures().cache_creation_input_tokens(200))]);
    assert_eq!(facts.tokens(), [Some(1212), Some(30), Some(1000), Some(200), Some(6)]);
    assert_eq!(facts.get("gen_ai.response.id"), Some("msg_1"));
    assert_eq!(facts.get("gen_ai.response.model"), Some("claude-sonnet-4-5-20250929"));
    assert_eq!(facts.get("gen_ai.response.finish_reasons"), Some(r#"["tool_call"]"#));
    assert_eq!(facts.chunks, (0, 0));
    assert_eq!(facts.get("error.type"), None);
}

#[test]
fn usage_that_was_not_reported_is_none() {
    assert_eq!(observed([response(Usage::new())]).unreported, 1.0);
    // As its Gemini has it.
    let facts = observed([response(Usage::new().input_tokens(0).output_tokens(0).total_tokens(0))]);
    assert_eq!(facts.tokens(), [None; 5]);
    assert_eq!(facts.unreported, 1.0);
}

#[test]
fn cost_counts_where_the_provider_reported_it_and_not_where_it_was_computed() {
    let reported = observed([response(figures().cost(Cost::from_total(0.25)))]);
    assert_eq!(reported.get("tachograph.llm.cost.amount"), Some("0.25"));
    assert_eq!(reported.get("tachograph.llm.cost.source"), Some("provider"));
    let computed = observed([response(figures().cost(Cost::from_parts(0.1, 0.1, 0.05, 0.0)))]);
    assert_eq!(computed.get("tachograph.llm.cost.amount"), None);
}

#[test]
fn turn_that_the_provider_calls_failed_is_an_error() {
    let mut failed = response(figures());
    failed.error = Some("I must not say that.".to_owned());
    assert_eq!(observed([failed]).get("error.type"), Some("_OTHER"));
}

fn items() -> Vec<Item<StreamEvent>> {
    let call = serde_json::to_value(AssistantContent::ToolCall(ToolCall::from_wire(
        "toolu_1",
        ToolFunction::new(ToolName::new("tide").unwrap(), json!({"port": "Brest"})),
    )))
    .unwrap();
    let event = |event: Value| serde_json::from_value(json!({"item": "event", "value": event})).unwrap();
    vec![
        serde_json::from_value(json!({"item": "unknown", "value": {"a": 1}})).unwrap(),
        event(json!({"event": "start", "part": 0, "kind": "reasoning"})),
        event(json!({"event": "reasoning", "part": 0, "text": "Let me see."})),
        event(json!({"event": "end", "part": 0, "content": {"type": "reasoning", "text": "Let me see."}})),
        event(json!({"event": "start", "part": 1, "kind": "text"})),
        event(json!({"event": "text", "part": 1, "text": "I look"})),
        event(json!({"event": "text", "part": 1, "text": " it up."})),
        event(json!({"event": "end", "part": 1, "content": {"type": "text", "text": "I look it up."}})),
        event(json!({"event": "start", "part": 2, "kind": "tool_call", "name": "tide"})),
        event(json!({"event": "arguments", "part": 2, "json": "{\"port\":"})),
        event(json!({"event": "arguments", "part": 2, "json": "\"Brest\"}"})),
        event(json!({"event": "end", "part": 2, "content": call})),
    ]
}

#[test]
fn items_of_a_stream_are_its_chunks_and_have_no_tokens() {
    let facts = observed(items());
    // Reasoning, two texts, the call and two pieces of its arguments.
    assert_eq!(facts.chunks, (1, 5));
    assert_eq!(facts.get("tachograph.llm.usage.status"), Some("missing"));
    assert_eq!(given_up(items()).get("error.type"), Some("cancelled"));
}

#[test]
fn response_that_a_stream_was_folded_into_brings_its_tokens() {
    let facts = facts::of(ContentPolicy::none(), |call| {
        items().iter().for_each(|item| item.observe(call));
        response(figures()).observe(call);
    });
    assert_eq!(facts.tokens()[..2], [Some(1212), Some(30)]);
    assert_eq!(facts.chunks, (1, 5));
    assert_eq!(facts.unreported, 0.0);
}

#[test]
fn items_and_the_response_of_a_stream_have_the_same_messages() {
    let messages = |facts: facts::Facts| facts.get("gen_ai.output.messages").map(str::to_owned);
    let of_items = messages(facts::of(ContentPolicy::all(), |call| {
        items().iter().for_each(|item| item.observe(call));
    }));
    let mut unfinished = response(figures());
    unfinished = unfinished.with_optional_finish_reason(None);
    let of_response = messages(facts::of(ContentPolicy::all(), |call| unfinished.observe(call)));
    assert!(of_items.as_ref().is_some_and(|messages| messages.contains("I look it up.") && messages.contains("Brest")));
    assert_eq!(of_items, of_response);
}

#[test]
fn embeddings_tell_their_input() {
    let response: EmbeddingResponse = serde_json::from_value(json!({"embeddings": [], "provider": "openai",
        "model": "text-embedding-3-small", "usage": {"input_tokens": 8}}))
    .unwrap();
    let facts = observed([response]);
    assert_eq!(facts.tokens()[..2], [Some(8), None]);
    assert_eq!(facts.get("gen_ai.response.model"), Some("text-embedding-3-small"));
}
