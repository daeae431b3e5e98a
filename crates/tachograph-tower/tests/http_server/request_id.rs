//! The id of a request: taken over or made, known to the handler, on the span and in the response.

use axum::{Router, http::HeaderName, routing::get};
use tachograph_core::{context, semconv::attribute as attr};
use tachograph_testing::attribute;

use crate::server::Server;

/// Answers with the id that the handler sees.
fn routes() -> Router {
    Router::new()
        .route("/", get(|| async { context::request_id().map(|id| id.to_string()).unwrap_or_default() }))
        .route("/own", get(|| async { [("x-request-id", "chosen-by-handler")] }))
}

/// The `x-request-id` of an answer and its body.
fn parts(answer: &str) -> (Option<&str>, &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().find_map(|line| line.strip_prefix("x-request-id: ")), body)
}

fn on_span(server: &Server) -> Option<String> {
    attribute(&server.test.span("GET /"), attr::REQUEST_ID)
}

#[tokio::test]
async fn the_id_of_the_caller_is_taken_over_and_returned() {
    let server = Server::start(routes()).await;
    let answer = server.request("GET", "/", "X-Request-Id: Root=1-6789:abc/+_.\r\n").await.read_to_end().await;
    let id = "Root=1-6789:abc/+_.";
    assert_eq!(parts(&answer), (Some(id), id));
    assert_eq!(on_span(&server).as_deref(), Some(id));
}

#[tokio::test]
async fn an_id_is_made_where_none_came_or_a_bad_one() {
    let long = format!("x-request-id: {}\r\n", "a".repeat(129));
    for header in ["", "x-request-id: \r\n", "x-request-id: a b\r\n", "x-request-id: \"quoted\"\r\n", &long] {
        let server = Server::start(routes()).await;
        let answer = server.request("GET", "/", header).await.read_to_end().await;
        let (returned, seen) = parts(&answer);
        let returned = returned.unwrap();
        assert_eq!(returned.len(), 36, "{header:?}");
        assert_eq!(returned.matches('-').count(), 4);
        assert_eq!(seen, returned);
        assert_eq!(on_span(&server).as_deref(), Some(returned));
    }
}

#[tokio::test]
async fn an_id_that_the_handler_sets_is_returned() {
    let server = Server::start(routes()).await;
    let answer = server.request("GET", "/own", "x-request-id: mine\r\n").await.read_to_end().await;
    assert_eq!(parts(&answer).0, Some("chosen-by-handler"));
    assert_eq!(answer.matches("x-request-id").count(), 1);
}

#[tokio::test]
async fn the_header_can_be_another_or_none() {
    let header = HeaderName::from_static("x-correlation-id");
    let server = Server::start_with(routes(), |layer| layer.with_request_id_header(header)).await;
    let answer = server.request("GET", "/", "x-correlation-id: mine\r\n").await.read_to_end().await;
    assert!(answer.contains("x-correlation-id: mine"), "{answer}");
    assert_eq!(parts(&answer), (None, "mine"));

    let server = Server::start_with(routes(), |layer| layer.without_request_id()).await;
    let answer = server.request("GET", "/", "x-request-id: mine\r\n").await.read_to_end().await;
    assert_eq!(parts(&answer), (None, ""));
    assert_eq!(on_span(&server), None);
}
