//! What the layer sends along.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty, Full};
use opentelemetry::{Context, KeyValue, baggage::BaggageExt as _, trace::FutureExt as _};
use opentelemetry_sdk::trace::Sampler;
use tachograph_core::semconv::metric;
use tachograph_testing::TestTelemetry;
use tachograph_tower::HttpClientLayer;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::{
    install_propagator,
    layer::{get, hyper},
    server::Server,
};

/// The headers that a request reaches the service with.
async fn sent(test: &TestTelemetry, layer: HttpClientLayer, request: Request<Empty<Bytes>>) -> http::HeaderMap {
    install_propagator();
    let seen = service_fn(|request: Request<Empty<Bytes>>| {
        let mut response = Response::new(Empty::<Bytes>::new());
        *response.headers_mut() = request.headers().clone();
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let context = Context::current().with_baggage([KeyValue::new("tenant", "blue")]);
    let layer = layer.with_telemetry(test.telemetry().clone());
    layer.layer(seen).oneshot(request).with_context(context).await.unwrap().headers().clone()
}

#[tokio::test]
async fn the_span_and_the_baggage_go_along_over_what_was_there() {
    let test = TestTelemetry::new();
    let mut request = get("http://a.internal/");
    for (name, value) in [("traceparent", "old"), ("tracestate", "old=1"), ("baggage", "old=1"), ("x-other", "stays")] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let headers = sent(&test, HttpClientLayer::new(), request).await;
    let span = test.span("GET").span_context;
    assert_eq!(headers["traceparent"], format!("00-{}-{}-01", span.trace_id(), span.span_id()));
    assert_eq!(headers["baggage"], "tenant=blue");
    assert_eq!(headers["x-other"], "stays");
    assert!(!headers.contains_key("tracestate"));
}

#[tokio::test]
async fn nothing_goes_along_where_it_may_not() {
    let test = TestTelemetry::new();
    let none = sent(&test, HttpClientLayer::new().with_propagation(false), get("http://a.internal/")).await;
    assert!(none.is_empty());
    let internal =
        || HttpClientLayer::new().with_propagation_to(|uri| uri.host().is_some_and(|host| host.ends_with(".internal")));
    assert!(sent(&test, internal(), get("http://stranger.example/")).await.is_empty());
    assert_eq!(sent(&test, internal(), get("http://a.internal/")).await.len(), 2);
    assert_eq!(test.spans().len(), 3);
}

#[tokio::test]
async fn a_span_that_is_not_sampled_goes_along_as_such_and_without_spans_the_headers_stay() {
    let unsampled = TestTelemetry::builder().with_sampler(Sampler::AlwaysOff).build();
    let headers = sent(&unsampled, HttpClientLayer::new(), get("http://a.internal/")).await;
    assert!(headers["traceparent"].to_str().unwrap().ends_with("-00"), "{headers:?}");

    let metrics = TestTelemetry::builder().with_metrics_only().build();
    let mut request = get("http://a.internal/");
    request.headers_mut().insert("traceparent", "of the caller".parse().unwrap());
    let headers = sent(&metrics, HttpClientLayer::new(), request).await;
    assert_eq!(headers["traceparent"], "of the caller");
    assert_eq!(headers["baggage"], "tenant=blue");
    assert_eq!(metrics.metrics().count(metric::HTTP_CLIENT_DURATION, &[]), 1);
}

#[tokio::test]
async fn the_headers_reach_the_server() {
    install_propagator();
    let (test, mut server) = (TestTelemetry::new(), Server::start().await);
    let response = HttpClientLayer::new()
        .with_telemetry(test.telemetry().clone())
        .layer(hyper())
        .oneshot(get(&server.url("/")))
        .await
        .unwrap();
    response.into_body().collect().await.unwrap();
    let span = test.span("GET").span_context;
    let header = format!("traceparent: 00-{}-{}-01", span.trace_id(), span.span_id());
    let head = server.head().await;
    assert!(head.contains(&header), "{head}");
}

#[tokio::test]
async fn where_no_telemetry_is_installed_requests_pass_untouched() {
    install_propagator();
    let seen = service_fn(|request: Request<Empty<Bytes>>| {
        assert!(request.headers().is_empty());
        std::future::ready(Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"hello")))))
    });
    let context = Context::current().with_baggage([KeyValue::new("tenant", "blue")]);
    let response = HttpClientLayer::new().layer(seen).oneshot(get("http://a/")).with_context(context).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "hello");
}
