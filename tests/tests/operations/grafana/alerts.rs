//! Dashboards and alerts: each alert is shown where it leads to, and has the same number there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::Value;
use tests::operations::{
    grafana::{Profile, all},
    kit,
    rules::{Alert, alerts},
};

use super::{array, panels, text};

/// The alerts whose runbooks a panel links.
fn of_panel(panel: &Value) -> Vec<String> {
    let urls = array(&panel["links"]).iter().map(|link| text(&link["url"]));
    urls.map(|url| url.strip_prefix("${runbooks}/").unwrap().strip_suffix(".md").unwrap().to_owned()).collect()
}

/// Every number of an expression, products multiplied.
fn numbers(expr: &str) -> Vec<f64> {
    let words = expr.split(|c: char| !c.is_ascii_alphanumeric() && !"._*:".contains(c)).filter(|word| !word.is_empty());
    let mut numbers: Vec<f64> = Vec::new();
    let mut after = "";
    for word in words {
        if let Ok(number) = word.parse::<f64>() {
            match numbers.last_mut() {
                Some(last) if after == "*" => *last *= number,
                _ => numbers.push(number),
            }
        }
        after = word;
    }
    numbers
}

#[test]
fn every_alert_is_shown_on_the_dashboard_that_it_leads_to() {
    let mut shown = BTreeSet::new();
    for made in all().iter().filter(|made| made.profile == Profile::OpenTelemetry) {
        let uid = text(&made.json["uid"]);
        shown.extend(panels(made).flat_map(of_panel).map(|alert| (alert, uid.to_owned())));
    }
    let leads_to = |alert: &Alert| alert.annotations["dashboard_url"].rsplit('/').next().unwrap().to_owned();
    let expected: BTreeSet<_> = alerts().iter().map(|alert| (alert.name.clone(), leads_to(alert))).collect();
    // Other dashboards may show it as well.
    let missing: Vec<_> = expected.difference(&shown).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_runbook_leads_to_the_dashboard_of_its_alert() {
    for alert in alerts() {
        let page = fs::read_to_string(kit().join("prometheus/runbooks").join(format!("{}.md", alert.name))).unwrap();
        let path = alert.annotations["dashboard_url"].strip_prefix("{{ $externalLabels.grafana }}").unwrap();
        assert!(page.contains(&format!("\n- Grafana: `{path}`")), "{} does not name {path}", alert.name);
    }
}

#[test]
fn every_threshold_is_a_number_of_an_alert_that_the_panel_links() {
    let alerts: BTreeMap<_, _> = alerts().into_iter().map(|alert| (alert.name.clone(), alert)).collect();
    let mut found = 0;
    for made in all() {
        for panel in panels(made) {
            let steps = array(&panel["fieldConfig"]["defaults"]["thresholds"]["steps"]);
            assert!(steps[0]["value"].is_null() && steps.iter().skip(1).all(|step| step["value"].is_number()));
            assert!(steps.windows(2).all(|pair| pair[0]["value"].as_f64() < pair[1]["value"].as_f64()), "{steps:?}");
            let linked = of_panel(panel);
            for step in steps.iter().skip(1) {
                let number = step["value"].as_f64().unwrap();
                let has = |name: &String| {
                    numbers(&alerts[name].expr).iter().any(|other| (other - number).abs() < 1e-9 * other.abs())
                };
                assert!(
                    number == 0.0 || linked.iter().any(has),
                    "{}: {}: {number}, of {linked:?}",
                    made.path.display(),
                    panel["title"]
                );
                found += 1;
            }
        }
    }
    assert!(found > 40, "{found}");
}

#[test]
fn panels_with_a_number_of_an_alert_draw_it() {
    for made in all() {
        for panel in panels(made).filter(|panel| panel["type"] == "timeseries") {
            let has_bound = array(&panel["fieldConfig"]["defaults"]["thresholds"]["steps"]).len() > 1;
            let style = text(&panel["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"]["mode"]);
            assert_eq!(style != "off", has_bound, "{}: {}", made.path.display(), panel["title"]);
        }
    }
}
