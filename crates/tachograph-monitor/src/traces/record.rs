//! A span as it is kept.

use std::time::{Duration, SystemTime};

use opentelemetry::{
    Array, KeyValue, Value,
    trace::{SpanId, SpanKind, Status},
};
use tachograph_core::{semconv::attribute as attr, source::EndedSpan};

use super::{category::Category, shown};

/// Most events of a span, the first ones.
const MAX_EVENTS: usize = 64;

#[derive(Clone, Debug)]
pub(super) struct SpanRecord {
    pub(super) id: SpanId,
    pub(super) parent: Option<SpanId>,
    pub(super) parent_is_remote: bool,
    pub(super) name: String,
    pub(super) kind: SpanKind,
    pub(super) category: Category,
    pub(super) start: SystemTime,
    pub(super) end: SystemTime,
    pub(super) ending: SpanEnding,
    pub(super) error_type: Option<String>,
    pub(super) message: Option<String>,
    pub(super) attributes: Vec<KeyValue>,
    pub(super) events: Vec<EventRecord>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SpanEnding {
    Unset,
    Ok,
    Error,
}

#[derive(Clone, Debug)]
pub(super) struct EventRecord {
    pub(super) name: String,
    pub(super) at: SystemTime,
    pub(super) attributes: Vec<KeyValue>,
}

impl SpanRecord {
    pub(super) fn new(span: &EndedSpan<'_>, content: bool) -> Self {
        let category = Category::of(&span.kind, span.attributes);
        let may_quote = category.may_quote();
        let attributes = shown::attributes(span.attributes, content, may_quote);
        let (ending, message) = match span.status {
            Status::Unset => (SpanEnding::Unset, None),
            Status::Ok => (SpanEnding::Ok, None),
            Status::Error { description } => (SpanEnding::Error, Some(description)),
        };
        let message = message.filter(|message| !message.is_empty() && (content || !may_quote));
        let event = |event: &opentelemetry::trace::Event| EventRecord {
            name: shown::text(&event.name),
            at: event.timestamp,
            attributes: shown::attributes(&event.attributes, content, may_quote),
        };
        Self {
            id: span.context.span_id(),
            parent: (span.parent != SpanId::INVALID).then_some(span.parent),
            parent_is_remote: span.parent_is_remote,
            name: shown::text(span.name),
            kind: span.kind.clone(),
            category,
            start: span.start,
            end: span.end.max(span.start),
            ending,
            error_type: find(&attributes, attr::ERROR_TYPE).map(|value| value.as_str().into_owned()),
            message: message.map(|message| shown::text(message)),
            attributes,
            events: span.events.iter().take(MAX_EVENTS).map(event).collect(),
        }
    }

    /// Whether a trace begins here, as far as this process sees it.
    pub(super) fn is_local_root(&self) -> bool {
        self.parent.is_none() || self.parent_is_remote
    }

    pub(super) fn failed(&self) -> bool {
        self.ending == SpanEnding::Error
    }

    pub(super) fn duration(&self) -> Duration {
        self.end.duration_since(self.start).unwrap_or_default()
    }

    pub(super) fn attribute(&self, key: &str) -> Option<&Value> {
        find(&self.attributes, key)
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let texts = [self.error_type.as_ref(), self.message.as_ref()];
        let texts: usize = texts.into_iter().flatten().map(String::capacity).sum();
        let of_event = |event: &EventRecord| size_of::<EventRecord>() + event.name.capacity() + of(&event.attributes);
        size_of::<Self>()
            + self.name.capacity()
            + texts
            + of(&self.attributes)
            + self.events.iter().map(of_event).sum::<usize>()
    }
}

fn find<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes.iter().find(|attribute| attribute.key.as_str() == key).map(|attribute| &attribute.value)
}

/// Memory of attributes: static keys and shared texts are counted too, because nobody can tell.
fn of(attributes: &[KeyValue]) -> usize {
    let of_value = |value: &Value| match value {
        Value::String(text) => text.as_str().len(),
        Value::Array(Array::String(texts)) => {
            texts.iter().map(|text| size_of_val(text) + text.as_str().len()).sum::<usize>()
        }
        Value::Array(Array::I64(all)) => size_of_val(all.as_slice()),
        Value::Array(Array::F64(all)) => size_of_val(all.as_slice()),
        _ => 0,
    };
    attributes.iter().map(|it| size_of::<KeyValue>() + it.key.as_str().len() + of_value(&it.value)).sum()
}
