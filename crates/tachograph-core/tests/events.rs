//! Events reach the sink of the telemetry in force, and nothing that it does reaches the application.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests an unwrap is the assertion")]

use std::sync::{Arc, Mutex};

use opentelemetry::{Context, KeyValue};
use tachograph_core::{
    Telemetry,
    event::{Event, EventSink, Severity, Topic},
};

/// An event, its attributes counted.
type Told = (Topic, Severity, &'static str, String, usize);

#[derive(Default)]
struct Kept(Mutex<Vec<Told>>);

impl EventSink for Kept {
    fn wants(&self, topic: Topic, severity: Severity) -> bool {
        topic != Topic::Calls && severity >= Severity::Warn
    }

    fn emit(&self, event: Event<'_>) {
        let told = (event.topic, event.severity, event.name, event.message.into_owned(), event.attributes.len());
        self.0.lock().unwrap().push(told);
    }
}

struct Panics;

impl EventSink for Panics {
    fn wants(&self, _: Topic, _: Severity) -> bool {
        panic!("a sink that panics when it is asked")
    }

    fn emit(&self, _: Event<'_>) {
        panic!("a sink that panics when it is told")
    }
}

fn event() -> Event<'static> {
    Event::new(Topic::Security, Severity::Warn, "login_failed").with_attributes([KeyValue::new("tries", 3)])
}

#[test]
fn an_event_reaches_the_sink_as_it_was_made() {
    let kept = Arc::new(Kept::default());
    let telemetry = Telemetry::builder().with_event_sink(Arc::clone(&kept) as _).build();
    telemetry.tell(event());
    telemetry.tell(event().with_message("a login failed").with_attributes([KeyValue::new("user", "eve")]));
    let expected = [("login_failed", 1), ("a login failed", 2)]
        .map(|(message, count)| (Topic::Security, Severity::Warn, "login_failed", message.to_owned(), count));
    assert_eq!(*kept.0.lock().unwrap(), expected);
}

#[test]
fn the_sink_is_asked_what_it_wants() {
    let telemetry = Telemetry::builder().with_event_sink(Arc::new(Kept::default())).build();
    assert!(telemetry.wants_event(Topic::Errors, Severity::Warn));
    assert!(!telemetry.wants_event(Topic::Errors, Severity::Info));
    assert!(!telemetry.wants_event(Topic::Calls, Severity::Critical));
}

#[test]
fn where_telemetry_is_suppressed_nothing_is_told() {
    let kept = Arc::new(Kept::default());
    let telemetry = Telemetry::builder().with_event_sink(Arc::clone(&kept) as _).build();
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    assert!(!telemetry.wants_event(Topic::Errors, Severity::Critical));
    telemetry.tell(event());
    assert!(kept.0.lock().unwrap().is_empty());
}

#[test]
fn without_a_sink_nothing_happens() {
    let telemetry = Telemetry::builder().build();
    assert!(!telemetry.wants_event(Topic::Errors, Severity::Critical));
    telemetry.tell(event());
}

#[test]
fn a_panicking_sink_hurts_nobody() {
    let telemetry = Telemetry::builder().with_event_sink(Arc::new(Panics)).build();
    assert!(!telemetry.wants_event(Topic::Errors, Severity::Critical));
    telemetry.tell(event());
}
