//! Processors of the pipeline, here those of spans: one that queues them, one that walls off processors of the application.

mod logs;
mod text_limit;
mod walled;

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::Span as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tachograph_core::Ids;

pub(crate) use self::logs::QueueingLogProcessor;
pub(crate) use self::text_limit::TextLimit;
pub(crate) use self::walled::Walled;
use crate::accounting::Accounting;
use crate::observer::SpanQueue;

/// How long a flush may take that was given no time, as with the SDK's batch processor.
pub(crate) const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// Puts the ids in force on the spans of others, and queues those that have ended.
#[derive(Debug)]
pub(crate) struct QueueingProcessor {
    queue: SpanQueue,
    accounting: Arc<Accounting>,
    texts: Option<TextLimit>,
}

impl QueueingProcessor {
    /// With a limit, longer texts of attributes are cut where a span ends.
    pub(crate) fn new(queue: SpanQueue, accounting: Arc<Accounting>, texts: Option<TextLimit>) -> Self {
        Self { queue, accounting, texts }
    }
}

impl SpanProcessor for QueueingProcessor {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.accounting.traces.started();
        for id in Ids::for_foreign_span(cx) {
            span.set_attribute(id);
        }
    }

    fn on_end(&self, mut span: SpanData) {
        self.accounting.traces.ended();
        // A span that is recorded only for local processors must not leave the process.
        if span.span_context.is_sampled() {
            if let Some(limit) = self.texts {
                limit.cut_span(&mut span);
            }
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

impl Walled<dyn SpanProcessor> {
    pub(crate) fn new(inner: Box<dyn SpanProcessor>) -> Self {
        Self::behind("span processor", inner)
    }
}

impl SpanProcessor for Walled<dyn SpanProcessor> {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.call(|inner| inner.on_start(span, cx));
    }

    fn on_end(&self, span: SpanData) {
        self.call(|inner| inner.on_end(span));
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.ask(|inner| inner.force_flush())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.ask(|inner| inner.shutdown_with_timeout(timeout))
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
