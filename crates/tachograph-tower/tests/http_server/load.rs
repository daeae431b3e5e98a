//! A thousand requests over fifty connections, of every outcome: none is lost and none is counted twice.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use futures_util::{StreamExt as _, future::join_all, stream};
use tachograph_core::semconv::metric;
use tachograph_testing::metrics::Point;
use tokio::sync::Semaphore;

use crate::{
    Event, event,
    server::{Client, Server},
};

const CONNECTIONS: usize = 50;
const REQUESTS_EACH: usize = 20;
const SEED: u64 = 0x5eed_2026;

/// For every client, a permit when one of its requests that will never be answered has reached its handler.
type Arrived = Arc<Vec<Semaphore>>;

fn routes(arrived: Arrived) -> Router {
    Router::new()
        .route("/ok", get(|| async { "hello" }))
        .route("/broken", get(|| async { (StatusCode::INTERNAL_SERVER_ERROR, "broken") }))
        .route("/slow", get(slow))
        .route("/endless", get(|| async { Body::from_stream(first_event().chain(stream::pending::<Event>())) }))
        .route("/never/{client}", get(never))
        .with_state(arrived)
}

fn first_event() -> impl stream::Stream<Item = Event> + Send {
    stream::once(async { event("data: 1\n\n") })
}

async fn slow() -> &'static str {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    "slow"
}

async fn never(State(arrived): State<Arrived>, Path(client): Path<usize>) {
    arrived[client].add_permits(1);
    std::future::pending().await
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// One client; tells how its requests ended, as it saw it: status and `error.type`.
async fn client(server: &Server, number: usize, arrived: &Arrived) -> Vec<(&'static str, &'static str)> {
    let mut random = Random(SEED + number as u64);
    let mut connection: Option<Client> = None;
    let mut seen = Vec::new();
    for request in 0..REQUESTS_EACH {
        let connected = match connection.take() {
            Some(connected) => connected,
            None => server.send("").await,
        };
        let never = format!("/never/{number}");
        let missing = format!("/missing/{number}/{request}");
        let (path, end, status, error_type) = match random.next() % 8 {
            0..=2 => ("/ok", Some("hello"), "200", ""),
            3 => (missing.as_str(), Some(""), "404", ""),
            4 => ("/broken", Some("broken"), "500", "500"),
            5 => ("/slow", Some("slow"), "200", ""),
            6 => ("/endless", None, "200", "cancelled"),
            _ => (never.as_str(), None, "", "cancelled"),
        };
        connection = exchange(connected, path, end, &arrived[number]).await;
        seen.push((status, error_type));
    }
    seen
}

/// Sends a request and reads its answer, whose body is `body`; without one the client goes away in the middle.
async fn exchange(mut client: Client, path: &str, body: Option<&str>, arrived: &Semaphore) -> Option<Client> {
    client.write(&format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
    match body {
        Some(body) => client.read_answer(&format!("\r\n\r\n{body}")).await,
        None if path == "/endless" => {
            client.read_answer("data: 1").await;
            return None;
        }
        None => {
            arrived.acquire().await.unwrap().forget();
            return None;
        }
    }
    Some(client)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_every_request_is_recorded_once_as_the_client_saw_it() {
    let arrived: Arrived = Arc::new((0..CONNECTIONS).map(|_| Semaphore::new(0)).collect());
    let server = Server::start(routes(Arc::clone(&arrived))).await;
    let seen = join_all((0..CONNECTIONS).map(|number| client(&server, number, &arrived))).await;
    let mut expected = BTreeMap::new();
    for end in seen.into_iter().flatten() {
        *expected.entry(end).or_insert(0_u64) += 1;
    }
    assert_eq!(expected.len(), 5, "every outcome is in the mix: {expected:?}");

    let test = server.finished().await;
    let metrics = test.metrics();
    let mut recorded = BTreeMap::new();
    for series in metrics.series(metric::HTTP_DURATION) {
        let label = |key: &str| series.attributes.get(key).map_or("", String::as_str);
        let Point::Histogram { count, .. } = series.point else { panic!("{series:?}") };
        *recorded.entry((label("http.response.status_code"), label("error.type"))).or_insert(0) += count;
    }
    assert_eq!(recorded, expected);
    assert_eq!(metrics.count(metric::HTTP_DURATION, &[]), (CONNECTIONS * REQUESTS_EACH) as u64);
    assert_eq!(metrics.value(metric::HTTP_ACTIVE, &[]), 0.0);
    assert_eq!(test.spans().len(), CONNECTIONS * REQUESTS_EACH);
    let mut ids: Vec<_> = test.spans().iter().map(|span| span.span_context.span_id()).collect();
    ids.sort_by_key(|id| id.to_bytes());
    ids.dedup();
    assert_eq!(ids.len(), CONNECTIONS * REQUESTS_EACH);
}
