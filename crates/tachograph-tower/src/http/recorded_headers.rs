//! Headers that a user wants to see on spans.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{Array, Key, StringValue, Value};

use super::{
    attributes::cut,
    redact::{REDACTED, is_secret_header},
};

/// Values that are recorded of one header.
const MAX_VALUES: usize = 16;

/// Names of headers, with the keys of their attributes made once.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecordedHeaders {
    names: Vec<(HeaderName, Key)>,
}

impl RecordedHeaders {
    /// Adds headers whose attributes are `{prefix}.{name}`.
    pub(crate) fn add(&mut self, prefix: &str, names: impl IntoIterator<Item = HeaderName>) {
        for name in names {
            let key: Arc<str> = format!("{prefix}.{name}").into();
            self.names.push((name, key.into()));
        }
    }

    /// The attributes of those headers that a message has.
    pub(crate) fn of<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = (Key, Value)> + 'a {
        self.names.iter().filter_map(|(name, key)| {
            let values: Vec<StringValue> =
                headers.get_all(name).iter().take(MAX_VALUES).map(|value| text(name, value)).collect();
            (!values.is_empty()).then(|| (key.clone(), Value::Array(Array::String(values))))
        })
    }
}

fn text(name: &HeaderName, value: &HeaderValue) -> StringValue {
    if is_secret_header(name, value) {
        return REDACTED.into();
    }
    match value.to_str() {
        Ok(text) => cut(text),
        Err(_) => cut(&String::from_utf8_lossy(value.as_bytes())),
    }
}
