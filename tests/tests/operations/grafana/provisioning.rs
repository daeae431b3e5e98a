//! Provisioning: what a Grafana that starts is told.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::Value;
use tests::operations::{
    files,
    grafana::{Profile, all},
    kit, yaml,
};

use super::{array, text};

fn provisioned(folder: &str) -> Vec<Value> {
    files(&format!("grafana/provisioning/{folder}"), "yaml").iter().map(|file| yaml(file)).collect()
}

fn sources() -> Vec<Value> {
    provisioned("datasources").iter().flat_map(|document| array(&document["datasources"]).clone()).collect()
}

/// The file of defaults: `NAME=value` a line.
fn defaults() -> BTreeMap<String, String> {
    let text = fs::read_to_string(kit().join("grafana/defaults.env")).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once('=').unwrap()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn every_variable_of_the_provisioning_has_a_default_on_this_machine() {
    let mut used = BTreeSet::new();
    for document in provisioned("datasources").into_iter().chain(provisioned("dashboards")) {
        let text = document.to_string();
        used.extend(
            text.split("${")
                .skip(1)
                .map(|rest| rest.split('}').next().unwrap().to_owned())
                .filter(|name| !name.starts_with("__")),
        );
    }
    let defaults = defaults();
    assert_eq!(used, defaults.keys().cloned().collect::<BTreeSet<_>>());
    for (name, value) in defaults.iter().filter(|(name, _)| name.ends_with("_URL")) {
        assert!(value.starts_with("http://127.0.0.1:"), "{name}={value}");
    }
}

#[test]
fn every_source_that_dashboards_lead_to_is_provisioned_once() {
    let sources = sources();
    let kinds: Vec<_> = sources.iter().map(|source| text(&source["type"]).to_owned()).collect();
    assert_eq!(kinds, ["prometheus", "tempo", "jaeger", "loki", "alertmanager"]);
    for made in all() {
        let variables = array(&made.json["templating"]["list"]).iter();
        let mut wanted =
            variables.filter(|variable| variable["type"] == "datasource").map(|variable| text(&variable["query"]));
        assert!(wanted.all(|kind| kinds.iter().any(|other| other == kind)), "{}", made.path.display());
    }
    let uids: BTreeSet<_> = sources.iter().map(|source| text(&source["uid"])).collect();
    assert_eq!(uids.len(), sources.len());
    assert_eq!(sources.iter().filter(|source| source["isDefault"] == true).count(), 1);
    // Sources name each other by their `uid`.
    fn named(value: &Value, found: &mut BTreeSet<String>) {
        if let Some(uid) = value["datasourceUid"].as_str() {
            found.insert(uid.to_owned());
        }
        value.as_object().into_iter().flatten().for_each(|(_, value)| named(value, found));
        value.as_array().into_iter().flatten().for_each(|value| named(value, found));
    }
    let mut found = BTreeSet::new();
    sources.iter().for_each(|source| named(&source["jsonData"], &mut found));
    assert!(found.len() >= 2 && found.iter().all(|uid| uids.contains(uid.as_str())), "{found:?}");
}

#[test]
fn every_folder_of_dashboards_is_provisioned() {
    let documents = provisioned("dashboards");
    let providers: Vec<_> = documents.iter().flat_map(|document| array(&document["providers"])).collect();
    let paths: Vec<_> = providers.iter().map(|provider| text(&provider["options"]["path"])).collect();
    let expected =
        Profile::ALL.map(|profile| format!("${{DASHBOARDS}}/{}", profile.folder().strip_prefix("grafana/").unwrap()));
    assert_eq!(paths, expected);
    assert!(providers.iter().all(|provider| provider["allowUiUpdates"] == false), "{providers:?}");
}
