//! Expressions: valid in both versions of Prometheus, and written as dashboards need them.

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};
use tests::{
    components::Component,
    operations::{
        grafana::{Made, Profile, all},
        promql::{Names, Selector},
        rules::recordings,
    },
};

use super::{array, panels, text};
use crate::tool::{arguments, run};

/// What stands for variables where expressions are only parsed; the name of a variable of the dashboard stays behind it.
const VARIABLES: [(&str, &str); 3] = [("$__rate_interval", "1m"), ("$__range", "1h"), ("\"$", "\".+")];

/// An expression with the panel that it stands in.
struct Target<'a> {
    place: String,
    expr: &'a str,
    instant: bool,
}

fn targets(made: &Made) -> Vec<Target<'_>> {
    let of_panel = |panel: &'_ Value| format!("{}: {}", made.path.file_name().unwrap().display(), panel["title"]);
    let of_panels = panels(made).flat_map(|panel| {
        array(&panel["targets"]).iter().map(move |target| Target {
            place: of_panel(panel),
            expr: text(&target["expr"]),
            instant: target["instant"] == true,
        })
    });
    let annotations = array(&made.json["annotations"]["list"]).iter();
    let of_annotations = annotations.map(|annotation| Target {
        place: annotation["name"].to_string(),
        expr: text(&annotation["expr"]),
        instant: false,
    });
    of_panels.chain(of_annotations).collect()
}

fn plain(expr: &str) -> String {
    VARIABLES.into_iter().fold(expr.to_owned(), |expr, (variable, value)| expr.replace(variable, value))
}

/// Every expression as a rule that records it.
fn check(promtool: Component) {
    let exprs: BTreeSet<_> = all().iter().flat_map(targets).map(|target| plain(target.expr)).collect();
    assert!(exprs.len() > 150, "{}", exprs.len());
    let rules: Vec<_> =
        exprs.iter().zip(0..).map(|(expr, n)| json!({"record": format!("r:{n}"), "expr": expr})).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.yaml");
    // JSON is YAML.
    fs::write(&file, json!({"groups": [{"name": "targets", "rules": rules}]}).to_string()).unwrap();
    run(promtool, "prometheus", arguments("check rules --lint=none", vec![file]));
}

#[test]
fn promtool_takes_every_expression() {
    check(Component::Promtool);
}

#[test]
fn promtool_3_takes_every_expression() {
    check(Component::Promtool3);
}

#[test]
fn every_series_is_that_of_the_chosen_jobs_and_instances() {
    let recorded: BTreeSet<_> = recordings().into_iter().map(|recording| recording.name).collect();
    for made in all() {
        for Target { place, expr, .. } in targets(made) {
            for Selector { name, matched, .. } in Names::of(expr).selectors {
                let asks = |label: &str, variable: &str| {
                    expr.contains(&format!("{label}=~\"${variable}\""))
                        && matched.iter().any(|(other, _)| other == label)
                };
                let expected: &[_] = match name.as_str() {
                    name if name.starts_with("limit:") => &[],
                    name if name.starts_with("otelcol_") => &[("job", "collector")],
                    // Neither recorded series nor alerts know instances.
                    name if recorded.contains(name) || name == "ALERTS" => &[("job", "job")],
                    _ => &[("job", "job"), ("instance", "instance")],
                };
                assert!(expected.iter().all(|(label, variable)| asks(label, variable)), "{place}: {name} in {expr}");
            }
        }
    }
}

/// The windows of a function's ranges in an expression. Brackets within texts are none.
fn windows(expr: &str, function: &str) -> Vec<String> {
    let unquoted: String = expr.split('"').step_by(2).collect();
    let calls = unquoted.split(&format!("{function}(")).skip(1).map(str::to_owned).collect::<Vec<_>>();
    let window = |call: String| call.split_once('[').unwrap().1.split(']').next().unwrap().to_owned();
    calls.into_iter().map(window).collect()
}

#[test]
fn rates_are_over_the_interval_that_grafana_knows() {
    for made in all() {
        for Target { place, expr, instant } in targets(made) {
            for function in ["rate", "increase", "resets"] {
                // Totals are over all that is looked at, or a day, and asked for once. The window of restarts is that of the alert.
                let fits = |window: &String| match (function, window.as_str()) {
                    (_, "$__rate_interval") => true,
                    ("increase", "$__range" | "1d") => instant,
                    ("resets", "30m") => true,
                    _ => false,
                };
                let windows = windows(expr, function);
                assert!(windows.iter().all(fits), "{place}: {function} over {windows:?}");
            }
        }
    }
}

#[test]
fn counters_are_never_shown_as_they_are() {
    for made in all() {
        for Target { place, expr, .. } in targets(made) {
            for suffix in ["_total{", "_bucket{", "_count{", "_sum{"] {
                for (before, _) in expr.match_indices(suffix).map(|(at, _)| expr.split_at(at)) {
                    let start = before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at + 1);
                    let name = format!("{}{}", &before[start..], suffix.trim_end_matches('{'));
                    let is_gauge =
                        ["db_client_connection_count", "process_thread_count", "process_unix_file_descriptor_count"]
                            .contains(&name.as_str());
                    let function = ["rate(", "increase("].iter().any(|function| before[..start].ends_with(function));
                    assert!(is_gauge || function, "{place}: {name} in {expr}");
                }
            }
        }
    }
}

#[test]
fn nothing_is_divided_by_nothing_and_no_failures_are_0_of_all() {
    const PARTS: [&str; 4] = [
        "error_type!=\"\",error_type!=\"cancelled\"",
        "status=\"error\"",
        "status!~\"[1-4]..|cancelled\"",
        "cache_hits_total",
    ];
    let mut found = 0;
    for made in all() {
        for Target { place, expr, .. } in targets(made) {
            let Some((part, whole)) = expr.split_once(" / ") else { continue };
            found += 1;
            assert!(whole.contains(" > 0)") || whole.starts_with("scalar("), "{place}: {expr}");
            assert!(!PARTS.iter().any(|failed| part.contains(failed)) || part.contains(" or 0 * "), "{place}: {expr}");
        }
    }
    assert!(found > 20, "{found}");
}

#[test]
fn classic_dashboards_ask_for_no_recorded_series() {
    let classic = all().iter().filter(|made| made.profile == Profile::Classic);
    for made in classic {
        for Target { place, expr, .. } in targets(made) {
            assert!(Names::of(expr).selectors.iter().all(|selector| !selector.name.contains(':')), "{place}: {expr}");
        }
    }
}
