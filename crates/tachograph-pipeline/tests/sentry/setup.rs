//! A pipeline that is not installed, and its layer in force.

use std::time::Duration;

use tachograph_pipeline::{Builder, ExporterChoice, Pipeline, Settings};
use tracing_subscriber::layer::SubscriberExt as _;

pub(crate) const LONG: Duration = Duration::from_secs(60);

pub(crate) fn builder(dsn: &str) -> Builder {
    Builder::new()
        .with_settings(Settings::default())
        .with_traces_exporter(ExporterChoice::None)
        .with_metrics_exporter(ExporterChoice::None)
        .with_logs_exporter(ExporterChoice::None)
        .with_service_name("shop")
        .with_sentry_dsn(dsn)
}

/// Runs `body` with telemetry and layer of the pipeline.
pub(crate) fn within<R>(pipeline: &Pipeline, body: impl FnOnce() -> R) -> R {
    let subscriber = tracing_subscriber::registry().with(pipeline.sentry_layer());
    tracing::subscriber::with_default(subscriber, || pipeline.telemetry().unwrap().scope(body))
}

/// Sends what `body` causes.
pub(crate) fn sent(pipeline: &Pipeline, body: impl FnOnce()) {
    within(pipeline, body);
    pipeline.force_flush_blocking(LONG).into_result().unwrap();
}

pub(crate) fn dropped(pipeline: &Pipeline, reason: &str) -> u64 {
    let reason = format!("tachograph_reason=\"{reason}\"");
    count(pipeline, "tachograph_sentry_dropped_total{", &reason)
}

pub(crate) fn taken(pipeline: &Pipeline) -> u64 {
    count(pipeline, "tachograph_sentry_sent_total", "")
}

fn count(pipeline: &Pipeline, name: &str, label: &str) -> u64 {
    let text = pipeline.prometheus_text().unwrap();
    let line = text.lines().find(|line| line.starts_with(name) && line.contains(label));
    let line = line.unwrap_or_else(|| panic!("{name} {label} in {text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}
