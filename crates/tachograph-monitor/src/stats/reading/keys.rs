//! Names made of attributes, in a buffer that is used again.

use std::borrow::Cow;

use opentelemetry::Value;
use tachograph_core::{semconv::attribute as attr, source::Point};

/// What stands for an attribute that is not there.
const UNKNOWN: &str = "unknown";

/// Shows the text of an attribute, if there is one.
pub(super) fn text(point: &Point<'_>, key: &str, show: impl FnOnce(&str)) {
    if let Some(value) = point.attribute(key) {
        show(&of(value));
    }
}

fn of(value: &Value) -> Cow<'_, str> {
    value.as_str()
}

/// The name that was made last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Key(String);

impl Key {
    /// The value of one attribute.
    pub(super) fn word(&mut self, point: &Point<'_>, key: &str) -> &str {
        self.start();
        self.push(point, key, UNKNOWN);
        &self.0
    }

    /// The values of two, as `GET /api/chat`.
    pub(super) fn words(&mut self, point: &Point<'_>, first: &str, then: &str, without: &str) -> &str {
        self.start();
        self.push(point, first, UNKNOWN);
        self.0.push(' ');
        self.push(point, then, without);
        &self.0
    }

    /// Provider and model, as `openai/gpt-4o`, and where the model begins.
    pub(super) fn model(&mut self, point: &Point<'_>) -> (&str, usize) {
        self.start();
        self.push(point, attr::GEN_AI_PROVIDER_NAME, UNKNOWN);
        self.0.push('/');
        let model = self.0.len();
        let asked_for = point.attribute(attr::GEN_AI_REQUEST_MODEL).is_some();
        let key = if asked_for { attr::GEN_AI_REQUEST_MODEL } else { attr::GEN_AI_RESPONSE_MODEL };
        self.push(point, key, UNKNOWN);
        (&self.0, model)
    }

    /// What a database was asked for: the summary of the statement, or operation and table, or what there is of them.
    pub(super) fn statement(&mut self, point: &Point<'_>) -> &str {
        self.start();
        if point.attribute(attr::DB_QUERY_SUMMARY).is_some() {
            self.push(point, attr::DB_QUERY_SUMMARY, UNKNOWN);
            return &self.0;
        }
        self.push(point, attr::DB_OPERATION_NAME, "");
        if !self.0.is_empty() && point.attribute(attr::DB_COLLECTION_NAME).is_some() {
            self.0.push(' ');
        }
        self.push(point, attr::DB_COLLECTION_NAME, "");
        if self.0.is_empty() {
            self.push(point, attr::DB_SYSTEM_NAME, UNKNOWN);
        }
        &self.0
    }

    fn start(&mut self) {
        self.0.clear();
    }

    fn push(&mut self, point: &Point<'_>, key: &str, without: &str) {
        match point.attribute(key) {
            Some(value) => self.0.push_str(&of(value)),
            None => self.0.push_str(without),
        }
    }
}
