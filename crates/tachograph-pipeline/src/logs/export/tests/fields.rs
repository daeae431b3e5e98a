use std::error::Error;
use std::fmt;
use std::io;

use super::*;

#[test]
fn fields_keep_their_types() {
    let record = record(|| {
        tracing::info!(
            i = -7_i64,
            u = 7_u64,
            u_max = u64::MAX,
            small = 3_u8,
            i128 = -5_i128,
            i128_min = i128::MIN,
            u128 = 6_u128,
            u128_max = u128::MAX,
            f = 1.5,
            nan = f64::NAN,
            infinite = f64::INFINITY,
            yes = true,
            text = "a \"b\"",
            display = %"shown",
            debug = ?"quoted",
            r#type = "keyword",
        );
    });
    for (key, expected) in [
        ("i", AnyValue::Int(-7)),
        ("u", AnyValue::Int(7)),
        ("u_max", "18446744073709551615".into()),
        ("small", AnyValue::Int(3)),
        ("i128", AnyValue::Int(-5)),
        ("i128_min", "-170141183460469231731687303715884105728".into()),
        ("u128", AnyValue::Int(6)),
        ("u128_max", "340282366920938463463374607431768211455".into()),
        ("f", AnyValue::Double(1.5)),
        ("infinite", AnyValue::Double(f64::INFINITY)),
        ("yes", AnyValue::Boolean(true)),
        ("text", "a \"b\"".into()),
        ("display", "shown".into()),
        ("debug", "\"quoted\"".into()),
        ("type", "keyword".into()),
    ] {
        assert_eq!(value(&record, key), Some(&expected), "{key}");
    }
    assert!(matches!(value(&record, "nan"), Some(AnyValue::Double(number)) if number.is_nan()));
}

#[test]
fn a_message_may_be_of_any_type() {
    let records = records(|| {
        tracing::info!(message = 5);
        tracing::info!(message = true);
        tracing::info!("formatted {}", 7);
    });
    assert_eq!(records.iter().map(body).collect::<Vec<_>>(), ["5", "true", "formatted 7"]);
}

/// An error with as many causes as it says.
#[derive(Debug)]
struct Failed(usize, Option<Box<Failed>>);

impl Failed {
    fn with(causes: usize) -> Self {
        Self(causes, causes.checked_sub(1).map(|causes| Box::new(Self::with(causes))))
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed {}", self.0)
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|cause| cause as _)
    }
}

fn as_error(error: &(impl Error + 'static)) -> &(dyn Error + 'static) {
    error
}

fn causes(record: &SdkLogRecord) -> Vec<&str> {
    match value(record, "tachograph.exception.causes") {
        Some(AnyValue::ListAny(causes)) => causes.iter().map(as_text).collect(),
        None => Vec::new(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_error_is_the_exception_and_a_further_one_is_text() {
    let (first, second) = (Failed::with(2), Failed::with(1));
    let record = record(|| tracing::error!(error = as_error(&first), other = as_error(&second), "no answer"));
    assert_eq!(text(&record, "exception.message"), "failed 2");
    assert_eq!(causes(&record), ["failed 1", "failed 0"]);
    assert_eq!(text(&record, "other"), "failed 1: failed 0");
    assert_eq!(value(&record, "error"), None, "it is the exception");
}

#[test]
fn an_error_without_causes_has_no_list_and_a_long_chain_ends() {
    let records = records(|| {
        tracing::error!(error = as_error(&io::Error::other("alone")));
        tracing::error!(error = as_error(&Failed::with(100)));
    });
    assert_eq!((text(&records[0], "exception.message"), causes(&records[0])), ("alone", vec![]));
    assert_eq!(causes(&records[1]).len(), 8);
}

#[test]
fn secrets_are_not_in_records() {
    let error = io::Error::other("refused postgres://app:hunter5@db");
    let records = records_without(&["iban"], || {
        tracing::info!(
            password = "hunter2",
            token = ?"hunter3",
            iban = 987_654_321_987_u64,
            secret = as_error(&error),
            has_password = true,
            tokens = 17,
            key = %"sk-hunter4-hunter4-hunter4",
            error = as_error(&error),
            "over postgres://app:hunter5@db"
        );
    });
    let record = &records[0];
    let all = format!("{record:?}");
    assert!(!all.contains("hunter") && !all.contains("987654321987"), "{all}");
    for hidden in ["password", "token", "iban", "secret"] {
        assert_eq!(text(record, hidden), "[redacted]", "{hidden}");
    }
    assert_eq!(value(record, "has_password"), Some(&AnyValue::Boolean(true)));
    assert_eq!(value(record, "tokens"), Some(&AnyValue::Int(17)));
    assert_eq!(body(record), "over postgres://app:[redacted]@db");
    assert_eq!(text(record, "exception.message"), "refused postgres://app:[redacted]@db");
}
