//! What is told in words: named events for logs, made here and printed by whoever [`Telemetry`](crate::Telemetry) was given.
//!
//! The crate has no logging of its own. Calls, errors and the functions of this module make an [`Event`]; the pipeline's
//! [`EventSink`] hands it to `tracing`, from where it goes to the console, to files and to OTLP like every other line.

use std::{borrow::Cow, error::Error, fmt};

use opentelemetry::KeyValue;

use crate::breadcrumbs::Breadcrumb;

/// What an event is about. It chooses the log target, and with it the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Topic {
    /// Calls that ended: target `tachograph::calls`.
    Calls,
    /// How long something took: target `tachograph::performance`.
    Performance,
    /// What guards the application: target `tachograph::security`.
    Security,
    /// Errors and messages that were captured: target `tachograph::errors`.
    Errors,
}

/// How bad an event is, from [`Debug`](Self::Debug) up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// For those who look for something. OTLP: `DEBUG`.
    Debug,
    /// As it should be. OTLP: `INFO`.
    Info,
    /// Worth a look. OTLP: `WARN`.
    Warn,
    /// Something failed. OTLP: `ERROR`.
    Error,
    /// The application, or a part of it, cannot go on. OTLP: `FATAL`.
    Critical,
}

/// A named event with attributes.
#[derive(Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// What it is about.
    pub topic: Topic,
    /// How bad it is.
    pub severity: Severity,
    /// The name, one of a few: `request_completed`. The event name of the log record.
    pub name: &'static str,
    /// What people read. Often the name alone.
    pub message: Cow<'a, str>,
    /// What else is known.
    pub attributes: Vec<KeyValue>,
    /// The error that it is about; its sources are told with it.
    pub error: Option<&'a (dyn Error + 'static)>,
    /// What happened before it, the oldest first; for errors and messages that were captured.
    pub breadcrumbs: Vec<Breadcrumb>,
}

impl<'a> Event<'a> {
    /// An event whose message is its name.
    pub fn new(topic: Topic, severity: Severity, name: &'static str) -> Self {
        Self {
            topic,
            severity,
            name,
            message: Cow::Borrowed(name),
            attributes: Vec::new(),
            error: None,
            breadcrumbs: Vec::new(),
        }
    }

    /// With this message for people.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'a, str>>) -> Self {
        self.message = message.into();
        self
    }

    /// With these attributes behind those that it has.
    #[must_use]
    pub fn with_attributes(mut self, attributes: impl IntoIterator<Item = KeyValue>) -> Self {
        self.attributes.extend(attributes);
        self
    }

    /// About this error.
    #[must_use]
    pub fn with_error(mut self, error: &'a (dyn Error + 'static)) -> Self {
        self.error = Some(error);
        self
    }

    /// With these breadcrumbs.
    #[must_use]
    pub fn with_breadcrumbs(mut self, breadcrumbs: Vec<Breadcrumb>) -> Self {
        self.breadcrumbs = breadcrumbs;
        self
    }
}

/// Where events go. It is called on the thread, and in the OpenTelemetry context, that the event belongs to.
pub trait EventSink: Send + Sync {
    /// Whether anybody would see such an event. Asked before one is made, so it must be cheap.
    fn wants(&self, topic: Topic, severity: Severity) -> bool;

    /// Takes an event. It must not block, and what it panics with is swallowed.
    fn emit(&self, event: Event<'_>);
}

impl fmt::Debug for dyn EventSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventSink")
    }
}
