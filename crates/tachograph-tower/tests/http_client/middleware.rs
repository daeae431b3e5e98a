//! The middleware of reqwest's client.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::Extensions;
use opentelemetry::{Context, KeyValue, baggage::BaggageExt as _, trace::FutureExt as _};
use reqwest::{
    Body, Request, Response,
    dns::{Name, Resolve, Resolving},
};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next, Result};
use tachograph_core::semconv::metric;
use tachograph_testing::{TestTelemetry, attribute};
use tachograph_tower::{UrlTemplate, reqwest::HttpClientMiddleware};

use crate::{install_propagator, outcomes::Client, server::Server};

/// Where something else in the build gives reqwest a TLS without cryptography, as this workspace does, a client wants some; none is used.
pub(crate) fn plain_client() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

fn middleware(test: &TestTelemetry) -> HttpClientMiddleware {
    HttpClientMiddleware::new().with_telemetry(test.telemetry().clone())
}

fn client(middleware: HttpClientMiddleware) -> ClientWithMiddleware {
    ClientBuilder::new(plain_client().build().unwrap()).with(middleware).build()
}

struct NoNames;

impl Resolve for NoNames {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async { Err("no such name".into()) })
    }
}

struct Panics;

#[async_trait]
impl Middleware for Panics {
    async fn handle(&self, _: Request, _: &mut Extensions, _: Next<'_>) -> Result<Response> {
        panic!("on purpose")
    }
}

pub(crate) struct Reqwest(ClientWithMiddleware);

impl Client for Reqwest {
    type Response = Response;
    type Error = Error;

    fn new(test: &TestTelemetry) -> Self {
        Self(client(middleware(test)))
    }

    fn with_timeout(test: &TestTelemetry, timeout: Duration) -> Self {
        let client = plain_client().timeout(timeout).build().unwrap();
        Self(ClientBuilder::new(client).with(middleware(test)).build())
    }

    fn without_names(test: &TestTelemetry) -> Self {
        let client = plain_client().dns_resolver(Arc::new(NoNames)).build().unwrap();
        Self(ClientBuilder::new(client).with(middleware(test)).build())
    }

    fn that_panics(test: &TestTelemetry) -> Self {
        Self(ClientBuilder::new(plain_client().build().unwrap()).with(middleware(test)).with(Panics).build())
    }

    async fn get(&self, url: &str) -> Result<Response> {
        self.0.get(url).send().await
    }

    async fn next(response: &mut Response) -> Option<std::result::Result<usize, String>> {
        let chunk = response.chunk().await.transpose()?;
        Some(chunk.map(|bytes| bytes.len()).map_err(|error| error.to_string()))
    }
}

#[tokio::test]
async fn a_response_keeps_what_it_came_with() {
    let (test, server) = (TestTelemetry::new(), Server::start().await);
    let url = server.url("/users/7?token=secret");
    let request = client(middleware(&test)).get(&url).with_extension(UrlTemplate::new("/users/{id}"));
    let response = request.send().await.unwrap();
    assert_eq!(response.url().as_str(), url);
    assert_eq!(response.remote_addr(), Some(server.address));
    assert_eq!(response.content_length(), Some(5));
    assert_eq!((response.status(), response.version()), (http::StatusCode::OK, http::Version::HTTP_11));
    assert_eq!(response.headers()["connection"], "close");
    assert!(test.spans().is_empty());
    assert_eq!(response.text().await.unwrap(), "hello");

    let span = test.span("GET /users/{id}");
    assert_eq!(attribute(&span, "url.full"), Some(server.url("/users/7")));
    let metrics = test.metrics();
    let port = server.address.port().to_string();
    let labels = [("server.address", "127.0.0.1"), ("server.port", &*port), ("url.template", "/users/{id}")];
    assert_eq!(metrics.count(metric::HTTP_CLIENT_DURATION, &labels), 1);
    assert_eq!(metrics.sum(metric::HTTP_CLIENT_RESPONSE_SIZE, &[]), 5.0);
}

#[tokio::test]
async fn an_error_of_the_body_still_says_what_it_is() {
    let (test, server) = (TestTelemetry::new(), Server::start().await);
    let client = plain_client().timeout(Duration::from_millis(300)).build().unwrap();
    let client = ClientBuilder::new(client).with(middleware(&test)).build();
    let error = client.get(server.url("/stalls")).send().await.unwrap().text().await.unwrap_err();
    assert!(error.is_timeout() && error.is_decode(), "{error:?}");
}

#[tokio::test]
async fn the_span_and_the_baggage_go_along_where_they_may() {
    install_propagator();
    let (test, mut server) = (TestTelemetry::new(), Server::start().await);
    let ask = async |middleware: HttpClientMiddleware, server: &mut Server| {
        let request = client(middleware).get(server.url("/")).header("traceparent", "old");
        let context = Context::current().with_baggage([KeyValue::new("tenant", "blue")]);
        request.send().with_context(context).await.unwrap().bytes().await.unwrap();
        server.head().await
    };
    let head = ask(middleware(&test), &mut server).await;
    let span = test.span("GET").span_context;
    assert!(head.contains(&format!("traceparent: 00-{}-{}-01", span.trace_id(), span.span_id())), "{head}");
    assert!(head.contains("baggage: tenant=blue"), "{head}");

    let internal = middleware(&test).with_propagation_to(|url| url.domain().is_some());
    for middleware in [middleware(&test).with_propagation(false), internal] {
        let head = ask(middleware, &mut server).await;
        assert!(head.contains("traceparent: old") && !head.contains("baggage"), "{head}");
    }
}

/// Asks three times.
struct ThreeTimes;

#[async_trait]
impl Middleware for ThreeTimes {
    async fn handle(&self, request: Request, extensions: &mut Extensions, next: Next<'_>) -> Result<Response> {
        for _ in 0..2 {
            drop(next.clone().run(request.try_clone().unwrap(), extensions).await?);
        }
        next.run(request, extensions).await
    }
}

fn resend_counts(test: &TestTelemetry) -> Vec<Option<String>> {
    test.spans().iter().map(|span| attribute(span, "http.request.resend_count")).collect()
}

#[tokio::test]
async fn below_a_retry_every_attempt_is_recorded_and_above_it_the_whole() {
    let (test, server) = (TestTelemetry::new(), Server::start().await);
    let builder = || ClientBuilder::new(plain_client().build().unwrap());
    let below = builder().with(ThreeTimes).with(middleware(&test)).build();
    drop(below.get(server.url("/missing")).send().await.unwrap());
    assert_eq!(resend_counts(&test), [None, Some("1".to_owned()), Some("2".to_owned())]);

    let test = TestTelemetry::new();
    let above = builder().with(middleware(&test)).with(ThreeTimes).build();
    drop(above.get(server.url("/missing")).send().await.unwrap());
    assert_eq!(resend_counts(&test), [None]);
}

#[tokio::test]
async fn a_middleware_that_was_added_twice_records_once() {
    let (test, server) = (TestTelemetry::new(), Server::start().await);
    let twice =
        ClientBuilder::new(plain_client().build().unwrap()).with(middleware(&test)).with(middleware(&test)).build();
    let mut extensions = Extensions::new();
    for sent in 1..=2 {
        let request = twice.get(server.url("/")).build().unwrap();
        let response = twice.execute_with_extensions(request, &mut extensions).await.unwrap();
        response.bytes().await.unwrap();
        assert_eq!(test.spans().len(), sent, "the extensions of the last request are those of this one");
    }
}

#[tokio::test]
async fn the_body_of_a_request_has_a_size_streamed_or_not() {
    let (test, server) = (TestTelemetry::new(), Server::start().await);
    let client = client(middleware(&test));
    client.post(server.url("/")).body("four").send().await.unwrap().bytes().await.unwrap();
    let chunks =
        futures_util::stream::iter(["hello", ", ", "world"].map(|chunk| Ok::<_, std::io::Error>(Bytes::from(chunk))));
    let streamed = Body::wrap_stream(chunks);
    client.post(server.url("/upload")).body(streamed).send().await.unwrap().bytes().await.unwrap();
    client.get(server.url("/")).send().await.unwrap().bytes().await.unwrap();
    let sizes: Vec<_> = test.spans().iter().map(|span| attribute(span, "http.request.body.size")).collect();
    assert_eq!(sizes, [Some("4".to_owned()), Some("12".to_owned()), None]);
}

#[tokio::test]
async fn where_no_telemetry_is_installed_requests_pass_untouched() {
    install_propagator();
    let mut server = Server::start().await;
    let client = client(HttpClientMiddleware::new());
    let response = client.get(server.url("/")).send().await.unwrap();
    let address: Option<SocketAddr> = response.remote_addr();
    assert_eq!((response.text().await.unwrap().as_str(), address), ("hello", Some(server.address)));
    assert!(!server.head().await.contains("traceparent"));
}
