use super::*;

fn target(record: &SdkLogRecord) -> &str {
    record.target().unwrap()
}

#[test]
fn the_scope_is_the_target_and_another_module_is_told() {
    let records = records(|| {
        tracing::info!("");
        tracing::info!(target: "shop", "");
    });
    assert_eq!((target(&records[0]), value(&records[0], "tachograph.code.module")), (module_path!(), None));
    assert_eq!((target(&records[1]), text(&records[1], "tachograph.code.module")), ("shop", module_path!()));
    let line = |record| match value(record, "code.line.number") {
        Some(AnyValue::Int(line)) => *line,
        other => panic!("{other:?}"),
    };
    assert_eq!(line(&records[0]) + 1, line(&records[1]));
}

#[test]
fn only_a_name_that_was_given_is_the_event_name() {
    let records = records(|| {
        tracing::info!("");
        tracing::info!(name: "request_completed", "");
        tracing::info!(name: "event", "");
        tracing::info!(name: "event of the year", "");
        tracing::info!(name: "event src/other.rs:7", "");
        tracing::info!(name: "log event", "");
    });
    let names: Vec<_> = records.iter().map(SdkLogRecord::event_name).collect();
    let given = ["request_completed", "event", "event of the year", "event src/other.rs:7", "log event"];
    assert_eq!(names, [&[None], &given.map(Some)[..]].concat());
}

#[test]
fn an_event_of_the_log_crate_tells_where_that_was() {
    let record = record(|| {
        let record = log::Record::builder()
            .args(format_args!("pool is full"))
            .level(log::Level::Warn)
            .target("pool")
            .module_path(Some("pool::inner"))
            .file(Some("src/inner.rs"))
            .line(Some(9))
            .build();
        tracing_log::format_trace(&record).unwrap();
    });
    assert_eq!((target(&record), body(&record), record.event_name()), ("pool", "pool is full", None));
    assert_eq!(record.severity_text(), Some("WARN"));
    assert_eq!(keys(&record), ["tachograph.code.module", "code.file.path", "code.line.number", "thread.id"]);
    assert_eq!(text(&record, "tachograph.code.module"), "pool::inner");
    assert_eq!(text(&record, "code.file.path"), "src/inner.rs");
    assert_eq!(value(&record, "code.line.number"), Some(&AnyValue::Int(9)));
}
