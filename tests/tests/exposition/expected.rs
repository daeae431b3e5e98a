//! Sets of numbers, and what is said where they differ.

use std::collections::BTreeMap;

use tests::components::exposition::{Labels, Sample};

/// Numbers by the name and the labels of their series.
///
/// Bounds are compared as numbers, for `5` and `5.0` are the same one. The labels of the instrumentation scope are left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers(BTreeMap<(String, Labels), f64>);

impl Numbers {
    /// The numbers of samples.
    pub(crate) fn of<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> Self {
        let mut numbers = Self::default();
        for Sample { name, labels, value } in samples {
            let labels = labels.iter().filter(|(label, _)| !label.starts_with("otel_scope_"));
            let labels = labels.map(|(label, value)| (label.clone(), value.clone())).collect();
            numbers.insert(name, labels, *value);
        }
        numbers
    }

    /// One number more.
    pub(crate) fn number(&mut self, name: &str, labels: &[(&str, &str)], value: f64) -> &mut Self {
        self.insert(name, owned(labels), value);
        self
    }

    /// The lines of a histogram that recorded `values` in this order.
    pub(crate) fn histogram(
        &mut self,
        family: &str,
        labels: &[(&str, &str)],
        bounds: &[f64],
        values: &[f64],
    ) -> &mut Self {
        for bound in bounds.iter().copied().chain([f64::INFINITY]) {
            let mut labels = owned(labels);
            labels.insert("le".to_owned(), bound.to_string());
            let below = values.iter().filter(|value| **value <= bound).count();
            self.insert(&format!("{family}_bucket"), labels, below as f64);
        }
        self.number(&format!("{family}_sum"), labels, values.iter().sum());
        self.number(&format!("{family}_count"), labels, values.len() as f64)
    }

    /// Keeps the series whose names are accepted.
    pub(crate) fn named(mut self, accept: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|(name, _), _| accept(name));
        self
    }

    /// Panics with every difference to what was expected.
    #[track_caller]
    pub(crate) fn assert_are(&self, expected: &Self) {
        let mut differences = Vec::new();
        for (series, value) in &expected.0 {
            match self.0.get(series) {
                Some(found) if found == value || (found.is_nan() && value.is_nan()) => {}
                Some(found) => differences.push(format!("{} is {found:?}, not {value:?}", shown(series))),
                None => differences.push(format!("{} is missing, and should be {value:?}", shown(series))),
            }
        }
        let more = self.0.iter().filter(|(series, _)| !expected.0.contains_key(series));
        differences.extend(more.map(|(series, value)| format!("{} is not expected, and is {value:?}", shown(series))));
        assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    }

    fn insert(&mut self, name: &str, mut labels: Labels, value: f64) {
        if let Some(bound) = labels.get_mut("le") {
            *bound = bound.parse::<f64>().expect("a bound is a number").to_string();
        }
        let before = self.0.insert((name.to_owned(), labels), value);
        assert_eq!(before, None, "the same series again: {name}");
    }
}

fn owned(labels: &[(&str, &str)]) -> Labels {
    labels.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect()
}

/// A series in one line that a person can read.
fn shown((name, labels): &(String, Labels)) -> String {
    let mut shown = format!("{name}{labels:?}");
    if let Some((end, _)) = shown.char_indices().nth(300) {
        shown.truncate(end);
    }
    shown
}
