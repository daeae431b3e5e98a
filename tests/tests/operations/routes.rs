//! Routes: every alert reaches the receiver of its tier, and what inhibits another is worse than that.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tests::{
    components::Component,
    operations::{kit, rules::alerts, yaml},
};

use crate::tool::{arguments, run};

const FOLDER: &str = "alertmanager";

/// The way of each receiver to people.
const RECEIVERS: [(&str, &[&str]); 4] = [
    ("critical", &["pagerduty_configs", "slack_configs", "webhook_configs"]),
    ("heartbeat", &["webhook_configs"]),
    ("info", &["slack_configs"]),
    ("warning", &["email_configs", "slack_configs"]),
];

/// Keys whose values are secrets. With `_file` after them they name a file.
const SECRETS: [&str; 8] = [
    "slack_api_url",
    "api_url",
    "smtp_auth_password",
    "auth_password",
    "routing_key",
    "service_key",
    "credentials",
    "password",
];

fn config() -> Value {
    yaml(&kit().join(FOLDER).join("alertmanager.yaml"))
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}

#[test]
fn amtool_takes_the_configuration_with_its_templates() {
    let Some(said) = run(Component::Amtool, FOLDER, arguments("check-config alertmanager.yaml", Vec::new())) else {
        return;
    };
    assert!(said.contains("- 1 templates") && said.contains("- 4 receivers"), "{said}");
}

#[test]
fn every_text_of_a_message_is_made_by_the_templates_that_are_loaded() {
    fn texts(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) if text.contains("{{") => found.push(text.clone()),
            Value::Object(entries) => entries.values().for_each(|value| texts(value, found)),
            Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
            _ => {}
        }
    }
    let config = config();
    let loaded = config["templates"][0].as_str().unwrap();
    let mut found = Vec::new();
    texts(&config["receivers"], &mut found);
    assert!(found.len() > 5, "{found:?}");
    for text in found {
        let words = ["template", "render", "--template.glob", loaded, "--template.text", &text];
        let Some(said) = run(Component::Amtool, FOLDER, words.map(str::to_owned)) else { return };
        assert!(!said.trim().is_empty(), "{text} is empty");
    }
}

#[test]
fn every_alert_goes_to_the_receiver_of_its_tier_and_one_without_a_tier_is_not_lost() {
    let route = |labels: &str| {
        let words = format!("config routes test --config.file alertmanager.yaml {labels}");
        let said = run(Component::Amtool, FOLDER, arguments(&words, Vec::new()))?;
        // It says first that it asks no Alertmanager, on the other stream.
        said.lines().find(|line| !line.starts_with("Warning")).map(str::to_owned)
    };
    for alert in alerts() {
        let severity = &alert.labels["severity"];
        let labels = format!("alertname={} severity={severity} team={} job=api", alert.name, alert.labels["team"]);
        let Some(receiver) = route(&labels) else { return };
        let expected = if alert.name == "Heartbeat" { "heartbeat" } else { severity };
        assert_eq!(receiver, expected, "{labels}");
    }
    assert_eq!(route("alertname=Other").as_deref(), Some("warning"));
}

#[test]
fn every_tier_has_its_ways_to_people() {
    let config = config();
    let receivers: BTreeMap<_, _> = config["receivers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|receiver| {
            let ways: BTreeSet<_> =
                receiver.as_object().unwrap().keys().filter(|key| *key != "name").cloned().collect();
            (receiver["name"].as_str().unwrap(), ways)
        })
        .collect();
    let expected =
        RECEIVERS.map(|(name, ways)| (name, ways.iter().map(|way| (*way).to_owned()).collect::<BTreeSet<_>>()));
    assert_eq!(receivers, BTreeMap::from(expected));
}

#[test]
fn no_secret_stands_in_the_configuration() {
    fn keys(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(entries) => entries.iter().for_each(|(key, value)| {
                found.push(key.clone());
                keys(value, found);
            }),
            Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    keys(&config(), &mut found);
    let secret = found.iter().find(|key| SECRETS.contains(&key.as_str()));
    assert_eq!(secret, None);
    assert!(found.iter().any(|key| key == "routing_key_file"), "{found:?}");
}

#[test]
fn what_inhibits_is_worse_than_what_it_inhibits_or_says_more() {
    let tiers: BTreeMap<_, _> =
        alerts().into_iter().map(|alert| (alert.name, alert.labels["severity"].clone())).collect();
    let rank = |tier: &str| ["info", "warning", "critical"].iter().position(|known| *known == tier).unwrap();
    let names = |matchers: &Value| -> Vec<String> {
        let [matcher] = strings(matchers)[..] else { panic!("one matcher: {matchers}") };
        let names = matcher.trim_start_matches("alertname").trim_start_matches([' ', '=', '~']).trim_matches('"');
        names.split('|').map(str::to_owned).collect()
    };
    let config = config();
    for rule in config["inhibit_rules"].as_array().unwrap() {
        let equal = strings(&rule["equal"]);
        assert_eq!(equal.first(), Some(&"job"), "{rule}");
        for source in names(&rule["source_matchers"]) {
            for target in names(&rule["target_matchers"]) {
                let (above, below) = (rank(&tiers[&source]), rank(&tiers[&target]));
                assert!(above > below, "{source} inhibits {target}");
            }
        }
    }
}
