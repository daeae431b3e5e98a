//! Lines for people who look for something.

use std::fmt::{self, Write as _};
use std::time::SystemTime;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::record::{Belonging, Origin, Record, Text, Value, time};
use super::redact::{REDACTED, SecretNames};

/// An event format for people: when, how bad, who, where, what, then fields and ids, and errors with their causes on lines of their own.
///
/// ```text
/// 2026-11-28T01:02:03.004Z    ERROR shop::orders src/orders.rs:42: no answer from the bank order=7 amount=9.5 request_id=r-1
///     exception: payment failed
///     caused by: connection refused
/// ```
///
/// `init()` prints with it where [`LogFormat::Detailed`](crate::LogFormat::Detailed) is chosen; others give it to a layer as they do
/// with [`JsonFormat`](crate::JsonFormat), whose levels, limits and rules of what is hidden it shares. There are colours where the layer
/// has ANSI escapes on. Values that are not of printable ASCII without spaces and quotes stand in quotes, and control characters are
/// escaped everywhere: no value can forge a line or take hold of a terminal.
#[derive(Clone, Debug, Default)]
#[must_use = "a format does nothing until it is given to a layer"]
pub struct DetailedFormat {
    names: SecretNames,
}

impl DetailedFormat {
    /// The format with the usual names of secrets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Hides the values of these fields as well; see [`JsonFormat::with_redacted_keys`](crate::JsonFormat::with_redacted_keys).
    pub fn with_redacted_keys(mut self, keys: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.names = self.names.and(keys);
        self
    }
}

impl<S, N> FormatEvent<S, N> for DetailedFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let ansi = writer.has_ansi_escapes();
        Record::of(event, &self.names, |record| {
            let mut line = std::mem::take(&mut record.line);
            let told = Lines { record, names: &self.names, ansi };
            let written = told
                .write(&mut line, SystemTime::now(), record.origin(event), &Belonging::current())
                .and_then(|()| writer.write_str(&line));
            record.line = line;
            written
        })
    }
}

struct Lines<'a> {
    record: &'a Record,
    names: &'a SecretNames,
    ansi: bool,
}

impl Lines<'_> {
    fn write(&self, out: &mut String, now: SystemTime, origin: Origin<'_>, belonging: &Belonging) -> fmt::Result {
        self.styled(out, "2", |out| {
            time::write(out, now);
            Ok(())
        })?;
        out.push(' ');
        self.styled(out, colour(origin.level), |out| write!(out, "{:>8}", origin.level))?;
        out.push(' ');
        self.styled(out, "2", |out| {
            escaped(out, origin.logger)?;
            if let Some(file) = origin.file {
                out.push(' ');
                escaped(out, file)?;
                origin.line.map_or(Ok(()), |line| write!(out, ":{line}"))?;
            }
            out.push(':');
            Ok(())
        })?;
        if let Some(message) = self.record.message {
            out.push(' ');
            escaped(out, self.record.texts.get(message))?;
            cut(out, message)?;
        }
        for (name, value) in self.record.fields() {
            self.name(out, name)?;
            self.value(out, value)?;
        }
        self.belonging(out, belonging)?;
        if let Some(message) = self.record.exception {
            self.indented(out, "exception", message)?;
        }
        self.record.causes.iter().try_for_each(|cause| self.indented(out, "caused by", *cause))?;
        out.push('\n');
        Ok(())
    }

    fn belonging(&self, out: &mut String, belonging: &Belonging) -> fmt::Result {
        if let Some((trace, span, _)) = belonging.span {
            self.name(out, "trace_id")?;
            write!(out, "{trace}")?;
            self.name(out, "span_id")?;
            write!(out, "{span}")?;
        }
        let request = belonging.request_id.as_ref().map(|id| ("request_id", id.as_str()));
        let user = belonging.user().map(|user| ("user_id", user));
        request.into_iter().chain(user).chain(belonging.request_words()).chain(belonging.further()).try_for_each(
            |(key, value)| {
                self.name(out, key)?;
                word(out, if self.names.contains(key) { REDACTED } else { value })
            },
        )
    }

    fn name(&self, out: &mut String, name: &str) -> fmt::Result {
        out.push(' ');
        self.styled(out, "3", |out| word(out, name))?;
        out.push('=');
        Ok(())
    }

    fn value(&self, out: &mut String, value: Value) -> fmt::Result {
        match value {
            Value::I64(number) => write!(out, "{number}"),
            Value::U64(number) => write!(out, "{number}"),
            Value::F64(number) => write!(out, "{number}"),
            Value::Bool(value) => write!(out, "{value}"),
            Value::Redacted => out.write_str(REDACTED),
            Value::Text(text) => {
                word(out, self.record.texts.get(text))?;
                cut(out, text)
            }
        }
    }

    fn indented(&self, out: &mut String, title: &str, text: Text) -> fmt::Result {
        out.push_str("\n    ");
        self.styled(out, "31", |out| out.write_str(title))?;
        out.push_str(": ");
        escaped(out, self.record.texts.get(text))?;
        cut(out, text)
    }

    fn styled(&self, out: &mut String, style: &str, write: impl FnOnce(&mut String) -> fmt::Result) -> fmt::Result {
        if !self.ansi {
            return write(out);
        }
        write!(out, "\u{1b}[{style}m")?;
        write(out)?;
        out.write_str("\u{1b}[0m")
    }
}

fn colour(level: &str) -> &'static str {
    match level {
        "CRITICAL" => "1;31",
        "ERROR" => "31",
        "WARNING" => "33",
        "INFO" => "32",
        "DEBUG" => "34",
        _ => "35",
    }
}

fn cut(out: &mut String, text: Text) -> fmt::Result {
    text.cut.map_or(Ok(()), |bytes| write!(out, "…[cut, {bytes} bytes]"))
}

/// Plain words as they are, all else in quotes and escaped.
pub(super) fn word(out: &mut String, word: &str) -> fmt::Result {
    let plain = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'=');
    if plain { out.write_str(word) } else { write!(out, "{word:?}") }
}

/// Text to be read, in which nothing ends a line or steers a terminal.
fn escaped(out: &mut String, text: &str) -> fmt::Result {
    if text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return out.write_str(text);
    }
    text.chars().try_for_each(|char| {
        // Line separators, and what turns the direction of what follows.
        let steers =
            matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
        if char.is_control() || steers { write!(out, "{}", char.escape_default()) } else { out.write_char(char) }
    })
}

#[cfg(test)]
mod tests;
