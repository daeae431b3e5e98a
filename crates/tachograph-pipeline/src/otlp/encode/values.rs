//! Attributes, and the nested values of log records.

use opentelemetry::logs::AnyValue;
use opentelemetry::{Array, KeyValue, Value};

use super::wire::{CUT, Writer, field_len};

/// Levels of lists and maps. Receivers refuse messages nested more than 100 deep, and a map takes three of them per level.
const DEEPEST: usize = 24;

/// Fields of `AnyValue`.
const TEXT: u8 = 0x0a;
const BOOL: u8 = 0x10;
const INT: u8 = 0x18;
const DOUBLE: u8 = 0x21;
const LIST: u8 = 0x2a;
const MAP: u8 = 0x32;
const BYTES: u8 = 0x3a;

/// Fields of `KeyValue`.
const KEY: u8 = 0x0a;
const VALUE: u8 = 0x12;

pub(super) fn attributes<'a>(writer: &mut Writer, tag: u8, attributes: impl IntoIterator<Item = &'a KeyValue>) {
    for attribute in attributes {
        key_value(writer, tag, attribute.key.as_str(), &attribute.value);
    }
}

pub(super) fn key_value(writer: &mut Writer, tag: u8, key: &str, value: &Value) {
    match value {
        Value::String(text) => key_text(writer, tag, key, text.as_str()),
        Value::Bool(value) => key_small(writer, tag, key, &Small::bool(*value)),
        Value::I64(value) => key_small(writer, tag, key, &Small::int(*value)),
        Value::F64(value) => key_small(writer, tag, key, &Small::double(*value)),
        Value::Array(array) => writer.message::<1>(tag, |writer| {
            writer.field(KEY, key.as_bytes());
            writer.message::<1>(VALUE, |writer| writer.message::<1>(LIST, |writer| list(writer, array)));
        }),
        // A kind of value that came later.
        _ => key_text(writer, tag, key, &value.as_str()),
    }
}

fn list(writer: &mut Writer, array: &Array) {
    const ITEM: u8 = 0x0a;
    match array {
        Array::String(values) => values.iter().for_each(|value| text(writer, ITEM, value.as_str())),
        Array::Bool(values) => values.iter().for_each(|value| small(writer, ITEM, &Small::bool(*value))),
        Array::I64(values) => values.iter().for_each(|value| small(writer, ITEM, &Small::int(*value))),
        Array::F64(values) => values.iter().for_each(|value| small(writer, ITEM, &Small::double(*value))),
        _ => text(writer, ITEM, &array.to_string()),
    }
}

/// An attribute of a log record.
pub(super) fn key_any(writer: &mut Writer, tag: u8, key: &str, value: &AnyValue, depth: usize) {
    match value {
        AnyValue::String(text) => key_text(writer, tag, key, text.as_str()),
        AnyValue::Boolean(value) => key_small(writer, tag, key, &Small::bool(*value)),
        AnyValue::Int(value) => key_small(writer, tag, key, &Small::int(*value)),
        AnyValue::Double(value) => key_small(writer, tag, key, &Small::double(*value)),
        _ => writer.message::<1>(tag, |writer| {
            writer.field(KEY, key.as_bytes());
            any(writer, VALUE, value, depth);
        }),
    }
}

/// A body, or what is nested in one.
pub(super) fn any(writer: &mut Writer, tag: u8, value: &AnyValue, depth: usize) {
    match value {
        AnyValue::String(value) => text(writer, tag, value.as_str()),
        AnyValue::Boolean(value) => small(writer, tag, &Small::bool(*value)),
        AnyValue::Int(value) => small(writer, tag, &Small::int(*value)),
        AnyValue::Double(value) => small(writer, tag, &Small::double(*value)),
        AnyValue::Bytes(bytes) if writer.may_keep(bytes) => {
            writer.head(tag, field_len(bytes.len()));
            writer.head(BYTES, bytes.len());
            writer.bytes(bytes);
        }
        AnyValue::ListAny(values) if depth < DEEPEST => writer.message::<1>(tag, |writer| {
            writer.message::<1>(LIST, |writer| {
                for value in values.iter() {
                    any(writer, 0x0a, value, depth + 1);
                }
            });
        }),
        AnyValue::Map(values) if depth < DEEPEST => writer.message::<1>(tag, |writer| {
            writer.message::<1>(MAP, |writer| {
                for (key, value) in values.iter() {
                    key_any(writer, 0x0a, key.as_str(), value, depth + 1);
                }
            });
        }),
        // Nested too deeply, bytes that are too many, or a kind of value that came later.
        _ => {
            writer.shortened = true;
            text(writer, tag, CUT);
        }
    }
}

fn text(writer: &mut Writer, tag: u8, text: &str) {
    let (text, mark) = writer.cut(text);
    let length = text.len() + mark.len();
    writer.head(tag, field_len(length));
    writer.head(TEXT, length);
    writer.bytes(text.as_bytes());
    writer.bytes(mark.as_bytes());
}

#[inline]
fn key_text(writer: &mut Writer, tag: u8, key: &str, text: &str) {
    let (text, mark) = writer.cut(text);
    let length = text.len() + mark.len();
    let value = field_len(length);
    let all = field_len(key.len()) + field_len(value);
    if all < 0x80 && !key.is_empty() {
        // Most are this short, and four pieces are quicker than six.
        writer.raw([tag, all as u8, KEY, key.len() as u8]);
        writer.bytes(key.as_bytes());
        writer.raw([VALUE, value as u8, TEXT, length as u8]);
    } else {
        key_head(writer, tag, key, value);
        writer.head(TEXT, length);
    }
    writer.bytes(text.as_bytes());
    if !mark.is_empty() {
        writer.bytes(mark.as_bytes());
    }
}

/// An attribute up to its value, which takes `length` bytes.
#[inline]
fn key_head(writer: &mut Writer, tag: u8, key: &str, length: usize) {
    let key_length = if key.is_empty() { 0 } else { field_len(key.len()) };
    writer.head(tag, key_length + field_len(length));
    writer.field(KEY, key.as_bytes());
    writer.head(VALUE, length);
}

#[inline]
fn key_small(writer: &mut Writer, tag: u8, key: &str, value: &Small) {
    key_head(writer, tag, key, value.length);
    writer.bytes(value.as_slice());
}

fn small(writer: &mut Writer, tag: u8, value: &Small) {
    writer.head(tag, value.length);
    writer.bytes(value.as_slice());
}

/// An `AnyValue` of a few bytes.
struct Small {
    bytes: [u8; 11],
    length: usize,
}

impl Small {
    fn bool(value: bool) -> Self {
        let mut bytes = [BOOL; 11];
        bytes[1] = u8::from(value);
        Self { bytes, length: 2 }
    }

    fn int(value: i64) -> Self {
        let (mut bytes, mut length, mut rest) = ([INT; 11], 1, value as u64);
        for byte in bytes.iter_mut().skip(1) {
            length += 1;
            *byte = rest as u8 & 0x7f;
            rest >>= 7;
            if rest == 0 {
                break;
            }
            *byte |= 0x80;
        }
        Self { bytes, length }
    }

    fn double(value: f64) -> Self {
        let mut bytes = [DOUBLE; 11];
        bytes[1..9].copy_from_slice(&value.to_le_bytes());
        Self { bytes, length: 9 }
    }

    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}
