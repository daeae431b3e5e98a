//! What the answers of all providers say.

use tachograph_core::semconv::metric;
use tachograph_llm::{Format, Framing};
use tachograph_testing::{TestTelemetry, attribute};

use crate::{
    client::{client, content_type, middleware, request_for},
    fixture::{self, Fixture},
    server::{Answer, Server},
};

/// Asks for what the fixture is an answer to, and gives the bytes that came and what was recorded.
async fn ask_for(fixture: &Fixture, content_type: &str) -> (Vec<u8>, TestTelemetry) {
    let answer = Answer::new(content_type, &fixture.bytes);
    let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
    let (path, body) = request_for(fixture.format, fixture.framing);
    let client = client(middleware(&test, &server, "somebody"));
    let response = client.post(server.url(path)).body(body).send().await.unwrap();
    let bytes = response.bytes().await.unwrap().to_vec();
    (bytes, test)
}

/// What the one span says, each fact by a short name.
pub(crate) fn said(test: &TestTelemetry) -> String {
    let spans = test.spans();
    let [span] = &*spans else { panic!("{} spans:\n{}", spans.len(), test.tree()) };
    let mut said = span.name.to_string();
    for (name, key) in [
        ("model", "gen_ai.response.model"),
        ("finish", "gen_ai.response.finish_reasons"),
        ("in", "gen_ai.usage.input_tokens"),
        ("read", "gen_ai.usage.cache_read.input_tokens"),
        ("out", "gen_ai.usage.output_tokens"),
        ("reasoning", "gen_ai.usage.reasoning.output_tokens"),
        ("usage", "tachograph.llm.usage.status"),
        ("error", "error.type"),
    ] {
        said += &attribute(span, key).map(|value| format!(" {name}={value}")).unwrap_or_default();
    }
    if attribute(span, "gen_ai.request.stream").is_some() {
        said += " streamed";
    }
    if attribute(span, "gen_ai.response.time_to_first_chunk").is_some() {
        said += " first";
    }
    said
}

/// File, and what is recorded of it.
const EXPECTED: [(&str, &str); 14] = [
    (
        "openai_chat/answer.json",
        "chat asked-for model=gpt-4o-2024-08-06 finish=[\"length\"] in=19 read=0 out=10 reasoning=0",
    ),
    (
        "openai_chat/stream.sse",
        "chat asked-for model=gpt-4o-mini-2024-07-18 finish=[\"stop\"] in=1210 read=1024 out=42 reasoning=30 streamed first",
    ),
    (
        "openai_responses/answer.json",
        "chat asked-for model=gpt-5-mini-2025-08-07 finish=[\"stop\"] in=328 read=256 out=52 reasoning=40",
    ),
    (
        "openai_responses/stream.sse",
        "chat asked-for model=gpt-5-mini-2025-08-07 finish=[\"stop\"] in=328 read=256 out=52 reasoning=40 streamed first",
    ),
    (
        "anthropic/answer.json",
        "chat asked-for model=claude-sonnet-4-5-20250929 finish=[\"tool_call\"] in=3609 read=3400 out=305",
    ),
    (
        "anthropic/stream.sse",
        "chat asked-for model=claude-opus-4-1-20250805 finish=[\"stop\"] in=2060 read=2048 out=77 reasoning=60 streamed first",
    ),
    (
        "gemini/answer.json",
        "generate_content asked-for model=gemini-2.5-flash finish=[\"stop\"] in=2097 read=1900 out=108 reasoning=100",
    ),
    (
        "gemini/stream.sse",
        "generate_content asked-for model=gemini-2.5-flash finish=[\"length\"] in=57 out=70 reasoning=61 streamed first",
    ),
    ("bedrock/answer.json", "chat asked-for finish=[\"tool_call\"] in=1306 read=1200 out=71"),
    ("bedrock/stream.events", "chat asked-for finish=[\"tool_call\"] in=824 read=800 out=58 streamed first"),
    (
        "bedrock/invoke_stream.events",
        "chat asked-for model=claude-sonnet-4-20250514 finish=[\"stop\"] in=718 read=0 out=9 streamed first",
    ),
    ("ollama/answer.json", "chat asked-for model=llama3.2 finish=[\"stop\"] in=26 out=282"),
    ("ollama/chat.ndjson", "chat asked-for model=llama3.2 finish=[\"stop\"] in=26 out=282 streamed first"),
    (
        "compatible/groq.sse",
        "chat asked-for model=llama-3.3-70b-versatile finish=[\"stop\"] in=41 out=3 streamed first",
    ),
];

#[tokio::test]
async fn every_provider_tells_model_finish_reasons_and_usage() {
    for (name, expected) in EXPECTED {
        let fixture = fixture::of(name);
        let (_, test) = ask_for(&fixture, content_type(fixture.framing)).await;
        assert_eq!(said(&test), expected, "{name}");
        assert_eq!(test.metrics().count(metric::LLM_DURATION, &[]), 1, "{name}");
    }
}

#[tokio::test]
async fn every_answer_arrives_as_it_was_sent() {
    for fixture in fixture::all() {
        let (bytes, test) = ask_for(&fixture, content_type(fixture.framing)).await;
        assert_eq!(bytes, fixture.bytes, "{}", fixture.name);
        assert_eq!(test.spans().len(), 1, "{}", fixture.name);
    }
}

#[tokio::test]
async fn an_answer_that_does_not_say_what_it_is_is_known_by_its_beginning() {
    for (name, expected) in EXPECTED {
        let fixture = fixture::of(name);
        let (_, test) = ask_for(&fixture, "application/octet-stream").await;
        assert_eq!(said(&test), expected, "{name}");
    }
}

#[tokio::test]
async fn a_stream_of_gemini_may_be_an_array() {
    let fixture = fixture::of("gemini/stream_array.json");
    let streamed = Fixture { framing: Framing::Sse, ..fixture };
    let (_, test) = ask_for(&streamed, "application/json").await;
    assert_eq!(
        said(&test),
        "generate_content asked-for model=gemini-2.5-flash finish=[\"length\"] in=57 out=70 reasoning=61 streamed first"
    );
}

#[tokio::test]
async fn a_compressed_answer_is_not_read_and_its_usage_is_missing() {
    let fixture = fixture::of("openai_chat/answer.json");
    for (encoding, said_then) in [
        ("gzip", "chat gpt-4o usage=missing"),
        ("identity", "chat gpt-4o model=gpt-4o-2024-08-06 finish=[\"length\"] in=19 read=0 out=10 reasoning=0"),
    ] {
        // What the bytes are does not matter, and those of JSON would be read if the header was not looked at.
        let answer = Answer::new("application/json", &fixture.bytes).header(&format!("content-encoding: {encoding}"));
        let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
        let response = crate::client::ask(&crate::client::tracked(&test, &server), &server).await.unwrap();
        assert_eq!(response.headers()["content-encoding"], encoding);
        assert_eq!(response.bytes().await.unwrap(), fixture.bytes);
        assert_eq!(said(&test), said_then);
    }
}

#[tokio::test]
async fn bedrock_says_tokens_and_id_in_the_head_whatever_the_model() {
    let answer = Answer::json(r#"{"generation": "Six.", "stop_reason": "stop"}"#)
        .header("x-amzn-requestid: request-1")
        .header("x-amzn-bedrock-input-token-count: 12")
        .header("x-amzn-bedrock-output-token-count: 3");
    let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
    let client = client(middleware(&test, &server, "aws.bedrock"));
    let url = server.url("/model/meta.llama3-8b-instruct-v1%3A0/invoke");
    client.post(url).body(r#"{"prompt": "When?"}"#).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(said(&test), "chat meta.llama3-8b-instruct-v1:0 in=12 out=3");
    assert_eq!(attribute(&test.spans()[0], "gen_ai.response.id").as_deref(), Some("request-1"));
}

#[tokio::test]
async fn what_bedrock_streams_of_models_of_others_is_unwrapped() {
    let fixture = fixture::of("bedrock/invoke_stream.events");
    let answer = Answer::new(content_type(fixture.framing), &fixture.bytes);
    let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
    let client = client(middleware(&test, &server, "aws.bedrock"));
    let url = server.url("/model/anthropic.claude-sonnet-4/invoke-with-response-stream");
    client.post(url).body(r#"{"max_tokens": 9}"#).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(
        said(&test),
        "chat anthropic.claude-sonnet-4 model=claude-sonnet-4-20250514 finish=[\"stop\"] in=718 read=0 out=9 streamed first"
    );
}

#[tokio::test]
async fn an_answer_of_known_length_ends_with_its_last_byte() {
    // Vectors have no finish reason by which an answer would be known to be complete.
    let answer = r#"{"object": "list", "data": [], "usage": {"prompt_tokens": 8, "total_tokens": 8}}"#;
    let (test, server) = (TestTelemetry::new(), Server::start([Answer::json(answer)]).await);
    let client = client(middleware(&test, &server, "openai"));
    let mut response = client.post(server.url("/v1/embeddings")).body(r#"{"model": "m"}"#).send().await.unwrap();
    let mut left = response.content_length().unwrap();
    while left > 0 {
        left -= response.chunk().await.unwrap().unwrap().len() as u64;
    }
    assert_eq!(said(&test), "embeddings m in=8");
    drop(response);
    assert_eq!(test.spans().len(), 1);
}

#[tokio::test]
async fn a_huge_answer_is_handed_on_and_its_usage_still_read() {
    let long = "x".repeat(8 * 1024 * 1024);
    let body = format!(
        r#"{{"choices": [{{"index": 0, "message": {{"content": "{long}"}}, "finish_reason": "stop"}}], "usage": {{"prompt_tokens": 9, "completion_tokens": 4}}}}"#
    );
    let fixture =
        Fixture { name: String::new(), format: Format::OpenAiChat, framing: Framing::Json, bytes: body.into_bytes() };
    let (bytes, test) = ask_for(&fixture, "application/json").await;
    assert!(bytes == fixture.bytes);
    assert_eq!(said(&test), "chat asked-for finish=[\"stop\"] in=9 out=4");
}
