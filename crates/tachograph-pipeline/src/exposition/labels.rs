//! From attributes to the text between the braces.

use std::borrow::Cow;
use std::collections::HashMap;

use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;

use super::format::Escaping;
use super::names;

/// Renders attribute sets; remembers the label names of the keys it has seen.
#[derive(Debug)]
pub(super) struct LabelWriter {
    escaping: Escaping,
    names: HashMap<String, String>,
}

/// A label that stands on every series of a stream.
#[derive(Debug, Clone)]
pub(super) struct Constant {
    pub(super) name: String,
    value: String,
}

/// Keys are few, but an application that makes them up must not grow this for ever.
const REMEMBERED_KEYS: usize = 1024;

impl LabelWriter {
    pub(super) fn new(escaping: Escaping) -> Self {
        Self { escaping, names: HashMap::new() }
    }

    /// Appends the labels of `attributes`, then `constants`, in whose place an attribute of the same name stands, to `text`.
    ///
    /// Labels of attributes come in the order of their names. Keys that become the same name share one label, their values joined by `;` in the
    /// order of the keys. A label without a value is left out: to Prometheus it is the same as one that is not there.
    pub(super) fn write(&mut self, attributes: &[&KeyValue], constants: &[Constant], text: &mut String) {
        let start = text.len();
        let mut labels: Vec<(&str, &KeyValue)> = Vec::with_capacity(attributes.len());
        self.learn(attributes);
        for attribute in attributes {
            if let Some(name) = self.names.get(attribute.key.as_str()) {
                labels.push((name, attribute));
            }
        }
        labels.sort_by(|(a_name, a), (b_name, b)| (*a_name, a.key.as_str()).cmp(&(*b_name, b.key.as_str())));
        // The SDK gives attributes as they were recorded, or tidied up, as it happens. Of a key that comes twice it counts the first.
        labels.dedup_by(|(_, later), (_, first)| later.key == first.key);
        let mut in_place_of: Vec<Option<Cow<'_, str>>> = vec![None; constants.len()];
        for same_name in labels.chunk_by(|(a, _), (b, _)| a == b) {
            let Some((name, first)) = same_name.first() else { continue };
            let value = match same_name.len() {
                1 => first.value.as_str(),
                _ => Cow::Owned(same_name.iter().map(|(_, kv)| kv.value.as_str()).collect::<Vec<_>>().join(";")),
            };
            // Equal labels must be equal text, whether an attribute or the constant gives a value.
            match constants.iter().position(|constant| constant.name == **name) {
                Some(at) => in_place_of[at] = Some(value),
                None => write_label(name, &value, start, text),
            }
        }
        for (constant, value) in constants.iter().zip(in_place_of) {
            write_label(&constant.name, value.as_deref().unwrap_or(&constant.value), start, text);
        }
    }

    fn learn(&mut self, attributes: &[&KeyValue]) {
        if self.names.len() > REMEMBERED_KEYS {
            self.names.clear();
        }
        for attribute in attributes {
            let key = attribute.key.as_str();
            if !self.names.contains_key(key) {
                self.names.insert(key.to_owned(), names::label_name(key, self.escaping));
            }
        }
    }
}

impl Constant {
    /// Appends it to the labels that began at `start`.
    pub(super) fn write(&self, start: usize, text: &mut String) {
        write_label(&self.name, &self.value, start, text);
    }
}

/// Appends one label to those that began at `start`, unless its value is empty.
pub(crate) fn write_label(name: &str, value: &str, start: usize, text: &mut String) {
    if value.is_empty() {
        return;
    }
    if text.len() > start {
        text.push(',');
    }
    text.push_str(name);
    text.push_str("=\"");
    names::escape(value, text);
    text.push('"');
}

/// The labels that tell which library recorded a series: name, version, schema, then the attributes of the scope.
pub(super) fn scope_labels(scope: &InstrumentationScope, escaping: Escaping) -> Vec<Constant> {
    const OWN: [&str; 3] = ["name", "version", "schema_url"];
    let values = [Some(scope.name()), scope.version(), scope.schema_url()];
    let own = OWN.into_iter().zip(values).map(|(key, value)| (names::scope_label(key, escaping), value));
    let mut labels: Vec<Constant> =
        own.map(|(name, value)| Constant { name, value: value.unwrap_or_default().to_owned() }).collect();

    // Prefixed before cleaning, so that `a.b` and `a_b` meet in one label here as well.
    let attributes = scope.attributes().filter(|kv| !OWN.contains(&kv.key.as_str()));
    let mut attributes: Vec<Constant> = attributes
        .map(|kv| Constant {
            name: names::scope_label(kv.key.as_str(), escaping),
            value: kv.value.as_str().into_owned(),
        })
        .filter(|attribute| labels.iter().all(|own| own.name != attribute.name))
        .collect();
    attributes.sort_by(|a, b| a.name.cmp(&b.name));
    for same_name in attributes.chunk_by(|a, b| a.name == b.name) {
        let Some(first) = same_name.first() else { continue };
        let value = same_name.iter().map(|label| label.value.as_str()).collect::<Vec<_>>().join(";");
        labels.push(Constant { name: first.name.clone(), value });
    }
    labels
}

/// Those attributes of the resource that stand on every series.
pub(super) fn resource_labels(resource: &Resource, keys: &[String], escaping: Escaping) -> Vec<Constant> {
    let mut labels: Vec<Constant> = Vec::new();
    for key in keys {
        let Some(value) = resource.get_ref(&opentelemetry::Key::from(key.clone())) else { continue };
        let name = names::label_name(key, escaping);
        if labels.iter().all(|label| label.name != name) {
            labels.push(Constant { name, value: value.as_str().into_owned() });
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_made_up_do_not_grow_the_memory_for_ever() {
        let mut labels = LabelWriter::new(Escaping::Underscores);
        for n in 0..5 * REMEMBERED_KEYS {
            let attribute = KeyValue::new(format!("k.{n}"), "v");
            let mut text = String::new();
            labels.write(&[&attribute], &[], &mut text);
            assert_eq!(text, format!("k_{n}=\"v\""));
            assert!(labels.names.len() <= REMEMBERED_KEYS + 1);
        }
    }
}
