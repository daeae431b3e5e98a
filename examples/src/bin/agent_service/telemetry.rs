//! How the service is observed.

use tachograph::{ExporterChoice, Tachograph};
use tachograph_testing::{SpanData, TraceCollector, tree};

use crate::settings::Settings;

/// Attributes in printed traces.
const SHOWN: [&str; 7] = [
    tree::DURATION,
    "db.response.returned_rows",
    "error.type",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "http.response.status_code",
    "tachograph.cache.result",
];

/// Spans and metrics of this process, exported as the environment says; without a word from it, not at all.
pub(crate) fn init(settings: &Settings, print_traces: bool) -> Result<Tachograph, tachograph::Error> {
    let mut builder = tachograph::builder()
        .with_default_service_name("agent_service")
        .with_default_resource_attribute("service.version", env!("CARGO_PKG_VERSION"));
    if settings.export.is_empty() {
        // The default is OTLP to this machine, and an error in the log when nobody listens there.
        builder = builder.with_traces_exporter(ExporterChoice::None).with_metrics_exporter(ExporterChoice::None);
    }
    if print_traces {
        builder = builder.with_span_processor(TraceCollector::builder().with_callback(print).build());
    }
    builder.init()
}

/// Where telemetry goes, in words.
pub(crate) fn exporter(settings: &Settings) -> String {
    if settings.export.is_empty() {
        return "none (OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 for OTLP)".to_owned();
    }
    format!("as {} says", settings.export.join(", "))
}

/// Prints a trace below the identifier that the answer has as `trace_id`.
fn print(trace: &[SpanData]) {
    if let Some(span) = trace.first() {
        println!("trace {}\n{}", span.span_context.trace_id(), tree::render(trace, &SHOWN));
    }
}
