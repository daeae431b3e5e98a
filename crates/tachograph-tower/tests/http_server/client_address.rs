//! Who the client is: the peer, or who stands behind trusted proxies.

use axum::{Router, routing::get};
use opentelemetry::Context;
use opentelemetry_sdk::trace::Sampler;
use tachograph_core::{Policy, context, semconv::metric};
use tachograph_testing::{TestTelemetry, attribute};
use tachograph_tower::{HttpServerLayer, TrustedProxies};

use crate::server::Server;

/// `client.address` and `url.scheme` of a request with these headers.
async fn client(headers: &str, configure: impl FnOnce(HttpServerLayer) -> HttpServerLayer) -> (Option<String>, String) {
    let server = Server::start_with(Router::new().route("/", get(|| async {})), configure).await;
    server.request("GET", "/", headers).await.read_to_end().await;
    let span = server.test.span("GET /");
    let scheme = server.test.metrics().series(metric::HTTP_DURATION)[0].attributes["url.scheme"].clone();
    assert_eq!(attribute(&span, "url.scheme").as_ref(), Some(&scheme));
    (attribute(&span, "client.address"), scheme)
}

fn trusting(networks: &'static [&'static str]) -> impl FnOnce(HttpServerLayer) -> HttpServerLayer {
    move |layer| layer.with_trusted_proxies(TrustedProxies::parse(networks).unwrap())
}

const SPOOFED: &str =
    "x-forwarded-for: 192.0.2.1\r\nx-forwarded-proto: https\r\nforwarded: for=192.0.2.1;proto=https\r\n";

fn is(address: &str, scheme: &str) -> (Option<String>, String) {
    (Some(address.to_owned()), scheme.to_owned())
}

#[tokio::test]
async fn without_trusted_proxies_the_client_is_the_peer_whatever_it_sends() {
    assert_eq!(client(SPOOFED, |layer| layer).await, is("127.0.0.1", "http"));
}

#[tokio::test]
async fn a_peer_that_is_no_trusted_proxy_is_not_believed() {
    assert_eq!(client(SPOOFED, trusting(&["10.0.0.0/8", "::1"])).await, is("127.0.0.1", "http"));
}

#[tokio::test]
async fn a_trusted_proxy_is_believed_as_far_as_its_own_word_goes() {
    assert_eq!(client(SPOOFED, trusting(&["127.0.0.0/8"])).await, is("192.0.2.1", "https"));
    let appended = "x-forwarded-for: 6.6.6.6, 2001:db8::1\r\nx-forwarded-for: 10.1.2.3\r\n";
    assert_eq!(client(appended, trusting(&["127.0.0.1", "10.0.0.0/8"])).await, is("2001:db8::1", "http"));
    let hidden = "forwarded: for=6.6.6.6, for=_hidden;proto=https\r\n";
    assert_eq!(client(hidden, trusting(&["127.0.0.1"])).await, (None, "https".to_owned()));
}

#[tokio::test]
async fn the_peer_may_come_from_a_function() {
    let unix_socket = |layer: HttpServerLayer| trusting(&["::1"])(layer.with_peer(|_| "[::1]:1".parse().ok()));
    assert_eq!(client(SPOOFED, unix_socket).await, is("192.0.2.1", "https"));
    let unknown = |layer: HttpServerLayer| trusting(&["127.0.0.1"])(layer.with_peer(|_| None));
    assert_eq!(client(SPOOFED, unknown).await, (None, "http".to_owned()));
}

#[tokio::test]
async fn what_the_layer_is_told_of_tls_stands_over_what_a_proxy_says() {
    let https = |layer: HttpServerLayer| trusting(&["127.0.0.1"])(layer).with_https();
    assert_eq!(client("x-forwarded-proto: http\r\n", https).await, is("127.0.0.1", "https"));
    assert_eq!(client("x-forwarded-proto: gopher\r\n", trusting(&["127.0.0.1"])).await, is("127.0.0.1", "http"));
}

#[tokio::test]
async fn no_address_of_a_client_is_a_label() {
    let routes = Router::new().route("/", get(|| async {}));
    let server = Server::start_with(routes, trusting(&["127.0.0.1"])).await;
    for client in 0..20 {
        let headers =
            format!("x-forwarded-for: 192.0.2.{client}\r\nuser-agent: bot/{client}\r\nx-request-id: {client}\r\n");
        server.request("GET", &format!("/?q={client}"), &headers).await.read_to_end().await;
    }
    assert_eq!(server.test.metrics().series(metric::HTTP_DURATION).len(), 1);
    assert_eq!(server.test.metrics().count(metric::HTTP_DURATION, &[]), 20);
}

#[tokio::test]
async fn log_lines_may_have_the_client_and_the_path_of_a_request_without_a_span() {
    let told = |wanted: bool| async move {
        let policy = Policy::default().with_requests_in_logs(wanted).with_drop_unsampled_children(true);
        let test = TestTelemetry::builder().with_policy(policy).with_sampler(Sampler::AlwaysOff).build();
        let (tell, told) = std::sync::mpsc::channel();
        let routes = Router::new()
            .route("/{id}", get(async move || tell.send(Context::map_current(context::served_request)).unwrap()));
        let server = Server::start_with(routes, |layer| layer.with_telemetry(test.telemetry().clone())).await;
        let unsampled = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00\r\n";
        server.request("GET", "/7?page=2", unsampled).await.read_to_end().await;
        told.recv().unwrap()
    };
    let request = told(true).await.unwrap();
    assert_eq!(request.method.as_str(), "GET");
    assert_eq!(request.path.unwrap().as_str(), "/7");
    assert_eq!(request.client_address.unwrap().as_str(), "127.0.0.1");
    assert_eq!(told(false).await, None);
}
