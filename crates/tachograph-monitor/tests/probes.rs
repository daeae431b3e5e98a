//! Health over a real socket, as Kubernetes probes it and as monitoring reads it.

#![allow(clippy::unwrap_used, reason = "in a test an `unwrap` is the assertion")]

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tachograph_monitor::{Check, Health, HealthBuilder, Monitoring, Readiness, Verdict, Vitals};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// A process whose router is served until the end of the runtime.
struct Process {
    address: SocketAddr,
}

impl Process {
    async fn start(monitoring: Monitoring) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, monitoring.router()).await });
        Self { address }
    }

    async fn exchange(&self, method: &str, path: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_owned(), body.to_owned())
    }

    /// Status and body, where `HEAD` has the same head.
    async fn get(&self, path: &str) -> (u16, String) {
        let (status, head, body) = self.exchange("GET", path).await;
        assert!(head.contains("\r\ncache-control: no-store"), "{head}");
        assert!(head.contains("\r\ncontent-type: application/json"), "{head}");
        let (of_head, head, no_body) = self.exchange("HEAD", path).await;
        assert_eq!((of_head, no_body.as_str()), (status, ""), "{path}");
        assert!(head.contains("\r\ncache-control: no-store"), "{head}");
        (status, body)
    }

    /// What the three probes answer: live, startup, ready.
    async fn probe(&self) -> [(u16, String); 3] {
        [
            self.get("/monitoring/health/live").await,
            self.get("/monitoring/health/startup").await,
            self.get("/monitoring/health/ready").await,
        ]
    }
}

const ALIVE: (u16, &str) = (200, r#"{"status":"alive"}"#);
const STARTED: (u16, &str) = (200, r#"{"status":"started"}"#);
const READY: (u16, &str) = (200, r#"{"status":"ready"}"#);

#[track_caller]
fn assert_probes(probes: &[(u16, String); 3], expected: [(u16, &str); 3]) {
    assert_eq!(probes.each_ref().map(|(status, body)| (*status, body.as_str())), expected);
}

/// A dependency that is there or not, as the test has it, asked each time.
#[derive(Clone)]
struct Dependency(Arc<Mutex<Verdict>>);

impl Dependency {
    fn new(verdict: Verdict) -> Self {
        Self(Arc::new(Mutex::new(verdict)))
    }

    fn is(&self, verdict: Verdict) {
        *self.0.lock().unwrap() = verdict;
    }

    fn check(&self, name: &str) -> Check {
        let verdict = Arc::clone(&self.0);
        let check = Check::new(name, move || std::future::ready(verdict.lock().unwrap().clone()));
        check.with_cache(Duration::ZERO).with_timeout(Duration::from_secs(30))
    }
}

fn down() -> Verdict {
    Verdict::unhealthy("connection refused")
}

#[tokio::test]
async fn probes_follow_a_process_through_its_life() {
    let readiness = Readiness::new();
    let warm_up = readiness.latch("warm-up");
    let (redis, database) = (Dependency::new(down()), Dependency::new(down()));
    let health = Health::builder()
        .with_readiness(readiness.clone())
        .with_check(redis.check("redis").with_readiness_gate(true).with_startup_gate(true))
        .with_check(database.check("database").with_startup_gate(true))
        .with_check(Dependency::new(down()).check("search"))
        .build()
        .unwrap();
    let process = Process::start(Monitoring::new().with_health(health)).await;

    let starting = r#"{"status":"starting","waiting_for":["warm-up","redis","database"]}"#;
    let waiting = r#"{"status":"waiting","waiting_for":["warm-up","redis","database"]}"#;
    assert_probes(&process.probe().await, [ALIVE, (503, starting), (503, waiting)]);

    // Degraded is not well enough to start with, but no reason to close a gate.
    warm_up.release();
    database.is(Verdict::degraded("slow"));
    redis.is(Verdict::healthy());
    let starting = r#"{"status":"starting","waiting_for":["database"]}"#;
    let waiting = r#"{"status":"waiting","waiting_for":["database"]}"#;
    assert_probes(&process.probe().await, [ALIVE, (503, starting), (503, waiting)]);
    database.is(Verdict::healthy());
    assert_probes(&process.probe().await, [ALIVE, STARTED, READY]);

    // The startup gate is a latch: it is not asked any more. Nor is what is no gate.
    database.is(down());
    assert_probes(&process.probe().await, [ALIVE, STARTED, READY]);

    redis.is(down());
    let lost = r#"{"status":"waiting","waiting_for":["redis"]}"#;
    assert_probes(&process.probe().await, [ALIVE, STARTED, (503, lost)]);
    redis.is(Verdict::degraded("slow"));
    assert_probes(&process.probe().await, [ALIVE, STARTED, READY]);

    readiness.shut_down();
    assert_probes(&process.probe().await, [ALIVE, STARTED, (503, r#"{"status":"shutting_down"}"#)]);
    assert_eq!(process.get("/health").await.0, 200);
}

#[tokio::test]
async fn a_process_that_waits_for_nothing_has_started_and_is_ready() {
    let process = Process::start(Monitoring::new()).await;
    assert_probes(&process.probe().await, [ALIVE, STARTED, READY]);
}

#[tokio::test]
async fn the_readiness_of_a_router_without_health_is_its_own() {
    let readiness = Readiness::new();
    let process = Process::start(Monitoring::new().with_readiness(readiness.clone())).await;
    let _latch = readiness.latch("database");
    let starting = (503, r#"{"status":"starting","waiting_for":["database"]}"#);
    assert_probes(
        &process.probe().await,
        [ALIVE, starting, (503, r#"{"status":"waiting","waiting_for":["database"]}"#)],
    );
}

#[tokio::test]
async fn a_gate_that_hangs_closes_and_is_not_waited_for_again() {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let receiver = Mutex::new(receiver);
    let hanging = Check::new("redis", move || {
        let _ = receiver.lock().unwrap().recv();
        async { Verdict::healthy() }
    });
    let hanging = hanging.with_timeout(Duration::from_millis(50)).with_cache(Duration::ZERO).with_readiness_gate(true);
    let health = Health::builder().with_check(hanging).build().unwrap();
    let process = Process::start(Monitoring::new().with_health(health)).await;
    let lost = (503, r#"{"status":"waiting","waiting_for":["redis"]}"#.to_owned());
    for _ in 0..50 {
        assert_eq!(process.get("/monitoring/health/ready").await, lost);
    }
    assert_eq!(process.get("/monitoring/health/live").await.0, 200);
    drop(sender);
}

fn reporting(builder: HealthBuilder) -> Monitoring {
    Monitoring::new().with_health(builder.build().unwrap())
}

/// The answer with what differs each time replaced by its type; panics where a type or a range is wrong.
fn with_types(body: &str) -> Value {
    let mut report: Value = serde_json::from_str(body).unwrap();
    let timestamp = report["timestamp"].take().as_f64().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    assert!((now - 60.0..=now).contains(&timestamp), "{timestamp}");
    let health = &mut report["health"];
    let at = health["timestamp"].take();
    let at = at.as_str().unwrap();
    assert!(at.len() == 24 && at.starts_with("20") && at.ends_with('Z') && at.as_bytes()[19] == b'.', "{at}");
    for check in health["checks"].as_object_mut().unwrap().values_mut() {
        assert!(check["response_time_ms"].take().as_f64().unwrap() >= 0.0);
    }
    report
}

#[tokio::test]
async fn a_report_has_the_fields_of_the_contract_and_no_others() {
    let started = std::time::Instant::now().checked_sub(Duration::from_secs(95_445)).unwrap();
    let redis = Dependency::new(Verdict::healthy());
    let builder = Health::builder()
        .with_started(started)
        .with_vitals(Arc::new(|| Vitals { total_requests: 1_250, ..Vitals::default() }))
        .with_check(redis.check("redis"))
        .with_check(Dependency::new(Verdict::degraded("slow")).check("search").with_critical(false));
    let process = Process::start(reporting(builder)).await;

    let (status, body) = process.get("/monitoring/health").await;
    let report = with_types(&body);
    let seconds = report["health"]["uptime_seconds"].as_u64().unwrap();
    assert!((95_445..95_445 + 60).contains(&seconds));
    let uptime = format!("1 day, 2:{:02}:{:02}", (seconds - 93_600) / 60, seconds % 60);
    let expected = json!({"success": true, "timestamp": null, "health": {
        "status": "degraded", "issues": ["search (degraded): slow"], "uptime": uptime, "uptime_seconds": seconds,
        "total_requests": 1_250, "timestamp": null, "checks": {
            "redis": {"status": "healthy", "message": "ok", "response_time_ms": null, "critical": true},
            "search": {"status": "degraded", "message": "slow", "response_time_ms": null, "critical": false}}}});
    assert_eq!((status, &report), (200, &expected));

    redis.is(down());
    let (status, body) = process.get("/monitoring/health").await;
    let report = with_types(&body);
    assert_eq!((status, &report["success"], &report["health"]["status"]), (503, &json!(true), &json!("unhealthy")));
    assert_eq!(report["health"]["issues"], json!(["redis (critical): connection refused", "search (degraded): slow"]));
    let down =
        json!({"status": "unhealthy", "message": "connection refused", "response_time_ms": null, "critical": true});
    assert_eq!(report["health"]["checks"]["redis"], down);
}

#[tokio::test]
async fn a_process_without_checks_is_healthy() {
    let process = Process::start(Monitoring::new()).await;
    let (status, body) = process.get("/monitoring/health").await;
    let health = &with_types(&body)["health"];
    assert_eq!((status, &health["status"], &health["issues"]), (200, &json!("healthy"), &json!([])));
    assert_eq!((&health["checks"], &health["total_requests"]), (&json!({}), &json!(0)));
}
