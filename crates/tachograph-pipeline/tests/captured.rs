//! Captured errors and messages as lines, and where else they are recorded.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests an unwrap is the assertion")]

use std::fs;
use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tachograph_core::event::Severity;
use tachograph_core::{
    Breadcrumb, ExceptionSignal, HttpRequest, Ids, breadcrumb, capture_error, capture_message, current,
};
use tachograph_pipeline::{Builder, ExporterChoice, Settings};
use tracing_subscriber::layer::SubscriberExt as _;

const LONG: Duration = Duration::from_secs(60);

fn builder(variables: &[(&str, &str)]) -> Builder {
    let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Builder::new()
        .with_settings(Settings::from_lookup(lookup).unwrap())
        .with_traces_exporter(ExporterChoice::None)
        .with_metrics_exporter(ExporterChoice::None)
        .with_logs_exporter(ExporterChoice::None)
}

/// The lines of two log files that `body` leaves.
fn lines(builder: Builder, body: impl FnOnce()) -> (Vec<Value>, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = builder.with_log_directory(folder.path()).build().unwrap();
    let subscriber = tracing_subscriber::registry().with(pipeline.log_layer());
    tracing::subscriber::with_default(subscriber, || pipeline.telemetry().unwrap().scope(body));
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    let read = |name: &str| {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    (read("application.log"), read("errors.log"))
}

#[test]
fn a_captured_error_is_one_line_with_all_that_belongs_to_it() {
    let mut trace = None;
    let error = io::Error::new(io::ErrorKind::TimedOut, io::Error::other("no route to Bearer hunter1hunter1"));
    let (lines, errors) = lines(builder(&[]).with_redacted_log_keys(["iban"]), || {
        HttpRequest::new("POST", "/checkout").request_id("r-1").run(|| {
            Ids::new().user("u-1").scope(|| {
                trace = current::trace_id();
                breadcrumb("cart", "three \"items\"");
                Breadcrumb::new("pay", "by card").with_data("iban", "hunter2").leave();
                capture_error(&error).tag("plan", "gold").tag("iban", "hunter3").operation("checkout");
            });
        });
    });
    assert_eq!(lines, errors, "an error is in the file of errors as well");
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert!(!line.to_string().contains("hunter"), "{line}");
    let expected = json!({
        "level": "ERROR", "logger": "tachograph::errors", "event": "exception", "request_id": "r-1", "user_id": "u-1",
        "message": "no route to Bearer [redacted]", "exception": { "message": "no route to Bearer [redacted]" },
        "exception.type": "std::io::error::Error", "exception.message": "no route to Bearer [redacted]",
        "tachograph.tag.plan": "gold", "tachograph.tag.iban": "[redacted]", "tachograph.component": "checkout",
        "trace_id": trace.unwrap().to_string(),
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&line[key], value, "{key} of {line}");
    }
    let crumbs: Value = serde_json::from_str(line["tachograph.breadcrumbs"].as_str().unwrap()).unwrap();
    assert_eq!((&crumbs[0]["message"], &crumbs[1]["data"]["iban"]), (&json!("three \"items\""), &json!("[redacted]")));
}

#[test]
fn the_longest_trail_is_whole_json_in_a_line() {
    let (lines, _) = lines(builder(&[]), || {
        HttpRequest::new("GET", "/").run(|| {
            for number in 0..40 {
                let crumb = Breadcrumb::new("\"".repeat(64), "\"\\".repeat(128));
                (0..8).fold(crumb, |crumb, _| crumb.with_data("\"".repeat(64), "\n".repeat(64))).leave();
                breadcrumb("step", number);
            }
            capture_message(Severity::Warn, "full");
        });
    });
    let crumbs: Value = serde_json::from_str(lines[0]["tachograph.breadcrumbs"].as_str().unwrap()).unwrap();
    let crumbs = crumbs.as_array().unwrap();
    assert_eq!(crumbs.last().unwrap()["message"], "39");
    assert_eq!(lines[0]["tachograph.breadcrumbs.dropped"], 48);
    assert_eq!((&lines[0]["level"], &lines[0]["event"]), (&json!("WARNING"), &json!("captured_message")));
}

#[test]
fn levels_follow_the_severity() {
    let (lines, errors) = lines(builder(&[("RUST_LOG", "debug")]), || {
        for severity in [Severity::Debug, Severity::Info, Severity::Warn, Severity::Error, Severity::Critical] {
            capture_message(severity, "m");
        }
    });
    let levels: Vec<_> = lines.iter().map(|line| line["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]);
    assert_eq!(errors.len(), 2);
}

#[test]
fn the_opt_in_of_the_variable_is_heard_and_code_goes_before_it() {
    const NAME: &str = "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN";
    let signal = |builder: Builder| builder.build().unwrap().telemetry().unwrap().policy().exception_signal();
    assert_eq!(signal(builder(&[])), ExceptionSignal::LogsAndSpanEvents);
    assert_eq!(signal(builder(&[(NAME, "logs")])), ExceptionSignal::Logs);
    assert_eq!(signal(builder(&[(NAME, "logs/dup")])), ExceptionSignal::LogsAndSpanEvents);
    let both = ExceptionSignal::LogsAndSpanEvents;
    assert_eq!(signal(builder(&[(NAME, "logs")]).with_exception_signal(both)), both);
    assert_eq!(signal(builder(&[]).with_exception_signal(ExceptionSignal::Logs)), ExceptionSignal::Logs);
}
