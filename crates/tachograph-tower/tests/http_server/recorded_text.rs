//! Queries and headers: on spans when they are asked for, and what is secret never.

use axum::{
    Router,
    http::{HeaderName, header},
    routing::get,
};
use tachograph_core::semconv::metric;
use tachograph_testing::attribute;
use tachograph_tower::HttpServerLayer;

use crate::server::Server;

const SECRET: &str = "s3cr3t";
const SECRET_HEADERS: [&str; 5] = ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"];

/// A server whose every answer sets a cookie, and one request to it that is full of secrets.
async fn server(configure: impl FnOnce(HttpServerLayer) -> HttpServerLayer) -> Server {
    let answer = || async { [("set-cookie", SECRET), ("x-cache", "hit")] };
    let server = Server::start_with(Router::new().route("/", get(answer)), configure).await;
    let mut headers = "x-tenant: blue\r\nX-Tenant: green\r\nx-blob: \u{e9}\r\n".to_owned();
    for name in SECRET_HEADERS {
        headers += &format!("{name}: {SECRET}\r\n");
    }
    let answer =
        server.request("GET", &format!("/?page=2&sig={SECRET}&token=t0k3n"), &headers).await.read_to_end().await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server
}

/// Everything that was recorded of a request, as text.
fn recorded(server: &Server) -> String {
    let names = server.test.metrics();
    let labels: Vec<_> = names.series(metric::HTTP_DURATION).iter().map(|series| &series.attributes).collect();
    format!("{:?} {labels:?}", server.test.spans())
}

fn on_span(server: &Server, key: &str) -> Option<String> {
    attribute(&server.test.span("GET /"), key)
}

#[tokio::test]
async fn by_default_neither_query_nor_header_is_recorded() {
    let recorded = recorded(&server(|layer| layer).await);
    for absent in [SECRET, "t0k3n", "page", "url.query", "blue", "http.request.header", "http.response.header"] {
        assert!(!recorded.contains(absent), "{absent}: {recorded}");
    }
}

#[tokio::test]
async fn a_query_is_recorded_without_signatures() {
    let server = server(HttpServerLayer::with_query).await;
    assert_eq!(on_span(&server, "url.query").as_deref(), Some("page=2&sig=REDACTED&token=t0k3n"));
    assert!(!recorded(&server).contains(SECRET));
}

#[tokio::test]
async fn of_a_query_only_the_listed_parameters_are_recorded() {
    let listed = server(|layer| layer.with_query_params(["page", "sig"])).await;
    assert_eq!(on_span(&listed, "url.query").as_deref(), Some("page=2&sig=REDACTED"));
    assert!(!recorded(&listed).contains("t0k3n"));
    let absent = server(|layer| layer.with_query_params(["absent"])).await;
    assert_eq!(on_span(&absent, "url.query"), None);
}

#[tokio::test]
async fn listed_headers_are_recorded_with_all_values() {
    let server = server(|layer| {
        layer
            .with_request_headers(["x-tenant", "x-absent", "x-blob"].map(HeaderName::from_static))
            .with_request_headers([header::HOST])
            .with_response_headers([HeaderName::from_static("x-cache")])
    })
    .await;
    assert_eq!(on_span(&server, "http.request.header.x-tenant").as_deref(), Some(r#"["blue","green"]"#));
    assert_eq!(on_span(&server, "http.request.header.x-blob").as_deref(), Some("[\"\u{e9}\"]"));
    assert_eq!(on_span(&server, "http.request.header.host").as_deref(), Some(r#"["x"]"#));
    assert_eq!(on_span(&server, "http.response.header.x-cache").as_deref(), Some(r#"["hit"]"#));
    assert_eq!(on_span(&server, "http.request.header.x-absent"), None);
}

#[tokio::test]
async fn secret_headers_are_redacted_although_they_are_listed() {
    let names = || SECRET_HEADERS.map(HeaderName::from_static);
    let server = server(|layer| layer.with_request_headers(names()).with_response_headers(names())).await;
    for name in SECRET_HEADERS {
        let value = on_span(&server, &format!("http.request.header.{name}"));
        assert_eq!(value.as_deref(), Some(r#"["REDACTED"]"#), "{name}");
    }
    assert_eq!(on_span(&server, "http.response.header.set-cookie").as_deref(), Some(r#"["REDACTED"]"#));
    assert!(!recorded(&server).contains(SECRET));
}
