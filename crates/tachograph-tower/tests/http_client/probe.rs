//! The probe that health checks ask a service with.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use opentelemetry::trace::FutureExt as _;
use tachograph_core::source::Ping as _;
use tachograph_testing::TestTelemetry;
use tachograph_tower::reqwest::{HttpProbe, HttpProbeError};

use crate::{
    middleware::plain_client,
    server::{Server, nobody},
};

fn probe(url: impl AsRef<str>) -> HttpProbe {
    // Without the proxies of the environment: everything is on this machine.
    HttpProbe::get(plain_client().no_proxy().build().unwrap(), url).unwrap()
}

async fn failure(probe: HttpProbe) -> String {
    probe.ping().await.unwrap_err().to_string()
}

#[tokio::test]
async fn any_answer_below_500_is_a_sign_of_life() {
    let mut server = Server::start().await;
    for path in ["/", "/missing", "/chunked"] {
        probe(server.url(path)).ping().await.unwrap();
        assert!(server.head().await.starts_with(&format!("get {path} http/1.1\r\n")));
    }
    let told = failure(probe(server.url("/broken"))).await;
    assert_eq!(told, format!("GET {}: status 500 Internal Server Error", server.url("/broken")));
}

#[tokio::test]
async fn the_body_is_not_waited_for() {
    let server = Server::start().await;
    let probed = tokio::time::timeout(Duration::from_secs(30), probe(server.url("/stalls")).ping());
    probed.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_expected_status_is_the_only_one_that_counts() {
    let server = Server::start().await;
    let expecting = |path, status| probe(server.url(path)).with_expected_status(status).unwrap();
    expecting("/", 200).ping().await.unwrap();
    expecting("/broken", 500).ping().await.unwrap();
    let told = failure(expecting("/missing", 200)).await;
    assert_eq!(told, format!("GET {}: status 404 Not Found instead of 200", server.url("/missing")));
    let told = failure(expecting("/", 204)).await;
    assert_eq!(told, format!("GET {}: status 200 OK instead of 204", server.url("/")));
}

#[tokio::test]
async fn headers_and_the_token_are_sent() {
    let mut server = Server::start().await;
    let url = format!("http://user:hunter2@{}/", server.address);
    let with_header = probe(&url).with_header(HeaderName::from_static("x-tenant"), HeaderValue::from_static("acme"));
    with_header.ping().await.unwrap();
    let head = server.head().await;
    assert!(head.contains("\r\nx-tenant: acme") && head.contains("\r\nauthorization: basic "), "{head}");
    probe(&url).with_bearer_auth("hunter3").unwrap().ping().await.unwrap();
    let head = server.head().await;
    assert!(head.contains("\r\nauthorization: bearer hunter3") && !head.contains("basic"), "{head}");
}

#[tokio::test]
async fn neither_credentials_nor_query_are_told() {
    let (server, nobody) = (Server::start().await, nobody().await);
    for (address, path) in [(nobody, "/health"), (server.address, "/broken"), (server.address, "/closes")] {
        let url = format!("http://user:hunter2@{address}{path}?key=hunter2#hunter2");
        let probe = probe(url).with_bearer_auth("hunter2").unwrap();
        let debug = format!("{probe:?}");
        let error = probe.ping().await.unwrap_err();
        let told = error.to_string();
        assert!(told.starts_with(&format!("GET http://{address}{path}: ")), "{told}");
        assert!(!format!("{told} {error:?} {debug}").to_lowercase().contains("hunter2"), "{told} {error:?} {debug}");
    }
}

#[tokio::test]
async fn the_reason_is_what_happened_and_not_that_a_request_was_sent() {
    let told = failure(probe(format!("http://{}/", nobody().await))).await;
    assert!(told.to_lowercase().contains("connection refused") && !told.contains("sending request"), "{told}");
}

#[tokio::test]
async fn a_probe_leaves_no_telemetry_behind() {
    let (test, mut server) = (TestTelemetry::new(), Server::start().await);
    probe(server.url("/")).ping().with_context(test.context()).await.unwrap();
    assert_eq!((test.spans().len(), test.metrics().names()), (0, vec![]));
    assert!(!server.head().await.contains("traceparent"));
}

#[test]
fn what_cannot_be_asked_is_refused_without_repeating_secrets() {
    let client = || plain_client().build().unwrap();
    let refused = |url: &str| HttpProbe::get(client(), url).unwrap_err();
    for url in ["", "/health", "user:hunter2@host", "http://user:hunter2@"] {
        let told = refused(url).to_string();
        assert!(told.starts_with("the URL of the probe ") && !told.contains("hunter2"), "{url}: {told}");
    }
    let told = refused("redis://:hunter2@host:6379").to_string();
    assert_eq!(told, "the URL of the probe has the scheme \"redis\": use \"http\" or \"https\"");
    let probe = probe("http://localhost/");
    assert_eq!(probe.clone().with_expected_status(99).unwrap_err(), HttpProbeError::Status(99));
    assert_eq!(probe.clone().with_expected_status(1_000).unwrap_err(), HttpProbeError::Status(1_000));
    let told = probe.with_bearer_auth("hunter2\n").unwrap_err();
    assert_eq!(told, HttpProbeError::Header);
    assert!(!told.to_string().contains("hunter2") && told.to_string().contains("line break"), "{told}");
}
