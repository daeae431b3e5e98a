//! Every way in which a call ends: exactly one record.

use std::time::Duration;

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, Middleware, Next, Result};
use tachograph_core::semconv::metric;
use tachograph_testing::{TestTelemetry, attribute};
use tokio::net::TcpListener;

use crate::{
    client::{ASK, CHAT, ask, client, middleware, plain_client, tracked},
    fixture,
    server::{Answer, Server},
};

/// The `error.type` of the one record there must be.
fn error(test: &TestTelemetry) -> Option<String> {
    let metrics = test.metrics();
    assert_eq!(metrics.count(metric::LLM_DURATION, &[]), 1);
    assert_eq!(metrics.value(metric::OPERATIONS_ACTIVE, &[]), 0.0);
    let spans = test.spans();
    assert_eq!(spans.len(), 1);
    attribute(&spans[0], "error.type")
}

#[tokio::test]
async fn an_error_is_called_by_the_code_in_its_body_else_by_its_status() {
    let body = |name: &str| String::from_utf8(fixture::of(name).bytes).unwrap();
    for (path, status, answer, expected) in [
        (CHAT, "429 Too Many Requests", body("openai_chat/error.json"), "insufficient_quota"),
        ("/v1/messages", "404 Not Found", body("anthropic/error.json"), "not_found_error"),
        ("/v1/models/m:generateContent", "503 Service Unavailable", body("gemini/error.json"), "UNAVAILABLE"),
        ("/api/chat", "404 Not Found", body("ollama/error.json"), "404"),
        (CHAT, "502 Bad Gateway", "<html>no</html>".to_owned(), "502"),
        (CHAT, "500 Internal Server Error", String::new(), "500"),
    ] {
        let answer = Answer::json(&answer).status(status);
        let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
        let client = client(middleware(&test, &server, "somebody"));
        let response = client.post(server.url(path)).body(ASK).send().await.unwrap();
        assert_eq!(response.status().as_str(), &status[..3]);
        response.bytes().await.unwrap();
        assert_eq!(error(&test).as_deref(), Some(expected));
        assert_eq!(attribute(&test.spans()[0], "tachograph.llm.usage.status"), None);
    }
}

#[tokio::test]
async fn an_error_whose_body_nobody_reads_is_called_by_its_head() {
    let throttled = Answer::json(r#"{"message": "slow down"}"#).status("429 Too Many Requests");
    for (answer, expected) in [
        (throttled.clone(), "429"),
        (throttled.header("x-amzn-errortype: ThrottlingException:http://x"), "ThrottlingException"),
    ] {
        let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
        drop(ask(&tracked(&test, &server), &server).await.unwrap());
        assert_eq!(error(&test).as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn what_gets_no_answer_is_called_by_the_reason() {
    let (test, server) = (TestTelemetry::new(), Server::start([Answer::none()]).await);
    ask(&tracked(&test, &server), &server).await.unwrap_err();
    assert_eq!(error(&test).as_deref(), Some("connection_closed"));

    let (test, server) = (TestTelemetry::new(), Server::start([Answer::silence()]).await);
    let impatient = plain_client().timeout(Duration::from_millis(20)).build().unwrap();
    let impatient = ClientBuilder::new(impatient).with(middleware(&test, &server, "openai")).build();
    ask(&impatient, &server).await.unwrap_err();
    assert_eq!(error(&test).as_deref(), Some("timeout"));

    let test = TestTelemetry::new();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let client = client(
        crate::client::LlmMiddleware::new().with_host(&nobody, "openai").with_telemetry(test.telemetry().clone()),
    );
    client.post(format!("http://{nobody}{CHAT}")).body(ASK).send().await.unwrap_err();
    assert_eq!(error(&test).as_deref(), Some("connect"));
}

#[tokio::test]
async fn redirects_without_an_end_are_an_error() {
    let answer = Answer::json("").status("307 Temporary Redirect").header(&format!("location: {CHAT}"));
    let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
    ask(&tracked(&test, &server), &server).await.unwrap_err();
    assert_eq!(error(&test).as_deref(), Some("redirect"));
}

#[tokio::test]
async fn a_call_that_is_given_up_before_its_head_is_cancelled() {
    let (test, mut server) = (TestTelemetry::new(), Server::start([Answer::silence()]).await);
    let (client, url) = (tracked(&test, &server), server.url(CHAT));
    tokio::select! {
        answered = client.post(url).body(ASK).send() => panic!("{:?}", answered.map(drop)),
        _ = server.received() => {}
    }
    assert_eq!(error(&test).as_deref(), Some("cancelled"));
}

struct Panics;

#[async_trait]
impl Middleware for Panics {
    async fn handle(&self, _: Request, _: &mut Extensions, _: Next<'_>) -> Result<Response> {
        panic!("on purpose")
    }
}

#[tokio::test]
async fn a_panic_further_in_is_a_panic_of_the_call() {
    let (test, server) = (TestTelemetry::new(), Server::start([Answer::silence()]).await);
    let client = ClientBuilder::new(plain_client().build().unwrap())
        .with(middleware(&test, &server, "openai"))
        .with(Panics)
        .build();
    let url = server.url(CHAT);
    let asked = tokio::spawn(async move { client.post(url).body(ASK).send().await.map(drop) }).await;
    assert!(asked.unwrap_err().is_panic());
    assert_eq!(error(&test).as_deref(), Some("panic"));
}

#[tokio::test]
async fn an_error_in_an_answer_that_looks_well_is_an_error() {
    let answer = Answer::json(r#"{"error": {"code": "rate_limit_exceeded", "message": "no"}}"#);
    let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
    ask(&tracked(&test, &server), &server).await.unwrap().bytes().await.unwrap();
    assert_eq!(error(&test).as_deref(), Some("rate_limit_exceeded"));
}
