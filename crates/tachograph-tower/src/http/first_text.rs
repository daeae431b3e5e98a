use std::sync::{Arc, OnceLock};

use opentelemetry::StringValue;

use super::attributes::cut;

/// The text that a service met first, which is not copied when it comes again: most services have one host, and where
/// axum lays the layer around each route by itself, one route.
#[derive(Debug, Default)]
pub(crate) struct FirstText(OnceLock<Arc<str>>);

impl FirstText {
    pub(crate) fn share(&self, text: &str) -> StringValue {
        let first = self.0.get_or_init(|| cut(text).as_str().into());
        if **first == *text { Arc::clone(first).into() } else { cut(text) }
    }
}
