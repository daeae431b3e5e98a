//! Answers of models that attributes read by their type.

use futures_util::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value as Json, json};
use tachograph::{Call, LlmRequest, LlmResponse, Usage, track_llm_request};
use tachograph_testing::TestTelemetry;

fn value(span: &SpanData, key: &str) -> Option<Value> {
    span.attributes.iter().find(|kv| kv.key.as_str() == key).map(|kv| kv.value.clone())
}

fn tokens(span: &SpanData) -> [Option<Value>; 2] {
    ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"].map(|key| value(span, key))
}

fn told(input: i64, output: i64) -> [Option<Value>; 2] {
    [Some(Value::I64(input)), Some(Value::I64(output))]
}

fn run(body: impl Future) -> TestTelemetry {
    let test = TestTelemetry::new();
    test.scope(|| {
        futures_executor::block_on(body);
    });
    test
}

/// Anthropic counts cached input apart: 10 + 90 are 100.
fn anthropic() -> Json {
    json!({
        "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929", "stop_reason": "max_tokens",
        "content": [{ "type": "text", "text": "Helium" }],
        "usage": { "input_tokens": 10, "cache_read_input_tokens": 90, "cache_creation_input_tokens": 0, "output_tokens": 7 },
    })
}

#[track_llm_request("anthropic", "claude-sonnet-4-5")]
async fn ask() -> Result<Json, String> {
    Ok(anthropic())
}

#[track_llm_request("anthropic", "closure", usage = |_| Usage::default().with_output(1))]
async fn ask_with_a_closure() -> Result<Json, String> {
    Ok(anthropic())
}

#[track_llm_request("anthropic", "bytes")]
fn ask_for_bytes() -> Vec<u8> {
    anthropic().to_string().into_bytes()
}

#[track_llm_request("openai", "text")]
async fn ask_for_text() -> Result<String, String> {
    Ok("Helium is a gas.".to_owned())
}

#[test]
fn whole_answers_tell_tokens_model_and_reasons_without_a_closure() {
    let test = run(async { ask().await });
    let span = test.span("chat claude-sonnet-4-5");
    assert_eq!(tokens(&span), told(100, 7));
    assert_eq!(value(&span, "gen_ai.usage.cache_read.input_tokens"), Some(Value::I64(90)));
    assert_eq!(value(&span, "gen_ai.response.model"), Some("claude-sonnet-4-5-20250929".into()));
    assert!(format!("{:?}", value(&span, "gen_ai.response.finish_reasons")).contains("length"));
    assert_eq!(test.metrics().sum("gen_ai.client.token.usage", &[]), 107.0);

    let test = run(async { ask_for_bytes() });
    assert_eq!(tokens(&test.span("chat bytes")), told(100, 7));

    let test = run(async { ask_with_a_closure().await });
    assert_eq!(tokens(&test.span("chat closure")), told(100, 1), "what the closure says counts");

    let test = run(async { ask_for_text().await });
    let span = test.span("chat text");
    assert_eq!((tokens(&span), value(&span, "tachograph.llm.usage.status")), ([None, None], None));
}

fn events() -> Vec<Json> {
    let delta = |text: &str| json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } });
    vec![
        json!({ "type": "message_start", "message": { "type": "message", "role": "assistant", "content": [],
            "model": "claude-sonnet-4-5-20250929",
            "usage": { "input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 1 } } }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
        delta("He"),
        delta("li"),
        delta("um"),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" }, "usage": { "output_tokens": 7 } }),
        json!({ "type": "message_stop" }),
    ]
}

#[track_llm_request("anthropic", "events")]
fn events_of_an_answer() -> impl Stream<Item = Result<Json, String>> {
    stream::iter(events().into_iter().map(Ok::<_, String>))
}

#[track_llm_request("anthropic", "body")]
async fn body_of_an_answer() -> Result<BoxStream<'static, Result<Vec<u8>, String>>, String> {
    let body: String =
        events().iter().map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap())).collect();
    let pieces: Vec<_> = body.into_bytes().chunks(50).map(|piece| Ok(piece.to_vec())).collect();
    Ok(stream::iter(pieces).boxed())
}

#[test]
fn items_of_a_stream_add_up_to_the_answer() {
    let test = run(async { events_of_an_answer().for_each(|_| async {}).await });
    let span = test.span("chat events");
    assert_eq!(tokens(&span), told(100, 7));
    assert!(matches!(value(&span, "gen_ai.response.time_to_first_chunk"), Some(Value::F64(seconds)) if seconds > 0.0));
    assert_eq!(value(&span, "error.type"), None);

    let test = run(async { body_of_an_answer().await.unwrap().for_each(|_| async {}).await });
    assert_eq!(tokens(&test.span("chat body")), told(100, 7));
    assert_eq!(test.metrics().count("gen_ai.client.operation.time_to_first_chunk", &[]), 1);
}

#[test]
fn stream_given_up_half_way_has_what_was_said_and_one_given_up_behind_its_end_is_a_success() {
    let given_up_after = |items: usize| {
        let test = TestTelemetry::new();
        test.scope(|| {
            let mut stream = Box::pin(events_of_an_answer());
            futures_executor::block_on(async {
                for _ in 0..items {
                    stream.next().await.unwrap().unwrap();
                }
            });
        });
        let span = test.span("chat events");
        (tokens(&span), value(&span, "error.type"), value(&span, "tachograph.llm.usage.status"))
    };
    assert_eq!(given_up_after(4), (told(100, 1), Some("cancelled".into()), Some("partial".into())));
    assert_eq!(given_up_after(8), (told(100, 7), None, None));

    let test = TestTelemetry::new();
    test.scope(|| {
        futures_executor::block_on(async {
            let mut body = body_of_an_answer().await.unwrap();
            for _ in 0..8 {
                body.next().await.unwrap().unwrap();
            }
        });
    });
    let span = test.span("chat body");
    assert_eq!((tokens(&span), value(&span, "error.type")), (told(100, 1), Some("cancelled".into())));
}

struct Reply {
    words: u64,
}

impl LlmResponse for Reply {
    fn observe(&self, call: &Call<LlmRequest>) {
        call.usage((2, self.words));
    }
}

#[track_llm_request("own", "reply")]
fn reply() -> Option<Reply> {
    Some(Reply { words: 5 })
}

#[track_llm_request("own", "result")]
fn result() -> Result<Reply, Reply> {
    Err(Reply { words: 6 })
}

#[test]
fn own_types_tell_what_they_like_and_errors_are_not_asked() {
    let test = run(async {
        reply();
        let _ = result();
    });
    assert_eq!(tokens(&test.span("chat reply")), told(2, 5));
    assert_eq!(tokens(&test.span("chat result")), [None, None]);
}

#[test]
fn answer_that_says_that_it_failed_is_a_failure() {
    #[track_llm_request("openai", "refused")]
    fn refused() -> Json {
        json!({ "error": { "message": "the prompt said: kumquat", "type": "invalid_request_error", "code": "context_length_exceeded" } })
    }
    let test = run(async { refused() });
    let span = test.span("chat refused");
    assert_eq!(value(&span, "error.type"), Some("context_length_exceeded".into()));
    assert!(!format!("{span:?}").contains("kumquat"));
}
