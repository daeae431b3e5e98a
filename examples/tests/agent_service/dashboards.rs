//! Dashboards over the running service: every panel shows something, or is on the list of those that are empty while all is well.

mod choices;
mod collector;
mod empty;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::Value;
use tests::{
    components::{Prometheus, poll},
    operations::grafana::{Profile, all},
};

pub(crate) use self::collector::OwnCollector;
use self::{choices::Choices, empty::EMPTY};

/// What Grafana puts in the place of its own variables.
const OF_GRAFANA: [(&str, &str); 2] = [("$__rate_interval", "10s"), ("$__range", "1m")];

/// One query of a panel.
#[derive(Debug)]
struct Target {
    dashboard: String,
    panel: String,
    /// As it stands in the panel.
    written: String,
    /// As Prometheus is asked.
    expr: String,
}

/// A part of the kit: the jobs of the services that have the names of each profile.
pub(crate) type Jobs = BTreeMap<Profile, &'static str>;

/// Asks until every query that must have an answer has had one; `load` makes the services work between the questions.
pub(crate) fn show_something(prometheus: &Prometheus, jobs: &Jobs, load: impl Fn()) {
    let answered = RefCell::new(BTreeSet::new());
    let unanswered = || {
        load();
        let mut missing = targets(prometheus, jobs);
        missing.retain(|target| !target.may_be_empty() && !answered.borrow().contains(&target.key()));
        let (now, missing): (Vec<_>, Vec<_>) = missing.into_iter().partition(|target| target.has_answer(prometheus));
        answered.borrow_mut().extend(now.iter().map(Target::key));
        missing
    };
    poll::until("every panel to show something", unanswered, Vec::is_empty);
    // What stands on the list is empty, and not only allowed to be.
    let targets = targets(prometheus, jobs);
    for empty in &EMPTY {
        let mut listed =
            targets.iter().filter(|target| empty.is_about(&target.dashboard, &target.panel, &target.expr)).peekable();
        assert!(listed.peek().is_some(), "no query is that of {empty:?}");
        for target in listed {
            assert!(!target.has_answer(prometheus), "{target:?} is not empty, and {empty:?} is on the list");
        }
    }
}

impl Target {
    /// The same query, whatever is chosen.
    fn key(&self) -> (String, String) {
        (format!("{} {}", self.dashboard, self.panel), self.written.clone())
    }

    fn may_be_empty(&self) -> bool {
        EMPTY.iter().any(|empty| empty.is_about(&self.dashboard, &self.panel, &self.expr))
            || self.is_up_to_the_machine()
    }

    /// Faults are made in the service with the names of OpenTelemetry alone, which must have alerts. Whether the other one has some depends
    /// on how busy the machine is; its dashboard asks in the same words.
    fn is_up_to_the_machine(&self) -> bool {
        self.dashboard.starts_with("tachograph-classic-") && self.expr.contains("ALERTS{")
    }

    fn has_answer(&self, prometheus: &Prometheus) -> bool {
        !prometheus.query(&self.expr).is_empty()
    }
}

/// Every query, with choices that are made anew: there may be more to choose.
fn targets(prometheus: &Prometheus, jobs: &Jobs) -> Vec<Target> {
    let mut targets = Vec::new();
    for made in all() {
        let choices = Choices::of(&made.json, jobs[&made.profile], prometheus);
        for panel in array(&made.json["panels"]) {
            let exprs =
                panel["targets"].as_array().into_iter().flatten().map(|target| target["expr"].as_str().unwrap());
            targets.extend(exprs.map(|written| Target {
                dashboard: made.json["uid"].as_str().unwrap().to_owned(),
                panel: panel["title"].as_str().unwrap().to_owned(),
                written: written.to_owned(),
                expr: choices.put_into(written, panel["repeat"].as_str()),
            }));
        }
    }
    targets
}

fn array(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no array: {value}"))
}
