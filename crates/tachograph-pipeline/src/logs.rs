//! Log lines, and log records, that say which trace, request and user they belong to.

mod console;
mod detailed;
mod events;
mod export;
pub(crate) mod files;
mod filter;
mod format;
mod json;
#[cfg(test)]
mod printed;
mod record;
mod redact;
#[cfg(feature = "sentry")]
mod sentry;

use std::fmt::{self, Write as _};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use tachograph_core::{Ids, context};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

pub(crate) use self::console::console_layer;
pub use self::detailed::DetailedFormat;
use self::detailed::word;
pub(crate) use self::events::TracingSink;
pub(crate) use self::export::export_layer;
pub use self::filter::LogFilter;
pub use self::format::LogFormat;
pub use self::json::JsonFormat;
pub(crate) use self::redact::RedactedFields;
use self::redact::redact;
#[cfg(feature = "sentry")]
pub(crate) use self::sentry::sentry_layer;

/// An event format with the context of the event at the end of the line: `trace_id`, `span_id`, `request_id` and the
/// [`Ids`] in force, as far as there are any.
///
/// `init()` prints with it. An application with a subscriber of its own lays it around its format:
///
/// ```
/// use tachograph_pipeline::ContextFields;
/// let layer = tracing_subscriber::fmt::layer::<tracing_subscriber::Registry>()
///     .event_format(ContextFields::new(tracing_subscriber::fmt::format()));
/// ```
///
/// The line is formatted apart, so a format for a terminal must be told so itself (`with_ansi(true)`). A value that is not of
/// printable ASCII without spaces and quotes is printed in quotes and escaped: a caller's id cannot forge a line. Bearer tokens, keys such
/// as `sk-…` and passwords in URLs are replaced by `[redacted]`, as in [`JsonFormat`].
#[derive(Clone, Copy, Debug, Default)]
pub struct ContextFields<F> {
    inner: F,
}

impl<F> ContextFields<F> {
    /// The format of `inner`, and the context behind it.
    pub fn new(inner: F) -> Self {
        Self { inner }
    }
}

impl<S, N, F> FormatEvent<S, N> for ContextFields<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = String::with_capacity(256);
        self.inner.format_event(ctx, Writer::new(&mut line), event)?;
        let ends = line.trim_end_matches('\n').len();
        let rest = line.split_off(ends);
        redact(&mut line, 0, false);
        Context::map_current(|context| write_context(&mut line, context))?;
        line.push_str(&rest);
        writer.write_str(&line)
    }
}

fn write_context(line: &mut String, context: &Context) -> fmt::Result {
    let span = context.span();
    let span = span.span_context();
    if span.is_valid() {
        write!(line, " trace_id={} span_id={}", span.trace_id(), span.span_id())?;
    }
    if let Some(id) = context::request_id_of(context) {
        write_field(line, "request_id", id.as_str())?;
    }
    context.get::<Ids>().into_iter().flat_map(Ids::iter).try_for_each(|(key, value)| write_field(line, key, value))
}

fn write_field(line: &mut String, key: &str, value: &str) -> fmt::Result {
    line.push(' ');
    word(line, key)?;
    line.push('=');
    word(line, value)
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
    use tracing_subscriber::fmt::format::DefaultFields;

    use super::*;

    fn format() -> ContextFields<impl FormatEvent<tracing_subscriber::Registry, DefaultFields>> {
        ContextFields::new(tracing_subscriber::fmt::format().without_time().with_target(false).with_ansi(false))
    }

    fn printed(context: &Context) -> String {
        let _context = context.clone().attach();
        printed::printed(format(), || tracing::info!(answer = 42, "done"))
    }

    #[test]
    fn a_line_says_what_it_belongs_to() {
        let span = SpanContext::new(
            TraceId::from(0xabc),
            SpanId::from(0x7),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        );
        let context = context::with_request_id(&Context::new().with_remote_span_context(span), "r-1");
        let context = Ids::new().user("u-42").conversation("c 7").on(&context);
        assert_eq!(
            printed(&context),
            " INFO done answer=42 trace_id=00000000000000000000000000000abc span_id=0000000000000007 request_id=r-1 \
             user.id=u-42 gen_ai.conversation.id=\"c 7\"\n"
        );
    }

    #[test]
    fn outside_of_everything_a_line_is_what_it_was() {
        assert_eq!(printed(&Context::new()), " INFO done answer=42\n");
    }

    #[test]
    fn an_id_cannot_forge_a_line_or_a_field() {
        let context = Ids::new().user("a\nERROR forged\u{1b}[31m user.id=b").on(&Context::new());
        let line = printed(&context);
        assert_eq!(line.matches('\n').count(), 1);
        assert!(line.ends_with("user.id=\"a\\nERROR forged\\u{1b}[31m user.id=b\"\n"), "{line}");
    }

    #[test]
    fn secrets_are_hidden_in_text_as_well() {
        let (chosen, fields) = (LogFormat::Text.with(true, &[]), RedactedFields::new(&["iban".to_owned()]));
        let (dispatch, writes) = printed::subscriber(chosen, fields, true);
        let error = std::io::Error::other("hunter0");
        tracing::dispatcher::with_default(&dispatch, || {
            let _span = tracing::info_span!("login", db_password = "hunter1", name = "n").entered();
            tracing::info!(
                password = "hunter2",
                token = ?"hunter3",
                iban = 987_654_321_987_u64,
                secret = &error as &(dyn std::error::Error + 'static),
                has_password = true,
                tokens = 17,
                key = %"sk-hunter4-hunter4-hunter4",
                text = "plain",
                "over postgres://app:hunter5@db"
            );
        });
        let line = writes.all().concat();
        assert!(!line.contains("hunter"), "{line}");
        assert_eq!(line.matches("[redacted]").count(), 7, "{line}");
        for shown in ["true", "17", "\"plain\"", "over postgres://app:[redacted]@db", "\"n\""] {
            assert!(line.contains(shown), "{shown}: {line}");
        }
        assert!(!line.contains("987654321987"), "{line}");
    }

    #[test]
    fn a_format_is_chosen_by_its_name() {
        let line = |format: LogFormat| {
            let (dispatch, writes) =
                printed::subscriber(format.with(false, &["iban".to_owned()]), DefaultFields::new(), false);
            tracing::dispatcher::with_default(&dispatch, || tracing::warn!(iban = 5, "done"));
            writes.all().concat()
        };
        assert!(
            line(LogFormat::Json).starts_with("{\"timestamp\":\"")
                && line(LogFormat::Json).ends_with(",\"iban\":\"[redacted]\"}\n")
        );
        assert!(
            line(LogFormat::Detailed).contains("Z  WARNING ")
                && line(LogFormat::Detailed).ends_with(": done iban=[redacted]\n")
        );
        assert!(
            line(LogFormat::default()).contains("Z  WARN ") && line(LogFormat::default()).ends_with(": done iban=5\n")
        );
    }
}
