//! Calls that took too long.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use tachograph_core::semconv::metric;
use tachograph_testing::TestTelemetry;
use tachograph_tower::{GrpcClientLayer, GrpcServerLayer};
use tonic::{Request, body::Body};
use tower::{Layer as _, Service as _, service_fn};

use crate::harness::Harness;

const CLIENT: &str = metric::RPC_CLIENT_DURATION;

#[tokio::test]
async fn a_call_past_its_deadline_says_so_at_the_client() {
    let harness = Harness::start().await;
    let mut request = Request::new(Bytes::from_static(b"never"));
    request.set_timeout(Duration::from_millis(20));
    harness.client().call("/test.Echo/Say", request).await.unwrap_err();
    let metrics = harness.test.metrics();
    let exceeded = [("rpc.status_code", "DEADLINE_EXCEEDED"), ("error.type", "DEADLINE_EXCEEDED")];
    assert_eq!((metrics.count(CLIENT, &exceeded), metrics.count(CLIENT, &[])), (1, 1));
}

#[tokio::test]
async fn a_client_that_gives_a_call_up_after_its_deadline_says_so() {
    let test = TestTelemetry::new();
    let layer = GrpcClientLayer::new().with_telemetry(test.telemetry().clone());
    let never = service_fn(|_: http::Request<()>| std::future::pending::<Result<http::Response<Body>, Infallible>>());
    let request = http::Request::post("/test.Echo/Say").header("grpc-timeout", "1n").body(()).unwrap();
    drop(layer.layer(never).call(request));
    let line = "test.Echo/Say (client) error.type=DEADLINE_EXCEEDED rpc.status_code=DEADLINE_EXCEEDED [error]\n";
    assert_eq!(test.tree_with(&["rpc.status_code", "error.type"]), line);
}

#[tokio::test]
async fn a_server_that_gives_a_call_up_after_its_deadline_says_so() {
    let test = TestTelemetry::new();
    let layer = GrpcServerLayer::new().with_telemetry(test.telemetry().clone());
    let never = service_fn(|_: http::Request<()>| std::future::pending::<Result<http::Response<Body>, Infallible>>());
    for (timeout, line) in [
        ("1n", "grpc (server) error.type=DEADLINE_EXCEEDED rpc.status_code=DEADLINE_EXCEEDED [error]\n"),
        ("1H", "grpc (server) error.type=cancelled rpc.status_code=CANCELLED [error]\n"),
    ] {
        let request = http::Request::post("/test.Echo/Say").header("grpc-timeout", timeout).body(()).unwrap();
        drop(layer.layer(never).call(request));
        let tree = test.tree_with(&["rpc.status_code", "error.type"]);
        assert!(tree.ends_with(line), "{tree}");
    }
}
