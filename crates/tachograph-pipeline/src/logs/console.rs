//! Lines on standard error.

use std::io::{self, IsTerminal as _};

use tracing::Subscriber;
use tracing_subscriber::layer::{Filter, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::{LogFormat, RedactedFields};

/// Prints what `filter` lets through, in colours on a terminal, without the values of fields with these names.
pub(crate) fn console_layer<S, F>(
    filter: F,
    format: LogFormat,
    redacted_keys: &[String],
) -> impl Layer<S> + Send + Sync + use<S, F>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    F: Filter<S> + Send + Sync + 'static,
{
    let terminal = io::stderr().is_terminal();
    tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(terminal)
        .fmt_fields(RedactedFields::new(redacted_keys))
        .event_format(format.with(terminal, redacted_keys))
        .with_filter(filter)
}
