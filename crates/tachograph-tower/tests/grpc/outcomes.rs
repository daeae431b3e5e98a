//! Every way in which a call ends: one record at the client, one at the server.

use bytes::Bytes;
use futures_util::{StreamExt as _, future::join_all, stream};
use http::uri::PathAndQuery;
use tachograph_core::semconv::metric;
use tachograph_testing::{TestTelemetry, attribute};
use tokio::net::TcpListener;
use tonic::{Code, Request};

use crate::{
    echo::{Event, Raw},
    harness::{Harness, client_of},
};

const SERVER: &str = metric::RPC_SERVER_DURATION;
const CLIENT: &str = metric::RPC_CLIENT_DURATION;

fn assert_recorded(test: &TestTelemetry, calls: u64) {
    let metrics = test.metrics();
    assert_eq!((metrics.count(CLIENT, &[]), metrics.count(SERVER, &[])), (calls, calls));
    assert_eq!(metrics.value(metric::OPERATIONS_ACTIVE, &[]), 0.0);
}

#[tokio::test]
async fn a_unary_call_is_one_span_at_each_end() {
    let harness = Harness::start().await;
    assert_eq!(harness.client().say("hello").await.unwrap(), "hello");
    assert_eq!(
        harness.tree(),
        "\
test.Echo/Say (client) rpc.status_code=OK
  test.Echo/Say (server) rpc.status_code=OK
"
    );
    assert_recorded(&harness.test, 1);
    for span in harness.test.spans() {
        assert_eq!(attribute(&span, "rpc.system.name").as_deref(), Some("grpc"));
        assert_eq!(attribute(&span, "rpc.method").as_deref(), Some("test.Echo/Say"));
    }
    let metrics = harness.test.metrics();
    let labels = [("rpc.method", "test.Echo/Say"), ("rpc.status_code", "OK"), ("rpc.system.name", "grpc")];
    assert_eq!(metrics.count(SERVER, &labels), 1);
    let port = harness.address.port().to_string();
    assert_eq!(
        metrics.count(CLIENT, &[&labels[..], &[("server.address", "127.0.0.1"), ("server.port", &port)]].concat()),
        1
    );
}

#[tokio::test]
async fn what_is_not_found_is_an_error_of_the_client_alone() {
    let harness = Harness::start().await;
    assert_eq!(harness.client().say("not found").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(
        harness.tree(),
        "\
test.Echo/Say (client) error.type=NOT_FOUND rpc.status_code=NOT_FOUND [error]
  test.Echo/Say (server) rpc.status_code=NOT_FOUND
"
    );
    assert_recorded(&harness.test, 1);
}

#[tokio::test]
async fn an_internal_error_is_one_of_both() {
    let harness = Harness::start().await;
    assert_eq!(harness.client().say("internal").await.unwrap_err().code(), Code::Internal);
    assert_eq!(
        harness.tree(),
        "\
test.Echo/Say (client) error.type=INTERNAL rpc.status_code=INTERNAL [error]
  test.Echo/Say (server) error.type=INTERNAL rpc.status_code=INTERNAL [error]
"
    );
    assert_recorded(&harness.test, 1);
}

#[tokio::test]
async fn streams_of_every_kind_are_recorded_to_their_trailers() {
    let harness = Harness::start().await;
    let mut client = harness.client();
    let mut listed = client.list("three").await;
    assert_eq!(listed.next().await.unwrap().unwrap(), "message");
    assert!(!harness.tree().contains("(client)"), "the stream is not at its end");
    assert_eq!(listed.count().await, 2);

    client.grpc.ready().await.unwrap();
    let messages = || Request::new(stream::iter(["a", "b"]).map(Bytes::from));
    let counted = client.grpc.client_streaming(messages(), PathAndQuery::from_static("/test.Echo/Count"), Raw).await;
    assert_eq!(counted.unwrap().into_inner(), "2");

    client.grpc.ready().await.unwrap();
    let echoed = client.grpc.streaming(messages(), PathAndQuery::from_static("/test.Echo/Chat"), Raw).await;
    assert_eq!(echoed.unwrap().into_inner().count().await, 2);
    assert_eq!(
        harness.tree(),
        "\
test.Echo/List (client) rpc.status_code=OK
  test.Echo/List (server) rpc.status_code=OK
test.Echo/Count (client) rpc.status_code=OK
  test.Echo/Count (server) rpc.status_code=OK
test.Echo/Chat (client) rpc.status_code=OK
  test.Echo/Chat (server) rpc.status_code=OK
"
    );
    assert_recorded(&harness.test, 3);
}

#[tokio::test]
async fn a_stream_that_fails_half_way_has_the_status_of_its_trailers() {
    let harness = Harness::start().await;
    let mut messages = harness.client().list("fails").await;
    assert!(messages.next().await.unwrap().is_ok());
    assert_eq!(messages.next().await.unwrap().unwrap_err().code(), Code::Internal);
    assert_eq!(
        harness.tree(),
        "\
test.Echo/List (client) error.type=INTERNAL rpc.status_code=INTERNAL [error]
  test.Echo/List (server) error.type=INTERNAL rpc.status_code=INTERNAL [error]
"
    );
    assert_recorded(&harness.test, 1);
}

#[tokio::test]
async fn a_stream_that_its_client_drops_is_cancelled_at_both_ends() {
    let mut harness = Harness::start().await;
    let mut messages = harness.client().list("endless").await;
    assert!(messages.next().await.unwrap().is_ok());
    drop(messages);
    harness.until(Event::LetGo).await;
    assert_eq!(
        harness.tree(),
        "\
test.Echo/List (client) error.type=CANCELLED rpc.status_code=CANCELLED [error]
  test.Echo/List (server) error.type=cancelled rpc.status_code=CANCELLED [error]
"
    );
    assert_recorded(&harness.test, 1);
}

#[tokio::test]
async fn a_call_dropped_before_its_answer_is_cancelled_at_both_ends() {
    let mut harness = Harness::start_with(|layer| layer.with_methods(["test.Echo/Say"])).await;
    let mut client = harness.client();
    tokio::select! {
        answer = client.say("never") => panic!("{answer:?}"),
        () = harness.until(Event::Began) => {}
    }
    harness.until(Event::LetGo).await;
    assert_eq!(
        harness.tree(),
        "\
test.Echo/Say (client) error.type=CANCELLED rpc.status_code=CANCELLED [error]
  test.Echo/Say (server) error.type=cancelled rpc.status_code=CANCELLED [error]
"
    );
    assert_recorded(&harness.test, 1);
}

/// `NOT_FOUND` of `NotFound`.
fn name(code: Code) -> String {
    let variant = format!("{code:?}");
    let word = |(at, letter): (usize, char)| {
        if at > 0 && letter.is_uppercase() { format!("_{letter}") } else { letter.to_string() }
    };
    variant.char_indices().map(word).collect::<String>().to_uppercase()
}

#[tokio::test]
async fn a_handler_that_panics_is_a_panic_at_the_server_and_an_error_at_the_client() {
    let harness = Harness::start().await;
    let refused = harness.client().say("panic").await.unwrap_err();
    let messages = harness.client().list("panic").await;
    let failed = messages.collect::<Vec<_>>().await.pop().unwrap().unwrap_err();
    assert_eq!(
        harness.tree(),
        format!(
            "\
test.Echo/Say (client) error.type={0} rpc.status_code={0} [error]
  test.Echo/Say (server) error.type=panic [error]
test.Echo/List (client) error.type={1} rpc.status_code={1} [error]
  test.Echo/List (server) error.type=panic [error]
",
            name(refused.code()),
            name(failed.code()),
        ),
        "the client records what its caller sees"
    );
    assert_recorded(&harness.test, 2);
}

#[test]
fn a_connection_lost_half_way_is_the_error_that_the_caller_sees() {
    let runtime = |workers: &mut tokio::runtime::Builder| workers.worker_threads(1).enable_all().build().unwrap();
    let servers = runtime(&mut tokio::runtime::Builder::new_multi_thread());
    let clients = runtime(&mut tokio::runtime::Builder::new_current_thread());
    let harness = servers.block_on(Harness::start());
    clients.block_on(async {
        let mut messages = harness.client().list("endless").await;
        assert!(messages.message().await.unwrap().is_some());
        servers.shutdown_background();
        let code = name(messages.message().await.unwrap_err().code());
        let metrics = harness.test.metrics();
        assert_eq!(
            metrics.count(CLIENT, &[("rpc.status_code", &code), ("error.type", &code)]),
            1,
            "{}",
            harness.tree()
        );
    });
}

#[tokio::test]
async fn a_refused_connection_is_unavailable() {
    let test = TestTelemetry::new();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let error = client_of(&test, address).say("hello").await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert_eq!(
        test.tree_with(&["rpc.status_code", "error.type"]),
        "test.Echo/Say (client) error.type=UNAVAILABLE rpc.status_code=UNAVAILABLE [error]\n"
    );
    assert_eq!(test.metrics().value(metric::OPERATIONS_ACTIVE, &[]), 0.0);
}

#[tokio::test]
async fn five_hundred_calls_on_several_connections_are_five_hundred_records() {
    let harness = Harness::start().await;
    let clients: Vec<_> = (0..5).map(|_| harness.client()).collect();
    let calls = (0..500).map(|number| {
        let mut client = clients[number % clients.len()].clone();
        async move { client.say(if number % 5 == 0 { "internal" } else { "hello" }).await.is_ok() }
    });
    assert_eq!(join_all(calls).await.into_iter().filter(|ok| *ok).count(), 400);
    let metrics = harness.test.metrics();
    for duration in [CLIENT, SERVER] {
        assert_eq!(metrics.count(duration, &[("rpc.status_code", "OK")]), 400);
        assert_eq!(metrics.count(duration, &[("error.type", "INTERNAL")]), 100);
        assert_eq!(metrics.series(duration).len(), 2);
    }
    assert_recorded(&harness.test, 500);
}
