//! An event, taken down once: what the formats write their lines from.

mod context;
mod text;
pub(super) mod thread;
pub(super) mod time;

use std::cell::Cell;
use std::error::Error;
use std::fmt::{self, Debug};

use opentelemetry::{Key, KeyValue};
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

pub(super) use self::context::Belonging;
pub(super) use self::text::Text;
use self::text::{MAX_MESSAGE, MAX_VALUE, Texts};
use super::events::{self, Details};
use super::redact::SecretNames;

/// Causes of one error that are told.
const MAX_CAUSES: usize = 8;
/// The longest text of one cause, in bytes.
const MAX_CAUSE: usize = 1024;
/// What a thread keeps for its next event, in bytes.
const MAX_KEPT: usize = 256 * 1024;

/// A value of a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    I64(i64),
    U64(u64),
    F64(f64),
    Bool(bool),
    Text(Text),
    Redacted,
}

/// The name of a field.
#[derive(Clone, Copy, Debug)]
enum Name {
    /// As it stands in the source.
    Written(&'static str),
    /// As it was given at run time.
    Given(Text),
}

/// The fields of one event, and room for its line. Used again and again.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) line: String,
    fields: Vec<(Name, Value)>,
    pub(super) texts: Texts,
    pub(super) message: Option<Text>,
    /// The first error among the fields, and what caused it.
    pub(super) exception: Option<Text>,
    pub(super) causes: Vec<Text>,
    /// An error that the event marks as critical.
    pub(super) critical: bool,
    /// The name of an event of the core.
    pub(super) event: Option<&'static str>,
    bridged: Bridged,
}

/// What an event that came from the `log` crate says of its origin.
#[derive(Debug, Default)]
struct Bridged {
    target: Option<Text>,
    module: Option<Text>,
    file: Option<Text>,
    line: Option<u32>,
}

/// Where an event was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) level: &'static str,
    pub(super) logger: &'a str,
    pub(super) module: Option<&'a str>,
    pub(super) file: Option<&'a str>,
    pub(super) line: Option<u32>,
}

impl Record {
    /// Takes `event` down and has `write` make a line of it, in memory that this thread keeps.
    ///
    /// A value that logs while it is formatted finds nothing kept, and gets a record of its own.
    pub(super) fn of<R>(event: &Event<'_>, names: &SecretNames, write: impl FnOnce(&mut Self) -> R) -> R {
        thread_local!(static KEPT: Cell<Option<Box<Record>>> = const { Cell::new(None) });
        let mut record = KEPT.try_with(Cell::take).ok().flatten().unwrap_or_default();
        record.clear();
        let bridged = event.metadata().target() == "log";
        event.record(&mut Taking { record: &mut record, names, bridged });
        record.finish(event.metadata().level());
        let result = write(&mut record);
        if record.line.capacity() + record.texts.capacity() <= MAX_KEPT {
            let _ = KEPT.try_with(|kept| kept.set(Some(record)));
        }
        result
    }

    fn clear(&mut self) {
        self.line.clear();
        self.fields.clear();
        self.texts.clear();
        self.causes.clear();
        (self.message, self.exception, self.critical, self.event) = (None, None, false, None);
        self.bridged = Bridged::default();
    }

    fn finish(&mut self, level: &Level) {
        if *level == Level::ERROR {
            let mark = self.fields().position(|(name, value)| name == "critical" && matches!(value, Value::Bool(true)));
            if let Some(mark) = mark {
                self.fields.remove(mark);
                self.critical = true;
            }
        }
    }

    /// The level by its name in the field, and where the event was written.
    pub(super) fn origin<'a>(&'a self, event: &Event<'a>) -> Origin<'a> {
        let metadata = event.metadata();
        let text = |text: &Option<Text>| text.map(|text| self.texts.get(text));
        Origin {
            level: match *metadata.level() {
                Level::TRACE => "TRACE",
                Level::DEBUG => "DEBUG",
                Level::INFO => "INFO",
                Level::WARN => "WARNING",
                Level::ERROR if self.critical => "CRITICAL",
                Level::ERROR => "ERROR",
            },
            logger: text(&self.bridged.target).unwrap_or(metadata.target()),
            module: text(&self.bridged.module).or(metadata.module_path()),
            file: text(&self.bridged.file).or(metadata.file()),
            line: self.bridged.line.or(metadata.line()),
        }
    }

    /// Names and values, each name once.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, Value)> {
        self.fields.iter().map(|&(name, value)| (self.texts.name(name), value))
    }

    /// The same, with names to be kept: those of the source without a copy.
    pub(super) fn keyed_fields(&self) -> impl Iterator<Item = (Key, Value)> {
        self.fields.iter().map(|&(name, value)| match name {
            Name::Written(name) => (Key::from_static_str(name), value),
            Name::Given(text) => (Key::from(self.texts.get(text).to_owned()), value),
        })
    }

    /// Puts a field; of the same name the last value counts, in the place of the first.
    pub(super) fn put(&mut self, name: &'static str, value: Value) {
        self.put_named(Name::Written(name), value);
    }

    fn put_named(&mut self, name: Name, value: Value) {
        let Self { fields, texts, .. } = self;
        match fields.iter_mut().find(|(known, _)| texts.name(*known) == texts.name(name)) {
            Some((_, known)) => *known = value,
            None => fields.push((name, value)),
        }
    }
}

impl Texts {
    fn name(&self, name: Name) -> &str {
        match name {
            Name::Written(name) => name,
            Name::Given(text) => self.get(text),
        }
    }
}

struct Taking<'a> {
    record: &'a mut Record,
    names: &'a SecretNames,
    bridged: bool,
}

impl Taking<'_> {
    fn number(&mut self, field: &Field, value: Value, text: &dyn fmt::Display) {
        let name = plain(field.name());
        if name == "message" {
            self.record.message = Some(self.record.texts.take(format_args!("{text}"), MAX_MESSAGE));
        } else if self.names.contains(name) {
            self.record.put(name, Value::Redacted);
        } else {
            self.record.put(name, value);
        }
    }

    fn text(&mut self, field: &Field, text: fmt::Arguments<'_>) {
        let name = plain(field.name());
        let Record { texts, bridged, .. } = &mut *self.record;
        match name {
            "message" => self.record.message = Some(texts.take(text, MAX_MESSAGE)),
            "log.target" if self.bridged => bridged.target = Some(texts.take(text, MAX_CAUSE)),
            "log.module_path" if self.bridged => bridged.module = Some(texts.take(text, MAX_CAUSE)),
            "log.file" if self.bridged => bridged.file = Some(texts.take(text, MAX_CAUSE)),
            _ if self.names.contains(name) => self.record.put(name, Value::Redacted),
            _ => {
                let text = texts.take(text, MAX_VALUE);
                self.record.put(name, Value::Text(text));
            }
        }
    }
}

impl Taking<'_> {
    /// Takes an event of the core apart.
    fn details(&mut self, details: &Details) {
        self.record.event = Some(details.name);
        let name = self.record.texts.take(format_args!("{}", details.name), MAX_CAUSE);
        self.record.put(events::FIELD, Value::Text(name));
        for KeyValue { key, value, .. } in &details.attributes {
            let texts = &mut self.record.texts;
            let name = Name::Given(texts.take(format_args!("{key}"), MAX_CAUSE));
            let value = match value {
                opentelemetry::Value::Bool(value) => Value::Bool(*value),
                _ if self.names.contains(key.as_str()) => Value::Redacted,
                opentelemetry::Value::I64(number) => Value::I64(*number),
                opentelemetry::Value::F64(number) => Value::F64(*number),
                other => Value::Text(texts.take(format_args!("{other}"), MAX_VALUE)),
            };
            self.record.put_named(name, value);
        }
    }
}

/// The name without the `r#` of one that is a keyword.
fn plain(name: &'static str) -> &'static str {
    name.strip_prefix("r#").unwrap_or(name)
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source()).take(MAX_CAUSES)
}

impl Visit for Taking<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.number(field, Value::F64(value), &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if self.bridged && field.name() == "log.line" {
            self.record.bridged.line = u32::try_from(value).ok();
        } else {
            self.number(field, Value::I64(value), &value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if self.bridged && field.name() == "log.line" {
            self.record.bridged.line = u32::try_from(value).ok();
        } else {
            self.number(field, Value::U64(value), &value);
        }
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => self.record_i64(field, value),
            (_, Ok(value)) => self.record_u64(field, value),
            _ => self.text(field, format_args!("{value}")),
        }
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        match u64::try_from(value) {
            Ok(value) => self.record_u64(field, value),
            Err(_) => self.text(field, format_args!("{value}")),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        // Whether there is a secret is none.
        match plain(field.name()) {
            "message" => self.text(field, format_args!("{value}")),
            name => self.record.put(name, Value::Bool(value)),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.text(field, format_args!("{value:?}"));
    }

    fn record_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        if let Some(details) = error.downcast_ref::<Details>() {
            self.details(details);
        } else if self.names.contains(plain(field.name())) {
            self.record.put(plain(field.name()), Value::Redacted);
        } else if self.record.exception.is_none() {
            let Record { texts, causes: told, exception, .. } = &mut *self.record;
            *exception = Some(texts.take(format_args!("{error}"), MAX_VALUE));
            told.extend(causes(error).map(|cause| texts.take(format_args!("{cause}"), MAX_CAUSE)));
        } else {
            let chain = fmt::from_fn(|f| {
                write!(f, "{error}")?;
                causes(error).try_for_each(|cause| write!(f, ": {cause}"))
            });
            self.text(field, format_args!("{chain}"));
        }
    }
}
