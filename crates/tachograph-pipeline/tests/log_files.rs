//! Log files of a whole process: these tests install, or start a process that does and end it by force.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests an unwrap is the assertion")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tachograph_pipeline::{Builder, ExporterChoice, LogFile, LogFiles, Pipeline, Settings};

const LONG: Duration = Duration::from_secs(60);
const CHILD: &str = "LOG_FILES_TEST_DIRECTORY";

fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !condition() {
        assert!(Instant::now() < end, "{what}");
        thread::yield_now();
    }
}

fn builder(directory: &Path) -> Builder {
    Builder::new()
        .with_settings(Settings::default())
        .with_traces_exporter(ExporterChoice::None)
        .with_metrics_exporter(ExporterChoice::None)
        .with_logs_exporter(ExporterChoice::None)
        .with_log_directory(directory)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// The part of the test below that is killed.
#[test]
#[ignore = "logs until it is killed; started by another test"]
fn a_process_that_logs_until_it_is_killed() {
    let Some(directory) = env::var_os(CHILD) else { return };
    let files = LogFiles::new().with_rotation(LogFile::Application, 50_000, 3);
    let pipeline = builder(Path::new(&directory)).with_log_files(files).init().unwrap();
    for index in 0_u64.. {
        tracing::info!(index, filling = "x".repeat(100), "the end of the line");
        if index.is_multiple_of(100) {
            pipeline.force_flush_blocking(LONG).into_result().unwrap();
        }
    }
}

#[test]
fn a_process_that_is_killed_leaves_whole_lines_and_the_next_one_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_process_that_logs_until_it_is_killed", "--ignored", "--nocapture"])
        .env(CHILD, folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("it has rotated three times", || {
        file("application.log.3").exists() && !read(&file("application.log")).is_empty()
    });
    child.kill().unwrap();
    child.wait().unwrap();

    let (mut next, mut lines) = (None, 0);
    for name in ["application.log.3", "application.log.2", "application.log.1", "application.log"] {
        let text = read(&file(name));
        assert!(text.len() <= 50_000, "{name}");
        let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        assert!(name == "application.log" || whole.len() == text.len(), "{name}");
        for line in whole.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            let index = line["index"].as_u64().unwrap();
            assert_eq!((&line["filling"], &line["message"]), (&"x".repeat(100).into(), &"the end of the line".into()));
            assert!(next.is_none_or(|next| next == index), "{line}");
            next = Some(index + 1);
            lines += 1;
        }
    }
    // Three full backups and what came after; a line is about 330 bytes.
    assert!(lines > 300, "{lines}");
    assert!(!file("application.log.4").exists());

    let before = read(&file("application.log"));
    let pipeline = builder(folder.path()).with_tracing_subscriber(false).build().unwrap();
    log_here(&pipeline, || tracing::info!("after the restart"));
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    let after = read(&file("application.log"));
    assert!(after.starts_with(&before) && after.lines().last().unwrap().contains("after the restart"), "{after}");
    assert!(after.lines().count() <= before.lines().count() + 1);
}

fn log_here(pipeline: &Pipeline, work: impl FnOnce()) {
    use tracing_subscriber::layer::SubscriberExt as _;
    tracing::subscriber::with_default(tracing_subscriber::registry().with(pipeline.log_layer()), work);
}

#[test]
fn an_installed_pipeline_writes_its_log_and_says_nothing_in_files_about_files() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("made/by/us");
    let pipeline = builder(&directory).init().unwrap();
    let path = |name: &str| -> PathBuf { directory.join(name) };
    tracing::info!("from the application");
    tracing::debug!("below the filter");
    pipeline.force_flush_blocking(LONG).into_result().unwrap();
    let text = read(&path("application.log"));
    assert!(text.contains("from the application") && !text.contains("below the filter"), "{text}");

    // The directory becomes a file, for a while.
    let health = || pipeline.health().log_files;
    fs::rename(&directory, folder.path().join("before")).unwrap();
    fs::write(&directory, "in the way").unwrap();
    let mut offered = health().written;
    let mut log = || {
        tracing::info!("lost or not");
        offered += 1;
        pipeline.force_flush_blocking(LONG).into_result().unwrap();
    };
    (0..100).for_each(|_| log());
    assert_eq!(health().io_error, 100);
    assert!(health().last_error.unwrap().contains("application.log"));
    fs::remove_file(&directory).unwrap();
    until("it is written again", || {
        log();
        health().last_error.is_none()
    });
    pipeline.force_flush_blocking(LONG).into_result().unwrap();

    // Neither the failure nor its end is a line of a file, and nothing else was logged because of it.
    assert_eq!(health().written + health().io_error, offered);
    let text = read(&path("application.log")) + &read(&folder.path().join("before/application.log"));
    assert!(!text.contains("tachograph::log_files") && text.contains("lost or not"), "{text}");
}
