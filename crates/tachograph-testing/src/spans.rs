//! Where the spans of a test end up, and look-ups in them.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use opentelemetry::{
    Context, KeyValue, Value,
    trace::{Event, Span as _},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};
use tachograph_core::Ids;

/// Keeps every span that ends, on the thread that ends it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpanLog {
    ended: Arc<Mutex<Vec<SpanData>>>,
}

impl SpanLog {
    pub(crate) fn ended(&self) -> Vec<SpanData> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl SpanProcessor for SpanLog {
    fn on_start(&self, span: &mut Span, context: &Context) {
        for id in Ids::for_foreign_span(context) {
            span.set_attribute(id);
        }
    }

    fn on_end(&self, span: SpanData) {
        // A sampler may have a span recorded and yet not sampled: no exporter would see it.
        if span.span_context.is_sampled() {
            self.ended.lock().unwrap_or_else(PoisonError::into_inner).push(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// What has attributes: a span, or an event of one.
pub trait Attributed {
    /// All of them, in the order in which they were set.
    fn attributes(&self) -> &[KeyValue];
}

impl Attributed for SpanData {
    fn attributes(&self) -> &[KeyValue] {
        &self.attributes
    }
}

impl Attributed for Event {
    fn attributes(&self) -> &[KeyValue] {
        &self.attributes
    }
}

impl<T: Attributed> Attributed for &T {
    fn attributes(&self) -> &[KeyValue] {
        (*self).attributes()
    }
}

/// The attribute `key` of a span or an event as text: the last one, if there are several. Arrays look like `["a","b"]`.
#[must_use]
pub fn attribute(of: &impl Attributed, key: &str) -> Option<String> {
    value(of, key).map(Value::to_string)
}

/// The attribute `key` of a span or an event as a number, whole or not: costs, times, tokens.
///
/// # Panics
///
/// When the attribute is not a number.
#[must_use]
#[track_caller]
pub fn number(of: &impl Attributed, key: &str) -> Option<f64> {
    match value(of, key)? {
        Value::F64(number) => Some(*number),
        Value::I64(number) => Some(*number as f64),
        other => panic!("{key:?} is {other:?}, which is not a number"),
    }
}

fn value<'a>(of: &'a impl Attributed, key: &str) -> Option<&'a Value> {
    of.attributes().iter().rfind(|attribute| attribute.key.as_str() == key).map(|attribute| &attribute.value)
}

/// The events of `span` that have this name, in the order of their time: the attempts of a call to a model, say.
///
/// ```
/// use tachograph_core::LlmRequest;
/// use tachograph_testing::{TestTelemetry, attribute, events, number};
///
/// let test = TestTelemetry::new();
/// test.scope(|| {
///     let call = LlmRequest::new("openai", "gpt-4o").start();
///     let mut first = call.attempt();
///     first.status(429);
///     first.end();
///     call.attempt().end();
///     call.succeed();
/// });
///
/// let span = test.span("chat gpt-4o");
/// let attempts = events(&span, "tachograph.llm.attempt");
/// assert_eq!(attempts.len(), 2);
/// assert_eq!(attribute(&attempts[0], "error.type").as_deref(), Some("429"));
/// assert_eq!(number(&attempts[1], "tachograph.attempt.number"), Some(2.0));
/// ```
#[must_use]
pub fn events<'a>(span: &'a SpanData, name: &str) -> Vec<&'a Event> {
    events_in_order(span).into_iter().filter(|event| event.name == name).collect()
}

/// Events may be told to a span long after their time.
pub(crate) fn events_in_order(span: &SpanData) -> Vec<&Event> {
    let mut events: Vec<&Event> = span.events.iter().collect();
    events.sort_by_key(|event| event.timestamp);
    events
}
