//! The wall around a span exporter.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::{BoxFuture, Guard};
use crate::observer::Observer;

/// [`SpanExporter`] without its generic future, so that one field holds any of them.
pub(crate) trait AnySpanExporter: Debug + Send + Sync + 'static {
    fn export(self: Arc<Self>, batch: Vec<SpanData>) -> BoxFuture<OTelSdkResult>;
    fn shutdown(&self, timeout: Duration) -> OTelSdkResult;
    fn set_resource(&mut self, resource: &Resource);
}

impl<E: SpanExporter + 'static> AnySpanExporter for E {
    fn export(self: Arc<Self>, batch: Vec<SpanData>) -> BoxFuture<OTelSdkResult> {
        Box::pin(async move { SpanExporter::export(self.as_ref(), batch).await })
    }

    fn shutdown(&self, timeout: Duration) -> OTelSdkResult {
        SpanExporter::shutdown_with_timeout(self, timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        SpanExporter::set_resource(self, resource);
    }
}

/// The exporter that the SDK sees.
#[derive(Debug)]
pub(crate) struct GuardedSpanExporter {
    inner: Arc<dyn AnySpanExporter>,
    guard: Guard,
    observer: Arc<Observer>,
}

impl GuardedSpanExporter {
    pub(crate) fn new(inner: Arc<dyn AnySpanExporter>, guard: Guard) -> Self {
        Self { inner, guard, observer: Arc::default() }
    }

    /// Shows each batch to the observer before it is exported.
    pub(crate) fn with_observer(self, observer: Arc<Observer>) -> Self {
        Self { observer, ..self }
    }
}

impl SpanExporter for GuardedSpanExporter {
    /// Blocks the batch processor's own thread, which waits for the result anyway.
    ///
    /// Always `Ok`: the SDK drops the result, or logs it for every single batch. The accounts hold the truth.
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        // First, so that a receiver that is away hides nothing.
        self.observer.show(&batch);
        let items = batch.len() as u64;
        let export = Arc::clone(&self.inner).export(batch);
        let _ = self.guard.run(items, async move { (export.await, ()) });
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let inner = Arc::clone(&self.inner);
        let timeout = self.guard.deadline.cut(timeout);
        // What could be delivered has been; an exporter that fails to close itself loses nothing.
        let _ = self.guard.runtime.run(timeout, async move { inner.shutdown(timeout) });
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        // Sent once, before the first span, while nobody else holds the exporter.
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.set_resource(resource);
        }
    }
}
