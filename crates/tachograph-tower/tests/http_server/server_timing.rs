//! The `Server-Timing` header.

use std::time::Duration;

use axum::{Router, routing::get};
use tachograph_core::{DbQuery, LlmRequest, Outcome, ToolExecution};
use tachograph_tower::HttpServerLayer;

use crate::server::Server;

/// Values of the header in the answer of a handler that did some work.
async fn timings(configure: fn(HttpServerLayer) -> HttpServerLayer) -> Vec<String> {
    let works = || async {
        DbQuery::new("SELECT", "users").record(Duration::from_millis(7), Outcome::Success);
        DbQuery::new("SELECT", "orders").record(Duration::from_micros(5500), Outcome::Success);
        LlmRequest::new("openai", "gpt-4o").record(Duration::from_millis(20), Outcome::error("timeout"));
        ToolExecution::new("search").record(Duration::from_millis(1), Outcome::Success);
        [("server-timing", "edge;dur=1")]
    };
    let server = Server::start_with(Router::new().route("/", get(works)), configure).await;
    let answer = server.get("/").await;
    answer.lines().filter_map(|line| line.strip_prefix("server-timing: ")).map(str::to_owned).collect()
}

#[tokio::test]
async fn what_a_request_set_off_is_told_when_asked_for() {
    let timings = timings(HttpServerLayer::with_server_timing).await;
    assert_eq!(timings.len(), 2, "{timings:?}");
    assert_eq!(timings[0], "edge;dur=1", "the handler's own stays");
    let (total, work) = timings[1].split_once(", ").unwrap();
    assert!(total.strip_prefix("total;dur=").unwrap().parse::<f64>().unwrap() >= 0.0);
    assert_eq!(work, r#"db;dur=12.5;desc="2", llm;dur=20;desc="1", tool;dur=1;desc="1""#);
}

#[tokio::test]
async fn nothing_is_told_by_default() {
    assert_eq!(timings(|layer| layer).await, ["edge;dur=1"]);
}
