//! Copies of the rules and the routes for a test: seconds where they have minutes, and receivers of the test.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{
    components::{Alertmanager, Webhook},
    operations::{kit, rules, yaml},
};

/// Windows of expressions that a test cannot wait for.
const WINDOWS: [&str; 3] = ["[5m]", "[10m]", "[15m]"];
const WINDOW: &str = "[10s]";
const MOMENT: &str = "1s";

/// Waits as long as it does: a loaded machine may miss a scrape.
const PATIENT: &str = "ServiceDown";

/// A folder with the rule files. JSON is YAML.
pub(crate) fn rules() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, mut document) in rules::documents().into_iter().enumerate() {
        for group in array(&mut document["groups"]) {
            group["interval"] = MOMENT.into();
            array(&mut group["rules"]).iter_mut().for_each(shorten);
        }
        fs::write(folder.path().join(format!("{number}.yaml")), document.to_string()).unwrap();
    }
    folder
}

fn shorten(rule: &mut Value) {
    let expr = rule["expr"].as_str().unwrap().to_owned();
    rule["expr"] = WINDOWS.iter().fold(expr, |expr, window| expr.replace(window, WINDOW)).into();
    let waits = if rule["alert"] == PATIENT { &[][..] } else { &["for", "keep_firing_for"] };
    for wait in waits {
        if rule.get(*wait).is_some() {
            rule[*wait] = MOMENT.into();
        }
    }
}

/// The real tree of routes, with a receiver of the webhook for each.
pub(crate) fn routes(webhook: &Webhook) -> Value {
    let mut config = yaml(&kit().join("alertmanager/alertmanager.yaml"));
    let config = config.as_object_mut().unwrap();
    config.remove("global");
    config.remove("templates");
    for receiver in array(&mut config["receivers"]) {
        let name = receiver["name"].as_str().unwrap();
        *receiver = json!({"name": name, "webhook_configs": [{"url": webhook.url(name), "send_resolved": true}]});
    }
    hasten(&mut config["route"]);
    Value::Object(config.clone())
}

fn hasten(route: &mut Value) {
    for wait in ["group_wait", "group_interval"] {
        if route.get(wait).is_some() {
            route[wait] = MOMENT.into();
        }
    }
    if route.get("routes").is_some() {
        array(&mut route["routes"]).iter_mut().for_each(hasten);
    }
}

/// The sections of Prometheus' configuration around them.
pub(crate) fn prometheus(rules: &TempDir, alertmanager: &Alertmanager) -> String {
    let files = rules.path().join("*.yaml");
    let mut alerting = yaml(&kit().join("prometheus/prometheus.yaml"))["alerting"].clone();
    alerting["alertmanagers"] = json!([{"static_configs": [{"targets": [alertmanager.address()]}]}]);
    format!("rule_files: [{}]\nalerting: {alerting}\n", json!(files.to_str().unwrap()))
}

fn array(value: &mut Value) -> &mut Vec<Value> {
    value.as_array_mut().unwrap()
}
