//! What do my model calls cost? Calls to every kind of provider, whole and streamed, made in three ways; a table of what was recorded.
//!
//! It runs without a key and without a network: a stand-in speaks as the providers do. See `--help`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its user")]

mod provider;
mod table;
mod ways;

use std::{error::Error, process::ExitCode, time::Duration};

use examples::{
    model_service::{Mode, ModelService},
    program,
};
use tachograph::ExporterChoice;
use tachograph_testing::TraceCollector;

use self::{
    provider::{PROVIDERS, answer},
    table::Row,
    ways::{Place, Way},
};

const HELP: &str = "\
Calls models of every kind of provider, whole and streamed, and prints what was recorded: tokens, cost, time to the first chunk.

Usage: model_calls [--help]

  --help    print this

Environment:
  MODEL_SERVICE_URL    where the providers' paths are, as http://127.0.0.1:8000 (a stand-in in this process)
";

/// What exporting the rest may take at the end.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);

type BoxError = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        None => {}
        Some("--help" | "-h") => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Some(other) => {
            eprintln!("model_calls: unknown argument `{other}`; known is --help");
            return ExitCode::from(2);
        }
    }
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("model_calls: {}", program::with_sources(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), BoxError> {
    let traces = TraceCollector::new();
    // Prices are there by default. `tachograph::init()` does the same and exports to where OTEL_EXPORTER_OTLP_ENDPOINT says.
    let telemetry = tachograph::builder()
        .with_default_service_name("model_calls")
        .with_traces_exporter(ExporterChoice::None)
        .with_metrics_exporter(ExporterChoice::None)
        .with_logs_exporter(ExporterChoice::None)
        .with_span_processor(traces.clone())
        .init()?;
    let called = call_all(&traces).await;
    telemetry.shutdown(SHUTDOWN_DEADLINE).await.into_result()?;
    print!("{}", table::in_words(&called?));
    Ok(())
}

/// One call after the other, so that the trace that ends is that of the call.
async fn call_all(traces: &TraceCollector) -> Result<Vec<Row>, BoxError> {
    let (url, _stand_in) = match std::env::var("MODEL_SERVICE_URL") {
        Ok(url) => (url, None),
        Err(_) => {
            let service = ModelService::start(answer).await?;
            (service.url().to_owned(), Some(service))
        }
    };
    let place = Place::new(&url)?;
    let mut rows = Vec::new();
    for provider in &PROVIDERS {
        for mode in [Mode::Whole, Mode::Stream] {
            for way in Way::ALL {
                way.call(&place, provider, mode).await?;
                let trace = traces.take_next().ok_or("the call left no trace")?;
                let span = trace.first().ok_or("a trace has spans")?;
                rows.push(Row::of(way, mode, span));
            }
        }
    }
    Ok(rows)
}
