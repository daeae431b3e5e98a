//! Every way in which a request ends, for both kinds of clients: exactly one record.

use std::{fmt, time::Duration};

use tachograph_core::semconv::metric;
use tachograph_testing::TestTelemetry;

use crate::server::{Server, nobody};

/// A client that records to the telemetry of a test.
pub(crate) trait Client: Sized {
    type Response;
    type Error: fmt::Debug;

    fn new(test: &TestTelemetry) -> Self;

    /// One that gives up after so long.
    fn with_timeout(test: &TestTelemetry, timeout: Duration) -> Self;

    /// One that finds no host.
    fn without_names(test: &TestTelemetry) -> Self;

    /// One that panics below.
    fn that_panics(test: &TestTelemetry) -> Self;

    fn get(&self, url: &str) -> impl Future<Output = Result<Self::Response, Self::Error>>;

    /// The next piece of the body; `None` at its end.
    fn next(response: &mut Self::Response) -> impl Future<Output = Option<Result<usize, String>>>;
}

/// Asks for `path` and reads the answer to its end, or to its failure.
async fn read<C: Client>(path: &str) -> String {
    let (test, server) = (TestTelemetry::new(), Server::start().await);
    let client = C::new(&test);
    if let Ok(mut response) = client.get(&server.url(path)).await {
        while let Some(Ok(_)) = C::next(&mut response).await {}
    }
    recorded(&test)
}

async fn fail<C: Client>(test: &TestTelemetry, client: &C, url: &str) -> String {
    client.get(url).await.map(drop).unwrap_err();
    recorded(test)
}

async fn drop_before_the_head<C: Client>() -> String {
    let (test, mut server) = (TestTelemetry::new(), Server::start().await);
    let (client, url) = (C::new(&test), server.url("/never"));
    tokio::select! {
        answered = client.get(&url) => panic!("{:?}", answered.map(drop)),
        _ = server.head() => {}
    }
    recorded(&test)
}

async fn drop_in_the_body<C: Client>() -> String {
    let (test, server) = (TestTelemetry::new(), Server::start().await);
    let mut response = C::new(&test).get(&server.url("/stalls")).await.unwrap();
    assert_eq!(C::next(&mut response).await, Some(Ok(5)));
    assert!(test.spans().is_empty());
    drop(response);
    recorded(&test)
}

#[cfg(feature = "reqwest")]
async fn time_out_in_the_body<C: Client>() -> String {
    let (test, server) = (TestTelemetry::new(), Server::start().await);
    let mut response = C::with_timeout(&test, Duration::from_millis(300)).get(&server.url("/stalls")).await.unwrap();
    while let Some(Ok(_)) = C::next(&mut response).await {}
    recorded(&test)
}

async fn panic<C: Client>() -> String {
    use futures_util::FutureExt as _;
    let test = TestTelemetry::new();
    let client = C::that_panics(&test);
    let asked = std::panic::AssertUnwindSafe(client.get("http://a.example/")).catch_unwind().await;
    assert!(asked.is_err());
    recorded(&test)
}

/// The one record there must be.
fn recorded(test: &TestTelemetry) -> String {
    let metrics = test.metrics();
    assert_eq!(metrics.count(metric::HTTP_CLIENT_DURATION, &[]), 1);
    assert_eq!(metrics.value(metric::HTTP_CLIENT_ACTIVE, &[]), 0.0);
    let tree = test.tree_with(&["error.type", "http.response.status_code", "tachograph.cancelled"]);
    tree.strip_prefix("GET (client)").unwrap().trim().to_owned()
}

async fn every_end_is_recorded_once<C: Client>() {
    const OK: &str = "http.response.status_code=200";
    for (path, line) in [
        ("/", OK),
        ("/chunked", OK),
        ("/missing", "error.type=404 http.response.status_code=404 [error]"),
        ("/broken", "error.type=500 http.response.status_code=500 [error]"),
        ("/closes", "error.type=connection_closed [error]"),
        ("/half", "error.type=connection_closed http.response.status_code=200 [error]"),
    ] {
        assert_eq!(read::<C>(path).await, line, "{path}");
    }
    assert_eq!(drop_before_the_head::<C>().await, "tachograph.cancelled=true");
    assert_eq!(drop_in_the_body::<C>().await, format!("{OK} tachograph.cancelled=true"));
    assert_eq!(panic::<C>().await, "error.type=panic [error]");

    let test = TestTelemetry::new();
    let refused = fail(&test, &C::new(&test), &format!("http://{}/", nobody().await)).await;
    assert_eq!(refused, "error.type=connect [error]");
    let test = TestTelemetry::new();
    let lost = fail(&test, &C::without_names(&test), "http://a.example/").await;
    assert_eq!(lost, "error.type=connect [error]");
    let (test, server) = (TestTelemetry::new(), Server::start().await);
    let client = C::with_timeout(&test, Duration::from_millis(20));
    assert_eq!(fail(&test, &client, &server.url("/never")).await, "error.type=timeout [error]");
}

#[tokio::test]
async fn every_end_of_a_request_through_the_layer_is_recorded_once() {
    every_end_is_recorded_once::<crate::layer::Hyper>().await;
}

#[cfg(feature = "reqwest")]
#[tokio::test]
async fn every_end_of_a_request_through_the_middleware_is_recorded_once() {
    every_end_is_recorded_once::<crate::middleware::Reqwest>().await;
    let timed_out = time_out_in_the_body::<crate::middleware::Reqwest>().await;
    assert_eq!(timed_out, "error.type=timeout http.response.status_code=200 [error]");
}
