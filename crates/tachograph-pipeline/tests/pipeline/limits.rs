//! Limits of attributes, events, links and texts, as a receiver sees them.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::trace::{Link, Span as _, SpanContext, SpanId, TraceFlags, TraceId, TraceState, Tracer as _};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue as SentKeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::Span;
use tracing::dispatcher::with_default;

use crate::collector::{Collector, Speaks};
use crate::{LONG, builder, subscriber};

/// Nine characters in eleven bytes.
const TEXT: &str = "naïve Čas";

fn linked(attributes: Vec<KeyValue>) -> Link {
    let context = SpanContext::new(TraceId::from(7), SpanId::from(7), TraceFlags::SAMPLED, true, TraceState::default());
    Link::new(context, attributes, 0)
}

/// A span with ten attributes, ten events and ten links that have ten attributes each.
fn span(variables: &[(&str, &str)]) -> Span {
    let collector = Collector::start(Speaks::Http);
    let pipeline = builder(variables).with_otlp_endpoint(&collector.endpoint).build().unwrap();
    let ten = || (0..10).map(|index| KeyValue::new(format!("key {index}"), TEXT)).collect::<Vec<_>>();
    let tracer = pipeline.tracer_provider().unwrap().tracer("test");
    let links = (0..10).map(|_| linked(ten())).collect();
    let mut span = tracer.span_builder("full").with_attributes(ten()).with_links(links).start(&tracer);
    for index in 0..10 {
        span.add_event(format!("event {index}"), ten());
    }
    let texts = Value::Array(Array::String(vec![TEXT.into(), "ab".into(), "".into()]));
    span.set_attribute(KeyValue::new("texts", texts));
    span.set_attribute(KeyValue::new("number", 123_456_789));
    span.end();
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    collector.spans().remove(0)
}

fn texts(attributes: &[SentKeyValue]) -> Vec<&str> {
    fn text<'a>(value: Option<&'a AnyValue>, into: &mut Vec<&'a str>) {
        match value.and_then(|value| value.value.as_ref()) {
            Some(any_value::Value::StringValue(text)) => into.push(text),
            Some(any_value::Value::ArrayValue(array)) => array.values.iter().for_each(|it| text(Some(it), into)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    attributes.iter().for_each(|attribute| text(attribute.value.as_ref(), &mut found));
    found
}

/// Attributes, events, links, attributes of the first event, attributes of the first link.
fn counts(span: &Span) -> [usize; 5] {
    let of_event = span.events.first().map_or(0, |event| event.attributes.len());
    let of_link = span.links.first().map_or(0, |link| link.attributes.len());
    [span.attributes.len(), span.events.len(), span.links.len(), of_event, of_link]
}

#[test]
fn each_count_limit_of_spans_limits_what_it_names() {
    let whole = [12, 10, 10, 10, 10];
    assert_eq!(counts(&span(&[])), whole);
    for (name, expected) in [
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", [3, 10, 10, 3, 3]),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", [3, 10, 10, 10, 10]),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", [12, 3, 10, 10, 10]),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", [12, 10, 3, 10, 10]),
        ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", [12, 10, 10, 3, 10]),
        ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", [12, 10, 10, 10, 3]),
        ("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", whole),
    ] {
        let span = span(&[(name, "3")]);
        assert_eq!(counts(&span), expected, "{name}");
        assert_eq!(span.dropped_attributes_count, 12 - u32::try_from(span.attributes.len()).unwrap(), "{name}");
        assert_eq!(span.dropped_events_count, 10 - u32::try_from(span.events.len()).unwrap(), "{name}");
        assert_eq!(span.dropped_links_count, 10 - u32::try_from(span.links.len()).unwrap(), "{name}");
    }
}

#[test]
fn texts_of_spans_are_cut_by_characters_wherever_they_are() {
    for name in ["OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"] {
        let span = span(&[(name, "3")]);
        assert_eq!(counts(&span), [12, 10, 10, 10, 10], "{name}");
        assert_eq!(texts(&span.attributes), [["naï"; 10].as_slice(), &["naï", "ab", ""]].concat(), "{name}");
        for event in &span.events {
            assert_eq!(texts(&event.attributes), ["naï"; 10], "{name}");
        }
        for link in &span.links {
            assert_eq!(texts(&link.attributes), ["naï"; 10], "{name}");
        }
        let number = span.attributes.iter().find(|it| it.key == "number").unwrap().value.clone().unwrap();
        assert_eq!(number.value, Some(any_value::Value::IntValue(123_456_789)), "{name}");
    }
    for (name, limit) in [
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9"),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "10"),
        ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3"),
    ] {
        assert_eq!(texts(&span(&[(name, limit)]).attributes)[..10], [TEXT; 10], "{name}={limit}");
    }
    let empty = span(&[("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "0")]);
    assert_eq!(texts(&empty.attributes), [""; 13]);
}

/// The record of an event with four fields.
fn record(variables: &[(&str, &str)]) -> LogRecord {
    let collector = Collector::start(Speaks::Http);
    let pipeline = builder(variables).with_otlp_endpoint(&collector.endpoint).build().unwrap();
    with_default(&subscriber(&pipeline), || {
        tracing::info!(target: "shop", a = TEXT, b = 123_456_789, c = "ab", d = TEXT, "a message that is long");
    });
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    collector.records().remove(0).1
}

fn keys(record: &LogRecord) -> Vec<&str> {
    record.attributes.iter().map(|attribute| attribute.key.as_str()).collect()
}

fn omitted(record: &LogRecord) -> Option<any_value::Value> {
    let attribute = record.attributes.iter().find(|it| it.key == "tachograph.log.omitted_fields")?;
    attribute.value.clone()?.value
}

#[test]
fn attributes_of_log_records_are_limited_and_fields_of_the_event_go_first() {
    let whole = record(&[]);
    assert!(["a", "b", "c", "d"].iter().all(|key| keys(&whole).contains(key)) && omitted(&whole).is_none());
    let all = whole.attributes.len();
    assert!(all > 5, "{:?}", keys(&whole));
    for name in ["OTEL_ATTRIBUTE_COUNT_LIMIT", "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT"] {
        for (limit, kept) in [(4_usize, ["a", "b", "c", "d"].as_slice()), (2, &["a", "b"]), (0, &[])] {
            let record = record(&[(name, &limit.to_string())]);
            assert_eq!(keys(&record), [kept, &["tachograph.log.omitted_fields"]].concat(), "{name}={limit}");
            let count = i64::try_from(all - limit).unwrap();
            assert_eq!(omitted(&record), Some(any_value::Value::IntValue(count)), "{name}={limit}");
        }
        let exact = record(&[(name, &all.to_string())]);
        assert_eq!(keys(&exact), keys(&whole), "{name}={all}");
        let five = record(&[(name, "5")]);
        assert_eq!(five.attributes.len(), 6, "{name}=5: {:?}", keys(&five));
    }
}

#[test]
fn texts_of_log_records_are_cut_by_characters_and_their_message_is_not() {
    for name in ["OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT"] {
        let record = record(&[(name, "3")]);
        let own: Vec<_> = record.attributes.iter().filter(|it| it.key.len() == 1).cloned().collect();
        assert_eq!(texts(&own), ["naï", "ab", "naï"], "{name}");
        assert!(texts(&record.attributes).iter().all(|text| text.chars().count() <= 3), "{name}");
        let body = record.body.unwrap().value.unwrap();
        assert_eq!(body, any_value::Value::StringValue("a message that is long".to_owned()), "{name}");
    }
    let record = record(&[("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3")]);
    assert!(texts(&record.attributes).contains(&TEXT));
}
