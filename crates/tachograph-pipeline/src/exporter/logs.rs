//! The wall around an exporter of log records.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter, SdkLogRecord};

use super::{BoxFuture, Guard};

/// Log records that belong to whoever holds them: an export goes on when the caller has given it up.
pub(crate) type OwnedLogs = Vec<(SdkLogRecord, InstrumentationScope)>;

/// [`LogExporter`] without its generic future, and with owned records.
pub(crate) trait AnyLogExporter: Debug + Send + Sync + 'static {
    fn export(self: Arc<Self>, batch: OwnedLogs) -> BoxFuture<OTelSdkResult>;
    fn shutdown(&self, timeout: Duration) -> OTelSdkResult;
    fn set_resource(&mut self, resource: &Resource);
}

impl<E: LogExporter + 'static> AnyLogExporter for E {
    fn export(self: Arc<Self>, batch: OwnedLogs) -> BoxFuture<OTelSdkResult> {
        Box::pin(async move {
            let batch: Vec<_> = batch.iter().map(|(record, scope)| (record, scope)).collect();
            LogExporter::export(self.as_ref(), LogBatch::new(&batch)).await
        })
    }

    fn shutdown(&self, timeout: Duration) -> OTelSdkResult {
        LogExporter::shutdown_with_timeout(self, timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        LogExporter::set_resource(self, resource);
    }
}

/// The exporter that the SDK sees.
#[derive(Debug)]
pub(crate) struct GuardedLogExporter {
    inner: Arc<dyn AnyLogExporter>,
    guard: Guard,
}

impl GuardedLogExporter {
    pub(crate) fn new(inner: Arc<dyn AnyLogExporter>, guard: Guard) -> Self {
        Self { inner, guard }
    }
}

impl LogExporter for GuardedLogExporter {
    /// Blocks the batch processor's own thread, which waits for the result anyway.
    ///
    /// Always `Ok`: the SDK drops the result, or logs it for every single batch. The accounts hold the truth.
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let batch: OwnedLogs = batch.iter().map(|(record, scope)| (record.clone(), scope.clone())).collect();
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
        // Sent once, before the first record, while nobody else holds the exporter.
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.set_resource(resource);
        }
    }
}
