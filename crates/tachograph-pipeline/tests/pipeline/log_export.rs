//! Events arrive as log records, over both protocols.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tachograph_core::{Ids, ToolExecution, context};
use tachograph_pipeline::{ExporterChoice, Protocol};
use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::collector::{Collector, Speaks, dead_endpoint};
use crate::{LONG, builder, subscriber};

const BOTH: [(Speaks, Protocol); 2] = [(Speaks::Http, Protocol::HttpProtobuf), (Speaks::Grpc, Protocol::Grpc)];

fn body(record: &LogRecord) -> String {
    match record.body.clone().and_then(|body| body.value) {
        Some(Value::StringValue(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn attributes(record: &LogRecord) -> BTreeMap<String, Value> {
    let attributes = record.attributes.iter();
    attributes.map(|kv| (kv.key.clone(), kv.value.clone().unwrap().value.unwrap())).collect()
}

fn text(text: &str) -> Value {
    Value::StringValue(text.to_owned())
}

fn events_arrive(speaks: Speaks, protocol: Protocol, variables: &[(&str, &str)]) -> Collector {
    let collector = Collector::start(speaks);
    let pipeline = builder(variables)
        .with_otlp_endpoint(&collector.endpoint)
        .with_protocol(protocol)
        .with_header("x-team", "two words")
        .with_redacted_log_keys(["iban"])
        .build()
        .unwrap();
    with_default(&subscriber(&pipeline), || {
        let inside = context::with_request_id(&opentelemetry::Context::new(), Arc::<str>::from("r-1"));
        let _inside = Ids::new().user("u-42").on(&inside).attach();
        pipeline.telemetry().unwrap().scope(|| {
            ToolExecution::new("search").run(|| {
                tracing::info!(name: "order.placed", target: "shop", amount = 12.5, iban = "DE00", "placed");
            });
        });
        tracing::info_span!("of tracing").in_scope(|| tracing::error!(critical = true, "in a span of tracing"));
        tracing::debug!("below the filter");
        tracing::warn!("outside");
    });
    pipeline.force_flush_blocking(LONG).into_result().unwrap();

    let records = collector.records();
    let find = |wanted: &str| records.iter().find(|(_, record)| body(record) == wanted).unwrap();
    assert_eq!(records.len(), 3, "{records:?}");
    let spans = collector.spans();
    let span = |name: &str| spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{spans:?}"));
    let (scope, placed) = find("placed");
    assert_eq!((scope.as_str(), placed.event_name.as_str()), ("shop", "order.placed"));
    assert_eq!((placed.severity_number, placed.severity_text.as_str(), placed.flags), (9, "INFO", 1));
    let tool = span("execute_tool search");
    assert_eq!((&placed.trace_id, &placed.span_id), (&tool.trace_id, &tool.span_id));
    assert!(placed.time_unix_nano >= tool.start_time_unix_nano && placed.time_unix_nano <= tool.end_time_unix_nano);
    let attributes = attributes(placed);
    assert_eq!(attributes["amount"], Value::DoubleValue(12.5));
    assert_eq!(attributes["iban"], text("[redacted]"));
    assert_eq!((&attributes["tachograph.request.id"], &attributes["user.id"]), (&text("r-1"), &text("u-42")));
    let (scope, critical) = find("in a span of tracing");
    assert_eq!((scope.as_str(), critical.severity_number), (module_path!(), 21));
    let of_tracing = span("of tracing");
    assert_eq!((&critical.trace_id, &critical.span_id), (&of_tracing.trace_id, &of_tracing.span_id));
    assert!(find("outside").1.trace_id.is_empty());

    let health = pipeline.health().logs;
    assert_eq!((health.created, health.exported, health.outstanding()), (3, 3, 0));
    assert!(health.has_exporter && !health.failing && health.last_success.is_some());
    let report = pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert_eq!((report.logs.created, report.logs.exported, report.logs.lost), (3, 3, 0), "{report}");
    assert!(report.to_string().contains("log records: 3 of 3 exported"), "{report}");
    collector.with(|received| {
        assert!(!received.logs.is_empty() && received.headers.iter().all(|headers| headers["x-team"] == "two words"));
    });
    collector
}

#[test]
fn events_arrive_over_both_protocols() {
    for (speaks, protocol) in BOTH {
        events_arrive(speaks, protocol, &[]);
    }
}

#[test]
fn compressed_records_arrive_over_both_protocols() {
    for (speaks, protocol) in BOTH {
        let collector = events_arrive(speaks, protocol, &[("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")]);
        let header = if protocol == Protocol::Grpc { "grpc-encoding" } else { "content-encoding" };
        collector.with(|received| assert!(received.headers.iter().all(|headers| headers[header] == "gzip")));
    }
}

#[test]
fn records_carry_the_resource_of_spans() {
    let collector = events_arrive(Speaks::Http, Protocol::HttpProtobuf, &[("OTEL_RESOURCE_ATTRIBUTES", "team=a")]);
    collector.with(|received| {
        let of_logs = received.logs[0].resource_logs[0].resource.clone().unwrap().attributes;
        let of_spans = received.traces[0].resource_spans[0].resource.clone().unwrap().attributes;
        let sorted = |mut attributes: Vec<opentelemetry_proto::tonic::common::v1::KeyValue>| {
            attributes.sort_by(|one, other| one.key.cmp(&other.key));
            attributes
        };
        assert_eq!(sorted(of_logs), sorted(of_spans));
    });
}

#[test]
fn the_variables_of_logs_beat_the_general_ones() {
    let collector = Collector::start(Speaks::Http);
    let address = format!("{}/v1/logs", collector.endpoint);
    let dead = dead_endpoint();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", dead.as_str()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", &address),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x-key=of%20logs"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "5"),
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("RUST_LOG", "warn"),
    ];
    let pipeline = builder(&variables).build().unwrap();
    with_default(&subscriber(&pipeline), || {
        tracing::info!("below the filter");
        tracing::warn!("sent");
    });
    // Nobody asks for it: the delay is over soon.
    let start = std::time::Instant::now();
    while pipeline.health().logs.exported < 1 {
        assert!(start.elapsed() < LONG, "{:?}", pipeline.health().logs);
        std::thread::yield_now();
    }
    let bodies: Vec<_> = collector.records().iter().map(|(_, record)| body(record)).collect();
    assert_eq!(bodies, ["sent"]);
    collector.with(|received| assert_eq!(received.headers[0]["x-key"], "of logs"));
}

#[test]
fn without_an_exporter_events_become_no_records() {
    let collector = Collector::start(Speaks::Http);
    for pipeline in [
        builder(&[("OTEL_LOGS_EXPORTER", "none")]).with_otlp_endpoint(&collector.endpoint).build().unwrap(),
        builder(&[]).with_logs_exporter(ExporterChoice::None).with_otlp_endpoint(&collector.endpoint).build().unwrap(),
        builder(&[("OTEL_SDK_DISABLED", "true")]).build().unwrap(),
    ] {
        with_default(&subscriber(&pipeline), || tracing::error!("nobody takes it"));
        if let Some(provider) = pipeline.logger_provider() {
            let logger = provider.logger("app");
            assert!(!logger.event_enabled(opentelemetry::logs::Severity::Error, "app", None));
            logger.emit(logger.create_log_record());
        }
        let report = pipeline.shutdown_blocking(LONG).into_result().unwrap();
        let own = u64::from(pipeline.logger_provider().is_some());
        assert_eq!((report.logs.has_exporter, report.logs.created, report.logs.lost), (false, own, 0), "{report}");
    }
    assert!(collector.records().is_empty());
}

#[test]
fn records_that_the_application_makes_itself_are_exported() {
    let collector = Collector::start(Speaks::Grpc);
    let pipeline = builder(&[]).with_otlp_endpoint(&collector.endpoint).with_protocol(Protocol::Grpc).build().unwrap();
    let logger = pipeline.logger_provider().unwrap().logger("app");
    let mut record = logger.create_log_record();
    record.set_body("own".into());
    logger.emit(record);
    let report = pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert_eq!((report.logs.created, report.logs.exported), (1, 1));
    let records = collector.records();
    assert_eq!((records[0].0.as_str(), body(&records[0].1).as_str()), ("app", "own"));
}

/// Adds an attribute to each record, and logs.
#[derive(Debug)]
struct Adds(Arc<Mutex<u64>>);

impl LogProcessor for Adds {
    fn emit(&self, record: &mut SdkLogRecord, _: &InstrumentationScope) {
        *self.0.lock().unwrap() += 1;
        record.add_attribute("added", AnyValue::Int(1));
        tracing::warn!("of the processor");
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn a_log_processor_changes_records_before_they_are_queued_and_its_own_lines_are_none() {
    let collector = Collector::start(Speaks::Http);
    let seen = Arc::default();
    let pipeline = builder(&[])
        .with_otlp_endpoint(&collector.endpoint)
        .with_log_processor(Adds(Arc::clone(&seen)))
        .build()
        .unwrap();
    with_default(&subscriber(&pipeline), || tracing::info!("of the application"));
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    let records = collector.records();
    assert_eq!((records.len(), *seen.lock().unwrap()), (1, 1));
    assert_eq!(attributes(&records[0].1)["added"], Value::IntValue(1));
}

#[test]
fn a_log_processor_gets_records_without_an_exporter_as_well() {
    let seen = Arc::default();
    let processor = Adds(Arc::clone(&seen));
    let pipeline = builder(&[("OTEL_LOGS_EXPORTER", "none")]).with_log_processor(processor).build().unwrap();
    with_default(&subscriber(&pipeline), || tracing::info!("of the application"));
    assert_eq!(*seen.lock().unwrap(), 1);
    let report = pipeline.shutdown_blocking(LONG);
    assert_eq!((report.logs.created, report.logs.lost, report.logs.has_exporter), (1, 0, false));
}

/// Logs while spans end.
#[derive(Debug)]
struct LogsAtShutdown(Arc<Mutex<Option<Dispatch>>>);

impl SpanProcessor for LogsAtShutdown {
    fn on_start(&self, _: &mut Span, _: &opentelemetry::Context) {}
    fn on_end(&self, _: SpanData) {}
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        let dispatch = self.0.lock().unwrap().take().unwrap();
        with_default(&dispatch, || tracing::warn!("logged at the end of spans"));
        Ok(())
    }
}

#[test]
fn what_is_logged_while_the_other_signals_end_is_exported() {
    for (speaks, protocol) in BOTH {
        let collector = Collector::start(speaks);
        let dispatch = Arc::default();
        let pipeline = builder(&[("OTEL_BLRP_SCHEDULE_DELAY", "60000")])
            .with_otlp_endpoint(&collector.endpoint)
            .with_protocol(protocol)
            .with_span_processor(LogsAtShutdown(Arc::clone(&dispatch)))
            .build()
            .unwrap();
        *dispatch.lock().unwrap() = Some(subscriber(&pipeline));
        let report = pipeline.shutdown_blocking(LONG).into_result().unwrap();
        assert_eq!((report.logs.created, report.logs.exported), (1, 1), "{report}");
        assert_eq!(body(&collector.records()[0].1), "logged at the end of spans");
    }
}

/// Counts warnings of OpenTelemetry.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<u64>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Warnings {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let metadata = event.metadata();
        if metadata.target().starts_with("opentelemetry") && *metadata.level() <= tracing::Level::WARN {
            *self.0.lock().unwrap() += 1;
        }
    }
}

#[test]
fn what_is_logged_after_the_end_counts_as_lost_without_a_warning_for_each_line() {
    let collector = Collector::start(Speaks::Http);
    let pipeline = builder(&[]).with_otlp_endpoint(&collector.endpoint).build().unwrap();
    let logger = pipeline.logger_provider().unwrap().logger("app");
    let exporting = subscriber(&pipeline);
    with_default(&exporting, || tracing::info!("before"));
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    with_default(&exporting, || tracing::info!("after"));
    let warnings = Warnings::default();
    with_default(&Dispatch::new(tracing_subscriber::registry().with(warnings.clone())), || {
        logger.emit(logger.create_log_record());
    });
    assert_eq!(*warnings.0.lock().unwrap(), 0);
    assert_eq!(collector.records().len(), 1);
    let report = pipeline.shutdown_blocking(LONG);
    assert!(report.already_shut_down);
    assert_eq!((report.logs.created, report.logs.exported, report.logs.lost), (3, 1, 2), "{report}");
}
