//! The wall around an exporter of log records.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter, SdkLogRecord};

use super::{BoxFuture, Guard, Progress, tell};
use crate::queue::Sink;

/// A log record that belongs to whoever holds it: an export goes on when it was given up.
pub(crate) type OwnedLog = (SdkLogRecord, InstrumentationScope);

/// [`LogExporter`] without its generic future, and with owned records.
pub(crate) trait AnyLogExporter: Debug + Send + Sync + 'static {
    /// Tells of each item what became of it.
    fn export(self: Arc<Self>, batch: Vec<OwnedLog>, progress: Progress) -> BoxFuture<()>;

    /// Whether there is a disk for what there is no time to send.
    fn can_spill(&self) -> bool {
        false
    }

    /// Puts a batch on disk without an attempt to send it, where there is one.
    fn spill(self: Arc<Self>, batch: Vec<OwnedLog>, progress: Progress) -> BoxFuture<()> {
        self.export(batch, progress)
    }

    fn shutdown(&self, timeout: Duration) -> OTelSdkResult;
    fn set_resource(&mut self, resource: &Resource);
}

impl<E: LogExporter + 'static> AnyLogExporter for E {
    fn export(self: Arc<Self>, batch: Vec<OwnedLog>, progress: Progress) -> BoxFuture<()> {
        Box::pin(async move {
            let batch: Vec<_> = batch.iter().map(|(record, scope)| (record, scope)).collect();
            tell(&progress, LogExporter::export(self.as_ref(), LogBatch::new(&batch)).await);
        })
    }

    fn shutdown(&self, timeout: Duration) -> OTelSdkResult {
        LogExporter::shutdown_with_timeout(self, timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        LogExporter::set_resource(self, resource);
    }
}

/// The exporter that the queue of log records empties into.
#[derive(Debug)]
pub(crate) struct GuardedLogExporter {
    inner: Arc<dyn AnyLogExporter>,
    pub(crate) guard: Guard,
}

impl GuardedLogExporter {
    pub(crate) fn new(inner: Arc<dyn AnyLogExporter>, guard: Guard) -> Self {
        Self { inner, guard }
    }

    /// Tells the exporter of whom the records are; before the first one, while nobody else holds it.
    pub(crate) fn set_resource(&mut self, resource: &Resource) {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.set_resource(resource);
        }
    }
}

impl Sink<OwnedLog> for GuardedLogExporter {
    fn export(&self, batch: Vec<OwnedLog>, progress: Progress) -> BoxFuture<()> {
        Arc::clone(&self.inner).export(batch, progress)
    }

    fn can_spill(&self) -> bool {
        self.inner.can_spill()
    }

    fn spill(&self, batch: Vec<OwnedLog>, progress: Progress) -> BoxFuture<()> {
        Arc::clone(&self.inner).spill(batch, progress)
    }

    fn is_watched(&self) -> bool {
        false
    }

    fn show(&self, _: &mut dyn Iterator<Item = &OwnedLog>) {}

    fn shut_down(&self) {
        let inner = Arc::clone(&self.inner);
        self.guard.close(move |timeout| inner.shutdown(timeout));
    }
}
