use opentelemetry::{Context, KeyValue};
use tachograph_core::{AgentExecution, Telemetry, capture_error, capture_message, event::Severity};

use crate::{errors::ShopError, recorded::Recorded};

#[test]
fn tags_and_attributes_are_bounded_and_say_how_many_had_no_room() {
    let recorded = Recorded::new();
    recorded.scope(|| {
        let mut capture = capture_error(&ShopError::Closed).operation("o".repeat(300)).user("é".repeat(200));
        for number in 0..20 {
            capture = capture.tag(format!("tag-{number}"), "v".repeat(300));
        }
        capture
            .tag("tag-3", "last")
            .tag("n".repeat(100), "x")
            .attributes((0..200).map(|number| KeyValue::new(format!("attribute-{number}"), number)));
    });
    let told = recorded.one();
    let tags: Vec<_> = told.attributes.iter().filter(|(key, _)| key.starts_with("tachograph.tag.")).collect();
    assert_eq!(tags.len(), 16);
    assert_eq!(told.get("tachograph.tag.tag-0").map(|it| it.len()), Some(256));
    assert_eq!(told.get("tachograph.tag.tag-3").as_deref(), Some("last"), "the last value of a name counts");
    assert_eq!(told.get("tachograph.component").map(|it| it.len()), Some(256));
    assert_eq!(told.get("user.id").map(|it| it.len()), Some(256));
    // 128 attributes with the user and 16 tags; 89 of 200 and 5 tags had no room.
    assert_eq!(told.attributes.iter().filter(|(key, _)| key.starts_with("attribute-")).count(), 111);
    assert_eq!(told.get("tachograph.capture.omitted").as_deref(), Some("94"));
}

#[test]
fn a_name_of_a_tag_is_cut() {
    let recorded = Recorded::new();
    recorded.scope(|| capture_message(Severity::Info, "m").tag("é".repeat(100), "x"));
    assert_eq!(recorded.one().get(&format!("tachograph.tag.{}", "é".repeat(32))).as_deref(), Some("x"));
}

#[test]
fn severity_is_what_the_caller_says() {
    let recorded = Recorded::new();
    recorded.scope(|| {
        capture_error(&ShopError::Closed).severity(Severity::Warn);
        capture_error(&ShopError::Closed).severity(Severity::Critical);
    });
    assert_eq!(
        recorded.told().iter().map(|told| told.severity).collect::<Vec<_>>(),
        [Severity::Warn, Severity::Critical]
    );
}

#[test]
fn a_backtrace_is_there_where_it_is_asked_for() {
    let recorded = Recorded::new();
    recorded.scope(|| {
        capture_error(&ShopError::Closed).backtrace();
        capture_error(&ShopError::Closed);
    });
    let told = recorded.told();
    let trace = told[0].get("exception.stacktrace").unwrap();
    assert!(trace.contains("a_backtrace_is_there_where_it_is_asked_for"), "{trace}");
    assert!(trace.len() <= 16 * 1024);
    let asked = |name| std::env::var(name).is_ok_and(|value| value != "0");
    if !asked("RUST_BACKTRACE") && !asked("RUST_LIB_BACKTRACE") {
        assert_eq!(told[1].get("exception.stacktrace"), None);
    }
}

#[test]
fn it_is_told_in_the_context_in_which_it_was_captured() {
    let recorded = Recorded::new();
    let mut kept = None;
    recorded.scope(|| AgentExecution::new("a").run(|| kept = Some(capture_error(&ShopError::Closed))));
    assert!(recorded.told().is_empty());
    drop(kept);
    let expected = recorded.spans()[0].span_context.trace_id().to_string();
    assert_eq!(recorded.one().trace, Some(expected));
}

#[test]
fn where_telemetry_is_suppressed_or_absent_nothing_happens() {
    assert!(!Telemetry::is_in_force());
    capture_error(&ShopError::Closed).user("u").tag("a", "b").fails_call().backtrace().report();
    let recorded = Recorded::new();
    recorded.scope(|| {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        capture_error(&ShopError::Closed);
        capture_message(Severity::Error, "m");
    });
    assert!(recorded.told().is_empty());
    assert!(recorded.errors().is_empty());
}
