//! Arrays among the attributes of an event of the core. Lines show them as text; a log record has a type for them.

use std::error::Error;
use std::fmt::Debug;

use opentelemetry::logs::AnyValue;
use opentelemetry::{Array, Key, Value};
use tracing::Event;
use tracing::field::{Field, Visit};

use crate::logs::events::Details;
use crate::logs::redact::redact;

/// The arrays of `event`, without secrets inside of texts.
pub(super) fn lists(event: &Event<'_>) -> Vec<(Key, AnyValue)> {
    let mut lists = Lists(Vec::new());
    event.record(&mut lists);
    lists.0
}

struct Lists(Vec<(Key, AnyValue)>);

impl Visit for Lists {
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}

    fn record_error(&mut self, _: &Field, error: &(dyn Error + 'static)) {
        let Some(details) = error.downcast_ref::<Details>() else { return };
        for attribute in &details.attributes {
            if let Value::Array(array) = &attribute.value
                && let Some(list) = list(array)
            {
                self.0.push((attribute.key.clone(), list));
            }
        }
    }
}

fn list(array: &Array) -> Option<AnyValue> {
    let clean = |text: &str| {
        let mut text = text.to_owned();
        redact(&mut text, 0, false);
        AnyValue::from(text)
    };
    let values = match array {
        Array::Bool(values) => values.iter().map(|&value| value.into()).collect(),
        Array::I64(values) => values.iter().map(|&value| value.into()).collect(),
        Array::F64(values) => values.iter().map(|&value| value.into()).collect(),
        Array::String(values) => values.iter().map(|value| clean(value.as_str())).collect(),
        _ => return None,
    };
    Some(AnyValue::ListAny(Box::new(values)))
}
