//! Events for Sentry, taken down and cleaned as lines of the log are.

mod event;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use opentelemetry::Context;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{self, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::events::ERRORS;
use super::record::{Belonging, Record};
use super::redact::SecretNames;
use crate::runtime;
use crate::sentry::Client;

/// A layer that hands errors, and what was captured, to `client`.
pub(crate) fn sentry_layer<S>(client: Arc<Client>, redacted_keys: &[String]) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let names = SecretNames::default().and(redacted_keys);
    SentryLayer { client, names }.with_filter(filter_fn(|metadata| {
        // The question whether there would be an event is none itself.
        !metadata.is_span() && (*metadata.level() == Level::ERROR || metadata.target() == ERRORS)
    }))
}

struct SentryLayer {
    client: Arc<Client>,
    names: SecretNames,
}

impl<S: Subscriber> Layer<S> for SentryLayer {
    fn on_event(&self, event: &Event<'_>, _: layer::Context<'_, S>) {
        // What sending causes would be sent again.
        if runtime::is_export_thread() || Context::is_current_telemetry_suppressed() {
            return;
        }
        // Random numbers for ids may fail, loudly.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            Record::of(event, &self.names, |record| {
                self.client.offer(event::of(record, &record.origin(event), &Belonging::current(), &self.names));
            });
        }));
    }
}
