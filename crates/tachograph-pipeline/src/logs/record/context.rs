//! What an event belongs to.

use opentelemetry::trace::{SpanId, TraceContextExt as _, TraceId};
use opentelemetry::{Context, StringValue};
use tachograph_core::{Ids, context, semconv::attribute as attr};

/// The trace, request, user and further ids that are in force where an event is written.
#[derive(Debug, Default)]
pub(in crate::logs) struct Belonging {
    pub(in crate::logs) span: Option<(TraceId, SpanId)>,
    pub(in crate::logs) request_id: Option<StringValue>,
    ids: Option<Ids>,
}

impl Belonging {
    pub(in crate::logs) fn current() -> Self {
        Context::map_current(|context| {
            let span = context.span();
            let span = span.span_context();
            Self {
                span: span.is_valid().then(|| (span.trace_id(), span.span_id())),
                request_id: context::request_id_of(context),
                ids: context.get::<Ids>().cloned(),
            }
        })
    }

    pub(in crate::logs) fn user(&self) -> Option<&str> {
        self.ids.as_ref()?.get(attr::USER_ID)
    }

    /// The ids but the user's.
    pub(in crate::logs) fn further(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ids.iter().flat_map(Ids::iter).filter(|(key, _)| *key != attr::USER_ID)
    }
}
