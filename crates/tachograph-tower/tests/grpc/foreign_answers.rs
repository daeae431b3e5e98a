//! Answers that no gRPC server gave, and servers that are not tonic's.

use std::convert::Infallible;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue,
    header::{AGE, CONTENT_TYPE},
    uri::PathAndQuery,
};
use http_body_util::{BodyExt as _, Full};
use tachograph_core::semconv::metric;
use tachograph_testing::TestTelemetry;
use tachograph_tower::{GrpcClientLayer, GrpcServerLayer};
use tonic::{Request, body::Body};
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::echo::Raw;

const SERVER: &str = metric::RPC_SERVER_DURATION;
const CLIENT: &str = metric::RPC_CLIENT_DURATION;

#[tokio::test]
async fn an_answer_without_a_status_is_unknown_or_what_its_http_status_means() {
    for (status, trailers, code) in [
        (200, false, "UNKNOWN"),
        (200, true, "UNKNOWN"),
        (400, false, "INTERNAL"),
        (401, false, "UNAUTHENTICATED"),
        (404, false, "UNIMPLEMENTED"),
        (503, false, "UNAVAILABLE"),
        (418, false, "UNKNOWN"),
    ] {
        let test = TestTelemetry::new();
        let answer = move |_: http::Request<()>| async move {
            let trailers = trailers.then(|| Ok(HeaderMap::from_iter([(AGE, HeaderValue::from(1))])));
            let body = Full::new(Bytes::from_static(b"text")).with_trailers(std::future::ready(trailers));
            Ok::<_, Infallible>(http::Response::builder().status(status).body(body).unwrap())
        };
        let client = GrpcClientLayer::new().with_telemetry(test.telemetry().clone()).layer(service_fn(answer));
        let server = GrpcServerLayer::new().with_telemetry(test.telemetry().clone()).layer(client);
        let request = http::Request::post("http://a.example:81/made.Up/Name").body(()).unwrap();
        server.oneshot(request).await.unwrap().into_body().collect().await.unwrap();
        let metrics = test.metrics();
        assert_eq!(metrics.count(SERVER, &[("rpc.status_code", code), ("rpc.method", "_OTHER")]), 1, "{status}");
        let asked = [("rpc.status_code", code), ("server.address", "a.example"), ("server.port", "81")];
        assert_eq!(metrics.count(CLIENT, &asked), 1, "{status}");
    }
}

#[tokio::test]
async fn a_page_of_a_proxy_is_no_cancelled_call_although_nobody_reads_it() {
    for (status, code) in [(200, "UNKNOWN"), (503, "UNAVAILABLE")] {
        let test = TestTelemetry::new();
        let page = move |_: http::Request<Body>| async move {
            let body = Body::new(Full::new(Bytes::from_static(b"<html>down for maintenance</html>")));
            let page = http::Response::builder().status(status).header(CONTENT_TYPE, "text/html");
            Ok::<_, Infallible>(page.body(body).unwrap())
        };
        let client = GrpcClientLayer::new().with_telemetry(test.telemetry().clone()).layer(service_fn(page));
        let path = PathAndQuery::from_static("/test.Echo/Say");
        let asked = Request::new(Bytes::from_static(b"hello"));
        tonic::client::Grpc::new(client).unary(asked, path, Raw).await.unwrap_err();
        assert_eq!(test.metrics().count(CLIENT, &[("rpc.status_code", code), ("error.type", code)]), 1, "{status}");
    }
}

#[tokio::test]
async fn a_router_of_axum_is_tracked_as_a_server_of_tonic_is() {
    let test = TestTelemetry::new();
    let layer = GrpcServerLayer::new().with_telemetry(test.telemetry().clone());
    let routes = tonic::service::Routes::default().into_axum_router().layer(layer);
    let request = http::Request::post("/made.Up/Name").body(axum::body::Body::empty()).unwrap();
    routes.oneshot(request).await.unwrap().into_body().collect().await.unwrap();
    assert_eq!(test.metrics().count(SERVER, &[("rpc.status_code", "UNIMPLEMENTED"), ("rpc.method", "_OTHER")]), 1);
}
