//! The Collector in a process of its own, and what it received.
//!
//! | module | holds |
//! |---|---|
//! | `configured` | the process, with any configs of the operations kit |
//! | `ports` | ports that one Collector after the other has |
//! | `otlp` | what it received: spans, data points, log records |
//! | `samples` | data points as a scrape shows them |
//! | `tree` | spans as an indented text |

mod configured;
mod otlp;
mod ports;
mod samples;
mod tree;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tempfile::TempDir;

pub use self::{
    configured::{Configured, config, validate},
    otlp::{Attributes, Data, LogRecord, Point, Scope, Span, SpanEvent},
    ports::Ports,
    samples::{as_scraped, latest},
    tree::tree,
};
use super::poll;

/// A file that is rotated is written to without a buffer in between, before the request is answered.
const UNBUFFERED: &str = "exporters: {file/traces: {rotation: {max_megabytes: 1024}}, \
    file/metrics: {rotation: {max_megabytes: 1024}}, file/logs: {rotation: {max_megabytes: 1024}}}";

/// A running Collector with `collector-config/collector/file.yaml`.
#[derive(Debug)]
pub struct Collector {
    inner: Configured,
    folder: TempDir,
}

impl Collector {
    /// Starts the Collector; the system chooses its ports, and it says which.
    pub fn start() -> Option<Self> {
        Self::start_with(tempfile::tempdir().expect("a temporary folder"), &["file.yaml".into()], &[])
    }

    /// Starts the Collector at these ports, to be killed: what it answered for is in its files by then.
    pub fn start_at(ports: &Ports) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let unbuffered = folder.path().join("unbuffered.yaml");
        fs::write(&unbuffered, UNBUFFERED).expect("a file");
        let [grpc, http] = ports.addresses();
        let addresses = [("OTLP_GRPC_ENDPOINT", grpc.into()), ("OTLP_HTTP_ENDPOINT", http.into())];
        Self::start_with(folder, &["file.yaml".into(), unbuffered], &addresses)
    }

    fn start_with(folder: TempDir, configs: &[PathBuf], addresses: &[(&str, PathBuf)]) -> Option<Self> {
        let files = [("TRACES_FILE", "traces.jsonl"), ("METRICS_FILE", "metrics.jsonl"), ("LOGS_FILE", "logs.jsonl")];
        let files = files.map(|(name, file)| (name, folder.path().join(file)));
        let inner = Configured::start(configs, &[&files[..], addresses].concat())?;
        Some(Self { inner, folder })
    }

    /// The address for OTLP over gRPC.
    pub fn grpc(&self) -> &str {
        self.inner.grpc()
    }

    /// The address for OTLP over HTTP, without a path.
    pub fn http(&self) -> &str {
        self.inner.http()
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
        self.inner.stop();
    }

    /// Ends the Collector in the middle of what it does. What it wrote can still be read.
    pub fn kill(&mut self) {
        self.inner.kill();
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
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
