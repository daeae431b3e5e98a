//! Why an export over HTTP failed.
//!
//! The exporter says "network error" and keeps the rest to its debug log. An operator has to know whether the name was wrong, the
//! port closed or the certificate refused, so the client leaves the cause here and it is put behind the exporter's words.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::LogBatch;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::SpanData;

tokio::task_local! {
    /// Of the export at hand: several may be under way at once.
    static CURRENT: Cause;
}

/// The last failure of an export, from where it happens to where it is told.
#[derive(Debug, Clone, Default)]
pub(super) struct Cause(Arc<Mutex<Option<String>>>);

impl Cause {
    /// Drives an export, whose failures are kept here.
    pub(super) async fn of<F: Future>(&self, export: F) -> F::Output {
        CURRENT.scope(self.clone(), export).await
    }

    /// Keeps an error of the export at hand with all its sources. Those of the client name no URL, which may carry a key.
    pub(super) fn keep(error: &(dyn Error + 'static)) {
        let chain = std::iter::successors(Some(error), |error| (*error).source());
        Self::say(chain.map(ToString::to_string).collect::<Vec<_>>().join(": "));
    }

    /// Keeps a cause of the export at hand in words.
    pub(super) fn say(text: String) {
        let _ = CURRENT.try_with(|cause| cause.set(Some(text)));
    }

    /// Gives the cause away.
    pub(super) fn take(&self) -> Option<String> {
        self.set(None)
    }

    fn set(&self, text: Option<String>) -> Option<String> {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), text)
    }

    fn explain(&self, result: OTelSdkResult) -> OTelSdkResult {
        match (result, self.take()) {
            (Err(OTelSdkError::InternalFailure(words)), Some(cause)) => {
                Err(OTelSdkError::InternalFailure(format!("{words}: {cause}")))
            }
            (result, _) => result,
        }
    }
}

/// An exporter that tells the cause.
#[derive(Debug)]
pub(crate) struct Explained<E>(pub(super) E);

impl opentelemetry_sdk::trace::SpanExporter for Explained<SpanExporter> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let cause = Cause::default();
        let result = cause.of(self.0.export(batch)).await;
        cause.explain(result)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

impl opentelemetry_sdk::logs::LogExporter for Explained<LogExporter> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let cause = Cause::default();
        let result = cause.of(self.0.export(batch)).await;
        cause.explain(result)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

impl PushMetricExporter for Explained<MetricExporter> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let cause = Cause::default();
        let result = cause.of(self.0.export(metrics)).await;
        cause.explain(result)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.0.temporality()
    }
}
