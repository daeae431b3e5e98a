//! Expressions of dashboards, rules and runbooks: every series and label is emitted.
//!
//! What the Collector tells of itself is no application's: those names are looked for in the Collector, by the tests of the example.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::Value;
use tests::{
    components::exposition::Sample,
    operations::{
        files, grafana,
        promql::{Names, Selector},
        rules::{self, Recording},
    },
};

use super::application::everything;

/// Series that Prometheus makes itself, with the labels that it gives them beside those of every series.
const OF_PROMETHEUS: [(&str, &[&str]); 4] = [
    ("up", &[]),
    ("scrape_samples_scraped", &[]),
    ("scrape_duration_seconds", &[]),
    ("ALERTS", &["alertname", "alertstate", "severity"]),
];
const LABELS_OF_PROMETHEUS: [&str; 3] = ["job", "instance", "le"];
const OF_COLLECTOR: &str = "otelcol_";
const LABELS_OF_COLLECTOR: [&str; 3] = ["receiver", "exporter", "data_type"];

/// Values by label.
type Labels = BTreeMap<String, BTreeSet<String>>;

/// Every expression, with where it stands.
fn expressions() -> Vec<(String, String)> {
    let recordings = rules::recordings().into_iter().map(|recording| (recording.name, recording.expr));
    let alerts = rules::alerts().into_iter().map(|alert| (alert.name, alert.expr));
    let runbooks = files("prometheus/runbooks", "md").into_iter().map(|file| {
        let text = fs::read_to_string(&file).unwrap();
        let query = text.split("```promql\n").nth(1).and_then(|rest| rest.split("```").next());
        (file.display().to_string(), query.unwrap().to_owned())
    });
    recordings.chain(alerts).chain(runbooks).chain(dashboards()).collect()
}

/// Those of dashboards: queries, annotations, and what can be chosen.
fn dashboards() -> Vec<(String, String)> {
    fn collect(place: &str, value: &Value, found: &mut Vec<(String, String)>) {
        match value {
            Value::Object(entries) => entries.iter().for_each(|(key, value)| match (key.as_str(), value) {
                ("expr", Value::String(expr)) => found.push((place.to_owned(), expr.replace('$', ""))),
                ("definition", Value::String(query)) => {
                    let arguments =
                        query.strip_prefix("label_values(").and_then(|query| query.strip_suffix(')')).unwrap();
                    let (series, label) = arguments.rsplit_once(", ").unwrap();
                    found.push((place.to_owned(), format!("group by ({label}) ({})", series.replace('$', ""))));
                }
                _ => collect(place, value, found),
            }),
            Value::Array(values) => values.iter().for_each(|value| collect(place, value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for made in grafana::all() {
        collect(&made.path.file_name().unwrap().display().to_string(), &made.json, &mut found);
    }
    found
}

/// Series that can be asked for, with their labels.
fn series() -> BTreeMap<String, Labels> {
    let mut series = BTreeMap::<String, Labels>::new();
    for Sample { name, labels, .. } in &everything().scraped.0 {
        let known = series.entry(name.clone()).or_default();
        for (label, value) in labels {
            known.entry(label.clone()).or_default().insert(value.clone());
        }
    }
    let recordings = rules::recordings();
    for recording in &recordings {
        let grouped = labels_of(&recording.expr, &recordings);
        series.insert(recording.name.clone(), grouped.into_iter().map(|label| (label, BTreeSet::new())).collect());
    }
    for (name, labels) in OF_PROMETHEUS {
        series.insert(name.to_owned(), labels.iter().map(|label| ((*label).to_owned(), BTreeSet::new())).collect());
    }
    series
}

/// The labels of a recorded series: those that it groups by, or that the recorded series have which it is made of.
fn labels_of(expr: &str, recordings: &[Recording]) -> BTreeSet<String> {
    let names = Names::of(expr);
    let made_of = recordings.iter().filter(|other| names.selectors.iter().any(|selector| selector.name == other.name));
    names.grouped.into_iter().chain(made_of.flat_map(|other| labels_of(&other.expr, recordings))).collect()
}

/// Whether the series has the label, with the value that is asked for. Of what is recorded values are not known.
fn has(labels: &Labels, label: &str, value: Option<&str>) -> bool {
    LABELS_OF_PROMETHEUS.contains(&label)
        || labels.get(label).is_some_and(|values| value.is_none_or(|value| values.is_empty() || values.contains(value)))
}

#[test]
fn every_series_and_label_that_is_asked_for_is_emitted() {
    let series = series();
    let mut unknown = BTreeSet::new();
    let expressions = expressions();
    assert!(expressions.len() > 500, "{}", expressions.len());
    for (place, expr) in expressions {
        let names = Names::of(&expr);
        let mut known = Labels::new();
        for Selector { name, matched, is_pattern } in &names.selectors {
            if name.starts_with(OF_COLLECTOR) {
                known.extend(LABELS_OF_COLLECTOR.map(|label| (label.to_owned(), BTreeSet::new())));
                continue;
            }
            // A name that is chosen, or any.
            if name.is_empty() || *is_pattern {
                continue;
            }
            let Some(labels) = series.get(name) else {
                unknown.insert(format!("{place}: {name}"));
                continue;
            };
            known.extend(labels.clone());
            for (label, value) in matched {
                if !has(labels, label, value.as_deref()) {
                    unknown.insert(format!("{place}: {name}{{{label}={value:?}}}"));
                }
            }
        }
        for label in names.grouped.iter().filter(|label| *label != "__name__" && !names.made.contains(*label)) {
            if !has(&known, label, None) {
                unknown.insert(format!("{place}: by ({label}) in {expr}"));
            }
        }
    }
    assert!(unknown.is_empty(), "nobody emits {unknown:#?}");
}
