//! How a program is observed.

use std::sync::Arc;

use tachograph::{CallEvents, ExporterChoice, Kind, Tachograph, llm::Prices};
use tachograph_testing::{SpanData, TraceCollector, tree};

/// Variables that say where telemetry goes. Without any, a program exports nothing.
const EXPORT_VARIABLES: [&str; 7] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    "OTEL_TRACES_EXPORTER",
    "OTEL_METRICS_EXPORTER",
    "OTEL_LOGS_EXPORTER",
];

/// Attributes in printed traces.
const SHOWN: [&str; 9] = [
    tree::DURATION,
    "db.response.returned_rows",
    "error.type",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "http.response.status_code",
    "rpc.status_code",
    "tachograph.cache.result",
    "tachograph.llm.cost.amount",
];

/// Whether the environment asks for export.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Export {
    variables: Vec<&'static str>,
}

impl Export {
    /// Reads the variables that `variable` knows. An empty one counts as not set.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name: &&str| variable(name).is_some_and(|value| !value.trim().is_empty());
        Self { variables: EXPORT_VARIABLES.into_iter().filter(is_set).collect() }
    }

    /// Nothing asks for it.
    pub fn is_off(&self) -> bool {
        self.variables.is_empty()
    }

    /// Where telemetry goes, in words.
    pub fn in_words(&self) -> String {
        if self.is_off() {
            return "none (OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 for OTLP)".to_owned();
        }
        format!("as {} says", self.variables.join(", "))
    }
}

/// Spans, metrics and log records of this process as `service_name`, exported as the environment says; without a word from it, not at all.
///
/// # Errors
///
/// When a variable of the environment cannot be followed; the error names it.
pub fn init(service_name: &'static str, export: &Export, print_traces: bool) -> Result<Tachograph, tachograph::Error> {
    let mut builder = tachograph::builder()
        .with_default_service_name(service_name)
        .with_default_resource_attribute("service.version", env!("CARGO_PKG_VERSION"))
        .with_pricing(Arc::new(prices()));
    if export.is_off() {
        // The default is OTLP to this machine, and an error in the log when nobody listens there.
        builder = builder
            .with_traces_exporter(ExporterChoice::None)
            .with_metrics_exporter(ExporterChoice::None)
            .with_logs_exporter(ExporterChoice::None);
    }
    let is_set = |name: &str| std::env::var(name).is_ok_and(|value| !value.trim().is_empty());
    if is_set("TACHOGRAPH_LOG_DIR") && !is_set("TACHOGRAPH_LOG_CALLS") {
        builder = builder.with_call_events(logged());
    }
    if print_traces {
        builder = builder.with_span_processor(TraceCollector::builder().with_callback(print).build());
    }
    builder.init()
}

/// Which calls have lines in log files: what is served and what the agent does, and whatever fails. On a console alone they would hide
/// everything else.
fn logged() -> CallEvents {
    CallEvents::failed().with_kinds([Kind::Http, Kind::Rpc, Kind::Agent])
}

/// The published prices, and what the stand-in would cost if it were a small model.
fn prices() -> Prices {
    let published = Prices::embedded();
    let own = r#"
        [provider.stand-in.model."stand-in-*"]
        note = "of nobody's list"
        input = 0.15
        output = 0.60
    "#;
    // It is part of the program, and right.
    published.with_toml(own).unwrap_or_else(|_| Prices::embedded())
}

/// Prints a trace below its identifier, which an answer has as `trace_id`.
#[allow(clippy::print_stdout, reason = "a program talks to its user")]
fn print(trace: &[SpanData]) {
    if let Some(span) = trace.first() {
        println!("trace {}\n{}", span.span_context.trace_id(), tree::render(trace, &SHOWN));
    }
}
