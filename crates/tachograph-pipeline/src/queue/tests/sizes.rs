use std::time::SystemTime;

use opentelemetry::trace::{Event, SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use proptest::prelude::*;

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

fn number_arrays() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::collection::vec(any::<i64>(), 0..20).prop_map(|it| Value::Array(Array::I64(it))),
        prop::collection::vec(any::<f64>(), 0..20).prop_map(|it| Value::Array(Array::F64(it))),
        prop::collection::vec(any::<bool>(), 0..20).prop_map(|it| Value::Array(Array::Bool(it))),
        prop::collection::vec(".{0,20}", 0..5)
            .prop_map(|it| Value::Array(Array::String(it.into_iter().map(Into::into).collect()))),
        ".{0,40}".prop_map(|it| Value::String(it.into())),
        any::<i64>().prop_map(Value::I64),
        any::<bool>().prop_map(Value::Bool),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    prop::collection::vec(("[a-z.]{0,20}", number_arrays()), 0..10)
        .prop_map(|it| it.into_iter().map(|(key, value)| KeyValue::new(key, value)).collect())
}

proptest! {
    /// Batches are cut by the estimate, so it must not be below what is sent.
    #[test]
    fn a_span_is_not_larger_in_otlp_than_it_is_estimated(
        own in attributes(), of_event in attributes(), of_link in attributes(), text in ".{0,30}",
    ) {
        let id = || SpanContext::new(5.into(), 7.into(), opentelemetry::trace::TraceFlags::SAMPLED, true, Default::default());
        let mut span = SpanData {
            span_context: id(),
            name: text.clone().into(),
            attributes: own,
            dropped_attributes_count: u32::MAX,
            start_time: SystemTime::now(),
            end_time: SystemTime::now(),
            status: Status::error(text.clone()),
            ..span("s", SpanId::from(7))
        };
        span.events.events = vec![Event::new(text, SystemTime::now(), of_event, u32::MAX)];
        span.links.links = vec![opentelemetry::trace::Link::new(id(), of_link, u32::MAX)];
        let (estimated, name) = (span.size(), span.name.clone());
        let sent = opentelemetry_proto::tonic::trace::v1::Span::from(span);
        // With its own tag and length.
        prop_assert!(prost::Message::encoded_len(&sent) + 6 <= estimated, "{name}");
    }
}

#[test]
fn a_long_array_of_numbers_is_not_larger_in_otlp_than_it_is_estimated() {
    let arrays = [Array::Bool(vec![true; 10_000]), Array::I64(vec![i64::MIN; 10_000]), Array::F64(vec![0.1; 10_000])];
    for array in arrays {
        let span = SpanData { attributes: vec![KeyValue::new("k", Value::Array(array))], ..span("s", SpanId::from(7)) };
        let estimated = span.size();
        let sent = opentelemetry_proto::tonic::trace::v1::Span::from(span);
        assert!(prost::Message::encoded_len(&sent) <= estimated, "{estimated}");
    }
}
