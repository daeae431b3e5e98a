//! What the application logs of itself: measurements, and what guards it.

use std::time::Duration;

use opentelemetry::{KeyValue, Value};
use tachograph::{
    HttpRequest, Ids, Policy,
    event::{Severity, Topic},
    log_performance, log_security_event,
};

use super::sink::Telling;

fn text(value: &Value) -> &str {
    match value {
        Value::String(text) => text.as_str(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_measurement_is_told_where_it_was_made() {
    let telling = Telling::with(Policy::default());
    telling.test.scope(|| {
        Ids::new().tenant("t-1").scope(|| {
            HttpRequest::new("GET", "/").request_id("r-1").run(|| {
                let rows = KeyValue::new("index.rows", 7);
                log_performance("rebuild_index", Duration::from_micros(1_500), [rows]);
            });
        });
    });
    let told = telling.one();
    assert_eq!((told.topic, told.severity, told.name), (Topic::Performance, Severity::Info, "performance"));
    assert_eq!(told.message, "rebuild_index");
    let attributes: Vec<_> = told.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(attributes, ["duration_ms=1.5", "index.rows=7", "operation=rebuild_index"]);
    assert_eq!(told.request_id.as_deref(), Some("r-1"));
    assert_eq!(told.span, telling.test.spans()[0].span_context.span_id().to_string());
    assert_eq!(told.ids, [("tachograph.tenant.id".to_owned(), "t-1".to_owned())]);
}

#[test]
fn a_security_event_has_the_address_that_it_is_given_else_that_of_the_request() {
    let telling = Telling::with(Policy::default().with_requests_in_logs(true));
    let request = || HttpRequest::new("POST", "/login").client_address("203.0.113.7").path("/login");
    telling.test.scope(|| {
        request().run(|| {
            log_security_event(Severity::Warn, "login_failed", None, [KeyValue::new("user.name", "eve")]);
            log_security_event(Severity::Error, "login_failed", Some("198.51.100.1"), []);
        });
        log_security_event(Severity::Info, "key_rotated", None, []);
    });
    let told = telling.told();
    let shown: Vec<_> =
        told.iter().map(|told| (told.severity, told.name, told.attributes.get("client.address").map(text))).collect();
    let expected = [
        (Severity::Warn, "login_failed", Some("203.0.113.7")),
        (Severity::Error, "login_failed", Some("198.51.100.1")),
        (Severity::Info, "key_rotated", None),
    ];
    assert_eq!(shown, expected);
    assert!(told.iter().all(|told| told.topic == Topic::Security && told.message == told.name));
    assert_eq!(text(&told[0].attributes["user.name"]), "eve");
}

#[test]
fn where_requests_are_not_kept_for_logs_there_is_no_address() {
    let telling = Telling::with(Policy::default());
    telling.test.scope(|| {
        let request = HttpRequest::new("POST", "/login").client_address("203.0.113.7");
        request.run(|| log_security_event(Severity::Warn, "login_failed", None, []));
    });
    assert!(telling.one().attributes.is_empty());
}

#[test]
fn names_and_texts_are_bounded() {
    const LONG: &str = "a_kind_that_is_longer_than_every_name_needs_to_be_and_longer_than_eighty_bytes_are";
    assert_eq!(LONG.len(), 82);
    let telling = Telling::with(Policy::default());
    telling.test.scope(|| {
        log_security_event(Severity::Warn, LONG, Some(&"é".repeat(200)), []);
        log_security_event(Severity::Warn, "", None, []);
        log_security_event(Severity::Warn, &LONG[..80], None, []);
        log_performance(format!("a{}", "é".repeat(200)), Duration::MAX, []);
    });
    let told = telling.told();
    assert_eq!(told.iter().map(|told| told.name).collect::<Vec<_>>(), ["_OTHER", "_OTHER", &LONG[..80], "performance"]);
    assert_eq!(text(&told[0].attributes["client.address"]).len(), 256);
    assert_eq!(text(&told[3].attributes["operation"]).len(), 255);
}

#[test]
fn what_nobody_wants_is_not_even_made() {
    let made = || -> [KeyValue; 1] { panic!("nobody asks for it") };
    let later = || std::iter::once_with(made).flatten();
    // No telemetry, none that prints events, one whose filter leaves them out, and one that is suppressed.
    let telling = Telling::from(Severity::Critical, Policy::default());
    let log = || {
        log_performance("rebuild", Duration::ZERO, later());
        log_security_event(Severity::Error, "refused", None, later());
    };
    log();
    tachograph_testing::TestTelemetry::new().scope(log);
    telling.test.scope(log);
    let all = Telling::with(Policy::default());
    all.test.scope(|| {
        let _suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
        log();
    });
    assert_eq!((telling.names().len(), all.names().len()), (0, 0));
}
