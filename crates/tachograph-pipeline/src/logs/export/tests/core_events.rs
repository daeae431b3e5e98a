use std::io;

use opentelemetry::{Array, KeyValue, StringValue, Value};
use tachograph_core::event::{Event, EventSink as _, Severity, Topic};

use super::*;
use crate::logs::TracingSink;

fn list(texts: &[&str]) -> Value {
    Value::Array(Array::String(texts.iter().map(|&text| StringValue::from(text.to_owned())).collect()))
}

fn any_list(values: impl IntoIterator<Item = impl Into<AnyValue>>) -> AnyValue {
    AnyValue::ListAny(Box::new(values.into_iter().map(Into::into).collect()))
}

#[test]
fn an_event_of_the_core_keeps_its_name_its_severity_and_the_types_of_its_attributes() {
    let event = Event::new(Topic::Security, Severity::Critical, "login_failed")
        .with_message("a login failed")
        .with_attributes([
            KeyValue::new("user.name", "eve"),
            KeyValue::new("tries", 3_i64),
            KeyValue::new("share", 0.5),
            KeyValue::new("locked", true),
            KeyValue::new("reasons", list(&["stop", "Bearer abcdefghijklmnop"])),
            KeyValue::new("numbers", Value::Array(Array::I64(vec![1, 2]))),
            KeyValue::new("shares", Value::Array(Array::F64(vec![0.5]))),
            KeyValue::new("flags", Value::Array(Array::Bool(vec![true]))),
            KeyValue::new("user.password", "hunter2"),
            KeyValue::new("passwords", list(&["hunter2"])),
            KeyValue::new("exception.type", "LoginError"),
        ]);
    let record = record(|| TracingSink::default().emit(event));
    assert_eq!((record.event_name(), body(&record)), (Some("login_failed"), "a login failed"));
    assert_eq!(record.severity_text(), Some("FATAL"));
    assert_eq!(record.target().unwrap(), "tachograph::security");
    for (key, expected) in [
        ("user.name", "eve".into()),
        ("tries", AnyValue::Int(3)),
        ("share", AnyValue::Double(0.5)),
        ("locked", AnyValue::Boolean(true)),
        ("reasons", any_list(["stop", "Bearer [redacted]"])),
        ("numbers", any_list([1_i64, 2])),
        ("shares", any_list([0.5])),
        ("flags", any_list([true])),
        ("user.password", "[redacted]".into()),
        ("passwords", "[redacted]".into()),
        ("exception.type", "LoginError".into()),
    ] {
        assert_eq!(value(&record, key), Some(&expected), "{key}");
    }
    assert_eq!((value(&record, "event"), value(&record, "critical")), (None, None), "they have places of their own");
}

#[test]
fn an_array_that_is_too_long_is_a_text_that_says_so() {
    let long = ["x".repeat(5000), "y".repeat(5000)];
    let event = Event::new(Topic::Errors, Severity::Info, "it")
        .with_attributes([KeyValue::new("long", list(&[&long[0], &long[1]]))]);
    let record = record(|| TracingSink::default().emit(event));
    assert!(text(&record, "long").contains("…[cut, 100"), "{}", text(&record, "long").len());
}

#[test]
fn the_error_of_an_event_is_its_exception() {
    let error = io::Error::new(io::ErrorKind::TimedOut, io::Error::other("no route"));
    let event = Event::new(Topic::Errors, Severity::Error, "exception").with_error(&error);
    let record = record(|| TracingSink::default().emit(event));
    assert_eq!(text(&record, "exception.message"), "no route");
    assert_eq!(record.severity_text(), Some("ERROR"));
}
