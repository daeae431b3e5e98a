//! How what was captured is told: as an event, on the span, in the count of errors.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    error::Error,
    iter,
    panic::{AssertUnwindSafe, catch_unwind},
};

use opentelemetry::{Array, Context, KeyValue, StringValue, Value, trace::TraceContextExt as _};

use super::{
    MAX_WORD, Told,
    subject::{Described, Subject},
};
use crate::{
    breadcrumbs, current,
    event::{Event, Topic},
    operation::Kind,
    outcome::cut_text,
    record::count_error,
    semconv::{attribute as attr, value},
    telemetry::Telemetry,
};

/// Longest message, in bytes.
pub(super) const MAX_MESSAGE: usize = 1024;
const MAX_CAUSES: usize = 8;
const MAX_STACKTRACE: usize = 16 * 1024;

/// Tells it, in the context that it was captured in.
pub(super) fn report(told: &Told<'_>, attributes: Vec<KeyValue>) {
    let _context = told.context.clone().attach();
    // It runs in a destructor, and messages are made by code of the application.
    let _ = catch_unwind(AssertUnwindSafe(|| match &told.subject {
        Subject::Error(error) => report_error(told, error, attributes),
        Subject::Message(message) => {
            if told.telemetry.wants_event(Topic::Errors, told.severity) {
                let event = Event::new(Topic::Errors, told.severity, value::MESSAGE_EVENT);
                tell(&told.telemetry, event.with_message(cut_text(message, MAX_MESSAGE)), told.around(attributes));
            }
        }
    }));
}

fn report_error(told: &Told<'_>, error: &Described<'_>, attributes: Vec<KeyValue>) {
    let call_error = error.call_error();
    let shows_message = told.telemetry.policy().captured_messages();
    let mut failed = None;
    if told.fails_call {
        let marked = call_error.clone().with_message(error.error());
        current::operation(|call| failed = call.fail_if_running(marked));
    }
    count_error(&told.telemetry, call_error, told.operation.as_ref(), failed);

    let wanted = told.telemetry.wants_event(Topic::Errors, told.severity);
    if !wanted && !has_span_event(&told.telemetry) {
        return;
    }
    let message = shows_message.then(|| cut_text(error.error(), MAX_MESSAGE));
    let exception_type = error.exception_type().map(|name| cut_text(name, MAX_WORD));
    // One of the two is required.
    let exception_type = exception_type.or_else(|| message.is_none().then(|| value::OTHER.to_owned()));
    let exception = exception(exception_type.clone(), message.clone(), &told.backtrace);
    add_to_span(&told.telemetry, &exception);
    if wanted {
        let mut all = exception;
        if shows_message {
            all.extend(causes(error.error()));
        }
        all.extend(told.around(attributes));
        let mut event = Event::new(Topic::Errors, told.severity, value::EXCEPTION_EVENT);
        event.message = message.or(exception_type).unwrap_or_default().into();
        event.error = shows_message.then(|| error.error());
        tell(&told.telemetry, event, all);
    }
}

impl Told<'_> {
    /// What the caller said.
    fn around(&self, attributes: Vec<KeyValue>) -> Vec<KeyValue> {
        let mut all: Vec<_> =
            self.operation.iter().map(|operation| KeyValue::new(attr::COMPONENT, operation.clone())).collect();
        all.extend(attributes);
        if self.omitted > 0 {
            all.push(KeyValue::new(attr::CAPTURE_OMITTED, whole(self.omitted)));
        }
        all
    }
}

/// The attributes of the conventions.
pub(super) fn exception(
    exception_type: Option<String>,
    message: Option<String>,
    backtrace: &Backtrace,
) -> Vec<KeyValue> {
    let stacktrace = (backtrace.status() == BacktraceStatus::Captured).then(|| cut_text(backtrace, MAX_STACKTRACE));
    let attributes = [
        (attr::EXCEPTION_TYPE, exception_type),
        (attr::EXCEPTION_MESSAGE, message),
        (attr::EXCEPTION_STACKTRACE, stacktrace),
    ];
    attributes.into_iter().filter_map(|(key, text)| text.map(|text| KeyValue::new(key, text))).collect()
}

fn causes(error: &(dyn Error + 'static)) -> Option<KeyValue> {
    let causes = iter::successors(error.source(), |&cause| cause.source()).take(MAX_CAUSES);
    let causes: Vec<StringValue> = causes.map(|cause| cut_text(cause, MAX_MESSAGE).into()).collect();
    (!causes.is_empty()).then(|| KeyValue::new(attr::EXCEPTION_CAUSES, Value::Array(Array::String(causes))))
}

fn has_span_event(telemetry: &Telemetry) -> bool {
    telemetry.policy().exception_signal().has_span_events()
        && Context::map_current(|context| context.has_active_span() && context.span().is_recording())
}

/// The event of old, where the span is recorded.
pub(super) fn add_to_span(telemetry: &Telemetry, exception: &[KeyValue]) {
    if has_span_event(telemetry) {
        // Not inside `map_current`: span processors of the application run in there.
        Context::current().span().add_event(value::EXCEPTION_EVENT, exception.to_vec());
    }
}

/// Hands the event over, with what led to it.
pub(super) fn tell(telemetry: &Telemetry, event: Event<'_>, mut attributes: Vec<KeyValue>) {
    let (crumbs, dropped) = breadcrumbs::current();
    if dropped > 0 {
        attributes.push(KeyValue::new(attr::BREADCRUMBS_DROPPED, whole(dropped)));
    }
    telemetry.tell(event.with_attributes(attributes).with_breadcrumbs(crumbs));
}

/// The kind of the call that runs here.
pub(super) fn running_kind() -> Option<Kind> {
    let mut kind = None;
    current::operation(|call| kind = call.running_kind());
    kind
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
