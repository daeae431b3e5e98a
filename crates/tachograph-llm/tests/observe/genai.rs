//! Types of `genai`, with the figures that its adapters make.

use genai::{
    ModelIden,
    adapter::AdapterKind,
    chat::{
        ChatResponse, ChatStreamEvent, ContentPart, MessageContent, StopReason, StreamChunk, StreamEnd, ToolCall,
        ToolChunk, Usage,
    },
    embed::{EmbedResponse, Embedding},
};
use serde_json::{Value, json};

use crate::facts::{given_up, observed};

fn usage(value: Value) -> Usage {
    serde_json::from_value(value).unwrap()
}

fn response(adapter: AdapterKind, figures: Value) -> ChatResponse {
    ChatResponse {
        content: MessageContent::from_parts(vec![ContentPart::Text("It is high water.".to_owned())]),
        reasoning_content: Some("Let me see.".to_owned()),
        model_iden: ModelIden::from_static(adapter, "asked"),
        provider_model_iden: ModelIden::from_static(adapter, "answered-2026-01"),
        stop_reason: Some(StopReason::from("end_turn".to_owned())),
        usage: usage(figures),
        captured_raw_body: None,
        response_id: Some("resp_1".to_owned()),
    }
}

fn tokens(adapter: AdapterKind, figures: Value) -> [Option<u64>; 5] {
    observed([response(adapter, figures)]).tokens()
}

fn end(figures: Option<Value>) -> ChatStreamEvent {
    ChatStreamEvent::End(StreamEnd {
        captured_usage: figures.map(usage),
        captured_stop_reason: Some(StopReason::from("stop".to_owned())),
        captured_response_id: Some("resp_2".to_owned()),
        ..StreamEnd::default()
    })
}

fn chunk(text: &str) -> ChatStreamEvent {
    ChatStreamEvent::Chunk(StreamChunk { content: text.to_owned() })
}

#[test]
fn chat_response_tells_all_that_it_has() {
    let facts = observed([response(
        AdapterKind::OpenAI,
        json!({"prompt_tokens": 20, "completion_tokens": 8, "total_tokens": 28,
        "prompt_tokens_details": {"cached_tokens": 16}, "completion_tokens_details": {"reasoning_tokens": 6}}),
    )]);
    assert_eq!(facts.tokens(), [Some(20), Some(8), Some(16), None, Some(6)]);
    assert_eq!(facts.get("gen_ai.response.id"), Some("resp_1"));
    assert_eq!(facts.get("gen_ai.response.model"), Some("answered-2026-01"));
    assert_eq!(facts.get("gen_ai.response.finish_reasons"), Some(r#"["stop"]"#));
    assert_eq!(facts.chunks, (0, 0));
}

#[test]
fn input_always_has_the_cached_tokens() {
    let cached = json!({"cached_tokens": 800, "cache_creation_tokens": 50});
    // Added up by the adapter.
    let figures =
        json!({"prompt_tokens": 874, "completion_tokens": 58, "total_tokens": 932, "prompt_tokens_details": cached});
    assert_eq!(tokens(AdapterKind::Anthropic, figures)[..4], [Some(874), Some(58), Some(800), Some(50)]);
    // Left apart: known from the adapter, whatever the sizes are.
    let figures =
        json!({"prompt_tokens": 2400, "completion_tokens": 58, "total_tokens": 2458, "prompt_tokens_details": cached});
    assert_eq!(tokens(AdapterKind::BedrockApi, figures.clone())[..4], [Some(3250), Some(58), Some(800), Some(50)]);
    assert_eq!(tokens(AdapterKind::OpenAI, figures)[0], Some(2400));
    // A stream does not say from which adapter it is: more was cached than there was input, or the total has it once more.
    let figures = json!({"prompt_tokens": 24, "completion_tokens": 58, "prompt_tokens_details": cached});
    assert_eq!(observed([end(Some(figures))]).tokens()[0], Some(874));
    let figures =
        json!({"prompt_tokens": 2400, "completion_tokens": 58, "total_tokens": 3308, "prompt_tokens_details": cached});
    assert_eq!(observed([end(Some(figures))]).tokens()[0], Some(3250));
    let figures =
        json!({"prompt_tokens": 2400, "completion_tokens": 58, "total_tokens": 2458, "prompt_tokens_details": cached});
    assert_eq!(observed([end(Some(figures))]).tokens()[0], Some(2400));
}

#[test]
fn output_always_has_the_reasoning() {
    // Gemini that only thought.
    let figures =
        json!({"prompt_tokens": 9, "total_tokens": 39, "completion_tokens_details": {"reasoning_tokens": 30}});
    assert_eq!(tokens(AdapterKind::Gemini, figures), [Some(9), Some(30), None, None, Some(30)]);
    let figures =
        json!({"prompt_tokens": 9, "completion_tokens": 5, "completion_tokens_details": {"reasoning_tokens": 30}});
    assert_eq!(tokens(AdapterKind::OpenAI, figures)[1], Some(35));
    let figures = json!({"prompt_tokens": 9, "completion_tokens": 40, "total_tokens": 79,
        "completion_tokens_details": {"reasoning_tokens": 30}});
    assert_eq!(tokens(AdapterKind::OpenAI, figures)[1], Some(70));
}

#[test]
fn zeros_of_an_answer_without_usage_are_no_figures() {
    let facts = observed([response(
        AdapterKind::Anthropic,
        json!({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}),
    )]);
    assert_eq!(facts.tokens(), [None; 5]);
    assert_eq!(facts.unreported, 1.0);
    assert_eq!(observed([response(AdapterKind::Ollama, json!({}))]).unreported, 1.0);
}

#[test]
fn cache_writes_of_an_hour_are_told_apart() {
    let facts = observed([response(
        AdapterKind::Anthropic,
        json!({"prompt_tokens": 900, "completion_tokens": 5,
        "prompt_tokens_details": {"cache_creation_tokens": 700,
            "cache_creation_details": {"ephemeral_5m_tokens": 100, "ephemeral_1h_tokens": 600}}}),
    )]);
    assert_eq!(facts.get("tachograph.llm.usage.cache_write_1h.input_tokens"), Some("600"));
}

#[test]
fn stream_tells_its_chunks_and_at_its_end_its_tokens() {
    let items = || {
        [
            ChatStreamEvent::Start,
            ChatStreamEvent::Heartbeat,
            chunk(""),
            ChatStreamEvent::ReasoningChunk(StreamChunk { content: "Hm".to_owned() }),
            chunk("High"),
            chunk(" water"),
            end(Some(json!({"prompt_tokens": 12, "completion_tokens": 4}))),
        ]
    };
    let facts = observed(items());
    assert_eq!(facts.tokens()[..2], [Some(12), Some(4)]);
    assert_eq!(facts.get("gen_ai.response.id"), Some("resp_2"));
    assert_eq!(facts.get("gen_ai.response.finish_reasons"), Some(r#"["stop"]"#));
    assert_eq!(facts.chunks, (1, 2));
    assert_eq!(given_up(items()), facts);
    let cut = given_up(items().into_iter().take(5));
    assert_eq!(cut.get("error.type"), Some("cancelled"));
    assert_eq!(cut.chunks, (1, 1));
    assert_eq!(cut.get("tachograph.llm.usage.status"), Some("missing"));
}

#[test]
fn end_of_a_stream_is_its_end_whatever_it_knows() {
    assert_eq!(given_up([chunk("Hi"), ChatStreamEvent::End(StreamEnd::default())]).get("error.type"), None);
}

#[test]
fn what_the_caller_says_after_a_whole_answer_counts() {
    let facts = crate::facts::of(tachograph_core::ContentPolicy::none(), |call| {
        let answer = response(AdapterKind::OpenAI, json!({"prompt_tokens": 20, "completion_tokens": 8}));
        tachograph_llm::LlmResponse::observe(&answer, call);
        call.usage((1, 2));
    });
    assert_eq!(facts.tokens()[..2], [Some(1), Some(2)]);
}

#[test]
fn stream_whose_request_asked_for_no_usage_is_marked() {
    assert_eq!(observed([chunk("Hi"), end(None)]).get("tachograph.llm.usage.status"), Some("missing"));
}

#[test]
fn each_tool_call_of_a_stream_is_kept_once_whether_its_chunks_bring_pieces_or_all_so_far() {
    let call = |id: &str, name: &str, arguments: &str| {
        ChatStreamEvent::ToolCallChunk(ToolChunk {
            tool_call: ToolCall {
                call_id: id.to_owned(),
                fn_name: name.to_owned(),
                fn_arguments: json!(arguments),
                thought_signatures: None,
            },
        })
    };
    let pieces = [
        call("c1", "tide", ""),
        call("", "", r#"{"port":"#),
        call("", "", r#""Brest"}"#),
        call("c2", "wind", "{}"),
        end(None),
    ];
    let so_far = [
        call("c1", "tide", ""),
        call("c1", "tide", r#"{"port":"#),
        call("c1", "tide", r#"{"port":"Brest"}"#),
        call("c2", "wind", "{}"),
        end(None),
    ];
    let messages = |items: [ChatStreamEvent; 5]| {
        let facts = crate::facts::of(tachograph_core::ContentPolicy::all(), |call| {
            items.iter().for_each(|item| tachograph_llm::LlmResponse::observe(item, call));
        });
        assert_eq!(facts.chunks, (1, 3));
        facts.get("gen_ai.output.messages").map(str::to_owned)
    };
    let (pieces, so_far) = (messages(pieces), messages(so_far));
    assert_eq!(pieces, so_far);
    let messages: Value = serde_json::from_str(&pieces.unwrap()).unwrap();
    let parts = messages[0]["parts"].as_array().unwrap();
    let calls = parts.iter().map(|part| (part["id"].as_str(), part["name"].as_str(), part["arguments"].clone()));
    let expected = [(Some("c1"), Some("tide"), json!({"port": "Brest"})), (Some("c2"), Some("wind"), json!({}))];
    assert_eq!(calls.collect::<Vec<_>>(), expected);
}

#[test]
fn embeddings_tell_their_input() {
    let model = ModelIden::from_static(AdapterKind::OpenAI, "text-embedding-3-small");
    let vectors = vec![Embedding::new(vec![0.1, 0.2], 0)];
    let facts = observed([EmbedResponse::new(
        vectors,
        model.clone(),
        model,
        usage(json!({"prompt_tokens": 8, "total_tokens": 8})),
    )]);
    assert_eq!(facts.tokens()[..2], [Some(8), None]);
    assert_eq!(facts.get("gen_ai.response.model"), Some("text-embedding-3-small"));
}
