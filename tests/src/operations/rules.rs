//! The rule files.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{files, yaml};

/// Folders of rule files, below the kit.
const FOLDERS: [&str; 2] = ["prometheus/rules/recording", "prometheus/rules/alerts"];

/// One rule that makes a series.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The name of the series.
    pub name: String,
    /// Its expression.
    pub expr: String,
}

/// One alert.
#[derive(Clone, Debug)]
pub struct Alert {
    /// Its name.
    pub name: String,
    /// Its expression.
    pub expr: String,
    /// Labels that the rule adds.
    pub labels: BTreeMap<String, String>,
    /// Annotations, as they stand in the rule.
    pub annotations: BTreeMap<String, String>,
}

/// Every recording rule.
pub fn recordings() -> Vec<Recording> {
    rules().into_iter().filter_map(|rule| Some(Recording { name: text(&rule["record"])?, expr: expr(&rule) })).collect()
}

/// Every alert.
pub fn alerts() -> Vec<Alert> {
    let alert = |rule: Value| {
        let (labels, annotations) = (map(&rule["labels"]), map(&rule["annotations"]));
        Some(Alert { name: text(&rule["alert"])?, expr: expr(&rule), labels, annotations })
    };
    rules().into_iter().filter_map(alert).collect()
}

/// Every rule file as a whole.
pub fn documents() -> Vec<Value> {
    FOLDERS.into_iter().flat_map(|folder| files(folder, "yaml")).map(|file| yaml(&file)).collect()
}

fn rules() -> Vec<Value> {
    let mut rules = Vec::new();
    for document in documents() {
        let groups = document["groups"].as_array().expect("a rule file has groups").iter();
        rules.extend(groups.flat_map(|group| group["rules"].as_array().expect("a group has rules").clone()));
    }
    rules
}

fn expr(rule: &Value) -> String {
    text(&rule["expr"]).unwrap_or_else(|| panic!("a rule without an expression: {rule}"))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn map(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(name, value)| (name.clone(), text(value).unwrap_or_else(|| panic!("{name} is no text")))).collect()
}
