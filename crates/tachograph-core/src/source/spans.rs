//! Spans that have ended.

use std::time::SystemTime;

use opentelemetry::{
    KeyValue,
    trace::{Event, SpanContext, SpanId, SpanKind, Status},
};

/// Is shown the spans of the process after they have ended.
pub trait ObserveSpans: Send + Sync {
    /// Some spans, in the order in which they ended, but for those that the queue of the pipeline had no room for, which come before
    /// the others. Called on a thread of the pipeline, never on one of the application. A slow observer makes the queue of the
    /// pipeline run full, so it must neither block nor take long; if it panics, it is not called again.
    fn spans_ended(&self, spans: &mut dyn Iterator<Item = EndedSpan<'_>>);
}

/// A sampled span that has ended.
#[derive(Clone, Debug)]
pub struct EndedSpan<'a> {
    /// Its ids.
    pub context: &'a SpanContext,
    /// The span above; [`SpanId::INVALID`] for a root.
    pub parent: SpanId,
    /// Whether the span above is of another process, or came in through a protocol.
    pub parent_is_remote: bool,
    /// Server, client, internal and so on.
    pub kind: SpanKind,
    /// Its name.
    pub name: &'a str,
    /// When it began.
    pub start: SystemTime,
    /// When it ended.
    pub end: SystemTime,
    /// Its attributes. A key may stand there more than once; the last one counts.
    pub attributes: &'a [KeyValue],
    /// Its events.
    pub events: &'a [Event],
    /// How it ended.
    pub status: &'a Status,
}
