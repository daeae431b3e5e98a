//! Processors of the pipeline, here those of spans: one that queues them, one that walls off processors of the application.

mod logs;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::Span as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tachograph_core::Ids;

pub(crate) use self::logs::{QueueingLogProcessor, WalledLogProcessor};
use crate::accounting::Accounting;
use crate::observer::SpanQueue;
use crate::runtime::panic_message;

/// How long a flush may take that was given no time, as with the SDK's batch processor.
pub(crate) const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// Puts the ids in force on the spans of others, and queues those that have ended.
#[derive(Debug)]
pub(crate) struct QueueingProcessor {
    queue: SpanQueue,
    accounting: Arc<Accounting>,
}

impl QueueingProcessor {
    pub(crate) fn new(queue: SpanQueue, accounting: Arc<Accounting>) -> Self {
        Self { queue, accounting }
    }
}

impl SpanProcessor for QueueingProcessor {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.accounting.traces.started();
        for id in Ids::for_foreign_span(cx) {
            span.set_attribute(id);
        }
    }

    fn on_end(&self, span: SpanData) {
        self.accounting.traces.ended();
        // A span that is recorded only for local processors must not leave the process.
        if span.span_context.is_sampled() {
            match &self.queue {
                SpanQueue::Export(queue) => queue.push(span),
                SpanQueue::Observe(queue) => {
                    self.accounting.traces.created(1);
                    queue.push(span);
                }
            }
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        match &self.queue {
            SpanQueue::Export(queue) => queue.flush(FLUSH_TIMEOUT),
            SpanQueue::Observe(queue) => queue.flush(),
        }
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        match &self.queue {
            SpanQueue::Export(queue) => queue.shut_down(timeout),
            SpanQueue::Observe(queue) => queue.shut_down(timeout),
        }
    }
}

/// A processor of the application, whose panics must not reach the code that ends a span.
#[derive(Debug)]
pub(crate) struct WalledProcessor {
    inner: Box<dyn SpanProcessor>,
    panicked: AtomicBool,
}

impl WalledProcessor {
    pub(crate) fn new(inner: Box<dyn SpanProcessor>) -> Self {
        Self { inner, panicked: AtomicBool::new(false) }
    }

    fn wall<T>(&self, call: impl FnOnce(&dyn SpanProcessor) -> T) -> Option<T> {
        match catch_unwind(AssertUnwindSafe(|| call(self.inner.as_ref()))) {
            Ok(value) => Some(value),
            Err(panic) => {
                if !self.panicked.swap(true, Ordering::Relaxed) {
                    let message = panic_message(panic.as_ref());
                    tracing::warn!(processor = ?self.inner, %message, "a span processor panicked; said once");
                }
                None
            }
        }
    }
}

impl SpanProcessor for WalledProcessor {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.wall(|inner| inner.on_start(span, cx));
    }

    fn on_end(&self, span: SpanData) {
        self.wall(|inner| inner.on_end(span));
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
    Err(OTelSdkError::InternalFailure("the span processor panicked".to_owned()))
}
