//! The Collector in a process of its own, and what it received.

mod otlp;
mod ports;
mod samples;
mod tree;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;

pub use self::{
    otlp::{Attributes, Data, LogRecord, Point, Scope, Span},
    ports::Ports,
    samples::{as_scraped, latest},
    tree::tree,
};
use super::{Component, poll};
use crate::process::{PATIENCE, Process, Signal};

/// Relative to this package.
const CONFIG: &str = "../collector-config/collector/file.yaml";

/// A file that is rotated is written to without a buffer in between, before the request is answered.
const UNBUFFERED: &[&str] = &[
    "--config=yaml:exporters::file/traces::rotation::max_megabytes: 1024",
    "--config=yaml:exporters::file/metrics::rotation::max_megabytes: 1024",
    "--config=yaml:exporters::file/logs::rotation::max_megabytes: 1024",
];

/// A running Collector with `collector-config/collector/file.yaml`.
#[derive(Debug)]
pub struct Collector {
    process: Process,
    grpc: String,
    http: String,
    folder: TempDir,
}

impl Collector {
    /// Starts the Collector; the system chooses its ports, and it says which.
    pub fn start() -> Option<Self> {
        Self::start_with(["127.0.0.1:0"; 2], &[])
    }

    /// Starts the Collector at these ports, to be killed: what it answered for is in its files by then.
    pub fn start_at(ports: &Ports) -> Option<Self> {
        let addresses = ports.addresses();
        Self::start_with([&addresses[0], &addresses[1]], UNBUFFERED)
    }

    fn start_with([grpc, http]: [&str; 2], arguments: &[&str]) -> Option<Self> {
        let program = Component::Otelcol.find()?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new(program);
        command.arg("--config").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(CONFIG)).args(arguments);
        for (variable, address) in
            [("OTLP_GRPC_ENDPOINT", grpc), ("OTLP_HTTP_ENDPOINT", http), ("HEALTH_CHECK_ENDPOINT", "127.0.0.1:0")]
        {
            command.env(variable, address);
        }
        for (variable, file) in
            [("TRACES_FILE", "traces.jsonl"), ("METRICS_FILE", "metrics.jsonl"), ("LOGS_FILE", "logs.jsonl")]
        {
            command.env(variable, folder.path().join(file));
        }
        let process = Process::spawn(&mut command).expect("the Collector starts");
        let endpoint = |server: &str| process.wait_for_line(|line| endpoint(line, server));
        let (grpc, http) = (endpoint("Starting GRPC server"), endpoint("Starting HTTP server"));
        process.wait_for_line(|line| line.contains("Everything is ready").then_some(()));
        Some(Self { process, grpc, http, folder })
    }

    /// The address for OTLP over gRPC.
    pub fn grpc(&self) -> &str {
        &self.grpc
    }

    /// The address for OTLP over HTTP, without a path.
    pub fn http(&self) -> &str {
        &self.http
    }

    /// The spans that have arrived, in the order of their arrival.
    pub fn spans(&self) -> Vec<Span> {
        lines(&self.file("traces.jsonl")).iter().flat_map(otlp::spans).collect()
    }

    /// The data points that have arrived, in the order of their arrival: of each series one for each export.
    pub fn points(&self) -> Vec<Point> {
        lines(&self.file("metrics.jsonl")).iter().flat_map(otlp::points).collect()
    }

    /// The log records that have arrived, in the order of their arrival.
    pub fn records(&self) -> Vec<LogRecord> {
        lines(&self.file("logs.jsonl")).iter().flat_map(otlp::records).collect()
    }

    /// Waits until the spans that have arrived satisfy `accept`.
    pub fn wait_for_spans(&self, accept: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        poll::until("spans at the Collector", || self.spans(), |spans| accept(spans))
    }

    /// Waits until the data points that have arrived satisfy `accept`.
    pub fn wait_for_points(&self, accept: impl Fn(&[Point]) -> bool) -> Vec<Point> {
        poll::until("data points at the Collector", || self.points(), |points| accept(points))
    }

    /// Ends the Collector, which writes down the last of what it received.
    pub fn stop(&mut self) {
        let status = self.process.stop();
        assert!(status.success(), "the Collector ended with {status}: {}", self.process.stderr());
    }

    /// Ends the Collector in the middle of what it does. What it wrote can still be read.
    pub fn kill(&mut self) {
        self.process.signal(Signal::KILL);
        let status = self.process.wait(PATIENCE);
        assert!(!status.success(), "the Collector ended by itself: {}", self.process.stderr());
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The address in a line of the Collector's log: text, then fields as JSON.
fn endpoint(line: &str, server: &str) -> Option<String> {
    let (_, fields) = line.split_once(server)?;
    let fields: Value = serde_json::from_str(fields.trim()).ok()?;
    Some(format!("http://{}", fields["endpoint"].as_str()?))
}

/// The documents of a file with one in each line. What follows the last line's end is still being written.
fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(|line| serde_json::from_str(line).expect("the Collector writes JSON")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_still_being_written_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lines");
        assert_eq!(lines(&file), Vec::<Value>::new());
        fs::write(&file, "{\"a\":").unwrap();
        assert_eq!(lines(&file), Vec::<Value>::new());
        fs::write(&file, "{\"a\":1}\n{\"b").unwrap();
        assert_eq!(lines(&file), [serde_json::json!({"a": 1})]);
    }
}
