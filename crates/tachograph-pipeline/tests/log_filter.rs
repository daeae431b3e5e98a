//! The filter of the log, in code and while the process runs, for console and files together.
//!
//! Each story is told in a process of its own, for its console: this test starts itself again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests an unwrap is the assertion")]

use std::process::Command;
use std::time::Duration;

use tachograph_pipeline::{Builder, ExporterChoice, LogFormat, Pipeline};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

const STORY: &str = "STORY";

/// Messages of the lines on the console and in `application.log` that the story leaves, with this `RUST_LOG`.
#[track_caller]
fn told(story: &str, rust_log: &str) -> [Vec<String>; 2] {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "story", "--ignored", "--nocapture", "--test-threads=1"])
        .envs([(STORY, story), ("RUST_LOG", rust_log)])
        .env("TACHOGRAPH_LOG_DIR", folder.path())
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
    let file = std::fs::read_to_string(folder.path().join("application.log")).unwrap();
    [messages(&err), messages(&file)]
}

fn messages(lines: &str) -> Vec<String> {
    let lines = lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let ours = lines.filter(|line| line["logger"] == "log_filter");
    ours.map(|line| line["message"].as_str().unwrap().to_owned()).collect()
}

fn builder() -> Builder {
    let builder = Builder::new().with_log_format(LogFormat::Json);
    let builder = builder.with_traces_exporter(ExporterChoice::None).with_metrics_exporter(ExporterChoice::None);
    builder.with_logs_exporter(ExporterChoice::None)
}

fn say(words: &str) {
    tracing::debug!("{words}");
}

/// Says something, changes the filter, says it again.
fn tell(pipeline: &Pipeline) {
    say("quiet");
    tracing::warn!("loud");
    pipeline.log_filter().set("info,log_filter=debug").unwrap();
    say("heard");
    pipeline.log_filter().set("off").unwrap();
    tracing::error!("silenced");
    assert!(pipeline.shutdown_blocking(Duration::from_secs(30)).into_result().is_ok());
}

#[test]
#[ignore = "run by the other tests, in a process of its own"]
fn story() {
    match std::env::var(STORY).as_deref() {
        Ok("installed") => tell(&builder().init().unwrap()),
        Ok("in code") => tell(&builder().with_log_filter("warn").init().unwrap()),
        Ok("own subscriber") => {
            let pipeline = builder().with_tracing_subscriber(false).init().unwrap();
            tracing_subscriber::registry()
                .with(pipeline.console_layer())
                .with(pipeline.log_layer())
                .with(pipeline.tracing_layer())
                .init();
            tell(&pipeline);
        }
        other => panic!("no such story: {other:?}"),
    }
}

#[test]
fn console_and_files_follow_the_filter_while_the_process_runs() {
    for (story, rust_log) in [("installed", "warn"), ("in code", "trace"), ("own subscriber", "warn")] {
        assert_eq!(told(story, rust_log), [["loud", "heard"], ["loud", "heard"]], "{story}");
    }
}

#[test]
fn a_filter_that_is_none_is_an_error_that_names_who_said_it() {
    let error = builder().with_log_filter("my_crate=loudly").build().unwrap_err().to_string();
    assert!(error.contains("with_log_filter") && error.contains("my_crate=loudly"), "{error}");
}
