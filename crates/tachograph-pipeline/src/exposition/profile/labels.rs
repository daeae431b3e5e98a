//! From the attributes of a point to the labels of a projected series.

use opentelemetry::{KeyValue, Value};
use tachograph_core::semconv::attribute;

use super::{OVERFLOW, Only, Source, ValueFrom};
use crate::exposition::labels::write_label;

impl Source {
    /// Appends the labels of a point with these attributes; false, and nothing is written, when it is not taken. `added` is what
    /// the name of a stand-in says and its attributes do not.
    pub(crate) fn write_labels(&self, attributes: &[&KeyValue], added: Option<&KeyValue>, text: &mut String) -> bool {
        let find = |key: &str| -> Option<&Value> {
            attributes.iter().copied().chain(added).find(|kv| kv.key.as_str() == key).map(|kv| &kv.value)
        };
        // The overflow series has lost its attributes, the outcome included: it must not pass for a success, nor for a point that
        // never had an attribute.
        let overflow = find(OVERFLOW).is_some();
        let takes = self.only.iter().all(|only| match only {
            Only::Has(key) => find(key).is_some(),
            Only::Lacks(key) => !overflow && find(key).is_none(),
            Only::Equals(key, wanted) => find(key).is_some_and(|value| with_text(value, |text| text == wanted)),
        });
        if !takes {
            return false;
        }
        let start = text.len();
        for (label, from) in &self.labels {
            match from {
                ValueFrom::FirstOf(keys) => {
                    if let Some(value) = keys.iter().find_map(|key| find(key)) {
                        with_text(value, |value| write_label(label, value, start, text));
                    }
                }
                ValueFrom::Outcome { .. } if overflow => {}
                ValueFrom::Outcome { success, error } => {
                    let outcome = if find(attribute::ERROR_TYPE).is_some() { error } else { success };
                    write_label(label, outcome, start, text);
                }
                ValueFrom::Constant(value) => write_label(label, value, start, text),
            }
        }
        if overflow {
            write_label("otel_metric_overflow", "true", start, text);
        }
        true
    }

    /// Whether it needs the attribute `key`, for a label or to choose points.
    pub(super) fn looks_at(&self, key: &str) -> bool {
        let chooses = self.only.iter().any(|only| match only {
            Only::Has(own) | Only::Lacks(own) | Only::Equals(own, _) => own == key,
        });
        let shows = |from: &ValueFrom| matches!(from, ValueFrom::FirstOf(keys) if keys.iter().any(|own| own == key));
        chooses || self.labels.iter().any(|(_, from)| shows(from))
    }
}

/// Gives `read` the text of a value, the same as [`Value::as_str`], which allocates for everything but strings. Fractions and lists
/// are no attributes of a metric that anybody makes a label of.
fn with_text<R>(value: &Value, read: impl FnOnce(&str) -> R) -> R {
    match value {
        Value::String(text) => read(text.as_str()),
        Value::I64(number) => read(itoa::Buffer::new().format(*number)),
        Value::Bool(true) => read("true"),
        Value::Bool(false) => read("false"),
        other => read(&other.as_str()),
    }
}
