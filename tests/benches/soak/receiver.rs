//! Receivers that go away and come back.

use std::{net::TcpListener, path::Path, process::Command, sync::Mutex};

use tachograph_testing::otlp::OtlpServer;
use tests::{components::Component, process::Process};

use super::KILL;

pub(crate) trait Receiver {
    fn endpoint(&self) -> String;
    fn go_away(&self);
    fn come_back(&self);
}

/// The fault-injecting server, in this process.
pub(crate) struct Server(OtlpServer);

impl Server {
    pub(crate) fn start() -> Self {
        Self(OtlpServer::builder().with_memory(0).start())
    }

    /// Spans that it took in.
    pub(crate) fn taken(&self) -> Option<u64> {
        Some(self.0.counts().traces.accepted)
    }
}

impl Receiver for Server {
    fn endpoint(&self) -> String {
        self.0.http_endpoint()
    }

    fn go_away(&self) {
        self.0.refuse_connections();
    }

    fn come_back(&self) {
        self.0.accept_connections();
    }
}

/// The real Collector, which prints a line for each batch and forgets it.
pub(crate) struct Collector {
    ports: [u16; 4],
    process: Mutex<Option<Process>>,
}

impl Collector {
    pub(crate) fn start() -> Option<Self> {
        Component::Otelcol.find()?;
        // Taken from the system and given back: it has to come back at the same ones.
        let listeners = [(); 4].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
        let ports = listeners.map(|it| it.local_addr().expect("it has one").port());
        let this = Self { ports, process: Mutex::default() };
        this.come_back();
        Some(this)
    }
}

impl Receiver for Collector {
    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[0])
    }

    fn go_away(&self) {
        if let Some(mut process) = self.process.lock().expect("no panic").take() {
            process.signal(KILL);
            process.wait(std::time::Duration::from_secs(10));
        }
    }

    fn come_back(&self) {
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../collector-config/collector/local.yaml");
        let mut command = Command::new(Component::Otelcol.find().expect("it was found"));
        command.arg("--config").arg(config);
        let variables = ["OTLP_HTTP_ENDPOINT", "OTLP_GRPC_ENDPOINT", "HEALTH_CHECK_ENDPOINT", "PROMETHEUS_ENDPOINT"];
        for (variable, port) in variables.into_iter().zip(self.ports) {
            command.env(variable, format!("127.0.0.1:{port}"));
        }
        let process = Process::spawn(&mut command).expect("the Collector starts");
        process.wait_for_line(|line| line.contains("Everything is ready").then_some(()));
        *self.process.lock().expect("no panic") = Some(process);
    }
}
