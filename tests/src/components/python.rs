//! The strict parsers of scraped text: those of Python's `prometheus_client`, which were written by others for other servers.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::Value;

use super::{
    Component,
    exposition::{Labels, Sample},
};

const SCRIPT: &str = include_str!("python/parse.py");

/// A format of scraped text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Format {
    /// `text/plain; version=0.0.4`.
    Text,
    /// `application/openmetrics-text; version=1.0.0`.
    OpenMetrics,
}

/// A metric family as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Its name; that of a counter without `_total`, as OpenMetrics sees it.
    pub name: String,
    /// Its type in the words of the format.
    pub kind: String,
    /// Its unit; empty without one, and in a format that has none.
    pub unit: String,
    /// Its help.
    pub help: String,
    /// Its lines.
    pub samples: Vec<Sample>,
}

/// What the parser reads, or why it refuses the text. `None` where Python or its package is missing.
pub fn parse(text: &str, format: Format) -> Option<Result<Vec<Family>, String>> {
    let format = match format {
        Format::Text => "text",
        Format::OpenMetrics => "openmetrics",
    };
    let mut python = Command::new(Component::Python.find()?);
    python.args(["-c", SCRIPT, format]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut python = python.spawn().expect("Python starts");
    // It reads everything before it writes, so neither waits for the other. Dropped at the end of the statement: the end of input.
    python.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("Python reads");
    let output = python.wait_with_output().expect("Python ends");
    if !output.status.success() {
        return Some(Err(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let read: Value = serde_json::from_slice(&output.stdout).expect("the script writes JSON");
    Some(Ok(read.as_array().into_iter().flatten().map(family).collect()))
}

fn family(json: &Value) -> Family {
    let samples = json["samples"].as_array().into_iter().flatten();
    Family {
        name: text(&json["name"]),
        kind: text(&json["type"]),
        unit: text(&json["unit"]),
        help: text(&json["help"]),
        samples: samples.map(sample).collect(),
    }
}

fn sample(json: &Value) -> Sample {
    let labels = json["labels"].as_object().into_iter().flatten();
    let labels: Labels = labels.map(|(name, value)| (name.clone(), text(value))).collect();
    let value = text(&json["value"]);
    // Rust reads `nan` and `inf` as Python writes them.
    Sample { name: text(&json["name"]), labels, value: value.parse().expect("the script writes numbers") }
}

fn text(json: &Value) -> String {
    json.as_str().unwrap_or_default().to_owned()
}
