//! Log lines that say which trace, request and user they belong to.

pub(crate) mod files;

use std::fmt::{self, Write as _};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use tachograph_core::{Ids, context};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

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
/// printable ASCII without spaces and quotes is printed in quotes and escaped: a caller's id cannot forge a line.
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
    Ids::of(context).iter().try_for_each(|(key, value)| write_field(line, key, value))
}

fn write_field(line: &mut String, key: &str, value: &str) -> fmt::Result {
    line.push(' ');
    write_word(line, key)?;
    line.push('=');
    write_word(line, value)
}

fn write_word(line: &mut String, word: &str) -> fmt::Result {
    let plain = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'=');
    if plain { line.write_str(word) } else { write!(line, "{word:?}") }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn printed(context: &Context) -> String {
        let lines = Lines::default();
        let format = tracing_subscriber::fmt::format().without_time().with_target(false).with_ansi(false);
        let writer = lines.clone();
        let layer = tracing_subscriber::fmt::layer()
            .event_format(ContextFields::new(format))
            .with_writer(move || writer.clone());
        let _context = context.clone().attach();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::info!(answer = 42, "done");
        });
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
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
}
