//! Nothing is asked for that nobody emits: every metric and label of rules and runbooks is in a scrape of the running service, or on
//! the list of what is there at times.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::json;
use tests::{
    components::{
        Component,
        exposition::{Sample, Samples},
        poll,
    },
    operations::{
        files,
        promql::{Names, Selector},
        rules,
    },
};

use super::sometimes::{LABELS_OF_COLLECTOR, LABELS_OF_PROMETHEUS, OF_COLLECTOR, OF_PROMETHEUS, SOMETIMES, Sometimes};
use crate::{asked::Asked, service::Service};

/// Scraped after a bit of everything, with log files.
fn scrape() -> Samples {
    let logs = tempfile::tempdir().unwrap();
    let service = Service::start(&[("TACHOGRAPH_LOG_DIR", logs.path().to_str().unwrap())]);
    let asked = Asked::of_each_sort(&service);
    let troubles = ["Please give me a rate limit", "Please give me a server error", "What is 1 / 0?"];
    for question in troubles {
        service.post("/api/chat").json(&json!({"question": question})).send().unwrap();
    }
    service.scrape_after(asked.requests() + troubles.len());
    // How busy a processor was is known from the second sample of the machine on.
    let sampled = |text: &String| text.contains("\nsystem_cpu_utilization{");
    Samples::parse(&poll::until(
        "the second sample of the machine",
        || service.get("/monitoring/metrics").text().unwrap(),
        sampled,
    ))
}

/// Every expression of rules and runbooks, with where it stands.
fn expressions() -> Vec<(String, String)> {
    let recordings = rules::recordings().into_iter().map(|recording| (recording.name, recording.expr));
    let alerts = rules::alerts().into_iter().map(|alert| (alert.name, alert.expr));
    let runbooks = files("prometheus/runbooks", "md").into_iter().map(|file| {
        let text = fs::read_to_string(&file).unwrap();
        let query = text.split("```promql\n").nth(1).and_then(|rest| rest.split("```").next());
        (file.display().to_string(), query.unwrap().to_owned())
    });
    recordings.chain(alerts).chain(runbooks).collect()
}

/// A name in the form of scrapes.
fn scraped(name: &str) -> String {
    name.replace('.', "_")
}

struct Known {
    /// The labels of each series name, with their values.
    labels: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    recorded: BTreeSet<String>,
    /// Labels that recorded series may have.
    of_recorded: BTreeSet<String>,
}

impl Known {
    fn of(samples: &Samples) -> Self {
        let mut labels = BTreeMap::<String, BTreeMap<String, BTreeSet<String>>>::new();
        for Sample { name, labels: of_sample, .. } in &samples.0 {
            let known = labels.entry(name.clone()).or_default();
            for (label, value) in of_sample {
                known.entry(label.clone()).or_default().insert(value.clone());
            }
        }
        let recordings = rules::recordings();
        let of_recorded = recordings.iter().flat_map(|recording| Names::of(&recording.expr).grouped).collect();
        Self { labels, recorded: recordings.into_iter().map(|recording| recording.name).collect(), of_recorded }
    }

    fn sometimes(name: &str) -> impl Iterator<Item = &'static Sometimes> + use<'_> {
        SOMETIMES.iter().filter(move |sometimes| sometimes.series == name)
    }

    fn has(&self, selector: &Selector) -> bool {
        let name = selector.name.as_str();
        name.is_empty()
            || self.recorded.contains(name)
            || (!selector.is_pattern && (self.labels.contains_key(name) || OF_PROMETHEUS.contains(&name)))
            || OF_COLLECTOR.contains(&name)
            || Self::sometimes(name).next().is_some()
    }

    /// Whether series of that selector may have the label, with the value that is asked for.
    fn has_label(&self, selector: &Selector, label: &str, value: Option<&str>) -> bool {
        let name = selector.name.as_str();
        let seen = self.labels.get(name).and_then(|labels| labels.get(label));
        LABELS_OF_PROMETHEUS.contains(&label)
            || seen.is_some_and(|values| value.is_none_or(|value| values.contains(value)))
            || (self.recorded.contains(name) && self.of_recorded.contains(label))
            || (OF_COLLECTOR.contains(&name) && LABELS_OF_COLLECTOR.contains(&label))
            || Self::sometimes(name).any(|it| it.attributes.iter().any(|attribute| scraped(attribute) == label))
    }
}

#[test]
fn every_name_that_rules_and_runbooks_ask_for_is_emitted() {
    let known = Known::of(&scrape());
    let mut unknown = BTreeSet::new();
    for (place, expression) in expressions() {
        let names = Names::of(&expression);
        assert!(!names.selectors.is_empty() || expression.starts_with("vector("), "{place} asks for nothing");
        for selector in &names.selectors {
            if !known.has(selector) {
                unknown.insert(format!("{place}: {}", selector.name));
            }
            for (label, value) in &selector.matched {
                if !known.has_label(selector, label, value.as_deref()) {
                    unknown.insert(format!("{place}: {}{{{label}={value:?}}}", selector.name));
                }
            }
        }
        let by = |label: &String| names.selectors.iter().any(|selector| known.has_label(selector, label, None));
        let mut grouped = names.grouped.iter().filter(|label| *label != "__name__" && !names.made.contains(*label));
        if let Some(label) = grouped.find(|label| !by(label)) {
            unknown.insert(format!("{place}: by ({label})"));
        }
    }
    assert!(unknown.is_empty(), "nobody emits {unknown:#?}");
}

#[test]
fn what_is_emitted_at_times_is_in_the_table_of_names_and_not_in_every_scrape() {
    let known = Known::of(&scrape());
    let asked: Vec<_> =
        expressions().into_iter().flat_map(|(_, expression)| Names::of(&expression).selectors).collect();
    for sometimes in &SOMETIMES {
        let (series, when) = (sometimes.series, sometimes.when);
        let name = scraped(sometimes.metric);
        assert!(series == name || series == format!("{name}_total"), "{series} is not {name}");
        assert!(!when.is_empty() && asked.iter().any(|selector| selector.name == series), "nobody asks for {series}");
        let labels = known.labels.get(series);
        assert_eq!(labels.is_some(), sometimes.labels_alone, "{series} is there, and not only when {when}");
        let mut labels = labels.into_iter().flat_map(BTreeMap::keys);
        let attributes: Vec<_> = sometimes.attributes.iter().map(|attribute| scraped(attribute)).collect();
        assert_eq!(labels.find(|label| attributes.contains(label)), None, "{series} has it, and not only when {when}");
    }
    let mut of_collector = OF_COLLECTOR.iter().filter(|name| !asked.iter().any(|selector| selector.name == **name));
    assert_eq!(of_collector.next(), None, "nobody asks for it");
}

/// Most of them are there only once something has gone wrong: whether the program has the names is seen in the program.
#[test]
fn the_collector_has_the_names_that_rules_ask_for() {
    const START: &[u8] = b"otelcol_";
    let Some(otelcol) = Component::Otelcol.find() else { return };
    let program = fs::read(otelcol).unwrap();
    let mut missing: BTreeSet<_> = OF_COLLECTOR.iter().map(|name| name.trim_end_matches("(_total)?")).collect();
    for at in 0..program.len() {
        if program[at..].starts_with(START) {
            missing.retain(|name| !program[at..].starts_with(name.as_bytes()));
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}
