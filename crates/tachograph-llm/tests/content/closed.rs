//! Content that is closed costs nothing: not even an allocation, let alone a look at the body.

use std::time::{Duration, Instant};

use serde_json::json;
use tachograph_core::{ContentKind, ContentPolicy, LlmRequest, Policy};
use tachograph_llm::{Format, content};
use tachograph_testing::TestTelemetry;

use crate::recorded::only;

const FORMATS: [Format; 6] =
    [Format::OpenAiChat, Format::OpenAiResponses, Format::Anthropic, Format::Gemini, Format::Bedrock, Format::Ollama];

/// Escapes make a parser copy: reading it cannot go unseen.
fn body() -> Vec<u8> {
    let text = "a \"quoted\" word\n".repeat(1000);
    let messages: Vec<_> = (0..50).map(|_| json!({"role": "user", "content": text})).collect();
    json!({"system": text, "messages": messages, "input": text, "contents": [{"parts": [{"text": text}]}]})
        .to_string()
        .into_bytes()
}

fn allocations(test: &TestTelemetry) -> Vec<u64> {
    let body = body();
    test.scope(|| {
        let call = LlmRequest::new("any", "model").start();
        let counts =
            FORMATS.map(|format| allocation_counter::measure(|| content::request(format, &body, &call)).count_total);
        call.succeed();
        counts.to_vec()
    })
}

#[test]
fn a_body_is_not_read_where_the_policy_is_closed() {
    for policy in [ContentPolicy::none(), only(ContentKind::Argument)] {
        let test = TestTelemetry::builder().with_policy(Policy::default().with_content(policy)).build();
        assert_eq!(allocations(&test), [0; 6]);
    }
    let open = TestTelemetry::builder().with_policy(Policy::default().with_content_capture(true)).build();
    assert!(allocations(&open).iter().all(|count| *count > 0), "the measurement sees a body that is read");
}

#[test]
fn a_body_is_not_read_for_a_call_without_a_span() {
    let metrics_alone =
        TestTelemetry::builder().with_metrics_only().with_policy(Policy::default().with_content_capture(true)).build();
    assert_eq!(allocations(&metrics_alone), [0; 6]);
    let call = LlmRequest::new("any", "model").start();
    let body = body();
    assert_eq!(allocation_counter::measure(|| content::request(Format::OpenAiChat, &body, &call)).count_total, 0);
}

#[test]
fn bodies_of_more_than_eight_megabytes_are_not_read() {
    let open = TestTelemetry::builder().with_policy(Policy::default().with_content_capture(true)).build();
    let mut body = br#"{"messages":[{"role":"user","content":"Hi"}]}"#.to_vec();
    open.scope(|| {
        let call = LlmRequest::new("any", "model").start();
        body.resize(8 * 1024 * 1024, b' ');
        assert!(allocation_counter::measure(|| content::request(Format::OpenAiChat, &body, &call)).count_total > 0);
        body.push(b' ');
        assert_eq!(allocation_counter::measure(|| content::request(Format::OpenAiChat, &body, &call)).count_total, 0);
        call.succeed();
    });
}

/// Far from what it takes, also without optimisation; far below what work in proportion to the square of the length would take.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_megabyte_is_read_soon_whatever_it_is_made_of() {
    let policy = ContentPolicy::all().with_redaction(content::Patterns::all());
    let size = 1024 * 1024;
    let long =
        |piece: &str| json!({"messages": [{"role": "user", "content": piece.repeat(size / piece.len())}]}).to_string();
    let arguments = |value: String| {
        json!({"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": value}}]}]})
            .to_string()
    };
    for body in [
        long("4111 1111 1111 1112 "),
        long("+1 415 555 "),
        long("1"),
        long("eyJhbGciOi"),
        long("password="),
        long("a@"),
        long("-----BEGIN PRIVATE KEY-----"),
        long("sk-"),
        long("DE89 3704 "),
        long("://:"),
        arguments(format!("{}1{}", "[".repeat(size / 2), "]".repeat(size / 2))),
        arguments(format!("{{{}\"a\":1}}", "\"k\":\"v\",".repeat(size / 8))),
        format!("{{\"messages\":[{}{{}}]}}", "{\"role\":\"user\",\"content\":\"\"},".repeat(size / 29)),
        format!("{{\"messages\":{}{}}}", "[".repeat(size / 2), "]".repeat(size / 2)),
    ] {
        let start = Instant::now();
        crate::recorded::request(policy.clone(), Format::OpenAiChat, body.as_bytes());
        assert!(start.elapsed() < SOON, "{:?} for {}…", start.elapsed(), &body[..60]);
    }
}
