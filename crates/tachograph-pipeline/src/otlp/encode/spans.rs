//! Spans: `ExportTraceServiceRequest`.

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceState};
use opentelemetry_sdk::trace::SpanData;

use super::requests::Requests;
use super::values::attributes;
use super::wire::{Writer, nanos};
use super::{EncodedResource, Encoding};

/// What a usual span takes.
const EXPECTED: usize = 320;

/// Requests of at most `limit` bytes with the spans of a batch.
pub(crate) fn spans(batch: &[SpanData], resource: &EncodedResource, limit: usize) -> Encoding {
    let mut requests = Requests::new(resource, limit, batch.len().saturating_mul(EXPECTED));
    for span in batch {
        let group = requests.group(span.instrumentation_scope.name(), &span.instrumentation_scope);
        requests.add(group, |writer| write(writer, span));
    }
    requests.finish()
}

fn write(writer: &mut Writer, span: &SpanData) {
    ids(writer, &span.span_context);
    if span.parent_span_id != SpanId::INVALID {
        writer.field(0x22, &span.parent_span_id.to_bytes());
    }
    writer.field(0x2a, span.name.as_bytes());
    writer.number(0x30, kind(&span.span_kind));
    writer.number64(0x39, nanos(span.start_time));
    writer.number64(0x41, nanos(span.end_time));
    attributes(writer, 0x4a, &span.attributes);
    writer.number(0x50, span.dropped_attributes_count.into());
    for event in span.events.iter() {
        writer.message::<1>(0x5a, |writer| write_event(writer, event));
    }
    writer.number(0x60, span.events.dropped_count.into());
    for link in span.links.iter() {
        writer.message::<1>(0x6a, |writer| write_link(writer, link));
    }
    writer.number(0x70, span.links.dropped_count.into());
    status(writer, &span.status);
    let [a, b, c, d] = flags(&span.span_context, span.parent_span_is_remote).to_le_bytes();
    writer.raw([0x85, 0x01, a, b, c, d]);
}

/// Trace and span, of a span or a link.
fn ids(writer: &mut Writer, context: &SpanContext) {
    let mut ids = [0; 28];
    (ids[0], ids[1]) = (0x0a, 16);
    ids[2..18].copy_from_slice(&context.trace_id().to_bytes());
    (ids[18], ids[19]) = (0x12, 8);
    ids[20..28].copy_from_slice(&context.span_id().to_bytes());
    writer.raw(ids);
    trace_state(writer, context.trace_state());
}

/// Without the text in between that `TraceState::header` makes.
fn trace_state(writer: &mut Writer, state: &TraceState) {
    let length = state.into_iter().map(|(key, value)| key.len() + value.len() + 2).sum::<usize>();
    if length == 0 {
        return;
    }
    writer.head(0x1a, length - 1);
    for (place, (key, value)) in state.into_iter().enumerate() {
        if place > 0 {
            writer.bytes(b",");
        }
        writer.bytes(key.as_bytes());
        writer.bytes(b"=");
        writer.bytes(value.as_bytes());
    }
}

/// Whether the parent, or what a link points to, is remote is known, and then whether it is.
fn flags(context: &SpanContext, remote: bool) -> u32 {
    u32::from(context.trace_flags().to_u8()) | 0x100 | if remote { 0x200 } else { 0 }
}

fn kind(kind: &SpanKind) -> u64 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

fn write_event(writer: &mut Writer, event: &Event) {
    writer.number64(0x09, nanos(event.timestamp));
    writer.field(0x12, event.name.as_bytes());
    attributes(writer, 0x1a, &event.attributes);
    writer.number(0x20, event.dropped_attributes_count.into());
}

fn write_link(writer: &mut Writer, link: &Link) {
    ids(writer, &link.span_context);
    attributes(writer, 0x22, &link.attributes);
    writer.number(0x28, link.dropped_attributes_count.into());
    let [a, b, c, d] = flags(&link.span_context, link.span_context.is_remote()).to_le_bytes();
    writer.raw([0x35, a, b, c, d]);
}

fn status(writer: &mut Writer, status: &Status) {
    match status {
        Status::Unset => writer.raw([0x7a, 0]),
        Status::Ok => writer.raw([0x7a, 2, 0x18, 1]),
        Status::Error { description } => writer.message::<1>(0x7a, |writer| {
            let (text, mark) = writer.cut(description);
            if !description.is_empty() {
                writer.head(0x12, text.len() + mark.len());
                writer.bytes(text.as_bytes());
                writer.bytes(mark.as_bytes());
            }
            writer.raw([0x18, 2]);
        }),
    }
}
