//! Log processors of the pipeline: one that queues records, one that walls off processors of the application.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::logs::Severity;
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};

use super::{FLUSH_TIMEOUT, Walled};
use crate::accounting::Accounting;
use crate::exporter::OwnedLog;
use crate::queue::Queue;

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

impl Walled<dyn LogProcessor> {
    pub(crate) fn new(inner: Box<dyn LogProcessor>) -> Self {
        Self::behind("log processor", inner)
    }
}

/// What a processor logs itself becomes no record, which it would get again.
impl LogProcessor for Walled<dyn LogProcessor> {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        self.call(|inner| inner.emit(record, scope));
    }

    fn event_enabled(&self, severity: Severity, target: &str, name: Option<&str>) -> bool {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        self.call(|inner| inner.event_enabled(severity, target, name)).unwrap_or(false)
    }

    fn force_flush(&self) -> OTelSdkResult {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        self.ask(|inner| inner.force_flush())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        self.ask(|inner| inner.shutdown_with_timeout(timeout))
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
