//! The layer in a real server, seen by real clients.
//!
//! The runtime has one thread: once a test has heard that the server let go of something, the server's task has done all
//! that belongs to it.

#![allow(clippy::unwrap_used, reason = "in a test an `unwrap` is the assertion")]

mod client_address;
mod hostile_headers;
mod http2;
mod load;
mod recorded_text;
mod request_id;
mod server;
mod server_timing;
mod websocket;

use axum::{
    Router,
    body::{Body, Bytes},
    http::StatusCode,
    routing::{get, post},
};
use futures_util::{StreamExt as _, future::join_all, stream};
use tachograph_core::{ToolExecution, current, semconv::metric};
use tachograph_testing::attribute;
use tokio::sync::{mpsc, oneshot, watch};

use self::server::Server;

const DURATION: &str = metric::HTTP_DURATION;
const ACTIVE: &str = metric::HTTP_ACTIVE;

/// Tells that it was dropped.
struct Dropped(Option<oneshot::Sender<()>>);

impl Dropped {
    fn new() -> (Self, oneshot::Receiver<()>) {
        let (tell, told) = oneshot::channel();
        (Self(Some(tell)), told)
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        if let Some(tell) = self.0.take() {
            let _ = tell.send(());
        }
    }
}

/// Gives a value to the first request that asks.
fn once<T: Send + 'static>(value: T) -> impl Fn() -> T + Clone + Send {
    let slot = std::sync::Arc::new(std::sync::Mutex::new(Some(value)));
    move || slot.lock().unwrap().take().unwrap()
}

type Event = Result<Bytes, std::io::Error>;

fn event(text: &'static str) -> Event {
    Ok(Bytes::from_static(text.as_bytes()))
}

#[tokio::test]
async fn a_request_has_a_span_and_metrics_by_its_route() {
    let server = Server::start(Router::new().route("/users/{id}", get(|| async { "hello" }))).await;
    let answer = server.request("GET", "/users/4711?token=x", "user-agent: probe/1\r\n").await.read_to_end().await;
    assert!(answer.ends_with("hello"), "{answer}");

    server.assert_recorded_once("GET /users/{id} (server) http.response.status_code=200\n");
    let span = server.test.span("GET /users/{id}");
    for (key, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/users/{id}"),
        ("url.scheme", "http"),
        ("url.path", "/users/4711"),
        ("network.protocol.version", "1.1"),
        ("user_agent.original", "probe/1"),
    ] {
        assert_eq!(attribute(&span, key).as_deref(), Some(value), "{key}");
    }
    let metrics = server.test.metrics();
    let series = metrics.series(DURATION);
    assert_eq!(series.len(), 1);
    let labels: Vec<_> = series[0].attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        labels,
        [
            "http.request.method=GET",
            "http.response.status_code=200",
            "http.route=/users/{id}",
            "network.protocol.version=1.1",
            "url.scheme=http",
        ]
    );
    assert_eq!(metrics.sum(metric::HTTP_RESPONSE_SIZE, &[]), 5.0);
    assert_eq!(metrics.count(metric::HTTP_REQUEST_SIZE, &[]), 0, "the client told no size");
}

#[tokio::test]
async fn a_path_without_a_route_is_neither_name_nor_label() {
    let server = Server::start(Router::new().route("/known", get(|| async {}))).await;
    let answer = server.get("/wp-admin/setup.php").await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert_eq!(server.test.tree(), "GET (server) http.response.status_code=404\n");
    assert!(server.test.metrics().series(DURATION)[0].attributes.values().all(|value| !value.contains("wp-admin")));
}

#[tokio::test]
async fn a_server_error_is_an_error_and_a_client_error_is_none() {
    let routes = Router::new()
        .route("/broken", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
        .route("/teapot", get(|| async { StatusCode::IM_A_TEAPOT }));
    let server = Server::start(routes).await;
    server.get("/broken").await;
    server.get("/teapot").await;
    assert_eq!(
        server.test.tree(),
        "\
GET /broken (server) error.type=500 http.response.status_code=500 [error]
GET /teapot (server) http.response.status_code=418
"
    );
    assert_eq!(server.test.metrics().count(DURATION, &[("error.type", "500")]), 1);
}

#[tokio::test]
async fn the_size_of_the_request_is_what_the_client_tells() {
    let server = Server::start(Router::new().route("/in", post(|body: String| async move { body }))).await;
    let request = "POST /in HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4\r\n\r\nfour";
    assert!(server.send(request).await.read_to_end().await.ends_with("four"));
    let metrics = server.test.metrics();
    assert_eq!(metrics.sum(metric::HTTP_REQUEST_SIZE, &[("http.route", "/in")]), 4.0);
    assert_eq!(metrics.sum(metric::HTTP_RESPONSE_SIZE, &[("http.route", "/in")]), 4.0);
}

/// The size of the request when the client sends `chunks` and the handler is `handler`.
async fn size_of_chunked(handler: axum::routing::MethodRouter, chunks: &str) -> (u64, f64) {
    let server = Server::start(Router::new().route("/in", handler)).await;
    let head = "POST /in HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    let answer = server.send(format!("{head}{chunks}")).await.read_to_end().await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let metrics = server.test.metrics();
    (metrics.count(metric::HTTP_REQUEST_SIZE, &[]), metrics.sum(metric::HTTP_REQUEST_SIZE, &[]))
}

#[tokio::test]
async fn a_request_of_unknown_length_is_counted_as_it_is_read() {
    let all = || post(|body: String| async move { assert_eq!(body, "fourfive.") });
    assert_eq!(size_of_chunked(all(), "4\r\nfour\r\n5\r\nfive.\r\n0\r\n\r\n").await, (1, 9.0));
    let empty = || post(|body: String| async move { assert_eq!(body, "") });
    assert_eq!(size_of_chunked(empty(), "0\r\n\r\n").await, (1, 0.0));
    let first_frame = || {
        post(|body: Body| async move {
            body.into_data_stream().next().await.unwrap().unwrap();
        })
    };
    assert_eq!(size_of_chunked(first_frame(), "4\r\nfour\r\n").await, (1, 4.0));
    let nothing = || post(|| async {});
    assert_eq!(size_of_chunked(nothing(), "4\r\nfour\r\n0\r\n\r\n").await, (0, 0.0), "nobody knows");
}

#[tokio::test]
async fn a_request_that_is_not_read_has_the_size_that_the_client_tells() {
    let server = Server::start(Router::new().route("/in", post(|| async {}))).await;
    let request = "POST /in HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4\r\n\r\nfour";
    server.send(request).await.read_to_end().await;
    assert_eq!(server.test.metrics().sum(metric::HTTP_REQUEST_SIZE, &[]), 4.0);
}

#[tokio::test]
async fn a_streamed_response_ends_with_its_last_byte() {
    let (events, received) = mpsc::channel::<&'static str>(1);
    let received = once(received);
    let stream = get(move || async move {
        let events = stream::unfold(received(), |mut received| async move {
            let text = received.recv().await?;
            ToolExecution::new("search").run(|| ());
            Some((event(text), received))
        });
        Body::from_stream(events)
    });
    let server = Server::start(Router::new().route("/stream", stream)).await;

    let mut client = server.request("GET", "/stream", "").await;
    events.send("data: 1\n\n").await.unwrap();
    client.read_until("data: 1").await;
    assert_eq!(server.test.tree(), "execute_tool search\n", "the head was sent, the request goes on");
    assert_eq!(server.test.metrics().value(ACTIVE, &[]), 1.0);
    assert_eq!(server.test.metrics().count(DURATION, &[]), 0);

    events.send("data: 22\n\n").await.unwrap();
    drop(events);
    client.read_to_end().await;
    server.assert_recorded_once(
        "\
GET /stream (server) http.response.status_code=200
  execute_tool search
  execute_tool search
",
    );
    assert_eq!(server.test.metrics().sum(metric::HTTP_RESPONSE_SIZE, &[]), 19.0);
}

#[tokio::test]
async fn a_client_that_goes_away_in_the_middle_of_the_body_is_recorded_once() {
    let (held, let_go) = Dropped::new();
    let held = once(held);
    let stream = get(move || async move {
        let held = held();
        let events = stream::once(async { event("data: 1\n\n") }).chain(stream::pending()).map(move |item| {
            let _ = &held;
            item
        });
        Body::from_stream(events)
    });
    let server = Server::start(Router::new().route("/stream", stream)).await;

    let mut client = server.request("GET", "/stream", "").await;
    client.read_until("data: 1").await;
    assert_eq!(server.test.metrics().value(ACTIVE, &[]), 1.0);
    drop(client);
    let_go.await.unwrap();

    server.assert_recorded_once("GET /stream (server) error.type=cancelled http.response.status_code=200 [error]\n");
    let metrics = server.test.metrics();
    assert_eq!(metrics.count(DURATION, &[("error.type", "cancelled"), ("http.response.status_code", "200")]), 1);
    assert_eq!(metrics.sum(metric::HTTP_RESPONSE_SIZE, &[]), 9.0);
}

#[tokio::test]
async fn a_client_that_goes_away_before_the_head_is_recorded_once() {
    let (held, let_go) = Dropped::new();
    let (arrive, arrived) = oneshot::channel();
    let held = once((held, arrive));
    let never = get(move || async move {
        let (_held, arrive) = held();
        let tool = ToolExecution::new("slow").start();
        arrive.send(()).unwrap();
        std::future::pending::<()>().await;
        tool.succeed();
    });
    let server = Server::start(Router::new().route("/never", never)).await;

    let client = server.request("GET", "/never", "").await;
    arrived.await.unwrap();
    drop(client);
    let_go.await.unwrap();

    server.assert_recorded_once(
        "\
GET /never (server) error.type=cancelled [error]
  execute_tool slow error.type=cancelled [error]
",
    );
}

#[tokio::test]
async fn a_handler_that_panics_is_recorded_once() {
    async fn panics() {
        panic!("on purpose");
    }
    let server = Server::start(Router::new().route("/panic", get(panics))).await;
    assert_eq!(server.get("/panic").await, "", "the server closes the connection");
    server.assert_recorded_once("GET /panic (server) error.type=panic [error]\n");
    assert_eq!(server.test.metrics().count(DURATION, &[("error.type", "panic")]), 1);
}

#[tokio::test]
async fn a_body_that_panics_is_recorded_once() {
    let stream = get(|| async {
        Body::from_stream(stream::unfold(0, |sent| async move {
            assert!(sent == 0, "on purpose");
            Some((event("data: 1\n\n"), 1))
        }))
    });
    let server = Server::start(Router::new().route("/panic", stream)).await;
    server.request("GET", "/panic", "").await.read_to_end().await;
    server.assert_recorded_once("GET /panic (server) error.type=panic http.response.status_code=200 [error]\n");
}

#[tokio::test]
async fn a_body_that_fails_is_an_error() {
    let stream = get(|| async {
        Body::from_stream(stream::iter([event("data: 1\n\n"), Err(std::io::Error::other("source gone"))]))
    });
    let server = Server::start(Router::new().route("/fails", stream)).await;
    server.request("GET", "/fails", "").await.read_to_end().await;
    server.assert_recorded_once("GET /fails (server) error.type=body_error http.response.status_code=200 [error]\n");
}

#[tokio::test]
async fn responses_that_have_no_body_end_with_their_head() {
    let told_its_length = get(|| async {
        let body = Body::from_stream(stream::iter([event("12345")]).chain(stream::pending()));
        ([("content-length", "5")], body)
    });
    let routes = Router::new()
        .route("/text", get(|| async { "hello" }))
        .route("/none", get(|| async { StatusCode::NO_CONTENT }))
        .route("/same", get(|| async { (StatusCode::NOT_MODIFIED, Body::from_stream(stream::pending::<Event>())) }))
        .route("/told", told_its_length);
    let server = Server::start(routes).await;
    server.request("HEAD", "/text", "").await.read_to_end().await;
    server.get("/none").await;
    server.get("/same").await;
    assert!(server.get("/told").await.ends_with("12345"));
    assert_eq!(
        server.test.tree(),
        "\
HEAD /text (server) http.response.status_code=200
GET /none (server) http.response.status_code=204
GET /same (server) http.response.status_code=304
GET /told (server) http.response.status_code=200
"
    );
    assert_eq!(server.test.metrics().sum(metric::HTTP_RESPONSE_SIZE, &[]), 5.0);
}

#[tokio::test]
async fn excluded_paths_have_neither_span_nor_metric() {
    let ok = || get(|| async { "ok" });
    let routes = Router::new()
        .route("/health", ok())
        .route("/monitoring/metrics", ok())
        .route("/internal/{*rest}", ok())
        .route("/healthcare", ok());
    let server = Server::start_with(routes, |layer| layer.with_excluded_path_prefix("/internal")).await;
    for path in ["/health", "/health?full=1", "/health/none", "/monitoring/metrics", "/internal/a/b"] {
        server.get(path).await;
    }
    assert!(server.test.spans().is_empty());
    assert!(server.test.metrics().names().is_empty());
    server.get("/healthcare").await;
    assert_eq!(server.test.tree(), "GET /healthcare (server) http.response.status_code=200\n");
}

#[tokio::test]
async fn without_excluded_paths_health_is_tracked() {
    let routes = Router::new().route("/health", get(|| async { "ok" }));
    let server = Server::start_with(routes, |layer| layer.without_excluded_paths()).await;
    server.get("/health").await;
    assert_eq!(server.test.spans().len(), 1);
}

#[tokio::test]
async fn parallel_requests_are_in_flight_together_and_keep_their_own_traces() {
    const CLIENTS: usize = 8;
    let (arrive, mut arrived) = mpsc::channel(CLIENTS);
    let (release, released) = watch::channel(false);
    let handler = get(move || {
        let (arrive, mut released) = (arrive.clone(), released.clone());
        async move {
            arrive.send(()).await.unwrap();
            released.wait_for(|released| *released).await.unwrap();
            ToolExecution::new("search").run(|| ());
        }
    });
    let server = Server::start(Router::new().route("/work", handler)).await;
    let requests = join_all((0..CLIENTS).map(|_| server.get("/work")));
    let watching = async {
        for _ in 0..CLIENTS {
            arrived.recv().await.unwrap();
        }
        assert_eq!(server.test.metrics().value(ACTIVE, &[]), CLIENTS as f64);
        release.send(true).unwrap();
    };
    futures_util::future::join(requests, watching).await;

    let one = "GET /work (server) http.response.status_code=200\n  execute_tool search\n";
    assert_eq!(server.test.tree(), one.repeat(CLIENTS));
    assert_eq!(server.test.metrics().count(DURATION, &[]), CLIENTS as u64);
    assert_eq!(server.test.metrics().value(ACTIVE, &[]), 0.0);
}

#[tokio::test]
async fn the_handler_reaches_the_request_that_it_answers() {
    let handler = get(|| async { current::http_request(|request| request.attribute("app.tenant", "blue")) });
    let server = Server::start(Router::new().route("/", handler)).await;
    server.get("/").await;
    assert_eq!(server.test.tree_with(&["app.*"]), "GET / (server) app.tenant=blue\n");
}
