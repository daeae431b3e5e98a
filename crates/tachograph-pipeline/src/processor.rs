//! Span processors of the pipeline: one that counts before the batch queue, one that walls off processors of the application.

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

use crate::accounting::Accounting;
use crate::runtime::panic_message;

/// Counts spans, puts the ids in force on those of others, and hands them to the batch processor if there is an exporter: its queue drops spans without an accessible count.
#[derive(Debug)]
pub(crate) struct CountingProcessor {
    inner: Option<BatchSpanProcessor>,
    accounting: Arc<Accounting>,
}

impl CountingProcessor {
    pub(crate) fn new(inner: Option<BatchSpanProcessor>, accounting: Arc<Accounting>) -> Self {
        Self { inner, accounting }
    }
}

impl SpanProcessor for CountingProcessor {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.accounting.traces.started();
        for id in Ids::for_foreign_span(cx) {
            span.set_attribute(id);
        }
        if let Some(inner) = &self.inner {
            inner.on_start(span, cx);
        }
    }

    fn on_end(&self, span: SpanData) {
        self.accounting.traces.ended();
        // A span that is recorded only for local processors must not leave the process.
        if span.span_context.is_sampled() {
            self.accounting.traces.created(1);
            if let Some(inner) = &self.inner {
                inner.on_end(span);
            }
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.as_ref().map_or(Ok(()), SpanProcessor::force_flush)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.as_ref().map_or(Ok(()), |inner| inner.shutdown_with_timeout(timeout))
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Some(inner) = &mut self.inner {
            inner.set_resource(resource);
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
