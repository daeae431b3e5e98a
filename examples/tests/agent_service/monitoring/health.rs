//! Health and readiness, probed as an orchestrator does, while what the service depends on goes and returns.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use serde_json::Value;
use tests::components::poll;

use crate::{
    service::{Report, Service},
    tools::Tools,
};

/// Something that answers every request with 404, as an endpoint without a list of models does, for as long as it lives.
struct Endpoint {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Endpoint {
    fn at(address: &str) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let ended = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ended);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            }
        });
        Self { address, ended, thread: Some(thread) }
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // The last connection is the one that ends it.
        let _ = std::net::TcpStream::connect(self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Service {
    /// Status code and report of health, once these checks have these statuses.
    fn health_once(&self, checks: &[(&str, &str)]) -> (u16, Value) {
        let health = || {
            let response = self.get("/monitoring/health");
            (response.status().as_u16(), response.json::<Value>().unwrap())
        };
        let told = |health: &Value, (name, status): &(&str, &str)| check(health, name)["status"] == *status;
        poll::until(&format!("{checks:?}"), health, |(_, health)| checks.iter().all(|it| told(health, it)))
    }

    fn probe(&self, probe: &str) -> u16 {
        self.get(&format!("/monitoring/health/{probe}")).status().as_u16()
    }
}

/// That the whole is as its checks are. This machine may be busy with other tests, which is worse than nothing and told as well.
fn assert_whole((code, health): &(u16, Value), status: &str) {
    let health = &health["health"];
    let is_of_machine =
        |issue: &&Value| ["CPU at", "memory at", "disk"].iter().any(|it| issue.to_string().contains(it));
    if health["issues"].as_array().unwrap().iter().any(|issue| is_of_machine(&issue)) {
        assert_ne!(health["status"], "healthy", "{health}");
    } else {
        assert_eq!(health["status"], status, "{health}");
    }
    assert_eq!(*code, if health["status"] == "unhealthy" { 503 } else { 200 }, "{health}");
}

fn check<'a>(health: &'a Value, name: &str) -> &'a Value {
    &health["health"]["checks"][name]
}

#[test]
fn a_dependency_that_goes_and_returns_is_told() {
    let tools = Tools::start(&[]);
    let model = Endpoint::at("127.0.0.1:0");
    let base = format!("http://{}/v1", model.address);
    let service = Service::start(&[("OPENAI_BASE_URL", &base), ("TOOL_SERVICE_URL", tools.url())]);
    let told = service.health_once(&[("database", "healthy"), ("model", "healthy"), ("tools", "healthy")]);
    assert_whole(&told, "healthy");
    let health = &told.1;
    assert_eq!(health["success"], true);
    for (name, critical) in [("database", true), ("model", true), ("tools", false), ("telemetry", false)] {
        let check = check(health, name);
        assert_eq!((&check["status"], &check["critical"]), (&"healthy".into(), &critical.into()), "{name}");
        assert!(check["response_time_ms"].is_f64() && check["message"].is_string(), "{check}");
    }
    assert_eq!(["startup", "ready", "live"].map(|probe| service.probe(probe)), [200; 3]);

    // Without the tools answers get worse; without the model there are none.
    drop(tools);
    let told = service.health_once(&[("tools", "unhealthy"), ("model", "healthy")]);
    assert_whole(&told, "degraded");
    let issues = told.1["health"]["issues"].to_string();
    assert!(issues.contains("tools"), "{issues}");
    let address = model.address.to_string();
    drop(model);
    let told = service.health_once(&[("model", "unhealthy")]);
    assert_eq!((told.0, &told.1["health"]["status"]), (503, &"unhealthy".into()));
    assert_eq!(
        ["startup", "ready", "live"].map(|probe| service.probe(probe)),
        [200; 3],
        "other replicas have no model either"
    );
    let scrape = service.get("/monitoring/metrics").text().unwrap();
    let of_model =
        scrape.lines().find(|line| line.starts_with("tachograph_system_health") && line.contains("\"model\""));
    assert!(of_model.is_some_and(|line| line.ends_with(" 0")), "{of_model:?}");

    let _model = Endpoint::at(&address);
    assert_whole(&service.health_once(&[("model", "healthy"), ("tools", "unhealthy")]), "degraded");
    let report: Report = service.stop();
    assert!(report.line.starts_with("telemetry is shut down"), "{}", report.line);
}
