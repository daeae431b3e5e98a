//! The middleware inside of calls that the application tracks, and calls inside of the middleware.

use std::future::pending;

use async_trait::async_trait;
use http::Extensions;
use opentelemetry::trace::FutureExt as _;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, Middleware, Next, Result};
use tachograph_core::{
    AgentExecution, HttpClientRequest, LlmRequest, ToolExecution, context::carry, current, semconv::metric,
    track_llm_request,
};
use tachograph_llm::LlmResponse as _;
use tachograph_testing::{TestTelemetry, attribute};
use tokio::sync::Notify;

use crate::{
    answers::said,
    client::{ASK, CHAT, ask, ask_for_stream, middleware, plain_client, tracked},
    fixture,
    server::{Answer, Server},
};

fn answer() -> Answer {
    Answer::new("application/json", &fixture::of("openai_chat/answer.json").bytes)
}

fn limited() -> Answer {
    Answer::json(r#"{"error": {"code": "rate_limit_exceeded"}}"#).status("429 Too Many Requests")
}

const ANSWERED: &str = "model=gpt-4o-2024-08-06 finish=[\"length\"] in=19 read=0 out=10 reasoning=0";

#[tokio::test]
async fn a_call_of_the_application_is_told_and_not_doubled() {
    let (test, server) = (TestTelemetry::new(), Server::start([answer()]).await);
    let client = tracked(&test, &server);
    let asked = track_llm_request("openai", "best", async { ask(&client, &server).await.unwrap().bytes().await });
    asked.with_context(test.context()).await.unwrap();
    assert_eq!(said(&test), format!("chat best {ANSWERED}"));
    assert_eq!(attribute(&test.spans()[0], "openai.api.type").as_deref(), Some("chat_completions"));
    assert_eq!(test.metrics().count(metric::LLM_DURATION, &[]), 1);
}

#[tokio::test]
async fn a_stream_of_the_application_is_told_and_not_doubled() {
    let fixture = fixture::of("anthropic/stream.sse");
    let answer = Answer::new("text/event-stream", &fixture.bytes).stays_open();
    for read_all in [true, false] {
        let (test, server) = (TestTelemetry::new(), Server::start([answer.clone()]).await);
        let (client, ended) = (tracked(&test, &server), Notify::new());
        let asked = LlmRequest::new("anthropic", "best").track(async {
            let mut response = client.post(server.url("/v1/messages")).body("{}").send().await.unwrap();
            let mut read = 0;
            while read < fixture.bytes.len() {
                read += response.chunk().await.unwrap().unwrap().len();
            }
            if !read_all {
                // Given up by the application, after the provider's last event.
                ended.notify_one();
                pending::<()>().await;
            }
        });
        tokio::select! {
            () = asked.with_context(test.context()) => {}
            () = ended.notified() => {}
        }
        let expected = "chat best model=claude-opus-4-1-20250805 finish=[\"stop\"] in=2060 read=2048 out=77 reasoning=60 \
                        streamed first";
        assert_eq!(said(&test), expected);
    }
}

#[tokio::test]
async fn a_retry_of_the_application_does_not_fail_by_its_first_answer() {
    let said_so = Answer::json(r#"{"error": {"code": "rate_limit_exceeded"}}"#);
    for first in [limited(), said_so] {
        let (test, server) = (TestTelemetry::new(), Server::start([first, answer()]).await);
        let client = tracked(&test, &server);
        let asked = track_llm_request("openai", "best", async {
            ask(&client, &server).await.unwrap().bytes().await.unwrap();
            ask(&client, &server).await.unwrap().bytes().await
        });
        asked.with_context(test.context()).await.unwrap();
        assert_eq!(said(&test), format!("chat best {ANSWERED}"));
        assert_eq!(attribute(&test.spans()[0], "tachograph.llm.attempts").as_deref(), Some("2"));
    }
}

#[tokio::test]
async fn an_answer_that_says_that_it_failed_marks_the_call_of_an_application_that_does_not() {
    let (test, server) = (TestTelemetry::new(), Server::start([limited()]).await);
    let client = tracked(&test, &server);
    let asked = track_llm_request("openai", "best", async { ask(&client, &server).await.unwrap().bytes().await });
    asked.with_context(test.context()).await.unwrap();
    assert_eq!(said(&test), "chat best error=rate_limit_exceeded");
}

#[tokio::test]
async fn a_call_that_is_given_up_while_it_tries_again_is_cancelled() {
    let (test, mut server) = (TestTelemetry::new(), Server::start([limited(), Answer::silence()]).await);
    let (client, url) = (tracked(&test, &server), server.url(CHAT));
    let asked = track_llm_request("openai", "best", async {
        client.post(&url).body(ASK).send().await.unwrap().bytes().await.unwrap();
        client.post(&url).body(ASK).send().await.map(drop)
    });
    tokio::select! {
        answered = asked.with_context(test.context()) => panic!("{answered:?}"),
        () = async { server.received().await; server.received().await; } => {}
    }
    assert_eq!(said(&test), "chat best error=cancelled");
}

#[tokio::test]
async fn an_application_that_reads_the_answer_itself_is_told_nothing_twice() {
    let fixture = fixture::of("anthropic/stream.sse");
    let chunks: Vec<Vec<u8>> = fixture.bytes.chunks(100).map(<[u8]>::to_vec).collect();
    let mut counts = Vec::new();
    for reads_itself in [false, true] {
        let answer = Answer::new("text/event-stream", b"").chunks(chunks.clone());
        let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
        let client = tracked(&test, &server);
        let asked = track_llm_request("anthropic", "best", async {
            let mut response = client.post(server.url("/v1/messages")).body("{}").send().await.unwrap();
            while let Some(chunk) = response.chunk().await.unwrap() {
                if reads_itself {
                    current::llm_request(|call| chunk[..].observe(call));
                }
                server.go_on();
            }
        });
        asked.with_context(test.context()).await;
        let expected = "chat best model=claude-opus-4-1-20250805 finish=[\"stop\"] in=2060 read=2048 out=77 reasoning=60 \
                        streamed first";
        assert_eq!(said(&test), expected);
        counts.push(test.metrics().count(metric::LLM_TIME_PER_OUTPUT_CHUNK, &[]));
    }
    assert_eq!(counts[0], counts[1]);
}

#[tokio::test]
async fn a_call_that_has_ended_is_not_that_of_a_request_which_follows() {
    let (test, server) = (TestTelemetry::new(), Server::start([answer()]).await);
    let client = tracked(&test, &server);
    let call = test.scope(|| LlmRequest::new("openai", "first").start());
    let later = {
        let _context = call.enter();
        carry(ask_for_stream(&client, &server))
    };
    call.succeed();
    later.await.bytes().await.unwrap();
    assert_eq!(test.spans().len(), 2);
    assert_eq!(attribute(&test.span("chat gpt-4o"), "gen_ai.usage.input_tokens").as_deref(), Some("19"));
}

#[tokio::test]
async fn a_tool_that_a_model_runs_asks_for_itself() {
    let (test, server) = (TestTelemetry::new(), Server::start([answer()]).await);
    let client = tracked(&test, &server);
    let inner = ToolExecution::new("search").track(async { ask(&client, &server).await.unwrap().bytes().await });
    let asked = AgentExecution::new("outer").track(track_llm_request("openai", "best", inner));
    asked.with_context(test.context()).await.unwrap();
    assert_eq!(
        test.tree_with(&["gen_ai.usage.input_tokens"]),
        "invoke_agent outer\n  chat best (client)\n    execute_tool search\n      chat gpt-4o (client) gen_ai.usage.input_tokens=19\n"
    );
}

/// As the middleware for HTTP does.
struct TracksHttp;

#[async_trait]
impl Middleware for TracksHttp {
    async fn handle(&self, request: Request, extensions: &mut Extensions, next: Next<'_>) -> Result<Response> {
        HttpClientRequest::new("POST", "host").track(next.run(request, extensions)).await
    }
}

#[tokio::test]
async fn what_runs_further_in_is_part_of_the_call() {
    let (test, server) = (TestTelemetry::new(), Server::start([answer()]).await);
    let client = ClientBuilder::new(plain_client().build().unwrap())
        .with(middleware(&test, &server, "openai"))
        .with(TracksHttp)
        .with(middleware(&test, &server, "openai"))
        .build();
    let asked = AgentExecution::new("a").track(async { ask(&client, &server).await.unwrap().bytes().await });
    asked.with_context(test.context()).await.unwrap();
    assert_eq!(test.tree_with(&[]), "invoke_agent a\n  chat gpt-4o (client)\n    POST (client)\n");
}
