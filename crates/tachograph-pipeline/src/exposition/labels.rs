//! From attributes to the text between the braces.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use opentelemetry::{InstrumentationScope, KeyValue};

use super::names::label_name;

/// Renders attribute sets; remembers the label names of the keys it has seen.
#[derive(Debug, Default)]
pub(crate) struct LabelWriter {
    names: HashMap<String, String>,
}

/// Keys are few, but an application that makes them up must not grow this for ever.
const REMEMBERED_KEYS: usize = 1024;

impl LabelWriter {
    /// Appends the labels of `attributes`, then `constant`, to `text`.
    ///
    /// Labels come in the order of their names. Keys that become the same name share one label, their values joined by `;` in the
    /// order of the keys. A label without a value is left out: to Prometheus it is the same as one that is not there.
    pub(crate) fn write(&mut self, attributes: &[&KeyValue], constant: &str, text: &mut String) -> Range<usize> {
        let start = text.len();
        let mut labels: Vec<(&str, &KeyValue)> = Vec::with_capacity(attributes.len());
        self.learn(attributes);
        for attribute in attributes {
            if let Some(name) = self.names.get(attribute.key.as_str()) {
                labels.push((name, attribute));
            }
        }
        labels.sort_by(|(a_name, a), (b_name, b)| (*a_name, a.key.as_str()).cmp(&(*b_name, b.key.as_str())));
        for same_name in labels.chunk_by(|(a, _), (b, _)| a == b) {
            let Some((name, first)) = same_name.first() else { continue };
            let value = match same_name.len() {
                1 => first.value.as_str(),
                _ => Cow::Owned(same_name.iter().map(|(_, kv)| kv.value.as_str()).collect::<Vec<_>>().join(";")),
            };
            write_label(name, &value, start, text);
        }
        if !constant.is_empty() {
            separate(start, text);
            text.push_str(constant);
        }
        start..text.len()
    }

    fn learn(&mut self, attributes: &[&KeyValue]) {
        if self.names.len() > REMEMBERED_KEYS {
            self.names.clear();
        }
        for attribute in attributes {
            let key = attribute.key.as_str();
            if !self.names.contains_key(key) {
                self.names.insert(key.to_owned(), label_name(key));
            }
        }
    }
}

/// Appends one label to those that began at `start`, unless its value is empty.
pub(crate) fn write_label(name: &str, value: &str, start: usize, text: &mut String) {
    if value.is_empty() {
        return;
    }
    separate(start, text);
    text.push_str(name);
    text.push_str("=\"");
    for c in value.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            other => text.push(other),
        }
    }
    text.push('"');
}

fn separate(start: usize, text: &mut String) {
    if text.len() > start {
        text.push(',');
    }
}

/// The labels that tell which library recorded a series: name, version, schema, then the attributes of the scope.
pub(crate) fn scope_labels(scope: &InstrumentationScope) -> String {
    let mut text = String::new();
    write_label("otel_scope_name", scope.name(), 0, &mut text);
    write_label("otel_scope_version", scope.version().unwrap_or_default(), 0, &mut text);
    write_label("otel_scope_schema_url", scope.schema_url().unwrap_or_default(), 0, &mut text);

    // Prefixed before cleaning, so that `a.b` and `a_b` meet in one label here as well.
    let prefixed = scope.attributes().map(|kv| {
        let cleaned = label_name(kv.key.as_str());
        KeyValue::new(format!("otel_scope_{}", cleaned.trim_start_matches('_')), kv.value.clone())
    });
    let mut attributes: Vec<_> = prefixed
        .filter(|kv| !matches!(kv.key.as_str(), "otel_scope_name" | "otel_scope_version" | "otel_scope_schema_url"))
        .collect();
    attributes.sort_by(|a, b| a.key.cmp(&b.key));
    for same_name in attributes.chunk_by(|a, b| a.key == b.key) {
        let Some(first) = same_name.first() else { continue };
        let value = same_name.iter().map(|kv| kv.value.as_str()).collect::<Vec<_>>().join(";");
        write_label(first.key.as_str(), &value, 0, &mut text);
    }
    text
}
