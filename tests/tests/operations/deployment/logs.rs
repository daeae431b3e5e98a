//! Readers of log files: what they look for is what the product writes.

use std::{collections::BTreeSet, fs};

use serde_json::Value;
use tests::operations::{kit, yaml};

/// Keys of a line, as the documentation of `JsonFormat` has them, and one of the events that tell of calls.
const KEYS: [&str; 14] = [
    "timestamp",
    "level",
    "logger",
    "message",
    "module",
    "file",
    "line",
    "process_id",
    "thread_id",
    "request_id",
    "user_id",
    "trace_id",
    "span_id",
    "event",
];

fn text(name: &str) -> String {
    fs::read_to_string(kit().join("logs").join(name)).unwrap()
}

fn known(keys: impl IntoIterator<Item = String>) {
    let unknown: Vec<_> = keys.into_iter().filter(|key| !KEYS.contains(&key.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_reader_reads_the_file_with_every_line() {
    for name in ["collector.yaml", "alloy.alloy", "filebeat.yaml", "vector.yaml", "cloudwatch-agent.json"] {
        assert!(text(name).contains("/application.log"), "{name}");
        assert!(!text(name).contains("errors.log"), "{name} would send failures twice");
    }
}

#[test]
fn keys_that_are_looked_for_are_written() {
    let alloy = text("alloy.alloy");
    let (_, expressions) = alloy.split_once("expressions = {").unwrap();
    let (expressions, _) = expressions.split_once('}').unwrap();
    known(expressions.split('"').skip(1).step_by(2).map(str::to_owned));

    let filebeat = yaml(&kit().join("logs/filebeat.yaml"));
    let renamed = filebeat["processors"][1]["rename"]["fields"].as_array().unwrap().iter();
    let from = renamed.map(|field| field["from"].as_str().unwrap().strip_prefix("tachograph.").unwrap().to_owned());
    known(from.filter(|key| key != "exception.message"));

    let vector = yaml(&kit().join("logs/vector.yaml"));
    let source = vector["transforms"]["parsed"]["source"].as_str().unwrap();
    let used = source
        .split("line.")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphabetic() || *c == '_').collect::<String>());
    known(used);
}

#[test]
fn what_has_many_values_is_no_label() {
    let alloy = text("alloy.alloy");
    let (_, labels) = alloy.split_once("stage.labels {").unwrap();
    let (labels, _) = labels.split_once("stage.").unwrap();
    let words: BTreeSet<_> = labels.split(|c: char| !c.is_ascii_alphabetic() && c != '_').collect();
    assert!(words.contains("level"));
    assert!(words.is_disjoint(&["trace_id", "span_id", "request_id", "message", "user_id"].into()), "{words:?}");
}

#[test]
fn secrets_of_readers_are_variables() {
    for name in ["filebeat.yaml", "vector.yaml"] {
        assert!(text(name).contains("${ELASTICSEARCH_API_KEY}"), "{name}");
    }
    let filebeat = yaml(&kit().join("logs/filebeat.yaml"));
    assert_eq!(filebeat["output.elasticsearch"]["api_key"], "${ELASTICSEARCH_API_KEY}");
    let cloudwatch: Value = serde_json::from_str(&text("cloudwatch-agent.json")).unwrap();
    let files = cloudwatch["logs"]["logs_collected"]["files"]["collect_list"].as_array().unwrap();
    assert_eq!(files.len(), 2);
}

#[test]
fn the_unit_sets_variables_that_the_service_reads() {
    let unit = text("journald/agent_service.service");
    let set: Vec<_> = unit.lines().filter_map(|line| line.strip_prefix("Environment=")?.split('=').next()).collect();
    assert!(set.len() > 4, "{set:?}");
    for variable in set {
        assert!(super::names::service_reads(variable), "{variable}");
    }
}
