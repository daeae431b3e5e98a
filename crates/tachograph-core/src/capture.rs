//! Errors and messages that the application reports, for people to look at.
//!
//! ```
//! use tachograph_core::{capture_error, capture_message, event::Severity};
//! # let error = std::io::Error::other("no route");
//! capture_error(&error).user("u-1").tag("tenant", "acme").operation("checkout");
//! capture_message(Severity::Warn, "the price list is a week old").tag("list", "eu");
//! ```
//!
//! Each becomes one event of the topic [`Errors`](crate::event::Topic::Errors), told in the context that is current: with trace, span, request,
//! ids and [breadcrumbs](crate::breadcrumbs). From there it goes to the log, to files, to OTLP and, by its feature, to Sentry. An error
//! is the conventions' `exception`, also on the span that is recorded there ([`ExceptionSignal`](crate::ExceptionSignal)), and counts in
//! `tachograph.errors`.
//!
//! | module | holds |
//! |---|---|
//! | `subject` | what can be captured, and what is known of it |
//! | `report` | how it is told |
//! | `panic` | panics, for a hook |

mod panic;
mod report;
mod subject;

use std::{backtrace::Backtrace, borrow::Cow, fmt, mem};

use opentelemetry::{Context, Key, KeyValue, StringValue};

pub use self::panic::{CapturedPanic, capture_panic};
pub use self::subject::Capturable;
use self::subject::Subject;
use crate::{
    event::Severity,
    outcome::cut_text,
    semconv::attribute as attr,
    telemetry::{Telemetry, TelemetryRef},
};

/// Most tags, and longest name and value of one, in bytes.
const MAX_TAGS: usize = 16;
const MAX_TAG_NAME: usize = 64;
const MAX_WORD: usize = 256;
/// Most attributes; those beyond are left out, as the SDK would.
const MAX_ATTRIBUTES: usize = 128;

/// Reports an error. What it gives back takes what else is known, and reports when it is dropped: at the end of the statement.
///
/// It takes any `&E` with `E: Error + 'static`, and `&(dyn Error + 'static)` with `Send` and `Sync` or without: `&error`, `&*boxed`,
/// `anyhow_error.as_ref()`.
///
/// Without telemetry nothing happens, and nothing is allocated. It does not make the running call a failure; see
/// [`fails_call`](Capture::fails_call).
pub fn capture_error<E: Capturable + ?Sized>(error: &E) -> Capture<'_> {
    Capture::of(Severity::Error, || Subject::error(error))
}

/// Reports a message. It is no error, and counts nowhere, whatever its severity.
///
/// At most 1024 bytes of it are kept. Without telemetry nothing happens.
pub fn capture_message<'a>(severity: Severity, message: impl Into<Cow<'a, str>>) -> Capture<'a> {
    Capture::of(severity, || Subject::Message(message.into()))
}

/// An error or a message that is about to be reported: when this is dropped, once.
///
/// There is no need to keep it. Where it is kept, it is reported in the context in which it was captured.
pub struct Capture<'a> {
    told: Option<Box<Told<'a>>>,
}

struct Told<'a> {
    telemetry: TelemetryRef,
    context: Context,
    subject: Subject<'a>,
    severity: Severity,
    operation: Option<StringValue>,
    attributes: Vec<KeyValue>,
    tags: usize,
    omitted: u64,
    fails_call: bool,
    backtrace: Backtrace,
}

impl<'a> Capture<'a> {
    fn of(severity: Severity, subject: impl FnOnce() -> Subject<'a>) -> Self {
        let telemetry = Telemetry::in_force().filter(|_| !Context::is_current_telemetry_suppressed());
        let told = telemetry.map(|telemetry| {
            let subject = subject();
            Box::new(Told {
                telemetry,
                context: Context::current(),
                backtrace: if subject.is_error() { Backtrace::capture() } else { Backtrace::disabled() },
                subject,
                severity,
                operation: None,
                attributes: Vec::new(),
                tags: 0,
                omitted: 0,
                fails_call: false,
            })
        });
        Self { told }
    }

    fn tell(mut self, change: impl FnOnce(&mut Told<'a>)) -> Self {
        if let Some(told) = &mut self.told {
            change(told);
        }
        self
    }

    /// The user that it happened to: `user.id`. Default: the user of [`Ids`](crate::Ids), which log lines have anyway.
    pub fn user(self, id: impl Into<StringValue>) -> Self {
        self.tell(|told| told.attribute(KeyValue::new(attr::USER_ID, cut(&id.into(), MAX_WORD))))
    }

    /// A word to search by, as attribute `tachograph.tag.` and its name. At most 16 tags, 64 bytes of a name and 256 of a value; of one
    /// name the last value counts. How many had no room is told.
    pub fn tag(self, name: impl AsRef<str>, value: impl Into<StringValue>) -> Self {
        self.tell(|told| {
            let name = name.as_ref();
            let name = &name[..name.floor_char_boundary(MAX_TAG_NAME)];
            let tag = KeyValue::new(format!("{}{name}", attr::TAG_PREFIX), cut(&value.into(), MAX_WORD));
            if told.attributes.iter().any(|known| known.key == tag.key) {
                told.attribute(tag);
            } else if told.tags < MAX_TAGS {
                told.tags += 1;
                told.attribute(tag);
            } else {
                told.omitted += 1;
            }
        })
    }

    /// What the application was doing, in one of a few words: `checkout`. As `tachograph.component`, also of the count of errors.
    pub fn operation(self, name: impl Into<StringValue>) -> Self {
        self.tell(|told| told.operation = Some(cut(&name.into(), MAX_WORD)))
    }

    /// How bad it is. Default: [`Error`](Severity::Error) for errors. The conventions have [`Warn`](Severity::Warn) for what was handled, and
    /// [`Critical`](Severity::Critical) for what ends the application.
    pub fn severity(self, severity: Severity) -> Self {
        self.tell(|told| told.severity = severity)
    }

    /// Further attributes, at most 128; of one key the last value counts. How many had no room is told.
    pub fn attributes(self, attributes: impl IntoIterator<Item = KeyValue>) -> Self {
        self.tell(|told| attributes.into_iter().for_each(|attribute| told.attribute(attribute)))
    }

    /// One further attribute.
    pub fn attribute(self, key: impl Into<Key>, value: impl Into<opentelemetry::Value>) -> Self {
        self.tell(|told| told.attribute(KeyValue::new(key, value)))
    }

    /// With a backtrace of this place, as `exception.stacktrace`, whatever the environment says.
    ///
    /// Without this there is one where `RUST_BACKTRACE` or `RUST_LIB_BACKTRACE` asks for it, as the standard library has it. A backtrace is
    /// of the place that captures, not of the one that failed. Walking the stack takes microseconds, and finding the names of
    /// functions milliseconds, on this thread, the more the bigger the executable; 16 KiB of it are kept.
    pub fn backtrace(self) -> Self {
        self.tell(|told| told.backtrace = Backtrace::force_capture())
    }

    /// The innermost running call is a failure, although its end may look like a success.
    ///
    /// The count of errors then says the kind of that call (`tachograph.operation.kind`), whose duration has the error as well. For a
    /// message nothing happens.
    pub fn fails_call(self) -> Self {
        self.tell(|told| told.fails_call = true)
    }

    /// Reports now. The same as dropping it, in a word.
    pub fn report(self) {}
}

impl Told<'_> {
    fn attribute(&mut self, attribute: KeyValue) {
        match self.attributes.iter().position(|known| known.key == attribute.key) {
            Some(known) => self.attributes[known] = attribute,
            None if self.attributes.len() < MAX_ATTRIBUTES => self.attributes.push(attribute),
            None => self.omitted += 1,
        }
    }
}

impl Drop for Capture<'_> {
    fn drop(&mut self) {
        if let Some(mut told) = self.told.take() {
            let attributes = mem::take(&mut told.attributes);
            report::report(&told, attributes);
        }
    }
}

impl fmt::Debug for Capture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").field("reported", &self.told.is_some()).finish_non_exhaustive()
    }
}

fn cut(text: &StringValue, limit: usize) -> StringValue {
    if text.as_str().len() <= limit { text.clone() } else { cut_text(text, limit).into() }
}
