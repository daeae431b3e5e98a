//! Events of an application at a real Collector: each arrives once, with the trace that it belongs to.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails in a test fails the test")]

use std::{collections::BTreeMap, thread, time::Duration};

use serde_json::json;
use tachograph::{ExporterChoice, Ids, Protocol, Settings, Tachograph, ToolExecution};
use tests::components::{
    Collector,
    collector::{LogRecord, Span},
};
use tracing::{Dispatch, dispatcher::with_default};
use tracing_subscriber::layer::SubscriberExt as _;

const THREADS: u64 = 4;
const RECORDS: u64 = 300;

fn subscriber(telemetry: &Tachograph) -> Dispatch {
    Dispatch::new(tracing_subscriber::registry().with(telemetry.log_export_layer()).with(telemetry.tracing_layer()))
}

/// In each thread as many events, every third in a span of ours and every third in one of `tracing`.
fn log(telemetry: &Tachograph) {
    let write = |thread: u64, number: u64| {
        tracing::info!(name: "item.done", target: "shop", thread, number, share = 0.5, password = "hunter2", "done");
    };
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                with_default(&subscriber(telemetry), || {
                    let _ids = Ids::new().user(format!("u-{thread}")).enter();
                    for number in 0..RECORDS {
                        match number % 3 {
                            0 => telemetry
                                .telemetry()
                                .unwrap()
                                .scope(|| ToolExecution::new("count").run(|| write(thread, number))),
                            1 => tracing::info_span!("of tracing").in_scope(|| write(thread, number)),
                            _ => write(thread, number),
                        }
                    }
                });
            });
        }
    });
}

fn check(records: &[LogRecord], spans: &[Span]) {
    let names: BTreeMap<_, _> =
        spans.iter().map(|span| ((span.trace_id.as_str(), span.span_id.as_str()), span.name.as_str())).collect();
    let mut seen: Vec<_> = records
        .iter()
        .map(|record| {
            let attribute = |key: &str| record.attributes[key].as_u64().unwrap();
            let (thread, number) = (attribute("thread"), attribute("number"));
            assert_eq!((record.severity, record.severity_text.as_str()), (9, "INFO"));
            assert_eq!((&record.body, record.event_name.as_str()), (&json!("done"), "item.done"));
            assert_eq!((record.scope.name.as_str(), &record.resource["service.name"]), ("shop", &json!("logs-test")));
            assert_eq!(record.attributes["user.id"], format!("u-{thread}"));
            assert_eq!(record.attributes["password"], "[redacted]");
            assert_eq!(record.attributes["share"], 0.5);
            assert!(record.time > 0 && record.observed == record.time);
            let span = names.get(&(record.trace_id.as_str(), record.span_id.as_str())).copied();
            let expected = [Some("execute_tool count"), Some("of tracing"), None];
            assert_eq!(span, expected[usize::try_from(number % 3).unwrap()], "{record:?}");
            (thread, number)
        })
        .collect();
    seen.sort_unstable();
    let all: Vec<_> = (0..THREADS).flat_map(|thread| (0..RECORDS).map(move |number| (thread, number))).collect();
    assert_eq!(seen, all, "each once");
}

#[test]
fn each_event_arrives_once_with_its_trace_over_both_protocols() {
    for (protocol, endpoint) in
        [(Protocol::Grpc, Collector::grpc as fn(&Collector) -> &str), (Protocol::HttpProtobuf, Collector::http)]
    {
        let Some(mut collector) = Collector::start() else { return };
        let telemetry: Tachograph = tachograph::builder()
            .with_settings(Settings::default())
            .with_service_name("logs-test")
            .with_metrics_exporter(ExporterChoice::None)
            .with_otlp_endpoint(endpoint(&collector))
            .with_protocol(protocol)
            .build()
            .unwrap()
            .into();
        log(&telemetry);
        let report = telemetry.shutdown_blocking(Duration::from_secs(60)).into_result().unwrap();
        let count = THREADS * RECORDS;
        assert_eq!((report.logs.created, report.logs.exported, report.logs.lost), (count, count, 0), "{report}");
        collector.stop();
        check(&collector.records(), &collector.spans());
    }
}
