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
    /// Status code and report of health, once its status is that.
    fn health_once(&self, status: &str) -> (u16, Value) {
        let health = || {
            let response = self.get("/monitoring/health");
            (response.status().as_u16(), response.json::<Value>().unwrap())
        };
        poll::until(&format!("the service to be {status}"), health, |(_, told)| told["health"]["status"] == status)
    }

    fn probe(&self, probe: &str) -> u16 {
        self.get(&format!("/monitoring/health/{probe}")).status().as_u16()
    }
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
    let (code, health) = service.health_once("healthy");
    assert_eq!((code, &health["success"], &health["health"]["issues"]), (200, &true.into(), &Value::Array(vec![])));
    for (name, critical) in [("database", true), ("model", true), ("tools", false), ("telemetry", false)] {
        let check = check(&health, name);
        assert_eq!((&check["status"], &check["critical"]), (&"healthy".into(), &critical.into()), "{name}");
        assert!(check["response_time_ms"].is_f64() && check["message"].is_string(), "{check}");
    }
    assert_eq!(["startup", "ready", "live"].map(|probe| service.probe(probe)), [200; 3]);

    // Without the tools answers get worse; without the model there are none.
    drop(tools);
    let (code, health) = service.health_once("degraded");
    assert_eq!((code, &check(&health, "tools")["status"]), (200, &"unhealthy".into()));
    let issues = health["health"]["issues"].to_string();
    assert!(issues.contains("tools"), "{issues}");
    let address = model.address.to_string();
    drop(model);
    let (code, health) = service.health_once("unhealthy");
    assert_eq!((code, &check(&health, "model")["status"]), (503, &"unhealthy".into()));
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
    let (code, health) = service.health_once("degraded");
    assert_eq!((code, &check(&health, "model")["status"]), (200, &"healthy".into()));
    let report: Report = service.stop();
    assert!(report.line.starts_with("telemetry is shut down"), "{}", report.line);
}
