//! Names that callers make up become neither labels nor series.

use bytes::Bytes;
use tachograph_core::semconv::metric;
use tachograph_testing::attribute;
use tonic::{Code, Request};

use crate::{echo::Event, harness::Harness};

const SERVER: &str = metric::RPC_SERVER_DURATION;

/// The labels `rpc.method` of the server's durations.
fn methods(harness: &Harness) -> Vec<String> {
    let metrics = harness.test.metrics();
    let label = |series: &&tachograph_testing::metrics::Series| {
        series.attributes.get("rpc.method").cloned().unwrap_or_else(|| "none".to_owned())
    };
    let mut methods: Vec<_> = metrics.series(SERVER).iter().map(label).collect();
    methods.sort();
    methods
}

#[tokio::test]
async fn a_thousand_invented_names_are_one_series() {
    let harness = Harness::start().await;
    let mut client = harness.client();
    for number in 0..500 {
        for path in [format!("/test.Echo/Invented{number}"), format!("/invented.Service{number}/Method")] {
            let error = client.call(&path, Request::new(Bytes::new())).await.unwrap_err();
            assert_eq!(error.code(), Code::Unimplemented);
        }
    }
    assert_eq!(methods(&harness), ["_OTHER"]);
    let unimplemented = [("rpc.status_code", "UNIMPLEMENTED"), ("error.type", "UNIMPLEMENTED")];
    assert_eq!(harness.test.metrics().count(SERVER, &unimplemented), 1000);
    let spans = harness.test.spans();
    let server = spans.iter().find(|span| span.name == "grpc").unwrap();
    assert_eq!(attribute(server, "rpc.method").as_deref(), Some("_OTHER"));
    assert_eq!(attribute(server, "rpc.method_original").as_deref(), Some("test.Echo/Invented0"));
}

#[tokio::test]
async fn a_name_that_was_refused_is_none_until_the_method_answers() {
    let harness = Harness::start().await;
    let mut client = harness.client();
    client.say("denied").await.unwrap_err();
    assert_eq!(methods(&harness), ["_OTHER"]);
    client.say("not found").await.unwrap_err();
    client.say("denied").await.unwrap_err();
    assert_eq!(methods(&harness), ["_OTHER", "test.Echo/Say", "test.Echo/Say"]);
}

#[tokio::test]
async fn a_name_that_nobody_answered_to_is_none() {
    let mut harness = Harness::start().await;
    let mut client = harness.client();
    tokio::select! {
        answer = client.say("never") => panic!("{answer:?}"),
        () = harness.until(Event::Began) => {}
    }
    harness.until(Event::LetGo).await;
    assert_eq!(methods(&harness), ["none"]);
    let mut messages = harness.client().list("endless").await;
    assert!(messages.message().await.unwrap().is_some());
    drop(messages);
    harness.until(Event::LetGo).await;
    assert_eq!(methods(&harness), ["none", "test.Echo/List"], "a stream that began is of a method");
}

#[tokio::test]
async fn a_method_that_was_told_has_its_name_from_the_start() {
    let harness = Harness::start_with(|layer| layer.with_methods(["/test.Echo/Say"])).await;
    harness.client().say("denied").await.unwrap_err();
    assert_eq!(methods(&harness), ["test.Echo/Say"]);
}

#[tokio::test]
async fn health_checks_are_left_out_and_so_is_what_is_named() {
    let harness = Harness::start_with(|layer| layer.with_excluded_service("test.Echo")).await;
    let mut client = harness.client();
    assert_eq!(client.say("hello").await.unwrap(), "hello");
    client.call("/grpc.health.v1.Health/Check", Request::new(Bytes::new())).await.unwrap_err();
    assert!(methods(&harness).is_empty());

    let harness = Harness::start_with(tachograph_tower::GrpcServerLayer::without_excluded_services).await;
    harness.client().call("/grpc.health.v1.Health/Check", Request::new(Bytes::new())).await.unwrap_err();
    assert_eq!(methods(&harness).len(), 1);
}
