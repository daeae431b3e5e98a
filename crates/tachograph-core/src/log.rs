//! What an application measures and guards, as events for logs.

use std::{borrow::Cow, time::Duration};

use opentelemetry::{Context, KeyValue, StringValue, Value};

use crate::{
    completion::milliseconds,
    context,
    event::{Event, Severity, Topic},
    semconv::{attribute as attr, event, value},
    telemetry::Telemetry,
};

/// Longest name of what happened, longest name of what took its time and longest address, in bytes.
const MAX_KIND: usize = 80;
const MAX_TEXT: usize = 256;

/// Logs how long something took that is no call of its own: an event `performance` of severity Info, target `tachograph::performance`, in
/// `performance.log` where there are log files.
///
/// It has `operation`, cut at 256 bytes, `duration_ms` with fractions, and the attributes. It is told in the context that is current here:
/// trace, request and ids stand on the line. For figures over many of them, [`custom`](crate::custom) has histograms.
///
/// ```
/// use std::time::Instant;
/// use tachograph_core::{log_performance, opentelemetry::KeyValue};
///
/// let started = Instant::now();
/// let rows = 1_200;
/// log_performance("rebuild_index", started.elapsed(), [KeyValue::new("index.rows", rows)]);
/// log_performance("warm_up", started.elapsed(), []);
/// ```
///
/// Nothing happens where no telemetry is installed, where it has no sink for events, and where the filter of the log leaves them out: then
/// the attributes are not even asked for.
pub fn log_performance(
    operation: impl Into<StringValue>,
    duration: Duration,
    attributes: impl IntoIterator<Item = KeyValue>,
) {
    let Some(telemetry) = wanting(Topic::Performance, Severity::Info) else { return };
    let operation = cut(&operation.into());
    let measured =
        [KeyValue::new(attr::OPERATION, operation.clone()), KeyValue::new(attr::DURATION_MS, milliseconds(duration))];
    let event = Event::new(Topic::Performance, Severity::Info, event::PERFORMANCE).with_message(operation);
    telemetry.tell(event.with_attributes(measured).with_attributes(attributes));
}

/// Logs something that guards the application, or tries to get past its guards: target `tachograph::security`, in `security.log` where there
/// are log files, from [`Severity::Error`] on in `errors.log` as well.
///
/// `kind` is the name of the event (`invalid_token`, `access_denied`): one of a few that stand in the source. An empty one, and one of more
/// than 80 bytes, becomes `_OTHER`. The event has `client.address`, cut at 256 bytes, and the attributes. Where no address is given, it is
/// that of the HTTP request which is being served here; requests keep theirs for logs
/// ([`Policy::with_requests_in_logs`](crate::Policy::with_requests_in_logs), which the pipeline sets for log files and for every format but
/// text). Trace, request and ids stand on the line. Do not give secrets as attributes: values are hidden by their names alone.
///
/// ```
/// use tachograph_core::{event::Severity, log_security_event, opentelemetry::KeyValue};
///
/// log_security_event(Severity::Warn, "invalid_token", Some("203.0.113.7"), [KeyValue::new("token.issuer", "unknown")]);
/// log_security_event(Severity::Error, "access_denied", None, []);
/// ```
///
/// Nothing happens where no telemetry is installed, where it has no sink for events, and where the filter of the log leaves them out.
pub fn log_security_event(
    severity: Severity,
    kind: &'static str,
    client_address: Option<&str>,
    attributes: impl IntoIterator<Item = KeyValue>,
) {
    let Some(telemetry) = wanting(Topic::Security, severity) else { return };
    let kind = if kind.is_empty() || kind.len() > MAX_KIND { value::OTHER } else { kind };
    let address = match client_address {
        Some(address) => Some(StringValue::from(address.to_owned())),
        None => context::served_request(&Context::current()).and_then(|request| request.client_address),
    };
    let address = address.map(|address| KeyValue::new(attr::CLIENT_ADDRESS, Value::from(cut(&address))));
    telemetry.tell(Event::new(Topic::Security, severity, kind).with_attributes(address).with_attributes(attributes));
}

fn wanting(topic: Topic, severity: Severity) -> Option<Telemetry> {
    Telemetry::current().filter(|telemetry| telemetry.wants_event(topic, severity))
}

fn cut(text: &StringValue) -> Cow<'static, str> {
    let text = text.as_str();
    Cow::Owned(text[..text.floor_char_boundary(MAX_TEXT.min(text.len()))].to_owned())
}
