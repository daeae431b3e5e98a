//! What the environment asks for in vain is said where an operator looks: on standard error, once, and in the health.
//!
//! Each story installs a pipeline, so each runs in a process of its own: this test starts itself again, one story at a time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests an unwrap is the assertion")]

use std::process::Command;
use std::time::Duration;

use tachograph_core::ContentPolicy;
use tachograph_pipeline::{Builder, Pipeline};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

const CONTENT: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
/// Which story the process tells.
const STORY: &str = "STORY";

/// What a story logs when the installation is over.
const INSTALLED: &str = "installed";

/// Runs the story in a process with this wish for content; gives the lines on standard error that have the variable, and the one that
/// says that the installation is over.
#[track_caller]
fn said(story: &str, content: &str) -> Vec<String> {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "story", "--ignored", "--nocapture", "--test-threads=1"])
        .env(STORY, story)
        .env(CONTENT, content)
        .envs([("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "none")])
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
    err.lines().filter(|line| line.contains(CONTENT) || line.contains(INSTALLED)).map(str::to_owned).collect()
}

/// Everything after the installation that might say it again.
fn go_on(pipeline: &Pipeline) {
    tracing::info!("{INSTALLED}");
    pipeline.prometheus_text().unwrap();
    pipeline.prometheus_text().unwrap();
    pipeline.shutdown_blocking(Duration::from_secs(30)).into_result().unwrap();
}

#[test]
#[ignore = "run by the other tests, in a process of its own"]
fn story() {
    match std::env::var(STORY).as_deref() {
        Ok("init") => go_on(&Builder::new().init().unwrap()),
        Ok("late subscriber") => {
            let pipeline = Builder::new().with_tracing_subscriber(false).init().unwrap();
            let console = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
            tracing_subscriber::registry().with(console).with(pipeline.tracing_layer()).init();
            go_on(&pipeline);
        }
        Ok("disabled") => {
            let pipeline = Builder::new().with_disabled(true).init().unwrap();
            assert!(pipeline.health().unmet.is_empty());
        }
        Ok(other) => panic!("no story {other:?}"),
        Err(_) => {}
    }
}

#[test]
fn content_on_events_is_warned_of_once() {
    for (value, spans) in [("EVENT_ONLY", "SPAN_ONLY records it on spans"), ("span_and_event", "on spans alone")] {
        let lines = said("init", value);
        assert!(lines.len() == 2 && lines[1].contains(INSTALLED), "once, and at the start: {lines:?}");
        assert!(lines[0].contains("WARN") && lines[0].contains(&value.to_uppercase()), "{lines:?}");
        assert!(lines[0].contains("no events") && lines[0].contains(spans), "{lines:?}");
    }
}

#[test]
fn nothing_is_said_of_what_is_met() {
    for value in ["", "NO_CONTENT", "SPAN_ONLY"] {
        let lines = said("init", value);
        assert!(lines.len() == 1 && lines[0].contains(INSTALLED), "{value}: {lines:?}");
    }
    assert_eq!(said("disabled", "EVENT_ONLY"), [""; 0]);
}

#[test]
fn a_subscriber_that_comes_later_hears_it_as_well() {
    let lines = said("late subscriber", "EVENT_ONLY");
    assert!(lines.len() == 2 && lines[1].contains("WARN"), "{lines:?}");
}

#[test]
fn the_health_has_it_until_code_decides_otherwise() {
    let unmet = |value: &str, decide: fn(Builder) -> Builder| {
        let variables = [
            (CONTENT, value),
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
        ];
        let settings = tachograph_pipeline::Settings::from_lookup(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        });
        decide(Builder::new().with_settings(settings.unwrap())).build().unwrap().health().unmet
    };
    let events = unmet("EVENT_ONLY", |builder| builder);
    assert!(events.len() == 1 && events[0].contains(CONTENT), "{events:?}");
    assert!(unmet("SPAN_ONLY", |builder| builder).is_empty());
    assert!(unmet("SPAN_AND_EVENT", |builder| builder.with_content_capture(true)).is_empty());
    assert!(unmet("EVENT_ONLY", |builder| builder.with_content_capture(false)).is_empty());
    assert!(unmet("EVENT_ONLY", |builder| builder.with_content(ContentPolicy::all())).is_empty());
}
