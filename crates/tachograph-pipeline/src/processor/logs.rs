//! Log processors of the pipeline: one that counts before the batch queue, one that walls off processors of the application.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::logs::Severity;
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{BatchLogProcessor, LogProcessor, SdkLogRecord};

use crate::accounting::Accounting;
use crate::runtime::panic_message;

/// Counts log records and hands them on, if there is an exporter: the queue drops records without an accessible count.
#[derive(Debug)]
pub(crate) struct CountingLogProcessor {
    queue: Option<BatchLogProcessor>,
    accounting: Arc<Accounting>,
    /// The queue warns of every record after its end; they count as lost here.
    ended: AtomicBool,
}

impl CountingLogProcessor {
    pub(crate) fn new(queue: Option<BatchLogProcessor>, accounting: Arc<Accounting>) -> Self {
        Self { queue, accounting, ended: AtomicBool::new(false) }
    }
}

impl LogProcessor for CountingLogProcessor {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        self.accounting.logs.created(1);
        if let Some(queue) = &self.queue
            && !self.ended.load(Ordering::Relaxed)
        {
            queue.emit(record, scope);
        }
    }

    fn event_enabled(&self, _: Severity, _: &str, _: Option<&str>) -> bool {
        self.queue.is_some()
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.queue.as_ref().map_or(Ok(()), LogProcessor::force_flush)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.ended.store(true, Ordering::Relaxed);
        self.queue.as_ref().map_or(Ok(()), |queue| queue.shutdown_with_timeout(timeout))
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Some(queue) = &mut self.queue {
            queue.set_resource(resource);
        }
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
