//! Prometheus in a process of its own: it scrapes what a test serves, and answers queries.

use std::{fs, process::Command};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    Component,
    exposition::{Sample, Samples},
    http, poll,
};
use crate::process::Process;

/// Often enough that a test need not wait for a rate, seldom enough for a loaded machine to keep up.
const SCRAPE_INTERVAL: &str = "500ms";

/// What links of alerts are made of. Series that are asked for here do not have these labels.
const EXTERNAL_LABELS: &str = "{grafana: 'https://grafana.example', runbooks: 'https://runbooks.example'}";

/// Log lines that tell the address; the first of them may still say port 0.
const LISTENING: &str = "Listening on";

/// A running Prometheus.
#[derive(Debug)]
pub struct Prometheus {
    base: String,
    client: http::Client,
    _process: Process,
    _folder: TempDir,
}

/// One address that is scraped.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its address with the path.
    pub url: String,
    /// `up`, `down`, or `unknown` before the first scrape.
    pub health: String,
    /// Why the last scrape failed; empty when it did not.
    pub last_error: String,
}

impl Prometheus {
    /// Starts Prometheus on a free port of this machine, scraping `metrics_path` of each of the `targets` (`host:port`) twice a
    /// second as job `test`. `extra` are further sections of its configuration in YAML, such as `rule_files`.
    pub fn start(targets: &[&str], metrics_path: &str, extra: &str) -> Option<Self> {
        Self::start_as(Component::Prometheus, targets, metrics_path, "", extra)
    }

    /// The same with a choice of the program, [`Component::Prometheus`] or [`Component::Prometheus3`], and with further settings of
    /// the job as YAML of one line, such as `scrape_protocols: [PrometheusText0.0.4]`, which only version 3 knows.
    pub fn start_as(program: Component, targets: &[&str], metrics_path: &str, job: &str, extra: &str) -> Option<Self> {
        let program = program.find()?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = folder.path().join("prometheus.yaml");
        // JSON strings are YAML strings.
        let (targets, path) = (Value::from(targets), Value::from(metrics_path));
        let text = format!(
            "global: {{scrape_interval: {SCRAPE_INTERVAL}, scrape_timeout: {SCRAPE_INTERVAL}, external_labels: {EXTERNAL_LABELS}}}\n\
             scrape_configs: [{{job_name: test, metrics_path: {path}, static_configs: [{{targets: {targets}}}], {job}}}]\n{extra}\n"
        );
        fs::write(&config, text).expect("the folder takes files");
        let mut command = Command::new(program);
        command.arg("--config.file").arg(config).arg("--storage.tsdb.path").arg(folder.path().join("data"));
        command.args(["--web.listen-address", "127.0.0.1:0"]);
        let process = Process::spawn(&mut command).expect("Prometheus starts");
        let base = process.wait_for_line(|line| {
            line.split_once(LISTENING)?.1.split_once("address=").map(|(_, address)| format!("http://{address}"))
        });
        let base = base.split_whitespace().next().unwrap_or_default().to_owned();
        let this = Self { base, client: http::client(), _process: process, _folder: folder };
        let ready = || this.client.get(format!("{}/-/ready", this.base)).send().is_ok_and(|r| r.status().is_success());
        poll::until("Prometheus to be ready", ready, |ready| *ready);
        Some(this)
    }

    /// What an instant query gives now: a vector, or a scalar as one sample without labels. Panics when Prometheus refuses it.
    pub fn query(&self, promql: &str) -> Vec<Sample> {
        let data = self.api("query", &[("query", promql)]);
        match &data["result"] {
            Value::Array(scalar) if data["resultType"] == "scalar" => {
                vec![Sample { name: String::new(), labels: Default::default(), value: number(&scalar[1]) }]
            }
            result => result.as_array().into_iter().flatten().map(sample).collect(),
        }
    }

    /// Asks until the answer satisfies `accept`.
    pub fn wait_until(&self, promql: &str, accept: impl Fn(&[Sample]) -> bool) -> Vec<Sample> {
        poll::until(promql, || self.query(promql), |found| accept(found))
    }

    /// The addresses that are scraped.
    pub fn targets(&self) -> Vec<Target> {
        let data = self.api("targets", &[("state", "active")]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let target = |target: &Value| Target {
            url: text(&target["scrapeUrl"]),
            health: text(&target["health"]),
            last_error: text(&target["lastError"]),
        };
        data["activeTargets"].as_array().into_iter().flatten().map(target).collect()
    }

    /// Everything that Prometheus did not take of what it scraped: targets whose last scrape failed, and its own counters of samples
    /// and scrapes that it refused. Empty when all is well.
    pub fn refused(&self) -> Vec<String> {
        let down = self.targets().into_iter().filter(|target| target.health != "up");
        let down = down.map(|target| format!("{} is {}: {}", target.url, target.health, target.last_error));
        let own = self.client.get(format!("{}/metrics", self.base)).send().and_then(|response| response.text());
        let own = Samples::parse(&own.expect("Prometheus serves its own metrics"));
        // Every counter below this name is of something that went wrong.
        let counted = own.0.into_iter().filter(|sample| {
            sample.name.starts_with("prometheus_target_scrapes_")
                && sample.name.ends_with("_total")
                && sample.value > 0.0
        });
        down.chain(counted.map(|sample| sample.to_string())).collect()
    }

    fn api(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let request = self.client.get(format!("{}/api/v1/{path}", self.base)).query(query);
        let answer: Value = request.send().and_then(|r| r.json()).expect("Prometheus answers in JSON");
        assert_eq!(answer["status"], "success", "{query:?}: {answer}");
        answer["data"].clone()
    }
}

fn sample(result: &Value) -> Sample {
    let labels = result["metric"].as_object().into_iter().flatten();
    let mut labels: super::exposition::Labels =
        labels.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect();
    let name = labels.remove("__name__").unwrap_or_default();
    Sample { name, labels, value: number(&result["value"][1]) }
}

fn number(value: &Value) -> f64 {
    value.as_str().and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no number: {value}"))
}
