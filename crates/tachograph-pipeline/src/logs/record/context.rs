//! What an event belongs to.

use opentelemetry::trace::{SpanId, TraceContextExt as _, TraceFlags, TraceId};
use opentelemetry::{Context, Key, StringValue};
use tachograph_core::context::{self, ServedRequest};
use tachograph_core::{Ids, semconv::attribute as attr};

/// The trace, request, user and further ids that are in force where an event is written.
#[derive(Debug, Default)]
pub(in crate::logs) struct Belonging {
    pub(in crate::logs) span: Option<(TraceId, SpanId, TraceFlags)>,
    pub(in crate::logs) request_id: Option<StringValue>,
    pub(in crate::logs) request: Option<ServedRequest>,
    ids: Option<Ids>,
}

impl Belonging {
    pub(in crate::logs) fn current() -> Self {
        Context::map_current(|context| {
            let span = context.span();
            let span = span.span_context();
            Self {
                span: span.is_valid().then(|| (span.trace_id(), span.span_id(), span.trace_flags())),
                request_id: context::request_id_of(context),
                request: context::served_request(context),
                ids: context.get::<Ids>().cloned(),
            }
        })
    }

    /// Method, path and client of the request, under their keys.
    pub(in crate::logs) fn request_words(&self) -> impl Iterator<Item = (&str, &str)> {
        self.request.iter().flat_map(|ServedRequest { method, path, client_address, .. }| {
            let words = [("method", Some(method)), ("path", path.as_ref()), ("ip_address", client_address.as_ref())];
            words.into_iter().filter_map(|(key, value)| value.map(|value| (key, value.as_str())))
        })
    }

    pub(in crate::logs) fn user(&self) -> Option<&str> {
        self.ids.as_ref()?.get(attr::USER_ID)
    }

    /// All ids, the user's among them.
    pub(in crate::logs) fn ids(&self) -> impl Iterator<Item = (&Key, &StringValue)> {
        self.ids.iter().flat_map(Ids::entries)
    }

    /// The ids but the user's.
    pub(in crate::logs) fn further(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ids.iter().flat_map(Ids::iter).filter(|(key, _)| *key != attr::USER_ID)
    }
}
