//! The layer around hyper's client, and around services made by hand.

use std::{convert::Infallible, future::Ready, time::Duration};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Version};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Empty, Full, StreamBody};
use hyper_util::{
    client::legacy::{Client as Legacy, connect::HttpConnector},
    rt::TokioExecutor,
};
use tachograph_core::semconv::metric;
use tachograph_testing::{TestTelemetry, attribute};
use tachograph_tower::{HttpClientLayer, ResendCount, UrlTemplate};
use tower::{
    Layer as _, Service as _, ServiceBuilder, ServiceExt as _,
    retry::{Policy, RetryLayer},
    service_fn,
    timeout::TimeoutLayer,
    util::BoxCloneService,
};

use crate::{outcomes::Client, server::Server};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Incoming = std::pin::Pin<Box<dyn http_body::Body<Data = Bytes, Error = BoxError> + Send>>;

fn layer(test: &TestTelemetry) -> HttpClientLayer {
    HttpClientLayer::new().with_telemetry(test.telemetry().clone())
}

pub(crate) fn hyper() -> Legacy<HttpConnector, Empty<Bytes>> {
    Legacy::builder(TokioExecutor::new()).build_http()
}

pub(crate) fn get(url: &str) -> Request<Empty<Bytes>> {
    Request::get(url).body(Empty::new()).unwrap()
}

fn boxed<B>(response: Response<B>) -> Response<Incoming>
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    response.map(|body| Box::pin(body.map_err(Into::into)) as Incoming)
}

pub(crate) struct Hyper(BoxCloneService<Request<Empty<Bytes>>, Response<Incoming>, BoxError>);

impl Hyper {
    /// The layer around any service.
    fn around<S, B>(test: &TestTelemetry, inner: S) -> Self
    where
        S: tower::Service<Request<Empty<Bytes>>, Response = Response<B>, Error: Into<BoxError> + std::fmt::Debug>
            + Clone
            + Send
            + 'static,
        S::Future: Send,
        B: http_body::Body<Data = Bytes, Error: Into<BoxError> + std::fmt::Debug> + Send + 'static,
    {
        let service = ServiceBuilder::new().map_err(Into::into).map_response(boxed).layer(layer(test)).service(inner);
        Self(BoxCloneService::new(service))
    }
}

impl Client for Hyper {
    type Response = Response<Incoming>;
    type Error = BoxError;

    fn new(test: &TestTelemetry) -> Self {
        Self::around(test, hyper())
    }

    fn with_timeout(test: &TestTelemetry, timeout: Duration) -> Self {
        Self::around(test, TimeoutLayer::new(timeout).layer(hyper()))
    }

    fn without_names(test: &TestTelemetry) -> Self {
        let no_such_name =
            service_fn(|_| std::future::ready(Err::<std::vec::IntoIter<std::net::SocketAddr>, _>("no such name")));
        let connector = HttpConnector::new_with_resolver(no_such_name);
        Self::around(test, Legacy::builder(TokioExecutor::new()).build(connector))
    }

    fn that_panics(test: &TestTelemetry) -> Self {
        let panics = |_: Request<_>| -> Ready<Result<Response<Full<Bytes>>, Infallible>> { panic!("on purpose") };
        Self::around(test, service_fn(panics))
    }

    async fn get(&self, url: &str) -> Result<Response<Incoming>, BoxError> {
        self.0.clone().oneshot(get(url)).await
    }

    async fn next(response: &mut Response<Incoming>) -> Option<Result<usize, String>> {
        let frame = response.body_mut().frame().await?;
        Some(frame.map(|frame| frame.into_data().unwrap().len()).map_err(|error| error.to_string()))
    }
}

#[tokio::test]
async fn a_request_has_a_span_and_metrics_by_its_host_and_template() {
    let (test, server) = (TestTelemetry::new(), Server::start().await);
    let client = layer(&test)
        .with_url_template(|request| request.uri.path().starts_with("/users/").then(|| "/users/{id}".to_owned()))
        .layer(hyper());
    let response = client.clone().oneshot(get(&server.url("/users/7?token=secret"))).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "hello");

    let span = test.span("GET /users/{id}");
    let port = server.address.port().to_string();
    for (key, value) in [
        ("http.request.method", "GET"),
        ("url.template", "/users/{id}"),
        ("url.full", &*server.url("/users/7")),
        ("server.address", "127.0.0.1"),
        ("server.port", &*port),
        ("network.protocol.version", "1.1"),
        ("http.response.body.size", "5"),
    ] {
        assert_eq!(attribute(&span, key).as_deref(), Some(value), "{key}");
    }
    let labels = [
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("server.address", "127.0.0.1"),
        ("server.port", &*port),
        ("url.template", "/users/{id}"),
    ];
    let metrics = test.metrics();
    assert_eq!(metrics.count(metric::HTTP_CLIENT_DURATION, &labels), 1);
    assert_eq!(metrics.series(metric::HTTP_CLIENT_DURATION)[0].attributes.len(), labels.len());
    assert_eq!(metrics.sum(metric::HTTP_CLIENT_RESPONSE_SIZE, &[]), 5.0);
    assert_eq!(metrics.count(metric::HTTP_CLIENT_REQUEST_SIZE, &[]), 0, "there was no body");

    let mut request = get(&server.url("/orders/7"));
    request.extensions_mut().insert(UrlTemplate::new("/orders/{id}"));
    client.oneshot(request).await.unwrap().into_body().collect().await.unwrap();
    assert_eq!(test.spans()[1].name, "GET /orders/{id}");
}

async fn full_url(url: &str, configure: fn(HttpClientLayer) -> HttpClientLayer) -> String {
    let test = TestTelemetry::new();
    let answer = |_| std::future::ready(Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())));
    configure(layer(&test)).layer(service_fn(answer)).oneshot(get(url)).await.unwrap();
    attribute(&test.spans()[0], "url.full").unwrap()
}

#[tokio::test]
async fn a_url_has_no_user_no_signature_and_no_query_that_was_not_asked_for() {
    let url = "https://user:secret@files.example/a?page=2&token=t&X-Amz-Signature=abc";
    let bare = "https://REDACTED:REDACTED@files.example/a";
    assert_eq!(full_url(url, |layer| layer).await, bare);
    let all = format!("{bare}?page=2&token=t&X-Amz-Signature=REDACTED");
    assert_eq!(full_url(url, HttpClientLayer::with_query).await, all);
    assert_eq!(full_url(url, |layer| layer.with_query_params(["page"])).await, format!("{bare}?page=2"));
    assert_eq!(full_url(&format!("http://a/{}", "x".repeat(5000)), |layer| layer).await.len(), 1024);
}

/// Asks again until it was asked three times.
#[derive(Clone)]
struct ThreeTimes(u32);

impl<B: Clone, R, E> Policy<Request<B>, R, E> for ThreeTimes {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut Request<B>, _: &mut Result<R, E>) -> Option<Ready<()>> {
        self.0 += 1;
        (self.0 < 3).then(|| std::future::ready(()))
    }

    fn clone_request(&mut self, request: &Request<B>) -> Option<Request<B>> {
        Some(request.clone())
    }
}

#[tokio::test]
async fn the_attempts_of_a_retry_are_told_apart() {
    let (test, server) = (TestTelemetry::new(), Server::start().await);
    let client = ServiceBuilder::new()
        .map_request(|mut request: Request<Empty<Bytes>>| {
            request.extensions_mut().insert(ResendCount::new());
            request
        })
        .layer(RetryLayer::new(ThreeTimes(0)))
        .layer(layer(&test))
        .service(hyper());
    for _ in 0..2 {
        drop(client.clone().oneshot(get(&server.url("/missing"))).await.unwrap());
    }
    let counts: Vec<_> = test.spans().iter().map(|span| attribute(span, "http.request.resend_count")).collect();
    let count = |count: &str| Some(count.to_owned());
    assert_eq!(counts, [None, count("1"), count("2"), None, count("1"), count("2")]);
}

#[tokio::test]
async fn a_body_whose_length_is_known_has_a_size() {
    let test = TestTelemetry::new();
    let answer = |status: StatusCode, body: &'static str| {
        layer(&test).layer(service_fn(move |request: Request<_>| {
            drop::<Request<http_body_util::combinators::BoxBody<Bytes, Infallible>>>(request);
            let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
            *response.status_mut() = status;
            *response.version_mut() = Version::HTTP_2;
            std::future::ready(Ok::<_, Infallible>(response))
        }))
    };
    let request = |body| Request::post("http://a/").body(body).unwrap();
    let stream = StreamBody::new(futures_util::stream::empty()).boxed();
    for body in [Full::new(Bytes::from_static(b"four")).boxed(), stream] {
        answer(StatusCode::OK, "hello").oneshot(request(body)).await.unwrap().into_body().collect().await.unwrap();
    }
    let metrics = test.metrics();
    assert_eq!(metrics.sum(metric::HTTP_CLIENT_REQUEST_SIZE, &[]), 4.0);
    assert_eq!(metrics.count(metric::HTTP_CLIENT_REQUEST_SIZE, &[]), 1);
    assert_eq!(metrics.sum(metric::HTTP_CLIENT_RESPONSE_SIZE, &[]), 10.0);
    assert_eq!(attribute(&test.spans()[0], "network.protocol.version").as_deref(), Some("2"));
}

#[cfg(feature = "axum")]
#[tokio::test]
async fn a_streamed_body_of_axum_is_counted_as_it_passes() {
    use axum::body::Body;
    let test = TestTelemetry::new();
    let read = service_fn(|request: Request<Body>| async {
        request.into_body().collect().await.map(|_| Response::new(Empty::<Bytes>::new()))
    });
    let chunks = futures_util::stream::iter(["hello", ", ", "world"].map(Ok::<_, Infallible>));
    let request = Request::post("http://a/").body(Body::from_stream(chunks)).unwrap();
    layer(&test).layer(read).oneshot(request).await.unwrap();
    assert_eq!(test.metrics().sum(metric::HTTP_CLIENT_REQUEST_SIZE, &[]), 12.0);
}

#[tokio::test]
async fn a_response_without_a_body_ends_with_its_head() {
    for (method, status, ends) in [
        (Method::HEAD, StatusCode::OK, true),
        (Method::CONNECT, StatusCode::OK, true),
        (Method::GET, StatusCode::SWITCHING_PROTOCOLS, true),
        (Method::GET, StatusCode::NO_CONTENT, true),
        (Method::GET, StatusCode::OK, false),
    ] {
        let test = TestTelemetry::new();
        let pending = futures_util::stream::pending::<Result<http_body::Frame<Bytes>, Infallible>>();
        let response = Response::builder().status(status).body(StreamBody::new(pending)).unwrap();
        let mut response = Some(response);
        let mut client = layer(&test).layer(service_fn(move |_: Request<Empty<Bytes>>| {
            std::future::ready(Ok::<_, Infallible>(response.take().unwrap()))
        }));
        let mut request = get("http://a/");
        *request.method_mut() = method.clone();
        let response = client.ready().await.unwrap().call(request).await.unwrap();
        assert_eq!(test.spans().len(), usize::from(ends), "{method} {status}");
        assert!(!response.body().is_end_stream());
    }
}
