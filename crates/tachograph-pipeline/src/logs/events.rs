//! Events of the core become `tracing` events, so that they go wherever lines go.

mod breadcrumbs;

use std::error::Error;
use std::fmt;

use opentelemetry::{KeyValue, Value};
use tachograph_core::event::{Event, EventSink, Severity, Topic};
use tracing::Level;

use super::redact::{REDACTED, SecretNames};

/// Target of calls that ended.
pub(super) const CALLS: &str = "tachograph::calls";
/// Target of how long something took.
pub(super) const PERFORMANCE: &str = "tachograph::performance";
/// Target of what guards the application.
pub(super) const SECURITY: &str = "tachograph::security";
/// Target of errors and messages that were captured.
pub(super) const ERRORS: &str = "tachograph::errors";

/// The field that [`Details`] travel in.
pub(super) const FIELD: &str = "event";

/// Name and attributes of an event of the core.
///
/// The fields of a `tracing` event are fixed where it is written, and attributes are not. They travel as an error: the one kind of value
/// that a visitor can take apart again. Visitors that do not know it print them in a row.
#[derive(Debug)]
pub(super) struct Details {
    pub(super) name: &'static str,
    pub(super) attributes: Vec<KeyValue>,
}

impl Details {
    /// All of it in a row, without the values of what is called like a secret: `slow_request http.route="/" duration_ms=2417`.
    pub(super) fn shown<'a>(&'a self, names: &'a SecretNames) -> impl fmt::Display + fmt::Debug + 'a {
        fmt::from_fn(move |f| {
            f.write_str(self.name)?;
            self.attributes.iter().try_for_each(|KeyValue { key, value, .. }| match value {
                Value::Bool(value) => write!(f, " {key}={value}"),
                _ if names.contains(key.as_str()) => write!(f, " {key}={REDACTED}"),
                Value::String(text) => write!(f, " {key}={:?}", text.as_str()),
                other => write!(f, " {key}={other}"),
            })
        })
    }
}

impl fmt::Display for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.shown(&SecretNames::default()))
    }
}

impl Error for Details {}

/// Hands events to the `tracing` subscriber that is in force.
#[derive(Debug, Clone, Default)]
pub(crate) struct TracingSink {
    names: SecretNames,
}

impl TracingSink {
    /// A sink that takes the values of data with these names out of breadcrumbs.
    pub(crate) fn new(redacted_keys: &[String]) -> Self {
        Self { names: SecretNames::default().and(redacted_keys) }
    }
}

/// Level and target of a `tracing` event stand where it is written: one place for each.
macro_rules! each_place {
    ($topic:expr, $severity:expr, $macro:ident $arguments:tt) => {
        match $topic {
            Topic::Calls => each_place!(@level CALLS, $severity, $macro $arguments),
            Topic::Performance => each_place!(@level PERFORMANCE, $severity, $macro $arguments),
            Topic::Security => each_place!(@level SECURITY, $severity, $macro $arguments),
            _ => each_place!(@level ERRORS, $severity, $macro $arguments),
        }
    };
    (@level $target:ident, $severity:expr, $macro:ident $arguments:tt) => {
        match $severity {
            Severity::Debug => $macro!($target, Level::DEBUG, $arguments),
            Severity::Info => $macro!($target, Level::INFO, $arguments),
            Severity::Warn => $macro!($target, Level::WARN, $arguments),
            Severity::Error | Severity::Critical => $macro!($target, Level::ERROR, $arguments),
        }
    };
}

macro_rules! is_enabled {
    ($target:ident, $level:expr, ()) => {
        tracing::enabled!(target: $target, $level)
    };
}

macro_rules! write_event {
    ($target:ident, $level:expr, ($details:expr, $critical:expr, $error:expr, $message:expr)) => {
        tracing::event!(
            target: $target,
            $level,
            event = $details,
            critical = $critical,
            error = $error,
            "{}",
            $message
        )
    };
}

impl EventSink for TracingSink {
    fn wants(&self, topic: Topic, severity: Severity) -> bool {
        each_place!(topic, severity, is_enabled())
    }

    fn emit(&self, event: Event<'_>) {
        let mut attributes = event.attributes;
        attributes.extend(breadcrumbs::attribute(&event.breadcrumbs, &self.names));
        let details = Details { name: event.name, attributes };
        let details: &(dyn Error + 'static) = &details;
        let critical = (event.severity == Severity::Critical).then_some(true);
        let (error, message) = (event.error, event.message);
        each_place!(event.topic, event.severity, write_event(details, critical, error, message));
    }
}

#[cfg(test)]
mod tests;
