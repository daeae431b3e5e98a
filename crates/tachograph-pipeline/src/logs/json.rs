//! One JSON object a line.

mod line;
mod text;

use std::fmt;
use std::time::SystemTime;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use self::line::write_line;
pub(super) use self::text::write_text;
use super::record::{Belonging, Record};
use super::redact::SecretNames;

/// An event format for machines: each event is one line with one JSON object, whatever is in it.
///
/// `init()` prints with it where [`LogFormat::Json`](crate::LogFormat::Json) is chosen. An application with a subscriber of its own
/// gives it to a layer of `tracing-subscriber`:
///
/// ```
/// use tachograph_pipeline::JsonFormat;
/// let layer = tracing_subscriber::fmt::layer::<tracing_subscriber::Registry>()
///     .event_format(JsonFormat::new().with_redacted_keys(["iban"]));
/// ```
///
/// # Keys
///
/// In this order; those without "always" are left out where there is nothing to say, never `null`.
///
/// | key | value |
/// |---|---|
/// | `timestamp` | always: RFC 3339 with milliseconds, UTC (`Z`) |
/// | `level` | always: `TRACE`, `DEBUG`, `INFO`, `WARNING`, `ERROR`, `CRITICAL`: an `ERROR` with the field `critical = true` |
/// | `logger` | always: the target |
/// | `message` | always: empty where the event has none |
/// | `module`, `file`, `line` | where the event was written |
/// | `process_id`, `thread_id` | always: numbers; that of the thread is Rust's `ThreadId`, not the system's |
/// | `request_id` | of the request that is being answered ([`context::request_id`](tachograph_core::context::request_id)) |
/// | `user_id` | the user of the [`Ids`](tachograph_core::Ids) in force |
/// | `trace_id`, `span_id` | of the OpenTelemetry span in force; spans of `tracing` have one through [`tracing_layer`](crate::Pipeline::tracing_layer) |
/// | `exception` | `{"message":…,"chain":[…]}`: the first field that is a `dyn Error`, and what caused it, at most 8. The type of an error behind `dyn Error` cannot be had |
/// | `method`, `path`, `ip_address` | of the HTTP request that is being answered, where [`with_log_format`](crate::Builder::with_log_format) or `TACHOGRAPH_LOG_FORMAT` chose a format that has them. The path is without the query, the address as far as trusted proxies tell it |
/// | further ids | under their own keys: `gen_ai.conversation.id`, `session.id`, `tachograph.tenant.id`, … |
/// | the event's fields | under their names, in the order of the event. Numbers and bools are such, all else is text |
/// | `omitted_fields` | how many ids and fields had no room |
///
/// Fields of enclosing spans of `tracing` are not repeated on every line: the trace has them, under `trace_id`.
///
/// # Rules
///
/// - A field that is called like one of the keys above or an id of the same line, or begins with `field.`, is written with `field.` in
///   front; an id that is called like a key, or begins with `field.` or `id.`, with `id.` in front. No two keys of a line are equal.
///   Of fields with the same name the last counts.
/// - What JSON has no number for is text: `"NaN"`, `"Infinity"`, `"-Infinity"`, and whole numbers beyond 64 bits, which readers would
///   round.
/// - A further error of the same event is text, with its causes behind colons.
/// - A line has at most 65536 bytes, its end included. A message is cut at 16384 bytes, a field at 8192, and what is cut ends in
///   `…[cut, N bytes]` with the bytes that it had. Fields that do not fit any more are left out and counted.
/// - Values of fields whose names are like those of secrets (`password`, `secret`, `authorization`, `api_key`, `cookie`, `…token`, and
///   more; see [`with_redacted_keys`](Self::with_redacted_keys)) are `"[redacted]"`. So are, inside of texts, bearer tokens, keys such
///   as `sk-…`, and passwords in URLs. What a `Debug` prints of a struct is one text: a password in there is not seen.
///
/// Formatting uses memory that the thread keeps: once warm it allocates nothing but what the values' own formatting does.
#[derive(Clone, Debug, Default)]
#[must_use = "a format does nothing until it is given to a layer"]
pub struct JsonFormat {
    names: SecretNames,
}

impl JsonFormat {
    /// The format with the usual names of secrets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Hides the values of these fields as well. A key is compared by words in any case, wherever they stand in a name: `card-number`
    /// hides `card_number`, `cardNumber` and `user.card_number`. Bools are not hidden.
    pub fn with_redacted_keys(mut self, keys: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.names = self.names.and(keys);
        self
    }
}

impl<S, N> FormatEvent<S, N> for JsonFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        Record::of(event, &self.names, |record| {
            let mut line = std::mem::take(&mut record.line);
            write_line(&mut line, SystemTime::now(), record.origin(event), record, &Belonging::current(), &self.names);
            let written = writer.write_str(&line);
            record.line = line;
            written
        })
    }
}

#[cfg(test)]
mod tests;
