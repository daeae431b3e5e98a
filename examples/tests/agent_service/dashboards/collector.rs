//! A Collector that tells metrics about itself, and cannot deliver what it takes.

use std::{net::TcpListener, process::Command};

use tests::{
    components::{Component, http, poll},
    process::Process,
};

/// It cannot be told to take a free port for its own metrics and to say which, so another process may have taken it meanwhile.
const ATTEMPTS: usize = 5;

/// Nobody listens on port 1. Each export fails for good, which its sender does not get to know.
const CONFIG: &str = "
receivers: {otlp: {protocols: {http: {endpoint: '127.0.0.1:0'}}}}
exporters: {debug: {}, otlp_http: {endpoint: 'http://127.0.0.1:1', retry_on_failure: {enabled: false}}}
service:
  telemetry:
    metrics:
      level: detailed
      readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: PORT}}}}]
  pipelines:
    traces: {receivers: [otlp], exporters: [debug, otlp_http]}
    metrics: {receivers: [otlp], exporters: [debug, otlp_http]}
    logs: {receivers: [otlp], exporters: [debug, otlp_http]}
";

/// A running one.
pub(crate) struct OwnCollector {
    otlp: String,
    port: u16,
    _process: Process,
}

impl OwnCollector {
    /// `None` where the program is missing.
    pub(crate) fn start() -> Option<Self> {
        let program = Component::Otelcol.find()?;
        for _ in 0..ATTEMPTS {
            let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
            let config = format!("yaml:{}", CONFIG.replace("PORT", &port.to_string()));
            let process = Process::spawn(Command::new(&program).args(["--config", &config])).unwrap();
            let endpoint = process.find_line(|line| {
                let (_, fields) = line.split_once("Starting HTTP server")?;
                let fields: serde_json::Value = serde_json::from_str(fields.trim()).ok()?;
                Some(format!("http://{}", fields["endpoint"].as_str()?))
            });
            if let Some(otlp) = endpoint {
                let this = Self { otlp, port, _process: process };
                let ready = || http::client().get(format!("http://{}/metrics", this.address())).send().is_ok();
                poll::until("the Collector's own metrics", ready, |ready| *ready);
                return Some(this);
            }
        }
        panic!("the Collector did not get a port in {ATTEMPTS} attempts")
    }

    /// Where it takes OTLP over HTTP.
    pub(crate) fn otlp(&self) -> &str {
        &self.otlp
    }

    /// `host:port` of its own metrics.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}
