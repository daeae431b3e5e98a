//! The layer around a service, polled and dropped by hand.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are the assertion, or the subject")]

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Once,
    task::{self, Poll},
};

use axum::{Router, body::Body, routing::get};
use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, poll, stream};
use http::{Request, Response, StatusCode, Version};
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt as _, Full, StreamBody};
use opentelemetry::{Context, baggage::BaggageExt as _, propagation::TextMapCompositePropagator};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use tachograph_core::{ToolExecution, semconv::metric};
use tachograph_testing::{TestTelemetry, attribute};
use tachograph_tower::HttpServerLayer;
use tower::{Layer as _, Service as _, ServiceExt as _, service_fn};

fn layer(test: &TestTelemetry) -> HttpServerLayer {
    HttpServerLayer::new().with_telemetry(test.telemetry().clone())
}

/// One request was recorded: `tree` is its span, with one duration, and nothing is in flight.
#[track_caller]
fn assert_recorded_once(test: &TestTelemetry, tree: &str) {
    assert_eq!(test.tree(), tree);
    assert_eq!(test.spans().len(), 1);
    let metrics = test.metrics();
    assert_eq!((metrics.count(metric::HTTP_DURATION, &[]), metrics.value(metric::HTTP_ACTIVE, &[])), (1, 0.0));
}

fn get_request(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).unwrap()
}

async fn empty(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    Ok(Response::new(Body::empty()))
}

async fn hello(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    Ok(Response::new(Body::from("hello")))
}

async fn never(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    std::future::pending().await
}

async fn panics(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    panic!("on purpose")
}

async fn fails(_: Request<Body>) -> Result<Response<Body>, &'static str> {
    Err("pool is gone")
}

async fn uses_a_tool(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    ToolExecution::new("search").run(|| ());
    Ok(Response::new(Body::empty()))
}

/// Answers with the tenant that came in the baggage.
async fn tells_the_tenant(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    let tenant = Context::map_current(|context| context.baggage().get("tenant").map(ToString::to_string));
    Ok(Response::new(Body::from(tenant.unwrap_or_default())))
}

/// Uses a tool when it is dropped.
struct CleansUp;

impl Drop for CleansUp {
    fn drop(&mut self) {
        ToolExecution::new("clean up").run(|| ());
    }
}

async fn never_and_cleans_up(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    let _cleans_up = CleansUp;
    std::future::pending().await
}

async fn streams_and_cleans_up(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    let cleans_up = CleansUp;
    let pending = stream::pending::<Result<Bytes, Infallible>>().inspect(move |_| {
        let _ = &cleans_up;
    });
    Ok(Response::new(Body::from_stream(pending)))
}

/// A body of so many frames that does not know its length, and yet when it is at its end.
struct Frames(usize);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        assert!(self.0 > 0, "polled although it had said that it was at its end");
        self.0 -= 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"frame")))))
    }

    fn is_end_stream(&self) -> bool {
        self.0 == 0
    }
}

async fn frames<const N: usize>(_: Request<Body>) -> Result<Response<Frames>, Infallible> {
    Ok(Response::new(Frames(N)))
}

/// Every propagation test of this process uses the same propagator.
fn install_propagator() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let propagator = TextMapCompositePropagator::new(vec![
            Box::new(TraceContextPropagator::new()),
            Box::new(BaggagePropagator::new()),
        ]);
        opentelemetry::global::set_text_map_propagator(propagator);
    });
}

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn propagated_request() -> Request<Body> {
    Request::get("/")
        .header("traceparent", TRACEPARENT)
        .header("tracestate", "vendor=1")
        .header("baggage", "tenant=blue")
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn a_request_dropped_before_its_first_poll_is_cancelled() {
    let test = TestTelemetry::new();
    let mut service = layer(&test).layer(service_fn(empty));
    drop(service.ready().await.unwrap().call(get_request("/")));
    assert_recorded_once(&test, "GET (server) error.type=cancelled [error]\n");
}

#[tokio::test]
async fn what_a_service_tracks_while_it_is_called_belongs_to_the_request() {
    let test = TestTelemetry::new();
    let service = layer(&test).layer(service_fn(|request: Request<Body>| {
        ToolExecution::new("search").run(|| ());
        empty(request)
    }));
    service.oneshot(get_request("/")).await.unwrap();
    assert_eq!(test.tree_with(&[]), "GET (server)\n  execute_tool search\n");
}

#[tokio::test]
async fn a_dropped_response_future_is_a_cancelled_request() {
    let test = TestTelemetry::new();
    let service = layer(&test).layer(service_fn(never));
    let mut response = Box::pin(service.oneshot(get_request("/")));
    assert!(poll!(&mut response).is_pending());
    assert_eq!(test.metrics().value(metric::HTTP_ACTIVE, &[]), 1.0);
    drop(response);
    assert_recorded_once(&test, "GET (server) error.type=cancelled [error]\n");
}

#[tokio::test]
async fn a_dropped_body_is_a_cancelled_request() {
    let test = TestTelemetry::new();
    let service = layer(&test).layer(service_fn(hello));
    let response = service.oneshot(get_request("/")).await.unwrap();
    assert!(test.spans().is_empty());
    drop(response);
    assert_recorded_once(&test, "GET (server) error.type=cancelled http.response.status_code=200 [error]\n");
}

#[tokio::test]
async fn what_is_tracked_while_a_request_is_dropped_belongs_to_it() {
    let test = TestTelemetry::new();
    let mut response = Box::pin(layer(&test).layer(service_fn(never_and_cleans_up)).oneshot(get_request("/")));
    assert!(poll!(&mut response).is_pending());
    drop(response);
    let cancelled = "GET (server) error.type=cancelled [error]\n  execute_tool clean up\n";
    assert_eq!(test.tree_with(&["error.type"]), cancelled);

    let test = TestTelemetry::new();
    drop(layer(&test).layer(service_fn(streams_and_cleans_up)).oneshot(get_request("/")).await.unwrap());
    assert_eq!(test.tree_with(&["error.type"]), cancelled);
}

#[tokio::test]
async fn a_body_that_says_it_is_at_its_end_is_not_polled_for_it() {
    let test = TestTelemetry::new();
    let ended = layer(&test).layer(service_fn(frames::<0>));
    drop(ended.oneshot(get_request("/")).await.unwrap());
    let one = layer(&test).layer(service_fn(frames::<1>));
    let mut body = one.oneshot(get_request("/")).await.unwrap().into_body();
    assert_eq!(test.spans().len(), 1);
    assert!(body.frame().await.is_some());
    assert_eq!(test.tree(), "GET (server) http.response.status_code=200\n".repeat(2));
    assert_eq!(test.metrics().sum(metric::HTTP_RESPONSE_SIZE, &[]), 5.0);
    assert!(body.is_end_stream());
    assert!(body.frame().await.is_none(), "and it stays at its end");
}

#[tokio::test]
async fn a_panic_is_recorded_when_it_happens_and_not_when_the_future_is_dropped() {
    let test = TestTelemetry::new();
    let service = layer(&test).layer(service_fn(panics));
    let mut response = Box::pin(AssertUnwindSafe(service.oneshot(get_request("/"))).catch_unwind());
    assert!(response.as_mut().await.is_err());
    assert_recorded_once(&test, "GET (server) error.type=panic [error]\n");
    drop(response);
    assert_recorded_once(&test, "GET (server) error.type=panic [error]\n");
}

#[tokio::test]
async fn a_service_that_panics_before_it_gives_a_future_is_recorded_once() {
    let test = TestTelemetry::new();
    let mut service = layer(&test).layer(service_fn(|request: Request<Body>| {
        assert!(request.uri().path() != "/", "on purpose");
        empty(request)
    }));
    assert!(std::panic::catch_unwind(AssertUnwindSafe(|| service.call(get_request("/")))).is_err());
    assert_recorded_once(&test, "GET (server) error.type=panic [error]\n");
}

#[tokio::test]
async fn trailers_end_a_response_and_pass() {
    let test = TestTelemetry::new();
    let service = layer(&test).layer(service_fn(|_: Request<Body>| async {
        let trailers = [("x-checksum", "1")].map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let frames = [Frame::data(Bytes::from_static(b"hello")), Frame::trailers(trailers.into_iter().collect())];
        let body = StreamBody::new(stream::iter(frames.map(Ok::<_, Infallible>)).chain(stream::pending()));
        Ok::<_, Infallible>(Response::new(body))
    }));
    let mut body = service.oneshot(get_request("/")).await.unwrap().into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "hello");
    assert!(test.spans().is_empty());
    assert_eq!(body.frame().await.unwrap().unwrap().into_trailers().unwrap()["x-checksum"], "1");
    assert_recorded_once(&test, "GET (server) http.response.status_code=200\n");
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn a_body_that_is_not_axums_has_the_length_that_it_is_told_to_have() {
    let test = TestTelemetry::new();
    let service = layer(&test).layer(service_fn(|request: Request<Full<Bytes>>| async move {
        request.into_body().collect().await?;
        Ok::<_, Infallible>(Response::new(Body::empty()))
    }));
    let request = |head: http::request::Builder| head.body(Full::new(Bytes::from_static(b"hello"))).unwrap();
    service.clone().oneshot(request(Request::post("/"))).await.unwrap();
    assert_eq!(test.metrics().count(metric::HTTP_REQUEST_SIZE, &[]), 0);
    service.oneshot(request(Request::post("/").header("content-length", "5"))).await.unwrap();
    assert_eq!(test.metrics().sum(metric::HTTP_REQUEST_SIZE, &[]), 5.0);
}

#[tokio::test]
async fn a_failed_service_is_an_error_and_its_error_passes() {
    let test = TestTelemetry::new();
    let service = layer(&test).layer(service_fn(fails));
    assert_eq!(service.oneshot(get_request("/")).await.unwrap_err(), "pool is gone");
    assert_recorded_once(&test, "GET (server) error.type=service_error [error]\n");
}

#[tokio::test]
async fn without_telemetry_everything_passes_untracked() {
    let mut service = HttpServerLayer::new().layer(service_fn(hello));
    let response = service.ready().await.unwrap().call(get_request("/"));
    assert!(format!("{response:?}").contains("tracked: false"));
    let body = response.await.unwrap().into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "hello");
}

#[tokio::test]
async fn telemetry_in_force_where_the_service_is_called_is_used() {
    use opentelemetry::trace::FutureExt as _;
    let test = TestTelemetry::new();
    let service = HttpServerLayer::new().layer(service_fn(uses_a_tool));
    service.oneshot(get_request("/")).with_context(test.context()).await.unwrap();
    assert_eq!(test.tree_with(&[]), "GET (server)\n  execute_tool search\n");
}

#[tokio::test]
async fn the_callers_trace_and_baggage_are_taken_over() {
    install_propagator();
    let test = TestTelemetry::new();
    let service = layer(&test).layer(service_fn(tells_the_tenant));
    let body = service.oneshot(propagated_request()).await.unwrap().into_body();
    assert_eq!(body.collect().await.unwrap().to_bytes(), "blue");
    let span = test.span("GET");
    assert_eq!(span.span_context.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(span.parent_span_id.to_string(), "b7ad6b7169203331");
    assert_eq!(span.span_context.trace_state().get("vendor"), Some("1"));
    assert!(span.parent_span_is_remote);
}

#[tokio::test]
async fn a_callers_trace_is_refused_where_the_layer_is_told_so() {
    install_propagator();
    let test = TestTelemetry::new();
    let service = layer(&test).with_remote_context(false).layer(service_fn(empty));
    service.oneshot(propagated_request()).await.unwrap();
    let span = test.span("GET");
    assert_ne!(span.span_context.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(span.parent_span_id, opentelemetry::SpanId::INVALID);
}

#[tokio::test]
async fn what_a_client_makes_up_is_no_label() {
    let test = TestTelemetry::new();
    let service = layer(&test).layer(service_fn(empty));
    let long = format!("{}é{}", "a".repeat(1023), "b".repeat(100));
    let request = Request::builder()
        .method("BREW")
        .uri("gopher://x/pot")
        .header("user-agent", "u".repeat(5000))
        .header("content-length", "many");
    service.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let metrics = test.metrics();
    let series = metrics.series(metric::HTTP_DURATION)[0];
    assert_eq!(series.attributes["http.request.method"], "_OTHER");
    assert_eq!(series.attributes["url.scheme"], "http");
    assert_eq!(metrics.count(metric::HTTP_REQUEST_SIZE, &[]), 0);
    let span = test.span("HTTP");
    assert_eq!(attribute(&span, "http.request.method_original").as_deref(), Some("BREW"));
    assert_eq!(attribute(&span, "user_agent.original").map(|text| text.len()), Some(1024));

    let uri = http::Uri::try_from(format!("/{long}").into_bytes()).unwrap();
    service.oneshot(Request::get(uri).body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(attribute(&test.span("GET"), "url.path").map(|text| text.len()), Some(1024));
}

async fn seen(uri: &str, configure: fn(HttpServerLayer) -> HttpServerLayer) -> String {
    let test = TestTelemetry::new();
    let mut request = get_request(uri);
    *request.version_mut() = Version::HTTP_2;
    configure(layer(&test)).layer(service_fn(empty)).oneshot(request).await.unwrap();
    test.tree_with(&["network.protocol.version", "url.scheme"])
}

#[tokio::test]
async fn scheme_and_version_come_from_the_request_unless_they_are_told() {
    let plain = seen("/", |layer| layer).await;
    assert_eq!(plain, "GET (server) network.protocol.version=2 url.scheme=http\n");
    assert_eq!(seen("https://x/", |layer| layer).await, plain.replace("=http\n", "=https\n"));
    assert_eq!(seen("/", HttpServerLayer::with_https).await, plain.replace("=http\n", "=https\n"));
}

#[tokio::test]
async fn a_route_function_stands_instead_of_the_matched_route() {
    let test = TestTelemetry::new();
    let layer = layer(&test)
        .with_route(|request| request.uri.path().starts_with("/files/").then(|| "/files/{*path}".to_owned()));
    let app = Router::new()
        .route("/files/{name}", get(|| async {}))
        .route("/other", get(|| async { StatusCode::ACCEPTED }))
        .layer(layer);
    app.clone().oneshot(get_request("/files/a")).await.unwrap();
    app.oneshot(get_request("/other")).await.unwrap();
    assert_eq!(
        test.tree_with(&["http.route"]),
        "GET /files/{*path} (server) http.route=/files/{*path}\nGET (server)\n"
    );
}

#[tokio::test]
async fn below_a_nested_router_the_path_is_still_the_one_that_was_sent() {
    let test = TestTelemetry::new();
    let inner = Router::new().route("/health", get(|| async {})).layer(layer(&test));
    let app = Router::new().nest("/api", inner);
    app.oneshot(get_request("/api/health")).await.unwrap();
    assert_eq!(test.tree_with(&["url.path"]), "GET /api/health (server) url.path=/api/health\n");
}
