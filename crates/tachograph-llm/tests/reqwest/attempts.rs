//! Retries: one call, however often it was tried.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next, Result};
use reqwest_retry::{RetryDecision, RetryPolicy, RetryTransientMiddleware};
use tachograph_core::semconv::metric;
use tachograph_testing::{SpanData, TestTelemetry, attribute};

use crate::{
    answers::said,
    client::{ASK, CHAT, ask, ask_for_stream, client, middleware, plain_client, tracked},
    fixture,
    server::{Answer, Server},
};

/// Again after a moment, so often.
#[derive(Clone, Copy)]
struct Again {
    times: u32,
    after: Duration,
}

impl RetryPolicy for Again {
    fn should_retry(&self, _: SystemTime, past: u32) -> RetryDecision {
        if past < self.times {
            RetryDecision::Retry { execute_after: SystemTime::now() + self.after }
        } else {
            RetryDecision::DoNotRetry
        }
    }
}

fn retry(times: u32) -> RetryTransientMiddleware<Again> {
    RetryTransientMiddleware::new_with_policy(Again { times, after: Duration::from_millis(15) })
}

/// One middleware outside of a retry and one inside.
fn outside_and_inside(test: &TestTelemetry, server: &Server) -> ClientWithMiddleware {
    ClientBuilder::new(plain_client().build().unwrap())
        .with(middleware(test, server, "openai"))
        .with(retry(3))
        .with(middleware(test, server, "openai"))
        .build()
}

fn answer() -> Answer {
    Answer::new("application/json", &fixture::of("openai_chat/answer.json").bytes)
}

fn limited() -> Answer {
    Answer::json(r#"{"error": {"code": "rate_limit_exceeded"}}"#).status("429 Too Many Requests")
}

const ANSWERED: &str = "chat gpt-4o model=gpt-4o-2024-08-06 finish=[\"length\"] in=19 read=0 out=10 reasoning=0";

/// Of every attempt its number, status, error and the wait that was asked for; and whether it was waited for.
fn attempts(span: &SpanData) -> Vec<String> {
    let told = |event: &opentelemetry::trace::Event, key: &str| {
        let found = event.attributes.iter().find(|attribute| attribute.key.as_str() == key);
        found.map(|attribute| attribute.value.as_str().into_owned())
    };
    let events = span.events.iter().filter(|event| event.name == "tachograph.llm.attempt");
    events
        .map(|event| {
            let known = |key| told(event, key).unwrap_or_default();
            let waited = told(event, "tachograph.attempt.wait").map_or(0.0, |wait| wait.parse().unwrap()) >= 0.01;
            format!(
                "{} {} {} {}{}",
                known("tachograph.attempt.number"),
                known("http.response.status_code"),
                known("error.type"),
                known("tachograph.attempt.retry_after"),
                if waited { " waited" } else { "" }
            )
        })
        .collect()
}

#[tokio::test]
async fn a_call_that_is_tried_again_is_one_call_with_all_its_attempts() {
    let busy = Answer::json("{}").status("503 Service Unavailable");
    let (test, mut server) = (
        TestTelemetry::new(),
        Server::start([limited().header("retry-after: 20"), busy.header("retry-after-ms: 250"), answer()]).await,
    );
    let response = ask(&outside_and_inside(&test, &server), &server).await.unwrap();
    response.bytes().await.unwrap();
    for _ in 0..3 {
        assert_eq!(server.received().await.body, ASK.as_bytes());
    }
    assert_eq!(said(&test), ANSWERED);
    let span = &test.spans()[0];
    assert_eq!(attempts(span), ["1 429 429 20", "2 503 503 0.25 waited", "3 200   waited"]);
    assert_eq!(attribute(span, "tachograph.llm.attempts").as_deref(), Some("3"));
    let metrics = test.metrics();
    assert_eq!(metrics.count(metric::LLM_DURATION, &[]), 1);
    assert_eq!(metrics.value(metric::LLM_RETRIES, &[]), 2.0);
    assert_eq!(metrics.value(metric::LLM_RETRIES, &[("error.type", "429")]), 1.0);
    assert_eq!(metrics.count(metric::LLM_RETRY_WAIT, &[]), 2);
}

#[tokio::test]
async fn a_call_that_never_succeeds_is_one_error() {
    let (test, server) = (TestTelemetry::new(), Server::start([limited()]).await);
    let response = ask(&outside_and_inside(&test, &server), &server).await.unwrap();
    assert_eq!(response.status(), 429);
    response.bytes().await.unwrap();
    assert_eq!(said(&test), "chat gpt-4o error=rate_limit_exceeded");
    assert_eq!(attempts(&test.spans()[0]).len(), 4);
}

#[tokio::test]
async fn attempts_that_get_no_answer_say_why() {
    let (test, server) = (TestTelemetry::new(), Server::start([Answer::none(), answer()]).await);
    ask(&outside_and_inside(&test, &server), &server).await.unwrap().bytes().await.unwrap();
    assert_eq!(said(&test), ANSWERED);
    assert_eq!(attempts(&test.spans()[0]), ["1  connection_closed ", "2 200   waited"]);

    // The retry puts the error into one of its own.
    let (test, server) = (TestTelemetry::new(), Server::start([Answer::none()]).await);
    ask(&outside_and_inside(&test, &server), &server).await.unwrap_err();
    assert_eq!(said(&test), "chat gpt-4o error=connection_closed");
    for (answer, error) in [(Answer::none(), "connection_closed"), (Answer::silence(), "timeout")] {
        let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
        let patience = if error == "timeout" { Duration::from_millis(20) } else { Duration::from_secs(60) };
        let client = plain_client().timeout(patience).build().unwrap();
        let outside = ClientBuilder::new(client).with(middleware(&test, &server, "openai")).with(retry(0)).build();
        ask(&outside, &server).await.unwrap_err();
        assert_eq!(said(&test), format!("chat gpt-4o error={error}"));
        assert_eq!(attempts(&test.spans()[0]), [format!("1  {error} ")]);
    }
}

#[tokio::test]
async fn outside_of_a_retry_alone_the_call_is_seen_as_a_whole() {
    let (test, server) = (TestTelemetry::new(), Server::start([limited(), answer()]).await);
    let outside = ClientBuilder::new(plain_client().build().unwrap())
        .with(middleware(&test, &server, "openai"))
        .with(retry(1))
        .build();
    ask(&outside, &server).await.unwrap().bytes().await.unwrap();
    assert_eq!(said(&test), ANSWERED);
    assert_eq!(attempts(&test.spans()[0]), [""; 0]);
}

#[tokio::test]
async fn inside_of_a_retry_alone_every_attempt_is_a_call() {
    let (test, server) = (TestTelemetry::new(), Server::start([limited(), answer()]).await);
    let inside = ClientBuilder::new(plain_client().build().unwrap())
        .with(retry(1))
        .with(middleware(&test, &server, "openai"))
        .build();
    ask(&inside, &server).await.unwrap().bytes().await.unwrap();
    let errors: Vec<_> = test.spans().iter().map(|span| attribute(span, "error.type")).collect();
    assert_eq!(errors, [Some("429".to_owned()), None]);
}

#[tokio::test]
async fn without_a_retry_a_failure_is_the_one_attempt() {
    let date = "date: Sun, 06 Nov 1994 08:49:37 GMT";
    let limited = limited().header(date).header("retry-after: Sun, 06 Nov 1994 08:50:07 GMT");
    let (test, server) = (TestTelemetry::new(), Server::start([limited, answer()]).await);
    let client = tracked(&test, &server);
    ask(&client, &server).await.unwrap().bytes().await.unwrap();
    assert_eq!(attempts(&test.spans()[0]), ["1 429 429 30"]);
    ask(&client, &server).await.unwrap().bytes().await.unwrap();
    assert_eq!(attempts(&test.spans()[1]), [""; 0], "one that does not fail is not worth a word");
}

#[tokio::test]
async fn the_attempt_lasts_as_long_as_its_answer() {
    let stream = Answer::new("text/event-stream", b"data: {\"choices\":[]}\n\n").breaks();
    let (test, server) = (TestTelemetry::new(), Server::start([stream]).await);
    ask_for_stream(&tracked(&test, &server), &server).await.bytes().await.unwrap_err();
    assert_eq!(attempts(&test.spans()[0]), ["1 200 connection_closed "]);
}

#[tokio::test]
async fn the_extensions_of_one_request_are_not_those_of_the_next() {
    let (test, server) = (TestTelemetry::new(), Server::start([answer()]).await);
    let twice = outside_and_inside(&test, &server);
    let mut extensions = Extensions::new();
    for sent in 1..=2 {
        let request = twice.post(server.url(CHAT)).body(ASK).build().unwrap();
        let response = twice.execute_with_extensions(request, &mut extensions).await.unwrap();
        response.bytes().await.unwrap();
        assert_eq!(test.spans().len(), sent);
    }
}

#[tokio::test]
async fn the_attempt_of_a_stream_that_is_dropped_counts_too() {
    let stream = Answer::new("text/event-stream", b"data: {\"choices\":[]}\n\n").stays_open();
    let (test, server) = (TestTelemetry::new(), Server::start([limited(), stream]).await);
    let mut response = ask_for_stream(&outside_and_inside(&test, &server), &server).await;
    response.chunk().await.unwrap().unwrap();
    drop(response);
    assert_eq!(said(&test), "chat gpt-4o usage=missing error=cancelled streamed");
    assert_eq!(attempts(&test.spans()[0]), ["1 429 429 ", "2 200   waited"]);
}

/// Sends what it is given through a client of its own, which knows nothing of the request's extensions.
struct Through(ClientWithMiddleware);

#[async_trait]
impl Middleware for Through {
    async fn handle(&self, request: Request, _: &mut Extensions, _: Next<'_>) -> Result<Response> {
        self.0.execute(request).await
    }
}

/// Runs what is further in as a task of its own, which knows nothing of the context.
struct Elsewhere(ClientWithMiddleware);

#[async_trait]
impl Middleware for Elsewhere {
    async fn handle(&self, request: Request, extensions: &mut Extensions, _: Next<'_>) -> Result<Response> {
        let (client, mut extensions) = (self.0.clone(), extensions.clone());
        tokio::spawn(async move { client.execute_with_extensions(request, &mut extensions).await }).await.unwrap()
    }
}

#[tokio::test]
async fn the_outer_middleware_is_found_by_the_context_and_by_the_extensions() {
    let (test, server) = (TestTelemetry::new(), Server::start([limited()]).await);
    let inner = client(middleware(&test, &server, "openai"));
    for (sent, further_in) in [true, false].into_iter().enumerate() {
        let builder = ClientBuilder::new(plain_client().build().unwrap()).with(middleware(&test, &server, "openai"));
        let outer = match further_in {
            true => builder.with(Through(inner.clone())).build(),
            false => builder.with(Elsewhere(inner.clone())).build(),
        };
        drop(ask(&outer, &server).await.unwrap());
        assert_eq!(test.spans().len(), sent + 1);
        assert_eq!(attempts(&test.spans()[sent]), ["1 429 429 "]);
    }
}

/// Tries again although the first answer was good, and reads none of it.
struct Doubts;

#[async_trait]
impl Middleware for Doubts {
    async fn handle(&self, request: Request, extensions: &mut Extensions, next: Next<'_>) -> Result<Response> {
        drop(next.clone().run(request.try_clone().unwrap(), extensions).await?);
        next.run(request, extensions).await
    }
}

#[tokio::test]
async fn an_answer_that_a_retry_is_not_content_with_was_an_attempt_too() {
    let (test, server) = (TestTelemetry::new(), Server::start([answer()]).await);
    let doubting = ClientBuilder::new(plain_client().build().unwrap())
        .with(middleware(&test, &server, "openai"))
        .with(Doubts)
        .with(middleware(&test, &server, "openai"))
        .build();
    ask(&doubting, &server).await.unwrap().bytes().await.unwrap();
    assert_eq!(said(&test), ANSWERED);
    assert_eq!(attempts(&test.spans()[0]), ["1 200  ", "2 200  "]);
}
