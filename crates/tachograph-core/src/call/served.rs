//! What a call knows of the request that it answers.

use opentelemetry::{KeyValue, StringValue};

use crate::semconv::attribute as attr;

/// Moved with every call: what only logs want lies elsewhere.
#[derive(Debug, Default)]
pub(crate) enum Served {
    /// The call answers no request, or one without an id.
    #[default]
    Nothing,
    Id(StringValue),
    /// For logs as well.
    Told(Box<Told>),
}

#[derive(Debug)]
pub(crate) struct Told {
    id: Option<StringValue>,
    pub(crate) path: Option<StringValue>,
    pub(crate) client_address: Option<StringValue>,
}

impl Served {
    /// A request with this id.
    pub(crate) fn with_id(id: Option<StringValue>) -> Self {
        id.map_or(Self::Nothing, Self::Id)
    }

    /// A request with this id, and what logs say of it.
    pub(crate) fn told(id: Option<StringValue>, details: &[KeyValue]) -> Self {
        let text = |key: &str| {
            details.iter().find(|detail| detail.key.as_str() == key).and_then(|detail| match &detail.value {
                opentelemetry::Value::String(text) => Some(text.clone()),
                _ => None,
            })
        };
        Self::Told(Box::new(Told { id, path: text(attr::URL_PATH), client_address: text(attr::CLIENT_ADDRESS) }))
    }

    pub(crate) fn id(&self) -> Option<&StringValue> {
        match self {
            Self::Nothing => None,
            Self::Id(id) => Some(id),
            Self::Told(told) => told.id.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_tells_logs_nothing_is_as_big_as_its_id() {
        assert_eq!(size_of::<Served>(), size_of::<Option<StringValue>>());
    }
}
