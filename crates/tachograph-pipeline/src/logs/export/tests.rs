mod bounds;
mod core_events;
mod fields;
mod origin;

use std::sync::Arc;

use opentelemetry::logs::AnyValue;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLogRecord};
use tachograph_core::{Ids, context};
use tracing::Dispatch;
use tracing_subscriber::Registry;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;

fn records_without(redacted_keys: &[&str], body: impl FnOnce()) -> Vec<SdkLogRecord> {
    records_within(LimitSettings::default(), redacted_keys, body)
}

fn records_within(limits: LimitSettings, redacted_keys: &[&str], body: impl FnOnce()) -> Vec<SdkLogRecord> {
    let exporter = InMemoryLogExporter::default();
    let provider = SdkLoggerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let keys: Vec<_> = redacted_keys.iter().map(|&key| key.to_owned()).collect();
    let layer = export_layer::<Registry, _>(&provider, LevelFilter::TRACE, &keys, limits);
    tracing::dispatcher::with_default(&Dispatch::new(tracing_subscriber::registry().with(layer)), body);
    exporter.get_emitted_logs().unwrap().into_iter().map(|log| log.record).collect()
}

fn records(body: impl FnOnce()) -> Vec<SdkLogRecord> {
    records_without(&[], body)
}

fn record(body: impl FnOnce()) -> SdkLogRecord {
    let mut records = records(body);
    assert_eq!(records.len(), 1, "{records:?}");
    records.remove(0)
}

fn keys(record: &SdkLogRecord) -> Vec<&str> {
    record.attributes_iter().map(|(key, _)| key.as_str()).collect()
}

fn value<'a>(record: &'a SdkLogRecord, key: &str) -> Option<&'a AnyValue> {
    let mut values = record.attributes_iter().filter(|(known, _)| known.as_str() == key).map(|(_, value)| value);
    let value = values.next();
    assert_eq!(values.next(), None, "{key} twice: {record:?}");
    value
}

fn text<'a>(record: &'a SdkLogRecord, key: &str) -> &'a str {
    as_text(value(record, key).unwrap_or_else(|| panic!("no {key}: {record:?}")))
}

fn as_text(value: &AnyValue) -> &str {
    match value {
        AnyValue::String(text) => text.as_str(),
        other => panic!("no text: {other:?}"),
    }
}

fn body(record: &SdkLogRecord) -> &str {
    as_text(record.body().unwrap())
}

fn in_everything() -> opentelemetry::Context {
    let span =
        SpanContext::new(TraceId::from(0xabc), SpanId::from(0x7), TraceFlags::SAMPLED, false, TraceState::default());
    let context = opentelemetry::Context::new().with_remote_span_context(span);
    let context = context::with_request_id(&context, Arc::<str>::from("r-1"));
    Ids::new().conversation("c 7").user("u-42").tenant("t").with("session_token", "hunter2").on(&context)
}

#[test]
fn levels_become_severities_by_the_conventions() {
    let records = records(|| {
        tracing::trace!("");
        tracing::debug!("");
        tracing::info!(critical = true, "no error");
        tracing::warn!("");
        tracing::error!(critical = false, "");
        tracing::error!(critical = true, "");
    });
    let severities: Vec<_> =
        records.iter().map(|it| (it.severity_number().unwrap() as u8, it.severity_text().unwrap())).collect();
    assert_eq!(severities, [(1, "TRACE"), (5, "DEBUG"), (9, "INFO"), (13, "WARN"), (17, "ERROR"), (21, "FATAL")]);
    let marks: Vec<_> = records.iter().map(|it| value(it, "critical")).collect();
    let (yes, no) = (AnyValue::Boolean(true), AnyValue::Boolean(false));
    assert_eq!(marks, [None, None, Some(&yes), None, Some(&no), None], "only the mark of an error is taken");
}

#[test]
fn a_record_says_when_where_and_in_what_it_was_written() {
    let before = SystemTime::now();
    let record = record(|| {
        let _context = in_everything().attach();
        tracing::info!(answer = 42, "done\twith it");
    });
    assert_eq!(body(&record), "done\twith it");
    let time = record.timestamp().unwrap();
    assert!(before <= time && time <= SystemTime::now() && record.observed_timestamp() == Some(time));
    let trace = record.trace_context().unwrap();
    assert_eq!((trace.trace_id, trace.span_id), (TraceId::from(0xabc), SpanId::from(7)));
    assert_eq!(trace.trace_flags, Some(TraceFlags::SAMPLED));
    let expected = [
        "code.file.path",
        "code.line.number",
        "thread.id",
        "tachograph.request.id",
        "gen_ai.conversation.id",
        "user.id",
        "tachograph.tenant.id",
        "session_token",
        "answer",
    ];
    assert_eq!(keys(&record), expected);
    assert_eq!(text(&record, "code.file.path"), file!());
    let thread = i64::try_from(crate::logs::record::thread::id()).unwrap();
    assert_eq!(value(&record, "thread.id"), Some(&AnyValue::Int(thread)));
    for (key, expected) in [
        ("tachograph.request.id", "r-1"),
        ("gen_ai.conversation.id", "c 7"),
        ("user.id", "u-42"),
        ("tachograph.tenant.id", "t"),
        ("session_token", "[redacted]"),
    ] {
        assert_eq!(text(&record, key), expected, "{key}");
    }
}

#[test]
fn outside_of_everything_there_is_nothing_of_it() {
    let record = record(|| tracing::info!(answer = 42));
    assert_eq!(keys(&record), ["code.file.path", "code.line.number", "thread.id", "answer"]);
    assert_eq!((record.body(), record.event_name(), record.trace_context()), (None, None, None));
}

#[test]
fn an_unsampled_trace_is_told_with_its_flags() {
    let span = SpanContext::new(TraceId::from(1), SpanId::from(2), TraceFlags::default(), false, TraceState::default());
    let record = record(|| {
        let _context = opentelemetry::Context::new().with_remote_span_context(span).attach();
        tracing::info!("");
    });
    assert_eq!(record.trace_context().unwrap().trace_flags, Some(TraceFlags::default()));
}

#[test]
fn a_field_takes_the_place_of_what_the_surroundings_say() {
    let record = record(|| {
        let _context = Ids::new().with("thread.id", "id").with("code.file.path", "id").on(&in_everything()).attach();
        tracing::info!(user.id = "own", "code.line.number" = 5, "exception.message" = "own", thread.id = "own");
    });
    assert_eq!(text(&record, "user.id"), "own");
    assert_eq!(text(&record, "thread.id"), "own");
    assert_eq!(value(&record, "code.line.number"), Some(&AnyValue::Int(5)));
    assert_eq!(text(&record, "code.file.path"), file!(), "an id takes no place");
    let mut keys = keys(&record);
    keys.sort_unstable();
    let count = keys.len();
    keys.dedup();
    assert_eq!(keys.len(), count, "no two attributes have one key");
}

#[test]
fn suppressed_telemetry_and_opentelemetry_itself_leave_no_records() {
    let records = records(|| {
        tracing::warn!(target: "opentelemetry_sdk", "queue full");
        tracing::warn!(name: "Export.Failed", target: "opentelemetry-otlp", "refused");
        let suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
        tracing::error!("of the export");
        drop(suppressed);
        tracing::info!(target: "hyper::client", "of the application");
    });
    let bodies: Vec<_> = records.iter().map(body).collect();
    assert_eq!(bodies, ["of the application"]);
}
