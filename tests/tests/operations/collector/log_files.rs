//! Log files of an application, read by the Collector beside it.

use std::{collections::BTreeMap, time::Duration};

use tachograph::{ExporterChoice, LogFile, LogFiles, Settings, Tachograph, ToolExecution};
use tachograph_testing::otlp::proto::{
    common::v1::{AnyValue, any_value},
    logs::v1::LogRecord,
};
use tachograph_testing::otlp::{OtlpServer, Signal};
use tests::components::collector::Configured;
use tracing::{Dispatch, dispatcher::with_default};
use tracing_subscriber::layer::SubscriberExt as _;

use super::application::within;

/// Of each level. So many that the file rotates while it is read.
const LINES: usize = 300;

/// Levels of lines, with severities of records.
const LEVELS: [(&str, i32); 4] = [("INFO", 9), ("WARNING", 13), ("ERROR", 17), ("CRITICAL", 21)];

fn write(telemetry: &Tachograph, part: &str) {
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(telemetry.log_layer()));
    within(telemetry, || {
        with_default(&subscriber, || {
            for number in 0..LINES {
                tracing::info!(target: "shop", number, "INFO {part} {number}");
                tracing::warn!(target: "shop", number, "WARNING {part} {number}");
                ToolExecution::new("search").run(|| {
                    tracing::error!(target: "shop", number, "ERROR {part} {number}");
                    tracing::error!(target: "shop", number, critical = true, "CRITICAL {part} {number}");
                });
            }
        });
    });
}

fn text(value: Option<&AnyValue>) -> &str {
    match value.and_then(|value| value.value.as_ref()) {
        Some(any_value::Value::StringValue(text)) => text,
        other => panic!("no text: {other:?}"),
    }
}

fn once(parts: &[&str]) -> BTreeMap<String, usize> {
    let of_part = |part: &&str| {
        let part = (*part).to_owned();
        let lines = LEVELS.iter().flat_map(move |(level, _)| (0..LINES).map(move |number| (*level, number)));
        lines.map(move |(level, number)| (format!("{level} {part} {number}"), 1))
    };
    parts.iter().flat_map(of_part).collect()
}

fn count(records: &[LogRecord]) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    records.iter().for_each(|record| *count.entry(text(record.body.as_ref()).to_owned()).or_default() += 1);
    count
}

#[test]
fn lines_of_log_files_become_records_once_also_when_files_rotate_and_the_reader_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let backend = OtlpServer::start();
    let endpoint = backend.grpc_endpoint().replace("http://", "");
    let (logs, queue, offsets) = (path("logs"), path("queue"), path("offsets"));
    let variables = [
        ("GATEWAY_ENDPOINT", endpoint.as_str()),
        ("GATEWAY_INSECURE", "true"),
        ("LOG_DIRECTORY", &logs),
        ("LOG_SERVICE_NAME", "shop"),
        ("OFFSETS_DIRECTORY", &offsets),
        ("QUEUE_DIRECTORY", &queue),
    ];
    let start = || Configured::start(&["agent.yaml", "../logs/collector.yaml"], &variables);
    let telemetry: Tachograph = tachograph::builder()
        .with_settings(Settings::default())
        .with_service_name("shop")
        .with_traces_exporter(ExporterChoice::None)
        .with_metrics_exporter(ExporterChoice::None)
        .with_log_directory(&logs)
        .with_log_files(LogFiles::new().with_rotation(LogFile::Application, 100_000, 20))
        .build()
        .unwrap()
        .into();

    let Some(mut collector) = start() else { return };
    write(&telemetry, "first");
    let lines = (LEVELS.len() * LINES) as u64;
    backend.accepted_at_least(Signal::Logs, lines).wait();
    collector.stop();
    // While nobody reads.
    write(&telemetry, "second");
    telemetry.shutdown_blocking(Duration::from_secs(30)).into_result().unwrap();
    let mut collector = start().unwrap();
    backend.accepted_at_least(Signal::Logs, 2 * lines).wait();
    collector.stop();

    let backups = std::fs::read_dir(&logs).unwrap().flatten();
    let backups = backups.filter(|file| file.file_name().to_string_lossy().starts_with("application.log.")).count();
    assert!(backups > 1, "it rotates");
    let records = backend.log_records();
    assert_eq!(count(&records), once(&["first", "second"]));
    for record in &records {
        let level = text(record.body.as_ref()).split(' ').next().unwrap();
        assert_eq!((level, record.severity_number), *LEVELS.iter().find(|(known, _)| *known == level).unwrap());
        let in_call = ["ERROR", "CRITICAL"].contains(&level);
        assert_eq!((record.trace_id.len(), record.span_id.len()), if in_call { (16, 8) } else { (0, 0) }, "{record:?}");
        assert!(record.time_unix_nano > 0);
        let keys: Vec<_> = record.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
        assert!(keys.contains(&"number") && !keys.contains(&"timestamp") && !keys.contains(&"trace_id"), "{keys:?}");
    }
}
