//! The Collector with configs of the operations kit, in a process of its own.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use serde_json::Value;

use crate::{
    components::Component,
    operations::kit,
    process::{PATIENCE, Process, Signal},
};

/// What listens in every config, each at a port that the system chooses.
const ADDRESSES: [(&str, &str); 4] = [
    ("OTLP_GRPC_ENDPOINT", "127.0.0.1:0"),
    ("OTLP_HTTP_ENDPOINT", "127.0.0.1:0"),
    ("HEALTH_CHECK_ENDPOINT", "127.0.0.1:0"),
    ("COLLECTOR_METRICS_PORT", "0"),
];

/// A running Collector.
#[derive(Debug)]
pub struct Configured {
    process: Process,
    grpc: String,
    http: String,
}

impl Configured {
    /// Starts the Collector with `configs`, which are relative to `collector-config/collector` or absolute, with `variables` and no
    /// others. The system chooses its ports, and it says which.
    pub fn start<C: AsRef<Path>, V: AsRef<OsStr>>(configs: &[C], variables: &[(&str, V)]) -> Option<Self> {
        let process = Process::spawn(&mut command(&[], configs, variables)?).expect("the Collector starts");
        let endpoint = |server: &str| process.wait_for_line(|line| endpoint(line, server));
        let (grpc, http) = (endpoint("Starting GRPC server"), endpoint("Starting HTTP server"));
        process.wait_for_line(|line| line.contains("Everything is ready").then_some(()));
        Some(Self { process, grpc, http })
    }

    /// The address for OTLP over gRPC.
    pub fn grpc(&self) -> &str {
        &self.grpc
    }

    /// The address for OTLP over HTTP, without a path.
    pub fn http(&self) -> &str {
        &self.http
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        self.process.stderr()
    }

    /// Ends it, which hands on the last of what it received.
    pub fn stop(&mut self) {
        let status = self.process.stop();
        assert!(status.success(), "the Collector ended with {status}: {}", self.log());
    }

    /// Ends it without a chance to do anything.
    pub fn kill(&mut self) {
        self.process.signal(Signal::KILL);
        let status = self.process.wait(PATIENCE);
        assert!(!status.success(), "the Collector ended by itself: {}", self.log());
    }
}

/// What the Collector says of `configs` without starting anything: how it ended, and its log. `None` where it is missing.
pub fn validate<C: AsRef<Path>, V: AsRef<OsStr>>(
    configs: &[C],
    variables: &[(&str, V)],
) -> Option<(ExitStatus, String)> {
    let mut process = Process::spawn(&mut command(&["validate"], configs, variables)?).expect("the Collector starts");
    let status = process.wait(PATIENCE);
    Some((status, process.stderr()))
}

/// The file of a config.
pub fn config(name: impl AsRef<Path>) -> PathBuf {
    kit().join("collector").join(name)
}

fn command<C: AsRef<Path>, V: AsRef<OsStr>>(
    arguments: &[&str],
    configs: &[C],
    variables: &[(&str, V)],
) -> Option<Command> {
    let mut command = Command::new(Component::Otelcol.find()?);
    command.env_clear().envs(ADDRESSES).envs(variables.iter().map(|(name, value)| (name, value.as_ref())));
    command.args(arguments);
    for name in configs {
        command.arg("--config").arg(config(name));
    }
    Some(command)
}

/// The address in a line of the Collector's log: text, then fields as JSON.
fn endpoint(line: &str, server: &str) -> Option<String> {
    let (_, fields) = line.split_once(server)?;
    let fields: Value = serde_json::from_str(fields.trim()).ok()?;
    Some(format!("http://{}", fields["endpoint"].as_str()?))
}
