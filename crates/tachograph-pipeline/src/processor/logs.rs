//! Log processors of the pipeline: one that queues records, one that walls off processors of the application.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::logs::Severity;
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};

use super::FLUSH_TIMEOUT;
use crate::accounting::Accounting;
use crate::exporter::OwnedLog;
use crate::queue::Queue;
use crate::runtime::panic_message;

/// Queues log records, if there is an exporter.
#[derive(Debug)]
pub(crate) struct QueueingLogProcessor {
    queue: Option<Arc<Queue<OwnedLog>>>,
    accounting: Arc<Accounting>,
}

impl QueueingLogProcessor {
    pub(crate) fn new(queue: Option<Arc<Queue<OwnedLog>>>, accounting: Arc<Accounting>) -> Self {
        Self { queue, accounting }
    }
}

impl LogProcessor for QueueingLogProcessor {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        match &self.queue {
            Some(queue) => queue.push((record.clone(), scope.clone())),
            None => self.accounting.logs.created(1),
        }
    }

    fn event_enabled(&self, _: Severity, _: &str, _: Option<&str>) -> bool {
        self.queue.is_some()
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.queue.as_ref().map_or(Ok(()), |queue| queue.flush(FLUSH_TIMEOUT))
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.queue.as_ref().map_or(Ok(()), |queue| queue.shut_down(timeout))
    }
}

/// A processor of the application, whose panics must not reach the code that logs.
#[derive(Debug)]
pub(crate) struct WalledLogProcessor {
    inner: Box<dyn LogProcessor>,
    panicked: AtomicBool,
}

impl WalledLogProcessor {
    pub(crate) fn new(inner: Box<dyn LogProcessor>) -> Self {
        Self { inner, panicked: AtomicBool::new(false) }
    }

    /// What a processor logs itself becomes no record, which it would get again.
    fn wall<T>(&self, call: impl FnOnce(&dyn LogProcessor) -> T) -> Option<T> {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        match catch_unwind(AssertUnwindSafe(|| call(self.inner.as_ref()))) {
            Ok(value) => Some(value),
            Err(panic) => {
                if !self.panicked.swap(true, Ordering::Relaxed) {
                    let message = panic_message(panic.as_ref());
                    tracing::warn!(processor = ?self.inner, %message, "a log processor panicked; said once");
                }
                None
            }
        }
    }
}

impl LogProcessor for WalledLogProcessor {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        self.wall(|inner| inner.emit(record, scope));
    }

    fn event_enabled(&self, severity: Severity, target: &str, name: Option<&str>) -> bool {
        self.wall(|inner| inner.event_enabled(severity, target, name)).unwrap_or(false)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.wall(|inner| inner.force_flush()).unwrap_or_else(panicked)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.wall(|inner| inner.shutdown_with_timeout(timeout)).unwrap_or_else(panicked)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

fn panicked() -> OTelSdkResult {
    Err(OTelSdkError::InternalFailure("the log processor panicked".to_owned()))
}
