//! Log files: what goes where, and how they begin and end.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tachograph_pipeline::{Builder, LogFile, LogFiles, Pipeline};
use tracing::subscriber::with_default;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::{LONG, builder};

const NO_EXPORT: [(&str, &str); 2] = [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")];

fn pipeline(directory: &Path, more: &[(&str, &str)]) -> Pipeline {
    let variables = [&NO_EXPORT[..], &[("TACHOGRAPH_LOG_DIR", directory.to_str().unwrap())], more].concat();
    builder(&variables).build().unwrap()
}

fn log_with(pipeline: &Pipeline, work: impl FnOnce()) {
    // While a process has one subscriber, `tracing` asks the thread that comes to a line first whether anybody wants it.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let console = tracing_subscriber::fmt::layer().with_ansi(true).with_writer(std::io::sink);
    let console = console.with_filter(tracing_subscriber::filter::LevelFilter::TRACE);
    with_default(tracing_subscriber::registry().with(console).with(pipeline.log_layer()), work);
}

fn messages(directory: &Path, file: LogFile) -> Vec<String> {
    let text = fs::read_to_string(directory.join(file.name())).unwrap();
    text.lines().map(|line| line.split("message-").nth(1).unwrap().chars().take(1).collect()).collect()
}

#[test]
fn errors_performance_and_security_have_files_beside_the_one_with_all() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = pipeline(folder.path(), &[]);
    log_with(&pipeline, || {
        tracing::info!("message-a");
        tracing::error!("message-b");
        tracing::info!(target: "tachograph::performance", "message-c");
        tracing::warn!(target: "tachograph::security", "message-d");
        tracing::error!(target: "tachograph::security", "message-e");
        tracing::warn!(target: "tachograph::performances", "message-f");
        tracing::debug!(target: "tachograph::security", "message-g");
    });
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    let files = LogFile::ALL.map(|file| messages(folder.path(), file).concat());
    assert_eq!(files, ["abcdef", "be", "c", "de"]);
    let health = pipeline.health().log_files;
    assert_eq!((health.written, health.dropped()), (11, 0));

    log_with(&pipeline, || tracing::error!("message-h"));
    assert_eq!(pipeline.health().log_files.shut_down, 2);
    let text = pipeline.prometheus_text().unwrap();
    for series in [
        "tachograph_log_written_total{log_file_name=\"application.log\"",
        "tachograph_log_dropped_total{log_file_name=\"errors.log\",tachograph_reason=\"shut_down\"",
        "tachograph_log_dropped_total{log_file_name=\"errors.log\",tachograph_reason=\"queue_full\"",
        "tachograph_log_dropped_total{log_file_name=\"security.log\",tachograph_reason=\"io_error\"",
    ] {
        assert!(text.contains(series), "{series}\n{text}");
    }
}

#[test]
fn the_log_filter_decides_and_colours_stay_on_the_console() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = pipeline(folder.path(), &[("RUST_LOG", "warn,wanted=trace")]);
    log_with(&pipeline, || {
        let _span = tracing::error_span!("outer", field = "in the span").entered();
        tracing::info!("message-a");
        tracing::trace!(target: "wanted", "message-b");
    });
    pipeline.force_flush_blocking(LONG).into_result().unwrap();
    assert_eq!(messages(folder.path(), LogFile::Application), ["b"]);
    let text = fs::read_to_string(folder.path().join("application.log")).unwrap();
    let line: serde_json::Value = serde_json::from_str(text.trim_end()).unwrap();
    assert_eq!((&line["logger"], &line["level"]), (&"wanted".into(), &"TRACE".into()));
    assert!(!text.contains("\\u001b") && !text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn without_a_directory_there_is_nothing() {
    let pipeline = builder(&NO_EXPORT).build().unwrap();
    log_with(&pipeline, || tracing::error!("nowhere"));
    assert_eq!(pipeline.health().log_files, Default::default());
    assert!(!pipeline.prometheus_text().unwrap().contains("tachograph_log"));
    assert!(format!("{:?}", pipeline).contains("Pipeline"));
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error_that_names_who_asked_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let (file, below) = (folder.path().join("file"), folder.path().join("file/logs"));
    fs::write(&file, "in the way").unwrap();
    let by_variable = [&NO_EXPORT[..], &[("TACHOGRAPH_LOG_DIR", below.to_str().unwrap())]].concat();
    let message = |builder: Builder| builder.build().unwrap_err().to_string();
    let variable = message(builder(&by_variable));
    assert!(variable.starts_with("TACHOGRAPH_LOG_DIR: log files cannot be written to "), "{variable}");
    assert!(variable.contains(below.to_str().unwrap()), "{variable}");
    let method = message(builder(&by_variable).with_log_directory(&file));
    assert!(method.starts_with("with_log_directory: "), "{method}");
    let rotation = LogFiles::new().with_rotation(LogFile::Errors, 1, 1);
    assert!(message(builder(&NO_EXPORT).with_log_files(rotation)).contains("errors.log: 1 bytes"));
    assert!(message(builder(&NO_EXPORT).with_log_queue_limit(1)).contains("with_log_queue_limit"));
    let filter = [&NO_EXPORT[..], &[("RUST_LOG", "a=b=c")]].concat();
    let filter = builder(&filter).with_tracing_subscriber(false).with_log_directory(folder.path());
    assert!(message(filter).contains("RUST_LOG"));
}

#[test]
fn code_wins_over_the_variable_and_rotation_is_by_file() {
    let (variable, code) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let variables = [&NO_EXPORT[..], &[("TACHOGRAPH_LOG_DIR", variable.path().to_str().unwrap())]].concat();
    let pipeline = builder(&variables)
        .with_log_directory(code.path())
        .with_log_files(LogFiles::new().with_rotation(LogFile::Errors, 1024, 2))
        .build()
        .unwrap();
    log_with(&pipeline, || (0..100).for_each(|_| tracing::error!("message-a")));
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    let mut names: Vec<_> =
        fs::read_dir(code.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let expected = ["application.log", "errors.log", "errors.log.1", "errors.log.2", "performance.log", "security.log"];
    assert_eq!(names, expected);
    assert_eq!(fs::read_dir(variable.path()).unwrap().count(), 0);
}

#[test]
fn a_drop_writes_what_is_queued_and_a_disabled_pipeline_logs_too() {
    for disabled in ["false", "true"] {
        let folder = tempfile::tempdir().unwrap();
        let pipeline = pipeline(folder.path(), &[("OTEL_SDK_DISABLED", disabled)]);
        let file = || messages(folder.path(), LogFile::Application).concat();
        log_with(&pipeline, || tracing::info!("message-a"));
        assert!(pipeline.force_flush_blocking(LONG).into_result().is_ok());
        assert_eq!(file(), "a");
        log_with(&pipeline, || tracing::info!("message-b"));
        drop(pipeline);
        assert_eq!(file(), "ab");
    }
}

#[tokio::test]
async fn a_disabled_pipeline_ends_its_log_on_a_current_thread_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = pipeline(folder.path(), &[("OTEL_SDK_DISABLED", "true")]);
    log_with(&pipeline, || tracing::info!("message-a"));
    assert!(!pipeline.force_flush(LONG).await.timed_out());
    assert_eq!(messages(folder.path(), LogFile::Application), ["a"]);
    assert!(pipeline.shutdown(LONG).await.into_result().is_ok());
    log_with(&pipeline, || tracing::info!("message-b"));
    assert_eq!(messages(folder.path(), LogFile::Application), ["a"]);
}

#[cfg(unix)]
#[test]
fn files_that_hang_are_said_in_the_report_within_the_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("application.log");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let _held = fs::File::options().read(true).write(true).open(&path).unwrap();
    let pipeline = pipeline(folder.path(), &[]);
    log_with(&pipeline, || {
        (0..2000).for_each(|_| tracing::info!("message-a, which is longer than it would have to be"))
    });
    let report = pipeline.shutdown_blocking(Duration::from_millis(300));
    assert!(report.elapsed < LONG / 4, "{report}");
    assert!(report.log_files_timed_out && report.timed_out(), "{report}");
    assert!(report.into_result().unwrap_err().to_string().contains("log files out of time"));
}
