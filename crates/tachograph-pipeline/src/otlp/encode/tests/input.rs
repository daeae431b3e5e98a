//! Arbitrary spans and log records.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::trace::{Event, Link, SpanContext, SpanKind, Status, TraceState};
use opentelemetry::{Array, InstrumentationScope, Key, KeyValue, SpanId, StringValue, TraceFlags, TraceId, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLoggerProvider};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use proptest::collection::{hash_map, vec};
use proptest::option;
use proptest::prelude::*;

use crate::exporter::OwnedLog;

pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z._]{0,12}",
        3 => vec(any::<char>(), 0..40).prop_map(String::from_iter),
        1 => ("[ab\u{0}é€😀]{1,8}", 1..60usize).prop_map(|(text, times)| text.repeat(times)),
    ]
}

pub(super) fn double() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), Just(f64::NAN), Just(f64::INFINITY), Just(-0.0), Just(0.0)]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        2 => prop_oneof![any::<i64>(), -200..200i64].prop_map(Value::from),
        1 => double().prop_map(Value::from),
        1 => array().prop_map(Value::Array),
    ]
}

fn array() -> impl Strategy<Value = Array> {
    prop_oneof![
        vec(text().prop_map(StringValue::from), 0..9).prop_map(Array::from),
        vec(any::<bool>(), 0..40).prop_map(Array::from),
        vec(any::<i64>(), 0..15).prop_map(Array::from),
        vec(double(), 0..15).prop_map(Array::from),
    ]
}

pub(super) fn attributes(most: usize) -> impl Strategy<Value = Vec<KeyValue>> {
    vec((text(), value()).prop_map(|(key, value)| KeyValue::new(key, value)), 0..most)
}

fn time() -> impl Strategy<Value = SystemTime> {
    let nanos = any::<u64>().prop_map(|nanos| UNIX_EPOCH + Duration::from_nanos(nanos));
    let before = (1..1u64 << 40).prop_map(|nanos| UNIX_EPOCH - Duration::from_nanos(nanos));
    // After the year 2554 nanoseconds do not fit into 64 bits.
    let after = (1..1u64 << 33).prop_map(|seconds| UNIX_EPOCH + Duration::new(u32::MAX as u64 * 5 + seconds, 7));
    prop_oneof![6 => nanos, 1 => Just(UNIX_EPOCH), 1 => before, 1 => after]
}

fn trace_state() -> impl Strategy<Value = TraceState> {
    vec(("[a-z][a-z0-9_]{0,9}", "[a-z0-9]{0,9}"), 0..4).prop_map(|pairs| TraceState::from_key_value(pairs).unwrap())
}

fn context() -> impl Strategy<Value = SpanContext> {
    let id = prop_oneof![9 => any::<u128>(), 1 => Just(0)];
    (id, any::<u8>(), any::<bool>(), trace_state()).prop_map(|(id, flags, remote, state)| {
        let span = SpanId::from(id as u64);
        SpanContext::new(TraceId::from(id), span, TraceFlags::new(flags), remote, state)
    })
}

/// Of few, so that several items have the same.
pub(super) fn scope() -> impl Strategy<Value = InstrumentationScope> {
    let any = (text(), option::of(text()), option::of(text()), attributes(3));
    let some = (0..3usize, 0..3usize, 0..2usize, 0..3usize).prop_map(|(name, version, url, attributes)| {
        let mut pairs = vec![KeyValue::new("a", 1), KeyValue::new("b", 2)];
        pairs.rotate_left(attributes % 2);
        pairs.truncate(if attributes == 2 { 0 } else { 2 });
        let version = [None, Some(String::new()), Some("1".to_owned())][version].clone();
        (format!("scope{name}"), version, (url > 0).then(|| "https://example.com".to_owned()), pairs)
    });
    prop_oneof![1 => any, 3 => some].prop_map(|(name, version, url, attributes)| {
        let mut builder = InstrumentationScope::builder(name).with_attributes(attributes);
        if let Some(version) = version {
            builder = builder.with_version(version);
        }
        if let Some(url) = url {
            builder = builder.with_schema_url(url);
        }
        builder.build()
    })
}

pub(super) fn resource() -> impl Strategy<Value = Resource> {
    (attributes(6), option::of(Just("https://example.com/schema"))).prop_map(|(attributes, url)| {
        let builder = Resource::builder_empty();
        match url {
            Some(url) => builder.with_schema_url(attributes, url),
            None => builder.with_attributes(attributes),
        }
        .build()
    })
}

fn event() -> impl Strategy<Value = Event> {
    (text(), time(), attributes(5), any::<u32>())
        .prop_map(|(name, time, attributes, dropped)| Event::new(name, time, attributes, dropped))
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![Just(Status::Unset), Just(Status::Ok), text().prop_map(Status::error)]
}

fn kind() -> impl Strategy<Value = SpanKind> {
    let kinds = [SpanKind::Client, SpanKind::Server, SpanKind::Producer, SpanKind::Consumer, SpanKind::Internal];
    proptest::sample::select(kinds.to_vec())
}

pub(super) fn span() -> impl Strategy<Value = SpanData> {
    let link = (context(), attributes(5), any::<u32>()).prop_map(|(context, attributes, dropped)| {
        let mut link = Link::with_context(context);
        (link.attributes, link.dropped_attributes_count) = (attributes, dropped);
        link
    });
    let head = (context(), prop_oneof![any::<u64>(), Just(0)], any::<bool>(), kind(), text(), time(), time());
    let dropped = prop_oneof![Just([0; 3]), any::<[u32; 3]>()];
    (head, attributes(6), vec(event(), 0..3), vec(link, 0..3), dropped, status(), scope()).prop_map(
        |(head, attributes, events, links, dropped, status, scope)| {
            let (context, parent, remote, kind, name, start, end) = head;
            let mut all = (SpanEvents::default(), SpanLinks::default());
            (all.0.events, all.0.dropped_count) = (events, dropped[0]);
            (all.1.links, all.1.dropped_count) = (links, dropped[1]);
            SpanData {
                span_context: context,
                parent_span_id: SpanId::from(parent),
                parent_span_is_remote: remote,
                span_kind: kind,
                name: name.into(),
                start_time: start,
                end_time: end,
                attributes,
                dropped_attributes_count: dropped[2],
                events: all.0,
                links: all.1,
                status,
                instrumentation_scope: scope,
            }
        },
    )
}

fn any_value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        3 => text().prop_map(AnyValue::from),
        1 => any::<bool>().prop_map(AnyValue::from),
        1 => any::<i64>().prop_map(AnyValue::from),
        1 => double().prop_map(AnyValue::from),
        1 => vec(any::<u8>(), 0..150).prop_map(|bytes| AnyValue::Bytes(Box::new(bytes))),
    ];
    leaf.prop_recursive(4, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(|values| AnyValue::ListAny(Box::new(values))),
            hash_map(text().prop_map(Key::from), inner, 0..5)
                .prop_map(|values: HashMap<Key, AnyValue>| AnyValue::Map(Box::new(values))),
        ]
    })
}

pub(super) fn record() -> SdkLogRecord {
    SdkLoggerProvider::builder().build().logger("test").create_log_record()
}

const SEVERITIES: [Severity; 24] = {
    use Severity::*;
    [
        Trace, Trace2, Trace3, Trace4, Debug, Debug2, Debug3, Debug4, Info, Info2, Info3, Info4, Warn, Warn2, Warn3,
        Warn4, Error, Error2, Error3, Error4, Fatal, Fatal2, Fatal3, Fatal4,
    ]
};

pub(super) fn log() -> impl Strategy<Value = OwnedLog> {
    let severity = option::of(proptest::sample::select(SEVERITIES.to_vec()));
    let names = option::of(proptest::sample::select(vec!["", "INFO", "gen_ai.client.inference.operation.details"]));
    let head = (option::of(time()), time(), severity, names.clone(), names, option::of(text()));
    let trace = option::of((any::<u128>(), any::<u64>(), option::of(any::<u8>())));
    let attributes = vec((text(), any_value()), 0..5);
    (head, option::of(any_value()), attributes, trace, scope()).prop_map(|(head, body, attributes, trace, scope)| {
        let mut record = record();
        let (time, observed, severity, severity_text, event_name, target) = head;
        time.into_iter().for_each(|time| record.set_timestamp(time));
        record.set_observed_timestamp(observed);
        severity.into_iter().for_each(|severity| record.set_severity_number(severity));
        severity_text.into_iter().for_each(|text| record.set_severity_text(text));
        event_name.into_iter().for_each(|name| record.set_event_name(name));
        target.into_iter().for_each(|target| record.set_target(target));
        body.into_iter().for_each(|body| record.set_body(body));
        record.add_attributes(attributes);
        if let Some((trace, span, flags)) = trace {
            record.set_trace_context(TraceId::from(trace), SpanId::from(span), flags.map(TraceFlags::new));
        }
        (record, scope)
    })
}
