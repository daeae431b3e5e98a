//! Which format lines have.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::{ContextFields, DetailedFormat, JsonFormat};

/// How the lines of the log that [`install`](crate::Pipeline::install) sets up look. `TACHOGRAPH_LOG_FORMAT` chooses, or
/// [`with_log_format`](crate::Builder::with_log_format).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum LogFormat {
    /// The format of `tracing-subscriber`, with the context behind it: [`ContextFields`].
    #[default]
    Text,
    /// For people who look for something: [`DetailedFormat`].
    Detailed,
    /// For machines, an object a line: [`JsonFormat`].
    Json,
}

impl LogFormat {
    /// Whether lines tell the method, path and client of the request that they belong to.
    pub(crate) fn has_requests(self) -> bool {
        matches!(self, Self::Detailed | Self::Json)
    }

    /// The format itself, for a terminal (`ansi`) or not, which hides the values of these fields as well.
    pub(crate) fn with(self, ansi: bool, redacted_keys: &[String]) -> ChosenFormat {
        match self {
            Self::Text => ChosenFormat::Text(ContextFields::new(tracing_subscriber::fmt::format().with_ansi(ansi))),
            Self::Detailed => ChosenFormat::Detailed(DetailedFormat::new().with_redacted_keys(redacted_keys)),
            Self::Json => ChosenFormat::Json(JsonFormat::new().with_redacted_keys(redacted_keys)),
        }
    }
}

/// One of the formats. Fields of [`Text`](Self::Text) are hidden by [`RedactedFields`](super::RedactedFields) of the layer.
#[derive(Debug)]
pub(crate) enum ChosenFormat {
    Text(ContextFields<Format>),
    Detailed(DetailedFormat),
    Json(JsonFormat),
}

impl<S, N> FormatEvent<S, N> for ChosenFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        match self {
            Self::Text(format) => format.format_event(ctx, writer, event),
            Self::Detailed(format) => format.format_event(ctx, writer, event),
            Self::Json(format) => format.format_event(ctx, writer, event),
        }
    }
}
