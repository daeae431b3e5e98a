//! Streams while they run, and streams that nobody reads to the end.

use tachograph_core::semconv::metric;
use tachograph_llm::{Format, Framing};
use tachograph_testing::{TestTelemetry, attribute};

use crate::{
    answers::said,
    client::{ask_for_stream, client, content_type, middleware, request_for, tracked},
    fixture::{self, Fixture},
    server::{Answer, Server},
};

fn pieces(pieces: &[&str]) -> Vec<Vec<u8>> {
    pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect()
}

const TWO: [&str; 3] = [
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Six\"}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\".\"},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n",
];

#[tokio::test]
async fn every_chunk_passes_at_once_and_alone() {
    // An event that is cut in the middle is handed on as it is.
    let (first, second) = TWO[0].split_at(20);
    let chunks = pieces(&[first, second, TWO[1], TWO[2]]);
    let answer = Answer::new("text/event-stream", b"").chunks(chunks.clone());
    let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
    let mut response = ask_for_stream(&tracked(&test, &server), &server).await;
    for chunk in &chunks {
        // The server has sent no more than this, and sends no more before it is told.
        assert_eq!(response.chunk().await.unwrap().unwrap(), *chunk);
        assert!(test.spans().is_empty());
        server.go_on();
    }
    assert_eq!(response.chunk().await.unwrap(), None);
    assert_eq!(said(&test), "chat gpt-4o finish=[\"stop\"] in=9 out=2 streamed first");
}

#[tokio::test]
async fn the_chunks_with_output_are_counted() {
    let fixture = fixture::of("openai_chat/stream.sse");
    let answer = Answer::new("text/event-stream", &fixture.bytes);
    let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
    ask_for_stream(&tracked(&test, &server), &server).await.bytes().await.unwrap();
    let metrics = test.metrics();
    assert_eq!(metrics.count(metric::LLM_TIME_TO_FIRST_CHUNK, &[]), 1);
    // All events but the first, which has a role alone, and the first with output, from which time is measured.
    let events = String::from_utf8(fixture.bytes).unwrap().matches("data: {").count() as u64;
    assert_eq!(metrics.count(metric::LLM_TIME_PER_OUTPUT_CHUNK, &[]), events - 2);
}

#[tokio::test]
async fn an_answer_that_is_not_streamed_has_no_chunks() {
    let fixture = fixture::of("openai_chat/answer.json");
    let half = fixture.bytes.len() / 2;
    let chunks = vec![fixture.bytes[..half].to_vec(), fixture.bytes[half..].to_vec()];
    let (test, server) = (TestTelemetry::new(), Server::start([Answer::json("").chunks(chunks)]).await);
    let mut response = crate::client::ask(&tracked(&test, &server), &server).await.unwrap();
    response.chunk().await.unwrap().unwrap();
    server.go_on();
    while response.chunk().await.unwrap().is_some() {}
    assert_eq!(said(&test), "chat gpt-4o model=gpt-4o-2024-08-06 finish=[\"length\"] in=19 read=0 out=10 reasoning=0");
}

/// Asks for a stream of which `sent` comes and no more, reads that and goes away.
async fn abandon(fixture: &Fixture, sent: &[u8]) -> TestTelemetry {
    let answer = Answer::new(content_type(fixture.framing), sent).stays_open();
    let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
    let (path, body) = request_for(fixture.format, fixture.framing);
    let client = client(middleware(&test, &server, "somebody"));
    let mut response = client.post(server.url(path)).body(body).send().await.unwrap();
    let mut read = Vec::new();
    while read.len() < sent.len() {
        read.extend_from_slice(&response.chunk().await.unwrap().unwrap());
    }
    assert!(read == sent && test.spans().is_empty());
    drop(response);
    test
}

/// The first events of a stream.
fn beginning(fixture: &Fixture, events: usize) -> &[u8] {
    let mut rest = &*fixture.bytes;
    for _ in 0..events {
        let ends_here =
            |mark: &[u8]| rest.windows(mark.len()).position(|window| window == mark).map(|at| at + mark.len());
        let end = match fixture.framing {
            Framing::Sse => ends_here(b"\n\n").or_else(|| ends_here(b"\r\n\r\n")).unwrap(),
            Framing::Ndjson => ends_here(b"\n").unwrap(),
            _ => u32::from_be_bytes(*rest.first_chunk().unwrap()) as usize,
        };
        rest = &rest[end..];
    }
    &fixture.bytes[..fixture.bytes.len() - rest.len()]
}

#[tokio::test]
async fn a_stream_that_is_dropped_half_way_is_cancelled_with_the_tokens_seen() {
    for (name, expected) in [
        ("openai_chat/stream.sse", "chat asked-for model=gpt-4o-mini-2024-07-18 usage=missing"),
        ("openai_responses/stream.sse", "chat asked-for model=gpt-5-mini-2025-08-07 usage=missing"),
        ("anthropic/stream.sse", "chat asked-for model=claude-opus-4-1-20250805 in=2060 read=2048 out=1 usage=partial"),
        (
            "gemini/stream.sse",
            "generate_content asked-for model=gemini-2.5-flash in=57 out=65 reasoning=61 usage=partial",
        ),
        ("bedrock/stream.events", "chat asked-for usage=missing"),
        ("ollama/chat.ndjson", "chat asked-for model=llama3.2 usage=missing"),
        ("compatible/mistral.sse", "chat asked-for model=magistral-medium-2509 usage=missing"),
    ] {
        let fixture = fixture::of(name);
        let events = match fixture.format {
            Format::OpenAiResponses => 9,
            Format::Anthropic => 5,
            Format::OpenAiChat => 3,
            _ => 4,
        };
        let test = abandon(&fixture, beginning(&fixture, events)).await;
        assert_eq!(said(&test), format!("{expected} error=cancelled streamed first"), "{name}");
    }
}

#[tokio::test]
async fn a_stream_that_is_dropped_after_its_last_event_is_a_success() {
    for name in [
        "openai_chat/stream.sse",
        "openai_responses/stream.sse",
        "anthropic/stream.sse",
        "gemini/stream.sse",
        "bedrock/stream.events",
        "ollama/chat.ndjson",
    ] {
        let fixture = fixture::of(name);
        let test = abandon(&fixture, &fixture.bytes).await;
        let span = &test.spans()[0];
        assert_eq!(attribute(span, "error.type"), None, "{name}");
        assert_eq!(attribute(span, "tachograph.llm.usage.status"), None, "{name}");
        assert!(attribute(span, "gen_ai.usage.output_tokens").is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_an_error_with_the_tokens_seen() {
    let fixture = fixture::of("anthropic/stream.sse");
    let answer = Answer::new("text/event-stream", beginning(&fixture, 5)).breaks();
    let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
    let client = client(middleware(&test, &server, "anthropic"));
    let (path, body) = request_for(fixture.format, fixture.framing);
    let response = client.post(server.url(path)).body(body).send().await.unwrap();
    let error = response.bytes().await.unwrap_err();
    assert!(error.is_decode() || error.is_body(), "{error:?}");
    assert_eq!(
        said(&test),
        "chat asked-for model=claude-opus-4-1-20250805 in=2060 read=2048 out=1 usage=partial error=connection_closed \
         streamed first"
    );
}

#[tokio::test]
async fn an_error_in_a_stream_is_the_error_of_the_call() {
    for (name, error) in [
        ("openai_chat/stream_error.sse", "server_error"),
        ("anthropic/stream_error.sse", "overloaded_error"),
        ("ollama/stream_error.ndjson", "_OTHER"),
        ("bedrock/stream_exception.events", "throttlingException"),
    ] {
        let fixture = fixture::of(name);
        let answer = Answer::new(content_type(fixture.framing), &fixture.bytes);
        let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
        let (path, body) = request_for(fixture.format, fixture.framing);
        let client = client(middleware(&test, &server, "somebody"));
        client.post(server.url(path)).body(body).send().await.unwrap().bytes().await.unwrap();
        assert_eq!(attribute(&test.spans()[0], "error.type").as_deref(), Some(error), "{name}");
    }
}
