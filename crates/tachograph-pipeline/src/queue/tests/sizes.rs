use std::time::SystemTime;

use opentelemetry::trace::{Event, SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use crate::queue::{Queued as _, Rank};

fn span(name: &'static str, parent: SpanId) -> SpanData {
    SpanData {
        span_context: SpanContext::NONE,
        parent_span_id: parent,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: name.into(),
        start_time: SystemTime::UNIX_EPOCH,
        end_time: SystemTime::UNIX_EPOCH,
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: opentelemetry::InstrumentationScope::default(),
    }
}

#[test]
fn roots_failures_and_runs_of_agents_go_last() {
    let child = || span("SELECT users", SpanId::from(7));
    assert_eq!(child().rank(), Rank::Ordinary);
    assert_eq!(span("GET /", SpanId::INVALID).rank(), Rank::Important);
    assert_eq!(SpanData { parent_span_is_remote: true, ..child() }.rank(), Rank::Important);
    assert_eq!(SpanData { status: Status::error("late"), ..child() }.rank(), Rank::Important);
    assert_eq!(SpanData { status: Status::Ok, ..child() }.rank(), Rank::Ordinary);
    assert_eq!(span("invoke_agent researcher", SpanId::from(7)).rank(), Rank::Important);
}

/// A bound on memory that can be outwitted is none.
#[test]
fn every_text_in_a_span_is_in_its_size() {
    let text = || "x".repeat(10_000);
    let attribute = || vec![KeyValue::new("k", text())];
    let base = span("s", SpanId::INVALID).size();
    assert!((300..1000).contains(&base), "{base}");
    let event = |name: String, attributes| Event::new(name, SystemTime::UNIX_EPOCH, attributes, 0);
    let mut with_events = span("s", SpanId::INVALID);
    with_events.events.events = vec![event("e".to_owned(), attribute())];
    let mut with_event_name = span("s", SpanId::INVALID);
    with_event_name.events.events = vec![event(text(), Vec::new())];
    let mut with_link = span("s", SpanId::INVALID);
    with_link.links.links = vec![opentelemetry::trace::Link::new(SpanContext::NONE, attribute(), 0)];
    let array = Value::Array(Array::String(vec![text().into()]));
    let cases = [
        SpanData { name: text().into(), ..span("s", SpanId::INVALID) },
        SpanData { attributes: attribute(), ..span("s", SpanId::INVALID) },
        SpanData { attributes: vec![KeyValue::new(text(), 1)], ..span("s", SpanId::INVALID) },
        SpanData { attributes: vec![KeyValue::new("k", array)], ..span("s", SpanId::INVALID) },
        SpanData { attributes: Vec::with_capacity(300), ..span("s", SpanId::INVALID) },
        SpanData { status: Status::error(text()), ..span("s", SpanId::INVALID) },
        with_events,
        with_event_name,
        with_link,
    ];
    for span in cases {
        let more = span.size() - base;
        // A text of one byte is replaced in one case.
        assert!((9_999..20_000).contains(&more), "{more}");
    }
}
