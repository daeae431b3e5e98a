//! The line, key by key.

use std::fmt::Write as _;
use std::process;
use std::time::SystemTime;

use super::text::write_text;
use crate::logs::record::{Belonging, Origin, Record, Text, Value};
use crate::logs::record::{thread, time};
use crate::logs::redact::{REDACTED, SecretNames};

/// The longest line, its end included.
pub(super) const MAX_LINE: usize = 64 * 1024;
const MAX_MESSAGE: usize = 16 * 1024;
const MAX_VALUE: usize = 8 * 1024;
/// Each name, place, cause and id that is not an id of [`Ids`](tachograph_core::Ids).
const MAX_WORD: usize = 1024;
/// Room for `,"omitted_fields":N}` and the end of the line.
const TAIL: usize = 48;

const OMITTED: &str = "omitted_fields";

/// Keys that no field and no id may take.
fn is_ours(key: &str) -> bool {
    matches!(
        key,
        "timestamp"
            | "level"
            | "logger"
            | "message"
            | "module"
            | "file"
            | "line"
            | "process_id"
            | "thread_id"
            | "request_id"
            | "user_id"
            | "trace_id"
            | "span_id"
            | "exception"
            | "method"
            | "path"
            | "ip_address"
            | OMITTED
    )
}

/// What stands in front of an id's key.
fn id_prefix(key: &str) -> &'static str {
    if is_ours(key) || key.starts_with("field.") || key.starts_with("id.") { "id." } else { "" }
}

pub(super) fn write_line(
    line: &mut String,
    now: SystemTime,
    origin: Origin<'_>,
    record: &Record,
    belonging: &Belonging,
    names: &SecretNames,
) {
    line.push_str("{\"timestamp\":\"");
    time::write(line, now);
    line.push_str("\",\"level\":\"");
    line.push_str(origin.level);
    line.push('"');
    word(line, "logger", origin.logger);
    line.push_str(",\"message\":");
    match record.message {
        Some(message) => text(line, record, message, MAX_MESSAGE),
        None => line.push_str("\"\""),
    }
    origin.module.inspect(|module| word(line, "module", module));
    origin.file.inspect(|file| word(line, "file", file));
    origin.line.inspect(|number| whole(line, "line", u64::from(*number)));
    whole(line, "process_id", u64::from(process::id()));
    whole(line, "thread_id", thread::id());
    if let Some(id) = &belonging.request_id {
        word(line, "request_id", id.as_str());
    }
    belonging.user().inspect(|user| word(line, "user_id", user));
    if let Some((trace, span, _)) = belonging.span {
        hexadecimal(line, "trace_id", &trace.to_bytes());
        hexadecimal(line, "span_id", &span.to_bytes());
    }
    exception(line, record);
    belonging.request_words().for_each(|(key, value)| word(line, key, value));

    let mut omitted = 0;
    for (key, value) in belonging.further() {
        if !field(line, id_prefix(key), key, |line| {
            if names.contains(key) { redacted(line) } else { write_text(line, value, None, MAX_WORD) }
        }) {
            omitted += 1;
        }
    }
    for (name, value) in record.fields() {
        let taken = is_ours(name) || name.starts_with("field.") || belonging.further().any(|(key, _)| is_id(key, name));
        if !field(line, if taken { "field." } else { "" }, name, |line| write_value(line, record, value)) {
            omitted += 1;
        }
    }
    if omitted > 0 {
        whole(line, OMITTED, omitted);
    }
    line.push_str("}\n");
}

/// Whether the id of this key is written as `name`.
fn is_id(key: &str, name: &str) -> bool {
    name.strip_prefix(id_prefix(key)) == Some(key)
}

fn exception(line: &mut String, record: &Record) {
    let Some(message) = record.exception else { return };
    line.push_str(",\"exception\":{\"message\":");
    text(line, record, message, MAX_VALUE);
    if !record.causes.is_empty() {
        line.push_str(",\"chain\":[");
        for (index, cause) in record.causes.iter().enumerate() {
            if index > 0 {
                line.push(',');
            }
            text(line, record, *cause, MAX_WORD);
        }
        line.push(']');
    }
    line.push('}');
}

/// Writes a field if there is room for it.
fn field(line: &mut String, prefix: &str, name: &str, value: impl FnOnce(&mut String)) -> bool {
    let before = line.len();
    line.push(',');
    // A name is part of a contract with whoever reads the log: too long a one is left out, not cut.
    if name.len() > MAX_WORD {
        line.truncate(before);
        return false;
    }
    if prefix.is_empty() {
        write_text(line, name, None, 6 * MAX_WORD);
    } else {
        line.push('"');
        line.push_str(prefix);
        let quote = line.len();
        write_text(line, name, None, 6 * MAX_WORD);
        line.remove(quote);
    }
    line.push(':');
    value(line);
    let fits = line.len() + TAIL <= MAX_LINE;
    if !fits {
        line.truncate(before);
    }
    fits
}

fn write_value(line: &mut String, record: &Record, value: Value) {
    match value {
        Value::I64(number) => line.push_str(itoa::Buffer::new().format(number)),
        Value::U64(number) => line.push_str(itoa::Buffer::new().format(number)),
        Value::F64(number) if number.is_finite() => line.push_str(zmij::Buffer::new().format_finite(number)),
        Value::F64(number) if number.is_nan() => line.push_str("\"NaN\""),
        Value::F64(number) => line.push_str(if number > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" }),
        Value::Bool(value) => line.push_str(if value { "true" } else { "false" }),
        Value::Text(value) => text(line, record, value, MAX_VALUE),
        Value::Redacted => redacted(line),
    }
}

fn redacted(line: &mut String) {
    let _ = write!(line, "\"{REDACTED}\"");
}

fn text(line: &mut String, record: &Record, text: Text, limit: usize) {
    write_text(line, record.texts.get(text), text.cut, limit);
}

fn key(line: &mut String, key: &str) {
    line.push_str(",\"");
    line.push_str(key);
    line.push_str("\":");
}

fn word(line: &mut String, name: &str, value: &str) {
    key(line, name);
    write_text(line, value, None, MAX_WORD);
}

fn whole(line: &mut String, name: &str, value: u64) {
    key(line, name);
    line.push_str(itoa::Buffer::new().format(value));
}

fn hexadecimal(line: &mut String, name: &str, bytes: &[u8]) {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    key(line, name);
    line.push('"');
    for byte in bytes {
        line.push(char::from(DIGITS[usize::from(byte >> 4)]));
        line.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    line.push('"');
}
