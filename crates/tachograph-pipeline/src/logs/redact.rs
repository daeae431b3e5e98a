//! What must not be in a log, and is taken out before a line is written.
//!
//! By name: the value of a field that is called like a secret. By form: tokens, keys and passwords inside of texts.

mod names;
mod texts;

use std::fmt;

use tracing_subscriber::field::{RecordFields, VisitOutput as _};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultVisitor, Writer};

pub(super) use self::names::SecretNames;
pub(super) use self::texts::redact;
use super::events::Details;
use tracing::field::{Field, Visit};

/// What stands where a secret stood.
pub(super) const REDACTED: &str = "[redacted]";

/// Fields in the text format, without the values of those that are called like secrets.
#[derive(Clone, Debug, Default)]
pub(crate) struct RedactedFields {
    names: SecretNames,
}

impl RedactedFields {
    pub(crate) fn new(keys: &[String]) -> Self {
        Self { names: SecretNames::default().and(keys) }
    }
}

impl<'writer> FormatFields<'writer> for RedactedFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut visitor = RedactedVisitor { inner: DefaultVisitor::new(writer, true), names: &self.names };
        fields.record(&mut visitor);
        visitor.inner.finish()
    }
}

struct RedactedVisitor<'a, 'writer> {
    inner: DefaultVisitor<'writer>,
    names: &'a SecretNames,
}

impl RedactedVisitor<'_, '_> {
    fn record(&mut self, field: &Field, record: impl FnOnce(&mut DefaultVisitor<'_>)) {
        if self.names.contains(field.name()) {
            self.inner.record_debug(field, &format_args!("{REDACTED}"));
        } else {
            record(&mut self.inner);
        }
    }
}

impl Visit for RedactedVisitor<'_, '_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record(field, |inner| inner.record_debug(field, value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record(field, |inner| inner.record_str(field, value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.inner.record_bool(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        match value.downcast_ref::<Details>() {
            Some(details) => self.record(field, |inner| inner.record_debug(field, &details.shown(self.names))),
            None => self.record(field, |inner| inner.record_error(field, value)),
        }
    }
}
