//! The wall around a span exporter.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::{BoxFuture, Guard, Progress, tell};
use crate::observer::Observer;
use crate::queue::Sink;

/// [`SpanExporter`] without its generic future, so that one field holds any of them.
pub(crate) trait AnySpanExporter: Debug + Send + Sync + 'static {
    /// Tells of each item what became of it.
    fn export(self: Arc<Self>, batch: Vec<SpanData>, progress: Progress) -> BoxFuture<()>;

    /// Whether there is a disk for what there is no time to send.
    fn can_spill(&self) -> bool {
        false
    }

    /// Puts a batch on disk without an attempt to send it, where there is one.
    fn spill(self: Arc<Self>, batch: Vec<SpanData>, progress: Progress) -> BoxFuture<()> {
        self.export(batch, progress)
    }

    fn shutdown(&self, timeout: Duration) -> OTelSdkResult;
    fn set_resource(&mut self, resource: &Resource);
}

impl<E: SpanExporter + 'static> AnySpanExporter for E {
    fn export(self: Arc<Self>, batch: Vec<SpanData>, progress: Progress) -> BoxFuture<()> {
        Box::pin(async move { tell(&progress, SpanExporter::export(self.as_ref(), batch).await) })
    }

    fn shutdown(&self, timeout: Duration) -> OTelSdkResult {
        SpanExporter::shutdown_with_timeout(self, timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        SpanExporter::set_resource(self, resource);
    }
}

/// The exporter that the queue of spans empties into.
#[derive(Debug)]
pub(crate) struct GuardedSpanExporter {
    inner: Arc<dyn AnySpanExporter>,
    pub(crate) guard: Guard,
    observer: Arc<Observer>,
}

impl GuardedSpanExporter {
    pub(crate) fn new(inner: Arc<dyn AnySpanExporter>, guard: Guard) -> Self {
        Self { inner, guard, observer: Arc::default() }
    }

    /// Shows each span to the observer before it is exported, so that a receiver that is away hides nothing.
    pub(crate) fn with_observer(self, observer: Arc<Observer>) -> Self {
        Self { observer, ..self }
    }

    /// Tells the exporter of whom the spans are; before the first one, while nobody else holds it.
    pub(crate) fn set_resource(&mut self, resource: &Resource) {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.set_resource(resource);
        }
    }
}

impl Sink<SpanData> for GuardedSpanExporter {
    fn export(&self, batch: Vec<SpanData>, progress: Progress) -> BoxFuture<()> {
        Arc::clone(&self.inner).export(batch, progress)
    }

    fn can_spill(&self) -> bool {
        self.inner.can_spill()
    }

    fn spill(&self, batch: Vec<SpanData>, progress: Progress) -> BoxFuture<()> {
        Arc::clone(&self.inner).spill(batch, progress)
    }

    fn is_watched(&self) -> bool {
        self.observer.is_set()
    }

    fn show(&self, spans: &mut dyn Iterator<Item = &SpanData>) {
        self.observer.show(spans);
    }

    fn shut_down(&self) {
        let inner = Arc::clone(&self.inner);
        self.guard.close(move |timeout| inner.shutdown(timeout));
    }
}
