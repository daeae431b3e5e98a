//! TEMPORARY
use std::{sync::Arc, time::Duration};
use tachograph_pipeline::{Builder, ExporterChoice, Pipeline, ShutdownReport};
use tachograph_testing::{SpanData, TraceCollector, tree};

use crate::settings::Settings;

/// Attributes in printed traces.
const SHOWN: [&str; 6] = [
    "db.response.returned_rows",
    "error.type",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "http.response.status_code",
    "tachograph.cache.result",
];
pub(crate) struct Tachograph(Pipeline);
impl Tachograph {
    pub(crate) fn monitoring(&self) -> tachograph_monitor::Monitoring {
        tachograph_monitor::Monitoring::new().with_scrape(Arc::new(self.0.scrape_handle().unwrap()))
    }
    pub(crate) async fn shutdown(&self, d: Duration) -> ShutdownReport {
        self.0.shutdown(d).await
    }
}

pub(crate) fn init(settings: &Settings, print_traces: bool) -> Result<Tachograph, tachograph_pipeline::Error> {
    let mut builder = Builder::new().with_service_name("agent_service").with_service_version(env!("CARGO_PKG_VERSION"));
    if settings.export.is_empty() {
        // The default is OTLP to this machine, and an error in the log when nobody listens there.
        builder = builder.with_traces_exporter(ExporterChoice::None).with_metrics_exporter(ExporterChoice::None);
    }
    if print_traces {
        builder = builder.with_span_processor(TraceCollector::builder().with_callback(print).build());
    }
    let p = builder.build()?;
    p.install()?;
    Ok(Tachograph(p))
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
