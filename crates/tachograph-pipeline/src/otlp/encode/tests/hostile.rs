//! Odd and large data.

use std::borrow::Cow;
use std::time::UNIX_EPOCH;

use opentelemetry::logs::{AnyValue as Any, LogRecord as _};
use opentelemetry::trace::{Event, SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{Array, InstrumentationScope as Scope, Key, KeyValue as Attribute, Value};
use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};

use super::input::record;
use super::*;

/// A span with nothing in it.
pub(super) fn span() -> SpanData {
    SpanData {
        span_context: SpanContext::NONE,
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: Cow::Borrowed(""),
        start_time: UNIX_EPOCH,
        end_time: UNIX_EPOCH,
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: Scope::default(),
    }
}

pub(super) fn log() -> OwnedLog {
    let mut record = record();
    record.set_observed_timestamp(UNIX_EPOCH);
    (record, Scope::default())
}

fn same(batch: &[SpanData], limit: usize) -> Encoding {
    let resource = Resource::builder().build();
    let encoding = spans(batch, &EncodedResource::from(&resource), limit);
    assert_eq!((encoding.too_large, encoding.truncated), (0, 0));
    assert!(encoding.requests.iter().all(|request| request.body.len() <= limit));
    assert_eq!(sorted(ours::<ExportTraceServiceRequest>(&encoding)), sorted(theirs(their_spans(batch, &resource))));
    encoding
}

#[test]
fn zero_ids_empty_keys_and_nul_are_sent_as_they_are() {
    let mut odd = span();
    odd.name = "\0".into();
    odd.status = Status::error("\0\u{feff}");
    odd.attributes = vec![Attribute::new("", ""), Attribute::new("", "\0"), Attribute::new("\0", Value::from(0))];
    same(&[span(), odd], PLENTY);
}

#[test]
fn ten_thousand_attributes_and_events_are_sent_in_one_request() {
    let mut large = span();
    large.attributes = (0..10_000).map(|place| Attribute::new(format!("key {place}"), place)).collect();
    large.events.events = (0..10_000).map(|_| Event::with_name("event")).collect();
    large.attributes.push(Attribute::new("list", Value::Array(Array::I64(vec![-1; 100_000]))));
    assert_eq!(same(&[large], PLENTY).requests.len(), 1);
}

#[test]
fn thousands_of_scopes_are_kept_apart() {
    let batch: Vec<_> = (0..6000)
        .map(|place| {
            let mut span = span();
            span.instrumentation_scope = Scope::builder(format!("scope {}", place % 3000)).build();
            span
        })
        .collect();
    let encoding = same(&batch, PLENTY);
    let request: ExportTraceServiceRequest = decode(&encoding.requests[0]);
    assert_eq!(request.resource_spans[0].scope_spans.len(), 3000);
    same(&batch, 3000);
}

#[test]
fn values_nested_too_deeply_leave_a_mark_and_receivers_take_the_record() {
    let (mut record, scope) = log();
    let mut nested = Any::from("innermost");
    for _ in 0..1000 {
        nested = Any::Map(Box::new([(Key::new("k"), Any::ListAny(Box::new(vec![nested])))].into()));
    }
    record.set_body(nested.clone());
    record.add_attribute("nested", nested);
    let resource = EncodedResource::from(&Resource::builder().build());
    let encoding = logs(&[(record, scope)], &resource, PLENTY);
    assert_eq!((encoding.truncated, encoding.too_large), (1, 0));
    let request: ExportLogsServiceRequest = decode(&encoding.requests[0]);
    assert!(format!("{request:?}").contains('…'));
}

#[test]
fn values_nested_as_deeply_as_is_sent_are_whole() {
    let (mut record, scope) = log();
    let mut nested = Any::from("innermost");
    for _ in 0..24 {
        nested = Any::Map(Box::new([(Key::new("k"), nested)].into()));
    }
    record.set_body(nested.clone());
    record.add_attribute("nested", nested);
    let (resource, batch) = (Resource::builder().build(), [(record, scope)]);
    let encoding = logs(&batch, &EncodedResource::from(&resource), PLENTY);
    assert_eq!(encoding.truncated, 0);
    assert_eq!(ours::<ExportLogsServiceRequest>(&encoding), theirs(their_logs(&batch, &resource)));
}

#[test]
fn a_resource_above_the_limit_leaves_room_for_nothing() {
    let resource = Resource::builder_empty().with_attribute(Attribute::new("k", "v".repeat(2000))).build();
    let encoding = spans(&[span(), span()], &EncodedResource::from(&resource), 1000);
    assert_eq!((encoding.requests.len(), encoding.too_large), (0, 2));
}

#[test]
fn a_huge_text_takes_no_more_memory_than_the_limit() {
    let mut large = span();
    let text: std::sync::Arc<str> = "x".repeat(50_000_000).into();
    large.attributes = (0..20).map(|_| Attribute::new("k", text.clone())).collect();
    let resource = EncodedResource::from(&Resource::builder_empty().build());
    let mut truncated = 0;
    let counts = allocation_counter::measure(|| {
        truncated = spans(std::slice::from_ref(&large), &resource, 1_000_000).truncated;
    });
    assert_eq!(truncated, 1);
    assert!(counts.bytes_max < 8_000_000, "{counts:?}");
}
