//! What the endpoints answer.

#![allow(clippy::unwrap_used, reason = "in a test an `unwrap` is the assertion")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
    routing::get,
};
use http_body_util::BodyExt as _;
use tachograph_core::source::{Scrape, ScrapeError, ScrapeRequest, ScrapeResponse, TURN_LIMIT};
use tachograph_monitor::{Monitoring, Readiness};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tower::ServiceExt as _;

/// The value of `Vary`.
const VARYING: &str = "Accept, Accept-Encoding";

/// A source that does what a test wants.
struct Source<F>(F);

impl<F: Fn() -> Result<String, ScrapeError> + Send + Sync> Scrape for Source<F> {
    fn scrape(&self, _: &ScrapeRequest<'_>) -> Result<ScrapeResponse, ScrapeError> {
        let content_type = "text/plain; version=0.0.4; charset=utf-8".into();
        (self.0)().map(|text| ScrapeResponse { content_type, content_encoding: None, body: text.into_bytes() })
    }
}

fn source(scrape: impl Fn() -> Result<String, ScrapeError> + Send + Sync + 'static) -> Arc<dyn Scrape> {
    Arc::new(Source(scrape))
}

async fn ask(app: Router, path: &str) -> (StatusCode, HeaderMap, String) {
    let response = app.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    (head.status, head.headers, text)
}

async fn answer(monitoring: Monitoring, path: &str) -> (StatusCode, String) {
    let (status, headers, text) = ask(monitoring.router(), path).await;
    if status != StatusCode::NOT_FOUND {
        assert_eq!(headers["cache-control"], "no-store", "{path}");
    }
    (status, text)
}

#[tokio::test]
async fn health_is_ok_with_the_time_as_a_float() {
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let (status, text) = answer(Monitoring::new(), "/health").await;
    let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    assert_eq!(status, StatusCode::OK);
    let health: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(health.as_object().unwrap().len(), 2);
    assert_eq!(health["status"], "ok");
    assert!(health["timestamp"].is_f64());
    let timestamp = health["timestamp"].as_f64().unwrap();
    assert!(before <= timestamp && timestamp <= after, "{before} {timestamp} {after}");
}

#[tokio::test]
async fn a_live_process_says_so_whether_it_is_ready_or_not() {
    let readiness = Readiness::new();
    readiness.shut_down();
    let monitoring = Monitoring::new().with_readiness(readiness);
    let alive = (StatusCode::OK, r#"{"status":"alive"}"#.to_owned());
    assert_eq!(answer(monitoring, "/monitoring/health/live").await, alive);
}

#[tokio::test]
async fn readiness_follows_latches_and_shutdown() {
    let readiness = Readiness::new();
    let (database, cache) = (readiness.latch("database"), readiness.latch("cache"));
    let monitoring = Monitoring::new().with_readiness(readiness.clone());
    let ask = async || answer(monitoring.clone(), "/monitoring/health/ready").await;
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;

    assert_eq!(ask().await, (unavailable, r#"{"status":"waiting","waiting_for":["database","cache"]}"#.to_owned()));
    database.release();
    assert_eq!(ask().await, (unavailable, r#"{"status":"waiting","waiting_for":["cache"]}"#.to_owned()));
    cache.release();
    assert_eq!(ask().await, (StatusCode::OK, r#"{"status":"ready"}"#.to_owned()));
    readiness.shut_down();
    assert_eq!(ask().await, (unavailable, r#"{"status":"shutting_down"}"#.to_owned()));
}

#[tokio::test]
async fn metrics_are_text_of_format_0_0_4() {
    let text = "# TYPE up gauge\nup 1\n";
    let monitoring = Monitoring::new().with_scrape(source(move || Ok(text.to_owned())));
    let (status, headers, body) = ask(monitoring.router(), "/monitoring/metrics").await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, text));
    assert_eq!(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_failed_scrape_is_503_with_the_reason() {
    let unavailable =
        |reason: &str| (StatusCode::SERVICE_UNAVAILABLE, format!("metrics cannot be collected: {reason}\n"));
    let failing = Monitoring::new().with_scrape(source(|| Err(ScrapeError::new("the reader was shut down"))));
    assert_eq!(answer(failing, "/monitoring/metrics").await, unavailable("the reader was shut down"));
    let missing = answer(Monitoring::new(), "/monitoring/metrics").await;
    assert_eq!(missing, unavailable("no source of metrics was connected"));
}

#[tokio::test]
async fn a_panicking_scrape_is_503_and_the_next_one_is_asked_again() {
    let asked = AtomicUsize::new(0);
    let monitoring = Monitoring::new().with_scrape(source(move || {
        assert!(asked.fetch_add(1, Ordering::Relaxed) > 0, "on purpose");
        Ok("up 1\n".to_owned())
    }));
    let app: Router = monitoring.router();
    let (status, _, text) = ask(app.clone(), "/monitoring/metrics").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(text, "metrics cannot be collected: the source of metrics panicked\n");
    let (status, _, text) = ask(app, "/monitoring/metrics").await;
    assert_eq!((status, text.as_str()), (StatusCode::OK, "up 1\n"));
}

#[test]
fn metrics_are_given_without_a_tokio_runtime_too() {
    let monitoring = Monitoring::new().with_scrape(source(|| Ok("up 1\n".to_owned())));
    let answered = futures_executor::block_on(answer(monitoring, "/monitoring/metrics"));
    assert_eq!(answered, (StatusCode::OK, "up 1\n".to_owned()));
}

#[tokio::test]
async fn a_scrape_that_waits_does_not_block_the_worker() {
    let (start, mut started) = tokio::sync::mpsc::unbounded_channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let monitoring = Monitoring::new().with_scrape(source(move || {
        start.send(()).unwrap();
        // On the one worker of this runtime nobody could let it go: it would fail after the time.
        released.lock().unwrap().recv_timeout(Duration::from_secs(10)).unwrap();
        Ok("up 1\n".to_owned())
    }));
    let app: Router = monitoring.router();
    let scrape = tokio::spawn(ask(app.clone(), "/monitoring/metrics"));
    started.recv().await.unwrap();
    let (status, _, _) = ask(app, "/health").await;
    assert_eq!(status, StatusCode::OK);
    release.send(()).unwrap();
    assert_eq!(scrape.await.unwrap().0, StatusCode::OK);
}

#[tokio::test]
async fn scrapes_take_turns() {
    let (running, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let monitoring = Monitoring::new().with_scrape(source(move || {
        seen.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::yield_now();
        running.fetch_sub(1, Ordering::SeqCst);
        Ok(String::new())
    }));
    let app: Router = monitoring.router();
    let scrapes: Vec<_> = (0..16).map(|_| tokio::spawn(ask(app.clone(), "/monitoring/metrics"))).collect();
    for scrape in scrapes {
        assert_eq!(scrape.await.unwrap().0, StatusCode::OK);
    }
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

/// Hangs in its first scrape until it is let go, and counts whom it never got to see.
struct Hangs {
    start: tokio::sync::mpsc::UnboundedSender<()>,
    released: Mutex<mpsc::Receiver<()>>,
    running: AtomicUsize,
    turned_away: AtomicUsize,
}

impl Scrape for Hangs {
    fn scrape(&self, request: &ScrapeRequest<'_>) -> Result<ScrapeResponse, ScrapeError> {
        assert_eq!(self.running.fetch_add(1, Ordering::SeqCst), 0, "two scrapes at once");
        assert!(request.patience() <= TURN_LIMIT);
        self.start.send(()).unwrap();
        let _ = self.released.lock().unwrap().recv_timeout(Duration::from_secs(30));
        self.running.fetch_sub(1, Ordering::SeqCst);
        Ok(ScrapeResponse { content_type: "text/plain".into(), content_encoding: None, body: b"up 1\n".to_vec() })
    }

    fn turned_away(&self) {
        self.turned_away.fetch_add(1, Ordering::SeqCst);
    }
}

fn hanging() -> (Arc<Hangs>, tokio::sync::mpsc::UnboundedReceiver<()>, mpsc::Sender<()>) {
    let (start, started) = tokio::sync::mpsc::unbounded_channel();
    let (release, released) = mpsc::channel();
    let (running, turned_away) = Default::default();
    (Arc::new(Hangs { start, released: Mutex::new(released), running, turned_away }), started, release)
}

#[tokio::test]
async fn who_waits_too_long_for_a_hanging_scrape_gets_503_and_all_works_again_after_it() {
    let (source, mut started, release) = hanging();
    let app: Router = Monitoring::new().with_scrape(source.clone()).router();
    tokio::time::pause();
    let first = tokio::spawn(ask(app.clone(), "/monitoring/metrics"));
    started.recv().await.unwrap();
    let waiting: Vec<_> = (0..8).map(|_| tokio::spawn(ask(app.clone(), "/monitoring/metrics"))).collect();
    // All of them stand in line before the clock goes on.
    tokio::task::yield_now().await;
    tokio::time::advance(TURN_LIMIT - Duration::from_millis(5)).await;
    assert!(waiting.iter().all(|scrape| !scrape.is_finished()));
    tokio::time::advance(Duration::from_millis(10)).await;
    for scrape in waiting {
        let (status, headers, text) = scrape.await.unwrap();
        assert_eq!((status, headers["vary"].to_str().unwrap()), (StatusCode::SERVICE_UNAVAILABLE, VARYING));
        assert!(text.contains("has been running for") && text.contains("callback"), "{text}");
    }
    assert_eq!(source.turned_away.load(Ordering::SeqCst), 8);
    drop(release);
    assert_eq!(first.await.unwrap().0, StatusCode::OK);
    let (status, _, text) = ask(app, "/monitoring/metrics").await;
    assert_eq!((status, text.as_str()), (StatusCode::OK, "up 1\n"));
}

#[test]
fn without_timers_a_scrape_behind_another_is_answered_at_once() {
    let (source, mut started, release) = hanging();
    let app: Router = Monitoring::new().with_scrape(source).router();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let first = tokio::spawn(ask(app.clone(), "/monitoring/metrics"));
        started.recv().await.unwrap();
        assert_eq!(ask(app, "/monitoring/metrics").await.0, StatusCode::SERVICE_UNAVAILABLE);
        drop(release);
        assert_eq!(first.await.unwrap().0, StatusCode::OK);
    });
}

/// Gives back what it was asked.
struct Echo;

impl Scrape for Echo {
    fn scrape(&self, request: &ScrapeRequest<'_>) -> Result<ScrapeResponse, ScrapeError> {
        let asked = format!("{:?} {:?}", request.accept(), request.accept_encoding());
        let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8".into();
        Ok(ScrapeResponse { content_type, content_encoding: Some("gzip"), body: asked.into_bytes() })
    }
}

#[tokio::test]
async fn what_the_scraper_accepts_reaches_the_source_and_its_choice_the_scraper() {
    let app: Router = Monitoring::new().with_scrape(Arc::new(Echo)).router();
    for method in ["GET", "HEAD"] {
        let request = Request::builder().method(method).uri("/monitoring/metrics");
        let request = request.header("accept", "text/plain;q=0.5").header("accept", "*/*;q=0.1");
        let request = request.header("accept-encoding", "gzip").body(Body::empty()).unwrap();
        let (head, body) = app.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let asked = r#"Some("text/plain;q=0.5,*/*;q=0.1") Some("gzip")"#;
        assert_eq!(body, if method == "GET" { asked } else { "" });
        assert_eq!(head.headers["content-length"], asked.len().to_string());
        assert_eq!(head.headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
        assert_eq!(head.headers["content-encoding"], "gzip");
        assert_eq!(head.headers["vary"], VARYING);
        assert_eq!(head.headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn a_prefix_moves_all_endpoints_but_health() {
    let moved = || Monitoring::new().with_scrape(source(|| Ok(String::new()))).with_prefix("/ops/v1").unwrap();
    let below = ["/health", "/health/live", "/health/ready", "/health/startup", "/metrics"]
        .map(|path| format!("/ops/v1{path}"));
    for path in below.iter().map(String::as_str).chain(["/health"]) {
        assert_eq!(answer(moved(), path).await.0, StatusCode::OK, "{path}");
    }
    for path in ["/monitoring/health/live", "/monitoring/metrics", "/monitoring/health", "/metrics"] {
        assert_eq!(answer(moved(), path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let root = Monitoring::new().with_prefix("").unwrap();
    assert_eq!(answer(root.clone(), "/health/live").await.0, StatusCode::OK);
    assert!(answer(root, "/health").await.1.starts_with(r#"{"status":"ok","#));
}

#[test]
fn a_bad_prefix_is_an_error_that_says_what_to_mend() {
    let error = Monitoring::new().with_prefix("monitoring").unwrap_err();
    let text = r#"the monitoring prefix "monitoring" does not begin with `/`: write it like "/monitoring""#;
    assert_eq!(error.to_string(), text);
}

#[tokio::test]
async fn it_merges_into_an_application_with_a_state_and_a_fallback() {
    let app = Router::new()
        .route("/", get(|| async { "app" }))
        .fallback(|| async { "fallback" })
        .merge(Monitoring::new().router())
        .with_state(7_u8);
    assert_eq!(ask(app.clone(), "/health").await.0, StatusCode::OK);
    assert_eq!(ask(app.clone(), "/").await.2, "app");
    assert_eq!(ask(app, "/monitoring/none").await.2, "fallback");
}

#[tokio::test]
async fn it_answers_over_a_socket() {
    let monitoring = Monitoring::new().with_scrape(source(|| Ok("up 1\n".to_owned())));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, monitoring.router()).await });

    let exchange = async |request: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let metrics = exchange("GET /monitoring/metrics").await;
    assert!(metrics.starts_with("HTTP/1.1 200 OK\r\n"), "{metrics}");
    assert!(metrics.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{metrics}");
    assert!(metrics.ends_with("\r\n\r\nup 1\n"), "{metrics}");
    let head = exchange("HEAD /health").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    let posted = exchange("POST /monitoring/metrics").await;
    assert!(posted.starts_with("HTTP/1.1 405 "), "{posted}");
    server.abort();
}
