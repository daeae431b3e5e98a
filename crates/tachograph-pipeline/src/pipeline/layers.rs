//! What a pipeline gives to a `tracing` subscriber.

use opentelemetry::trace::TracerProvider as _;
use tracing::Subscriber;
use tracing::subscriber::Interest;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::Filter;
use tracing_subscriber::registry::LookupSpan;

use super::Pipeline;
use crate::install;
#[cfg(feature = "sentry")]
use crate::logs::sentry_layer;
use crate::logs::{LogFilter, console_layer, export_layer};
use crate::runtime;
use crate::settings::Settings;

/// Layers for a `tracing` subscriber of the application's own. [`install`](Self::install) adds all of them to ours.
impl Pipeline {
    /// A `tracing` layer that makes the application's own `tracing` spans part of the same traces, above and below those of
    /// Tachograph. It takes spans of every level and no events; give it a filter to take fewer. Those of the export itself are not taken. When disabled it does nothing.
    pub fn tracing_layer<S>(&self) -> impl Layer<S> + Send + Sync + 'static
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        self.active.as_ref().map(|active| {
            tracing_opentelemetry::layer()
                .with_tracer(active.engine.traces.tracer("tracing"))
                .with_context_activation(true)
                .with_filter(spans_of_the_application())
        })
    }

    /// The filter of the log, to be changed while the process runs: that of [`console_layer`](Self::console_layer),
    /// [`log_layer`](Self::log_layer) and [`log_export_layer`](Self::log_export_layer), in the subscriber that [`install`](Self::install) sets or in one of
    /// the application's.
    #[must_use]
    pub fn log_filter(&self) -> LogFilter {
        self.log_filter.clone()
    }

    /// A `tracing` layer that prints the events that the log filter lets through to standard error, in the
    /// [format](crate::Builder::with_log_format) that is chosen. For an application with a subscriber of its own; [`install`](Self::install) adds it to ours.
    ///
    /// Do not lay a reload layer around this and its siblings: what finds a layer by its type, as propagation by
    /// `tracing-opentelemetry` does, would not find it there. [`log_filter`](Self::log_filter) changes them in place.
    pub fn console_layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let Settings { log_format, redacted_log_keys, .. } = &self.settings;
        console_layer(install::printed(&self.log_filter), *log_format, redacted_log_keys)
    }

    /// A `tracing` layer that writes the events that the log filter lets through to the
    /// [log files](crate::Builder::with_log_directory), as [JSON lines](crate::JsonFormat). For an application with a subscriber of its own; [`install`](Self::install) adds it to
    /// ours. Without a directory for log files it does nothing.
    ///
    /// A line costs the thread that logs its formatting and a copy. After the shutdown lines are dropped and counted.
    pub fn log_layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        self.log_files
            .as_ref()
            .map(|files| files.layer(install::printed(&self.log_filter), &self.settings.redacted_log_keys))
    }

    /// A `tracing` layer that exports the events that the log filter lets through as OpenTelemetry log records. For an
    /// application with a subscriber of its own; [`install`](Self::install) adds it to ours. Without an exporter for logs it does nothing.
    ///
    /// | part | value |
    /// |---|---|
    /// | timestamps | when the event was written |
    /// | severity | `TRACE` 1, `DEBUG` 5, `INFO` 9, `WARN` 13, `ERROR` 17, `FATAL` 21: an `ERROR` with the field `critical = true` |
    /// | body | the message; none where the event has none |
    /// | event name | the name that the event was given (`info!(name: "order.placed", …)`); none without |
    /// | scope | the target |
    /// | trace, span, flags | of the OpenTelemetry span in force; spans of `tracing` have one through [`tracing_layer`](Self::tracing_layer) |
    /// | the event's fields | attributes under their names: numbers, bools and text; whole numbers beyond 64 bits with sign are text |
    /// | `exception.message` | the first field that is a `dyn Error`; the type of such an error cannot be had |
    /// | `tachograph.exception.causes` | what caused it, at most 8, as an array; a further error is text, with its causes behind colons |
    /// | `code.file.path`, `code.line.number` | where the event was written; its module is the scope, or `tachograph.code.module` |
    /// | `thread.id` | Rust's `ThreadId`, not the system's |
    /// | `tachograph.request.id`, `user.id`, further ids | of the request that is being answered, and the [`Ids`](tachograph_core::Ids) in force |
    ///
    /// A field of the event takes the place of another attribute with its name. Secrets are hidden as in [`JsonFormat`](crate::JsonFormat).
    /// A message is cut at 16384 bytes, a text at 8192, and ends in `…[cut, N bytes]` with the bytes that it had. Of more than 65536
    /// bytes of text the last fields are left out, and counted in `tachograph.log.omitted_fields`.
    ///
    /// Events of the export itself never become records, whatever the filter says: those on its threads, those under suppressed telemetry
    /// and those of OpenTelemetry's crates.
    ///
    /// A record costs the thread that logs its making, and never waits: what finds the queue full is dropped
    /// ([`SignalHealth::outstanding`](crate::SignalHealth::outstanding)). So it is after the shutdown.
    pub fn log_export_layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let logs = self.active.as_ref().map(|active| &active.engine.logs).filter(|logs| logs.are_taken);
        logs.map(|logs| {
            export_layer(
                &logs.provider,
                install::printed(&self.log_filter),
                &self.settings.redacted_log_keys,
                self.settings.limits,
            )
        })
    }

    /// A `tracing` layer that sends captured errors and messages, and events of level `ERROR`, to [Sentry](crate::Builder::with_sentry_dsn). For an
    /// application with a subscriber of its own; [`install`](Self::install) adds it to ours. Without a DSN it does nothing.
    #[cfg(feature = "sentry")]
    pub fn sentry_layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let client = self.active.as_ref().and_then(|active| active.engine.sentry.clone());
        client.map(|client| sentry_layer(client, &self.settings.redacted_log_keys))
    }
}

/// All but those that transports make on the export threads, some of them as roots, whose context suppresses nothing: they would beget
/// spans to be exported.
fn spans_of_the_application<S: Subscriber>() -> impl Filter<S> + Send + Sync + 'static {
    dynamic_filter_fn(|metadata, _| metadata.is_span() && !runtime::is_export_thread())
        .with_callsite_filter(|metadata| if metadata.is_span() { Interest::sometimes() } else { Interest::never() })
}
