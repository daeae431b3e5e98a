//! The log that an installed pipeline prints: in the format that is chosen, with the ids of what is going on.
//!
//! Each story installs a pipeline, so each runs in a process of its own: this test starts itself again, one story at a time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests an unwrap is the assertion")]

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use serde_json::Value;
use tachograph_core::{HttpRequest, Ids, ToolExecution};
use tachograph_pipeline::{Builder, ExporterChoice, JsonFormat, LogFormat, Sampler, Settings};
use tracing_subscriber::layer::SubscriberExt as _;

/// Which story the process tells.
const STORY: &str = "STORY";
const FORMAT: &str = "TACHOGRAPH_LOG_FORMAT";

/// The one line on standard error that the story has after its installation, with this wish in the environment.
#[track_caller]
fn said(story: &str, format: &str) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "story", "--ignored", "--nocapture", "--test-threads=1"])
        .envs([
            (STORY, story),
            (FORMAT, format),
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
        ])
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
    let lines: Vec<_> = err.lines().filter(|line| line.contains("installed")).collect();
    assert_eq!(lines.len(), 1, "{err}");
    lines[0].to_owned()
}

#[test]
#[ignore = "run by the other tests, in a process of its own"]
fn story() {
    let builder = Builder::new().with_redacted_log_keys(["iban"]);
    let builder = match std::env::var(STORY).as_deref() {
        Ok("environment") => builder,
        Ok("code") => builder.with_log_format(LogFormat::Json),
        other => panic!("no such story: {other:?}"),
    };
    let pipeline = builder.init().unwrap();
    tracing::debug!("not installed for anybody to read");
    let _ids = Ids::new().user("u-42").enter();
    tracing::info!(password = "hunter1", iban = "hunter2", answer = 42, "installed with Bearer hunter3");
    pipeline.shutdown_blocking(Duration::from_secs(30)).into_result().unwrap();
}

#[test]
fn the_environment_chooses_the_format_and_code_has_the_last_word() {
    for (story, format) in [("environment", "json"), ("code", "detailed")] {
        let line: Value = serde_json::from_str(&said(story, format)).unwrap();
        assert_eq!(line["message"], "installed with Bearer [redacted]");
        assert_eq!(line["password"], "[redacted]");
        assert_eq!(line["iban"], "[redacted]");
        assert_eq!(line["answer"], 42);
        assert_eq!(line["user_id"], "u-42");
        assert_eq!(line["logger"], "log_format");
    }
    let detailed = said("environment", " Detailed ");
    let rest = ": installed with Bearer [redacted] password=[redacted] iban=[redacted] answer=42 user_id=u-42";
    assert!(detailed.ends_with(rest) && detailed.contains("     INFO log_format "), "{detailed}");
    for text in ["", "text"] {
        let line = said("environment", text);
        let rest = " INFO log_format: installed with Bearer [redacted] password=[redacted] iban=[redacted] answer=42 user.id=u-42";
        assert!(line.ends_with(rest), "{line}");
    }
}

#[test]
fn a_format_that_there_is_not_is_an_error_that_says_what_there_is() {
    let error = Settings::from_lookup(|name| (name == FORMAT).then(|| "logfmt".to_owned())).unwrap_err().to_string();
    assert_eq!(error, "TACHOGRAPH_LOG_FORMAT: \"logfmt\" is not valid; accepted: text, detailed, json");
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is printed by this format in `body`, by an application with a subscriber of its own.
fn printed(builder: Builder, body: impl FnOnce()) -> Vec<Value> {
    let builder = builder.with_settings(Settings::default()).with_traces_exporter(ExporterChoice::None);
    let pipeline =
        builder.with_metrics_exporter(ExporterChoice::None).with_logs_exporter(ExporterChoice::None).build().unwrap();
    let telemetry = pipeline.telemetry().unwrap().clone();
    let lines = Lines::default();
    let writer = lines.clone();
    let json = tracing_subscriber::fmt::layer().event_format(JsonFormat::new()).with_writer(move || writer.clone());
    let subscriber = tracing_subscriber::registry().with(json).with(pipeline.tracing_layer());
    tracing::subscriber::with_default(subscriber, || telemetry.scope(body));
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    // The SDK has things to say as well.
    lines.filter(|line| line["logger"] == "log_format").collect()
}

/// The ids of the span in force, as a line should have them.
fn ids() -> (Value, Value) {
    Context::map_current(|context| {
        let span = context.span();
        let span = span.span_context();
        assert!(span.is_valid());
        (span.trace_id().to_string().into(), span.span_id().to_string().into())
    })
}

#[test]
fn lines_have_the_ids_of_our_spans_and_of_those_of_tracing() {
    let mut expected = Vec::new();
    let lines = printed(Builder::new(), || {
        tracing::info!("outside");
        let request = HttpRequest::new("GET", "/items/{id}").request_id("r-7").start();
        let _request = request.enter();
        expected.push(ids());
        tracing::info!("request");
        let tool = ToolExecution::new("search").start();
        let _tool = tool.enter();
        expected.push(ids());
        tracing::info!("tool");
        let _span = tracing::info_span!("inner", secret = "s").entered();
        expected.push(ids());
        tracing::info!("span");
    });
    assert_eq!(lines.len(), 4);
    assert!(lines[0].get("trace_id").is_none() && lines[0].get("request_id").is_none());
    for (line, (trace, span)) in lines[1..].iter().zip(&expected) {
        assert_eq!((&line["trace_id"], &line["span_id"], &line["request_id"]), (trace, span, &"r-7".into()), "{line}");
    }
    assert!(expected[0].0 == expected[2].0 && expected[0].1 != expected[1].1 && expected[1].1 != expected[2].1);
}

/// A request, and a line from a tool that runs for it. Gives what starting the request allocated.
fn serve() -> u64 {
    let (path, client) = ("/items/7".to_owned(), "192.0.2.7".to_owned());
    let operation = HttpRequest::new("GET", "/items/{id}").path(path).client_address(client);
    let operation = operation.request_id(Arc::<str>::from("r-7"));
    let mut request = None;
    let started = allocation_counter::measure(|| request = Some(operation.start()));
    let request = request.unwrap();
    let _request = request.enter();
    let tool = ToolExecution::new("search").start();
    let _tool = tool.enter();
    tracing::info!("tool");
    started.count_total
}

#[test]
fn lines_within_a_request_say_which_where_it_is_wanted_and_cost_nothing_elsewhere() {
    let mut allocated = [0; 3];
    let mut served = |builder: Builder, index: usize| {
        let lines = printed(builder, || {
            serve();
            allocated[index] = serve();
        });
        let line = &lines[1];
        assert_eq!(line["request_id"], "r-7");
        ["method", "path", "ip_address"].map(|key| line.get(key).and_then(Value::as_str).map(str::to_owned))
    };
    let all = ["GET", "/items/7", "192.0.2.7"].map(|word| Some(word.to_owned()));
    assert_eq!(served(Builder::new().with_log_format(LogFormat::Text), 0), [None, None, None]);
    assert_eq!(served(Builder::new().with_log_format(LogFormat::Json), 1), all);
    let unsampled = Builder::new().with_sampler(Sampler::AlwaysOff).with_log_format(LogFormat::Detailed);
    assert_eq!(served(unsampled, 2), all, "without a span as well");
    assert_eq!(allocated[1], allocated[0] + 3, "a box and two texts, only where they are wanted");
}
