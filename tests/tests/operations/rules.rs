//! Rules: valid for both versions of Prometheus, tested, with all that somebody who is woken up needs.

use std::collections::BTreeSet;

use tests::{
    components::Component,
    operations::{
        files, kit,
        promql::Names,
        rules::{Alert, alerts, recordings},
        unit_tests::{Kinds, kinds},
    },
};

use crate::tool::{arguments, run};

const TIERS: [&str; 3] = ["critical", "warning", "info"];
const TEAMS: [&str; 4] = ["ai", "observability", "platform", "service"];
const ANNOTATIONS: [&str; 4] = ["dashboard_url", "description", "runbook_url", "summary"];
const DASHBOARDS: [&str; 8] = ["overview", "agents", "llm", "api", "operations", "errors", "business", "telemetry"];
const RUNBOOK_SECTIONS: [&str; 4] = ["\n## Look first\n", "\n```promql\n", "\n## Likely causes\n", "\n## Do\n"];

fn check(promtool: Component) {
    let said = run(promtool, "prometheus", arguments("check config prometheus.yaml", Vec::new()));
    let Some(said) = said else { return };
    assert!(said.contains("rule files found"), "{said}");
    let rules = [files("prometheus/rules/recording", "yaml"), files("prometheus/rules/alerts", "yaml")].concat();
    run(promtool, "prometheus", arguments("check rules --lint=all --lint-fatal", rules));
}

fn unit_test(promtool: Component) {
    run(promtool, "prometheus/tests", arguments("test rules", files("prometheus/tests", "yaml")));
}

#[test]
fn promtool_has_nothing_to_say_about_configuration_and_rules() {
    check(Component::Promtool);
}

#[test]
fn promtool_3_has_nothing_to_say_about_configuration_and_rules() {
    check(Component::Promtool3);
}

#[test]
fn unit_tests_pass_in_promtool() {
    unit_test(Component::Promtool);
}

#[test]
fn unit_tests_pass_in_promtool_3() {
    unit_test(Component::Promtool3);
}

#[test]
fn every_alert_fires_stays_silent_and_resolves_in_a_unit_test() {
    let kinds = kinds();
    let names: BTreeSet<_> = alerts().into_iter().map(|alert| alert.name).collect();
    assert_eq!(kinds.keys().cloned().collect::<BTreeSet<_>>(), names);
    let lacking: Vec<_> = kinds.iter().filter(|(_, kinds)| **kinds != Kinds::ALL).collect();
    assert!(lacking.is_empty(), "{lacking:#?}");
}

#[test]
fn every_alert_says_how_bad_it_is_whom_it_is_for_and_where_to_look() {
    let alerts = alerts();
    let names: BTreeSet<_> = alerts.iter().map(|alert| &alert.name).collect();
    assert_eq!(names.len(), alerts.len(), "a name stands twice");
    for Alert { name, labels, annotations, .. } in &alerts {
        assert_eq!(labels.keys().collect::<Vec<_>>(), ["severity", "team"], "{name}");
        assert!(TIERS.contains(&&*labels["severity"]) && TEAMS.contains(&&*labels["team"]), "{name}: {labels:?}");
        // A label with a number in it would be a new alert with each evaluation.
        assert!(labels.values().all(|value| !value.contains("{{")), "{name}: {labels:?}");
        assert_eq!(annotations.keys().collect::<Vec<_>>(), ANNOTATIONS, "{name}");
        assert!(annotations["summary"].len() < annotations["description"].len() + 60, "{name}");
        assert_eq!(annotations["runbook_url"], format!("{{{{ $externalLabels.runbooks }}}}/{name}.md"));
        let dashboard = annotations["dashboard_url"].strip_prefix("{{ $externalLabels.grafana }}/d/tachograph-");
        assert!(DASHBOARDS.contains(&dashboard.unwrap()), "{name}: {annotations:?}");
    }
    assert!(TIERS.iter().all(|tier| alerts.iter().any(|alert| alert.labels["severity"] == *tier)));
}

#[test]
fn every_alert_has_a_runbook_and_every_runbook_an_alert() {
    let alerts: BTreeSet<_> = alerts().into_iter().map(|alert| alert.name).collect();
    let runbooks = files("prometheus/runbooks", "md");
    let names: BTreeSet<_> =
        runbooks.iter().map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, alerts);
    for (file, name) in runbooks.iter().zip(&names) {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.starts_with(&format!("# {name}\n")), "{text}");
        assert!(RUNBOOK_SECTIONS.iter().all(|section| text.contains(section)), "{name} lacks a section");
        // Other alerts that it speaks of are there.
        let quoted = text.split('`').skip(1).step_by(2);
        let of_alerts = quoted.filter(|word| word.len() > 6 && word.starts_with(char::is_uppercase));
        let mut unknown = of_alerts.filter(|word| word.chars().all(char::is_alphanumeric) && !alerts.contains(*word));
        assert_eq!(unknown.next(), None, "{name} speaks of an alert that is not there");
    }
}

#[test]
fn every_recorded_series_that_a_rule_asks_for_is_recorded_once() {
    let recordings = recordings();
    let names: BTreeSet<_> = recordings.iter().map(|recording| &recording.name).collect();
    assert_eq!(names.len(), recordings.len(), "a name stands twice");
    let expressions = recordings.iter().map(|recording| recording.expr.clone());
    for expression in expressions.chain(alerts().into_iter().map(|alert| alert.expr)) {
        let mut asked = Names::of(&expression).selectors.into_iter().map(|selector| selector.name);
        assert_eq!(asked.find(|name| name.contains(':') && !names.contains(name)), None, "{expression}");
    }
}

#[test]
fn an_alert_on_absence_has_the_labels_of_what_is_absent() {
    let absent = alerts().into_iter().filter(|alert| alert.expr.contains("absent"));
    let mut found = 0;
    for alert in absent {
        let selectors = Names::of(&alert.expr).selectors;
        let has_job = |(label, value): &(String, Option<String>)| label == "job" && value.is_some();
        assert!(selectors.iter().all(|selector| selector.matched.iter().any(has_job)), "{}", alert.expr);
        found += 1;
    }
    assert!(found > 0);
}

#[test]
fn prometheus_has_the_labels_that_links_are_made_of_and_alerts_lose_them() {
    let config = tests::operations::yaml(&kit().join("prometheus/prometheus.yaml"));
    let labels = config["global"]["external_labels"].as_object().unwrap();
    assert_eq!(labels.keys().collect::<Vec<_>>(), ["grafana", "runbooks"]);
    let dropped = &config["alerting"]["alert_relabel_configs"][0];
    assert_eq!(
        (&*dropped["action"].to_string(), &*dropped["regex"].to_string()),
        ("\"labeldrop\"", "\"grafana|runbooks\"")
    );
    // The default leads into this repository.
    assert!(labels["runbooks"].as_str().unwrap().ends_with("/collector-config/prometheus/runbooks"));
}
