//! Alertmanager in a process of its own: it gets alerts from Prometheus and tells a test's receivers of them.

use std::{fs, process::Command};

use serde_json::Value;
use tempfile::TempDir;

use super::{Component, http, poll};
use crate::process::Process;

/// A running Alertmanager.
#[derive(Debug)]
pub struct Alertmanager {
    address: String,
    client: http::Client,
    _process: Process,
    _folder: TempDir,
}

impl Alertmanager {
    /// Starts Alertmanager on a free port of this machine. JSON is YAML, so that the configuration is given as a value.
    pub fn start(config: &Value) -> Option<Self> {
        let program = Component::Alertmanager.find()?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("alertmanager.yaml");
        fs::write(&file, config.to_string()).expect("the folder takes files");
        let mut command = Command::new(program);
        command.arg("--config.file").arg(file).arg("--storage.path").arg(folder.path().join("data"));
        // Nobody to share alerts with.
        command.args(["--web.listen-address", "127.0.0.1:0", "--cluster.listen-address="]);
        let process = Process::spawn(&mut command).expect("Alertmanager starts");
        let address = process.wait_for_line(|line| {
            let (_, address) = line.split_once("Listening on")?.1.split_once("address=")?;
            address.split_whitespace().next().map(str::to_owned)
        });
        let this = Self { address, client: http::client(), _process: process, _folder: folder };
        let ready = || {
            let answer = this.client.get(format!("http://{}/-/ready", this.address)).send();
            answer.is_ok_and(|answer| answer.status().is_success())
        };
        poll::until("Alertmanager to be ready", ready, |ready| *ready);
        Some(this)
    }

    /// `host:port`, where Prometheus sends alerts to.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The alerts of that name which it has now, inhibited ones included, as its API tells them.
    pub fn alerts(&self, name: &str) -> Vec<Value> {
        let filter = format!("alertname=\"{name}\"");
        let request = self.client.get(format!("http://{}/api/v2/alerts", self.address)).query(&[("filter", &filter)]);
        request.send().and_then(|answer| answer.json()).expect("Alertmanager answers in JSON")
    }
}
