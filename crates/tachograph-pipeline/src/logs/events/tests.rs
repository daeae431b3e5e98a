use std::io;

use opentelemetry::{Array, KeyValue, StringValue, Value};
use tachograph_core::Telemetry;
use tachograph_core::event::{Event, EventSink as _, Severity, Topic};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::format::DefaultFields;
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;
use crate::logs::{DetailedFormat, JsonFormat, LogFormat, RedactedFields, printed};

const TOPICS: [(Topic, &str); 4] =
    [(Topic::Calls, CALLS), (Topic::Performance, PERFORMANCE), (Topic::Security, SECURITY), (Topic::Errors, ERRORS)];
const SEVERITIES: [(Severity, &str); 5] = [
    (Severity::Debug, "DEBUG"),
    (Severity::Info, "INFO"),
    (Severity::Warn, "WARNING"),
    (Severity::Error, "ERROR"),
    (Severity::Critical, "CRITICAL"),
];

fn json(line: &str) -> serde_json::Value {
    serde_json::from_str(line).unwrap()
}

fn told() -> Event<'static> {
    let list = Value::Array(Array::String(vec![StringValue::from("stop"), StringValue::from("length")]));
    Event::new(Topic::Security, Severity::Warn, "login_failed").with_message("a login failed").with_attributes([
        KeyValue::new("user.name", "eve \"x\""),
        KeyValue::new("tries", 3_i64),
        KeyValue::new("share", 0.5),
        KeyValue::new("locked", true),
        KeyValue::new("reasons", list),
        KeyValue::new("user.password", "hunter2"),
        KeyValue::new("iban", "DE00"),
        KeyValue::new("note", "Authorization: Bearer abcdefghijklmnop"),
    ])
}

#[test]
fn topic_and_severity_choose_target_and_level() {
    for (topic, target) in TOPICS {
        for (severity, level) in SEVERITIES {
            let line =
                printed::printed(JsonFormat::new(), || TracingSink::default().emit(Event::new(topic, severity, "it")));
            let line = json(&line);
            assert_eq!((&line["logger"], &line["level"]), (&target.into(), &level.into()));
            assert_eq!((&line["message"], &line["event"]), (&"it".into(), &"it".into()));
            assert_eq!(line.get("critical"), None);
        }
    }
}

#[test]
fn attributes_keep_their_types_and_lose_their_secrets() {
    let format = JsonFormat::new().with_redacted_keys(["iban"]);
    let line = json(&printed::printed(format, || TracingSink::default().emit(told())));
    let expected = serde_json::json!({
        "message": "a login failed", "event": "login_failed", "user.name": "eve \"x\"", "tries": 3, "share": 0.5, "locked": true,
        "reasons": "[\"stop\",\"length\"]", "user.password": "[redacted]", "iban": "[redacted]", "note": "Authorization: Bearer [redacted]",
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&line[key], value, "{key} of {line}");
    }
}

#[test]
fn an_attribute_called_as_a_key_of_the_line_is_kept_apart() {
    let event = Event::new(Topic::Errors, Severity::Info, "it").with_attributes([KeyValue::new("level", "mine")]);
    let line = json(&printed::printed(JsonFormat::new(), || TracingSink::default().emit(event)));
    assert_eq!((&line["level"], &line["field.level"]), (&"INFO".into(), &"mine".into()));
}

#[test]
fn an_error_is_told_with_its_sources() {
    let error = io::Error::new(io::ErrorKind::TimedOut, io::Error::other("no route"));
    let event = || Event::new(Topic::Errors, Severity::Error, "exception").with_error(&error);
    let line = json(&printed::printed(JsonFormat::new(), || TracingSink::default().emit(event())));
    assert_eq!(line["exception"]["message"], "no route");
    let line = printed::printed(DetailedFormat::new(), || TracingSink::default().emit(event()));
    assert!(line.ends_with(" event=exception\n    exception: no route\n"), "{line}");
}

#[test]
fn the_text_formats_show_attributes_without_secrets() {
    for format in [LogFormat::Text, LogFormat::Detailed] {
        let keys = ["iban".to_owned()];
        let (dispatch, writes) = printed::subscriber(format.with(false, &keys), RedactedFields::new(&keys), false);
        tracing::dispatcher::with_default(&dispatch, || TracingSink::default().emit(told()));
        let line = writes.all().concat();
        for shown in
            ["a login failed", "login_failed", "tries=3", "share=0.5", "locked=true", "user.password=[redacted]"]
        {
            assert!(line.contains(shown), "{shown}: {line}");
        }
        assert!(!line.contains("hunter2") && !line.contains("DE00") && !line.contains("abcdefgh"), "{line}");
    }
}

#[test]
fn a_format_that_knows_nothing_of_it_prints_it_in_a_row() {
    let format = tracing_subscriber::fmt::format().without_time().with_ansi(false);
    let (dispatch, writes) = printed::subscriber(format, DefaultFields::new(), false);
    tracing::dispatcher::with_default(&dispatch, || TracingSink::default().emit(told()));
    let line = writes.all().concat();
    assert!(line.starts_with(" WARN tachograph::security: a login failed event=login_failed user.name="), "{line}");
    assert!(line.contains("tries=3") && !line.contains("hunter2"), "{line}");
}

#[test]
fn the_filter_is_asked_for_each_topic_and_level() {
    let subscriber =
        tracing_subscriber::registry().with(EnvFilter::new("warn,tachograph::calls=off,tachograph::performance=debug"));
    tracing::subscriber::with_default(subscriber, || {
        for (topic, severity, wanted) in [
            (Topic::Calls, Severity::Critical, false),
            (Topic::Performance, Severity::Debug, true),
            (Topic::Security, Severity::Info, false),
            (Topic::Security, Severity::Warn, true),
            (Topic::Errors, Severity::Critical, true),
        ] {
            assert_eq!(TracingSink::default().wants(topic, severity), wanted, "{topic:?} {severity:?}");
        }
    });
}

#[test]
fn a_telemetry_without_a_subscriber_wants_nothing() {
    let telemetry = Telemetry::builder().with_event_sink(std::sync::Arc::new(TracingSink::default())).build();
    let subscriber = tracing_subscriber::registry().with(LevelFilter::OFF);
    tracing::subscriber::with_default(subscriber, || {
        assert!(!telemetry.wants_event(Topic::Errors, Severity::Critical));
        telemetry.tell(told());
    });
}
