//! Processors of the pipeline, here those of spans: one that counts before the batch queue, one that walls off processors of the application.

mod logs;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::Span as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanProcessor};
use tachograph_core::Ids;

pub(crate) use self::logs::{CountingLogProcessor, WalledLogProcessor};
use crate::accounting::Accounting;
use crate::observer::queue::LateQueue;
use crate::runtime::panic_message;

/// Where sampled spans go when they have ended.
#[derive(Debug)]
pub(crate) enum Destination {
    /// To an exporter, and on the way there to an observer.
    Export(BatchSpanProcessor),
    /// To an observer, if there ever is one.
    Observe(Arc<LateQueue>),
}

/// Counts spans, puts the ids in force on those of others, and hands them on: the queues drop spans without an accessible count.
#[derive(Debug)]
pub(crate) struct CountingProcessor {
    destination: Destination,
    accounting: Arc<Accounting>,
}

impl CountingProcessor {
    pub(crate) fn new(destination: Destination, accounting: Arc<Accounting>) -> Self {
        Self { destination, accounting }
    }
}

impl SpanProcessor for CountingProcessor {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.accounting.traces.started();
        for id in Ids::for_foreign_span(cx) {
            span.set_attribute(id);
        }
        if let Destination::Export(batching) = &self.destination {
            batching.on_start(span, cx);
        }
    }

    fn on_end(&self, span: SpanData) {
        self.accounting.traces.ended();
        // A span that is recorded only for local processors must not leave the process.
        if span.span_context.is_sampled() {
            self.accounting.traces.created(1);
            match &self.destination {
                Destination::Export(batching) => batching.on_end(span),
                Destination::Observe(queue) => queue.push(span),
            }
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        match &self.destination {
            Destination::Export(batching) => batching.force_flush(),
            Destination::Observe(queue) => queue.flush(),
        }
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        match &self.destination {
            Destination::Export(batching) => batching.shutdown_with_timeout(timeout),
            Destination::Observe(queue) => queue.shut_down(timeout),
        }
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Destination::Export(batching) = &mut self.destination {
            batching.set_resource(resource);
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
