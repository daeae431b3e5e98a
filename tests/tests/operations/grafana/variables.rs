//! What can be chosen, and that everything follows the choice.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::operations::{
    grafana::{Made, all},
    kit, yaml,
};

use super::{array, panels, text};

fn variables(made: &Made) -> &Vec<Value> {
    array(&made.json["templating"]["list"])
}

/// Names of variables in a text: `$name` and `${name…}`, but for those of Grafana.
fn used(text: &str) -> BTreeSet<String> {
    let names = text.split('$').skip(1).map(|rest| {
        let rest = rest.trim_start_matches('{');
        rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default().to_owned()
    });
    names.filter(|name| !name.is_empty() && !name.starts_with("__")).collect()
}

#[test]
fn one_source_is_chosen_for_every_panel() {
    let source = serde_json::json!({"type": "prometheus", "uid": "${datasource}"});
    for made in all() {
        let place = made.path.display();
        let of_prometheus: Vec<_> =
            variables(made).iter().filter(|variable| variable["query"] == "prometheus").collect();
        let [variable] = of_prometheus[..] else { panic!("{place}: {of_prometheus:?}") };
        assert_eq!(
            (text(&variable["name"]), text(&variable["label"]), text(&variable["type"])),
            ("datasource", "Data source", "datasource")
        );
        for panel in panels(made) {
            assert_eq!(panel["datasource"], source, "{place}: {}", panel["title"]);
            assert!(
                array(&panel["targets"]).iter().all(|target| target["datasource"] == source),
                "{place}: {}",
                panel["title"]
            );
        }
        let queried = variables(made).iter().filter(|variable| variable["type"] == "query");
        let annotations = array(&made.json["annotations"]["list"]).iter();
        assert!(queried.chain(annotations).all(|other| other["datasource"] == source), "{place}");
    }
}

#[test]
fn job_and_instance_come_first_and_choices_follow_the_time() {
    for made in all() {
        let place = made.path.display();
        let queried: Vec<_> = variables(made).iter().filter(|variable| variable["type"] == "query").collect();
        let names: Vec<_> =
            queried.iter().map(|variable| (text(&variable["name"]), text(&variable["label"]))).collect();
        assert_eq!(names[..2], [("job", "Job"), ("instance", "Instance")], "{place}");
        for variable in queried {
            assert_eq!(variable["refresh"], 2, "{place}: {variable}");
            assert_eq!(
                (&variable["multi"], &variable["includeAll"]),
                (&Value::Bool(true), &Value::Bool(true)),
                "{place}"
            );
            assert!(["+", "*"].iter().any(|many| variable["allValue"] == format!(".{many}")), "{place}: {variable}");
        }
    }
}

#[test]
fn every_variable_is_used_and_every_one_that_is_used_is_there() {
    for made in all() {
        let names: BTreeSet<_> = variables(made).iter().map(|variable| text(&variable["name"]).to_owned()).collect();
        assert_eq!(names.len(), variables(made).len(), "{}: a name stands twice", made.path.display());
        let used = used(&made.json.to_string());
        assert_eq!(used, names, "{}", made.path.display());
    }
}

#[test]
fn runbooks_are_where_the_alerts_say() {
    let config = yaml(&kit().join("prometheus/prometheus.yaml"));
    for made in all() {
        let variable = variables(made).iter().find(|variable| variable["name"] == "runbooks").unwrap();
        assert_eq!(variable["query"], config["global"]["external_labels"]["runbooks"]);
    }
}
