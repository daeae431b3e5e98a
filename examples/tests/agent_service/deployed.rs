//! What `collector-config/` asks of the service: the paths of probes and scrapes are those that it serves.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::operations::{documents, files, kit, yaml};

use crate::service::Service;

/// Paths below `value` under a key.
fn paths(value: &Value, key: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => entries.iter().for_each(|(name, value)| match value.as_str() {
            Some(path) if name == key && path.starts_with("/monitoring/") => drop(found.insert(path.to_owned())),
            _ => paths(value, key, found),
        }),
        Value::Array(values) => values.iter().for_each(|value| paths(value, key, found)),
        _ => {}
    }
}

#[test]
fn every_path_that_is_probed_or_scraped_answers() {
    let mut asked = BTreeSet::new();
    for object in files("kubernetes/base", "yaml").iter().flat_map(|file| documents(file)) {
        paths(&object, "path", &mut asked);
    }
    for scraper in ["compose/prometheus.yaml", "prometheus/prometheus.yaml"] {
        paths(&yaml(&kit().join(scraper)), "metrics_path", &mut asked);
    }
    let compose = yaml(&kit().join("compose/compose.yaml"));
    let test = compose["services"]["agent_service"]["healthcheck"]["test"].as_array().unwrap();
    let url = test.last().unwrap().as_str().unwrap();
    asked.insert(url.strip_prefix("http://127.0.0.1:8000").unwrap().to_owned());
    let expected =
        ["health/live", "health/ready", "health/startup", "metrics"].map(|path| format!("/monitoring/{path}"));
    assert_eq!(asked, expected.into());

    let service = Service::start(&[]);
    for path in asked {
        assert_eq!(service.get(&path).status(), 200, "{path}");
    }
}
