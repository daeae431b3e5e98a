//! What crosses from the client to the server.

use bytes::Bytes;
use opentelemetry::{Context, KeyValue, baggage::BaggageExt as _, trace::FutureExt as _};
use tachograph_testing::{TestTelemetry, attribute};
use tachograph_tower::{GrpcClientLayer, GrpcServerLayer};
use tonic::{Request, transport::Channel};
use tower::Layer as _;

use crate::{
    echo::Raw,
    harness::{Client, Harness},
};

fn with_tenant() -> Context {
    Context::current().with_baggage([KeyValue::new("tenant", "blue")])
}

#[tokio::test]
async fn the_trace_and_the_baggage_of_the_client_reach_the_handler() {
    let harness = Harness::start_with(|layer| layer.with_baggage_keys(["tenant"])).await;
    let tenant = harness.client().say("tenant").with_context(with_tenant()).await.unwrap();
    assert_eq!(tenant, "blue");
    let spans = harness.test.spans();
    let [server, client] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!(server.parent_span_id, client.span_context.span_id());
    assert_eq!(server.span_context.trace_id(), client.span_context.trace_id());
    assert!(server.parent_span_is_remote);
    assert_eq!(attribute(server, "tenant").as_deref(), Some("blue"));
}

#[tokio::test]
async fn a_caller_whose_context_is_refused_starts_no_trace_here() {
    let harness = Harness::start_with(|layer| layer.with_remote_context(false)).await;
    assert_eq!(harness.client().say("tenant").with_context(with_tenant()).await.unwrap(), "");
    assert_eq!(harness.tree().lines().filter(|line| !line.starts_with(' ')).count(), 2, "{}", harness.tree());
}

#[tokio::test]
async fn a_client_that_shall_not_propagate_sends_nothing() {
    let harness = Harness::start().await;
    let channel = Channel::from_shared(format!("http://{}", harness.address)).unwrap().connect_lazy();
    let layer = GrpcClientLayer::new().with_telemetry(harness.test.telemetry().clone()).with_propagation(false);
    let mut client = Client { grpc: tonic::client::Grpc::new(layer.layer(channel)) };
    assert_eq!(client.say("tenant").with_context(with_tenant()).await.unwrap(), "");
    assert_eq!(harness.tree().lines().filter(|line| !line.starts_with(' ')).count(), 2, "{}", harness.tree());
}

#[tokio::test]
async fn metadata_of_the_caller_gives_way_to_the_span_of_the_call() {
    let harness = Harness::start().await;
    let mut request = Request::new(Bytes::from_static(b"hello"));
    let other = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    request.metadata_mut().insert("traceparent", other.parse().unwrap());
    harness.client().call("/test.Echo/Say", request).await.unwrap();
    let client = &harness.test.spans()[1];
    assert_eq!(harness.test.spans()[0].parent_span_id, client.span_context.span_id());
}

#[tokio::test]
async fn the_id_of_a_call_is_taken_over_or_made_and_returned() {
    let harness = Harness::start().await;
    let mut grpc = harness.client().grpc;
    for (sent, taken) in [(Some("abc-1"), true), (Some("no good"), false), (None, false)] {
        let mut request = Request::new(Bytes::from_static(b"hello"));
        if let Some(id) = sent {
            request.metadata_mut().insert("x-request-id", id.parse().unwrap());
        }
        grpc.ready().await.unwrap();
        let answer = grpc.unary(request, "/test.Echo/Say".parse().unwrap(), Raw).await.unwrap();
        let returned = answer.metadata().get("x-request-id").unwrap().to_str().unwrap().to_owned();
        assert_eq!(sent == Some(&returned), taken, "{returned}");
        let span = harness.test.spans().into_iter().rev().find(|span| span.parent_span_is_remote).unwrap();
        assert_eq!(attribute(&span, "tachograph.request.id"), Some(returned));
    }
}

#[tokio::test]
async fn where_no_telemetry_is_installed_calls_pass_untouched() {
    let seen = tower::service_fn(|request: http::Request<()>| async move {
        assert!(request.headers().is_empty());
        Ok::<_, std::convert::Infallible>(http::Response::new(tonic::body::Body::empty()))
    });
    let mut service = GrpcServerLayer::new().layer(GrpcClientLayer::new().layer(seen));
    let request = http::Request::post("/test.Echo/Say").body(()).unwrap();
    let response = tower::Service::call(&mut service, request).await.unwrap();
    assert!(response.headers().is_empty());
    assert!(TestTelemetry::new().spans().is_empty());
}
