//! HTTP/2: streams of one connection are requests of their own.

use axum::{
    Router,
    body::{Body, Bytes},
    http::Request,
    routing::{get, post},
};
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tachograph_core::semconv::metric;
use tachograph_testing::attribute;
use tokio::net::TcpStream;

use crate::{Dropped, Event, event, once, server::Server};

async fn connect(server: &Server) -> SendRequest<Body> {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (send, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    send
}

#[tokio::test]
async fn version_scheme_host_and_size_come_from_the_stream() {
    let server = Server::start(Router::new().route("/in", post(|body: Bytes| async move { body }))).await;
    let mut client = connect(&server).await;
    let chunks = stream::iter([event("four"), event("five.")]);
    let request = Request::post("https://shop.example:8443/in").body(Body::from_stream(chunks)).unwrap();
    let answer = client.send_request(request).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "fourfive.");

    server.assert_recorded_once("POST /in (server) http.response.status_code=200\n");
    let span = server.test.span("POST /in");
    for (key, value) in [
        ("network.protocol.version", "2"),
        ("url.scheme", "https"),
        ("server.address", "shop.example"),
        ("server.port", "8443"),
    ] {
        assert_eq!(attribute(&span, key).as_deref(), Some(value), "{key}");
    }
    assert_eq!(server.test.metrics().sum(metric::HTTP_REQUEST_SIZE, &[]), 9.0);
}

#[tokio::test]
async fn a_stream_that_the_client_resets_is_recorded_once_and_the_connection_lives_on() {
    let (held, let_go) = Dropped::new();
    let held = once(held);
    let endless = get(move || async move {
        let held = held();
        let events = stream::once(async { event("data: 1\n\n") }).chain(stream::pending::<Event>());
        Body::from_stream(events.map(move |item| {
            let _ = &held;
            item
        }))
    });
    let server = Server::start(Router::new().route("/stream", endless)).await;
    let mut client = connect(&server).await;
    let request = |path| Request::get(format!("http://x{path}")).body(Body::empty()).unwrap();
    let mut answer = client.send_request(request("/stream")).await.unwrap();
    assert_eq!(answer.frame().await.unwrap().unwrap().into_data().unwrap(), "data: 1\n\n");
    drop(answer);
    let_go.await.unwrap();
    server.assert_recorded_once("GET /stream (server) error.type=cancelled http.response.status_code=200 [error]\n");

    let answer = client.send_request(request("/none")).await.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(server.test.spans().len(), 2);
}
