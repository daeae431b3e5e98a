use std::fmt;

use opentelemetry::KeyValue;
use tachograph_core::event::{Event, EventSink as _, Severity, Topic};

use super::*;

#[test]
fn what_is_too_long_is_cut_and_says_so() {
    let (message, field) = ("m".repeat(20_000), "ü".repeat(20_000));
    let record = record(|| tracing::info!(field, "{message}"));
    let told = body(&record);
    assert!(told.starts_with("mmm") && told.ends_with("m…[cut, 20000 bytes]"), "{}", told.len());
    assert_eq!(told.matches('m').count(), 16 * 1024);
    let told = text(&record, "field");
    assert!(told.ends_with("ü…[cut, 40000 bytes]"));
    assert_eq!(told.matches('ü').count(), 4096);
}

#[test]
fn a_record_has_an_end_and_counts_what_it_left_out() {
    let long = "x".repeat(10_000);
    let long = long.as_str();
    let record = record(|| {
        tracing::info!(
            a = long,
            b = long,
            c = long,
            d = long,
            e = long,
            f = long,
            g = long,
            h = long,
            i = long,
            j = 5,
            "{long}"
        );
    });
    let kept: Vec<_> = ["a", "b", "c", "d", "e", "f", "g", "h", "i"].map(|key| value(&record, key).is_some()).into();
    assert_eq!(kept, [true, true, true, true, true, true, false, false, false]);
    assert_eq!(value(&record, "j"), Some(&AnyValue::Int(5)), "a number has room");
    assert_eq!(value(&record, "tachograph.log.omitted_fields"), Some(&AnyValue::Int(3)));
}

#[test]
fn a_value_that_fails_or_logs_while_it_is_shown_harms_nothing() {
    struct Fails;
    impl fmt::Debug for Fails {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("as far as")?;
            Err(fmt::Error)
        }
    }
    struct Logs;
    impl fmt::Display for Logs {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            tracing::info!(inner = "own", "inside");
            f.write_str("shown")
        }
    }
    let records = records(|| tracing::info!(fails = ?Fails, logs = %Logs, "outside"));
    let outside = records.iter().find(|record| body(record) == "outside").unwrap();
    assert_eq!((text(outside, "fails"), text(outside, "logs")), ("as far as", "shown"));
    assert_eq!(value(outside, "inner"), None);
}

/// How many of 6,000 attributes of an event of the core are kept, and how many attributes in all are not.
fn kept_and_omitted(limits: LimitSettings) -> (usize, usize) {
    let attributes = (0..6_000_i64).map(|number| KeyValue::new(format!("attribute {number}"), number));
    let event = Event::new(Topic::Errors, Severity::Info, "it").with_attributes(attributes);
    let record = records_within(limits, &[], || crate::logs::TracingSink::default().emit(event)).remove(0);
    let kept = keys(&record).iter().filter(|key| key.starts_with("attribute ")).count();
    let omitted = match value(&record, "tachograph.log.omitted_fields") {
        Some(AnyValue::Int(omitted)) => usize::try_from(*omitted).unwrap(),
        other => panic!("{other:?}"),
    };
    (kept, omitted)
}

#[test]
fn an_event_of_the_core_with_attributes_without_end_has_one() {
    let (kept, omitted) = kept_and_omitted(LimitSettings::default());
    assert!(kept == 128 && omitted >= 6_000 - 128, "{kept} {omitted}");
    let (kept, omitted) = kept_and_omitted(LimitSettings { log_attributes: usize::MAX, ..LimitSettings::default() });
    assert!(kept > 1000 && omitted > 1000 && kept + omitted == 6_000, "{kept} {omitted}");
}
