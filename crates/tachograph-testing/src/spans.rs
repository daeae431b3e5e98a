//! Where the spans of a test end up.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use opentelemetry::{Context, trace::Span as _};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};
use tachograph_core::Ids;

/// Keeps every span that ends, on the thread that ends it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpanLog {
    ended: Arc<Mutex<Vec<SpanData>>>,
}

impl SpanLog {
    pub(crate) fn ended(&self) -> Vec<SpanData> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl SpanProcessor for SpanLog {
    fn on_start(&self, span: &mut Span, context: &Context) {
        for id in Ids::for_foreign_span(context) {
            span.set_attribute(id);
        }
    }

    fn on_end(&self, span: SpanData) {
        // A sampler may have a span recorded and yet not sampled: no exporter would see it.
        if span.span_context.is_sampled() {
            self.ended.lock().unwrap_or_else(PoisonError::into_inner).push(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// The attribute `key` of `span` as text: the last one, if the span has several. Arrays look like `["a","b"]`.
#[must_use]
pub fn attribute(span: &SpanData, key: &str) -> Option<String> {
    span.attributes.iter().rfind(|attribute| attribute.key.as_str() == key).map(|attribute| attribute.value.to_string())
}
