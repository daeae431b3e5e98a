//! The only place that touches anything global.

use opentelemetry::global;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::{Filter, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::error::Error;
use crate::logs::LogFilter;
use crate::pipeline::Pipeline;
use crate::propagation::text_map_propagator;

pub(crate) fn install(pipeline: &Pipeline) -> Result<(), Error> {
    if let Some(telemetry) = pipeline.telemetry() {
        telemetry.clone().install().map_err(|_| Error::AlreadyInstalled)?;
    }
    // Meters first: components that count themselves ask for one when a tracer provider appears.
    if let Some(provider) = pipeline.meter_provider() {
        global::set_meter_provider(provider.clone());
    }
    if let Some(provider) = pipeline.tracer_provider() {
        global::set_tracer_provider(provider.clone());
    }
    global::set_text_map_propagator(text_map_propagator(&pipeline.settings().propagators));
    if pipeline.wants_tracing_subscriber() {
        set_subscriber(pipeline);
    }
    pipeline.set_panic_hook();
    pipeline.say_unmet();
    Ok(())
}

/// What the OTLP exporter says of every batch that fails. The account of the signal says it once, with the reason.
fn is_repeated(metadata: &Metadata<'_>) -> bool {
    metadata.target() == "opentelemetry-otlp" && metadata.name().starts_with("Export.Failed.")
}

/// What the log filter lets through, for one layer: to the console, to files or to log records.
pub(crate) fn printed<S: Subscriber>(filter: &LogFilter) -> impl Filter<S> + Send + Sync + use<S> {
    filter.part().and(filter_fn(|metadata| !is_repeated(metadata)))
}

fn set_subscriber(pipeline: &Pipeline) {
    // The log filter chooses what is printed. It does not choose what is traced, or quieter logs would tear holes into traces.
    let traced = pipeline.tracing_layer().with_filter(filter_fn(|metadata| *metadata.level() <= Level::INFO));
    // An application that has its own subscriber keeps it; `tracing_layer` is there to be added to it.
    let subscriber = tracing_subscriber::registry()
        .with(pipeline.console_layer())
        .with(pipeline.log_layer())
        .with(pipeline.log_export_layer())
        .with(traced);
    #[cfg(feature = "sentry")]
    let subscriber = subscriber.with(pipeline.sentry_layer());
    let _ = subscriber.try_init();
}
