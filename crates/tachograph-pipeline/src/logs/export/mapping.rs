//! What of an event becomes which part of a record; [`log_export_layer`](crate::Pipeline::log_export_layer) documents it.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::Key;
use opentelemetry::logs::{AnyValue, LogRecord as _, Severity};
use opentelemetry_sdk::logs::SdkLogRecord;
use tachograph_core::semconv::attribute as attr;
use tracing::{Event, Level, Metadata};

use super::lists::lists;
use crate::logs::events;
use crate::logs::record::{Belonging, Record, Text, Value, thread};
use crate::logs::redact::{REDACTED, SecretNames};
use crate::settings::LimitSettings;

/// The bytes of text that a record has room for, beside its ids and places: as many as a line of JSON.
const MAX_TEXT: usize = 64 * 1024;

pub(super) fn fill(
    log: &mut SdkLogRecord,
    now: SystemTime,
    event: &Event<'_>,
    record: &Record,
    belonging: &Belonging,
    names: &SecretNames,
    limits: &LimitSettings,
) {
    let metadata = event.metadata();
    log.set_timestamp(now);
    log.set_observed_timestamp(now);
    let severity = severity(*metadata.level(), record.critical);
    log.set_severity_number(severity);
    log.set_severity_text(severity.name());
    if let Some(name) = record.event.or_else(|| own_name(metadata)) {
        log.set_event_name(name);
    }
    if let Some((trace, span, flags)) = belonging.span {
        log.set_trace_context(trace, span, Some(flags));
    }
    let own = record.fields().count().saturating_sub(usize::from(record.event.is_some()));
    let mut filling = Filling { log, record, room: MAX_TEXT, limits, own, added: 0, omitted: 0 };
    if let Some(message) = record.message {
        let body = filling.text(message);
        filling.log.set_body(body);
    }
    filling.exception();
    filling.place(event);
    filling.ids(belonging, names);
    let lists = if record.event.is_some() { lists(event) } else { Vec::new() };
    filling.fields(lists);
}

fn severity(level: Level, critical: bool) -> Severity {
    match level {
        Level::TRACE => Severity::Trace,
        Level::DEBUG => Severity::Debug,
        Level::INFO => Severity::Info,
        Level::WARN => Severity::Warn,
        Level::ERROR if critical => Severity::Fatal,
        Level::ERROR => Severity::Error,
    }
}

/// The name of an event that was given one: without, `tracing` names it after its place, `event src/main.rs:7`.
fn own_name(metadata: &Metadata<'static>) -> Option<&'static str> {
    let name = metadata.name();
    let Some(place) = name.strip_prefix("event ") else {
        return (!is_bridged(metadata)).then_some(name);
    };
    let line = metadata.file().and_then(|file| place.strip_prefix(file)).and_then(|rest| rest.strip_prefix(':'));
    let is_place = line.is_some_and(|line| line.parse().ok() == metadata.line());
    (!is_place).then_some(name)
}

/// Whether the event comes from the `log` crate.
fn is_bridged(metadata: &Metadata<'_>) -> bool {
    metadata.target() == "log"
}

struct Filling<'a> {
    log: &'a mut SdkLogRecord,
    record: &'a Record,
    /// Bytes of text that still fit.
    room: usize,
    limits: &'a LimitSettings,
    /// The fields of the event itself, which have precedence where attributes are limited.
    own: usize,
    added: usize,
    omitted: i64,
}

impl Filling<'_> {
    /// The text with a note where it was cut.
    fn text(&mut self, text: Text) -> AnyValue {
        let kept = self.record.texts.get(text);
        self.room = self.room.saturating_sub(kept.len());
        match text.cut {
            Some(whole) => format!("{kept}…[cut, {whole} bytes]").into(),
            None => kept.to_owned().into(),
        }
    }

    /// Puts what the event itself says nothing of: no two attributes of a record have one key.
    fn put(&mut self, key: impl Into<Key>, value: impl Into<AnyValue>) {
        let key = key.into();
        let is_own = self.record.fields().any(|(name, _)| name == key.as_str());
        if is_own || self.log.attributes_iter().any(|(known, _)| *known == key) {
            return;
        }
        if self.added.saturating_add(self.own) < self.limits.log_attributes {
            self.add(key, value.into());
        } else {
            self.omitted += 1;
        }
    }

    fn add(&mut self, key: Key, mut value: AnyValue) {
        if let Some(limit) = self.limits.log_texts {
            limit.cut_value(&mut value);
        }
        self.added += 1;
        self.log.add_attribute(key, value);
    }

    fn exception(&mut self) {
        let Some(message) = self.record.exception else { return };
        let message = self.text(message);
        self.put(attr::EXCEPTION_MESSAGE, message);
        if !self.record.causes.is_empty() {
            let causes: Vec<_> = self.record.causes.iter().map(|cause| self.text(*cause)).collect();
            self.put(attr::EXCEPTION_CAUSES, AnyValue::ListAny(Box::new(causes)));
        }
    }

    fn place(&mut self, event: &Event<'_>) {
        let metadata = event.metadata();
        let origin = self.record.origin(event);
        if is_bridged(metadata) {
            let owned = |text: Option<&str>| text.map(|text| Cow::Owned(text.to_owned()));
            self.written_at(Cow::Owned(origin.logger.to_owned()), owned(origin.module), owned(origin.file));
        } else {
            let (module, file) = (metadata.module_path(), metadata.file());
            self.written_at(Cow::Borrowed(metadata.target()), module.map(Cow::Borrowed), file.map(Cow::Borrowed));
        }
        if let Some(line) = origin.line {
            self.put(attr::CODE_LINE_NUMBER, i64::from(line));
        }
        if let Ok(id) = i64::try_from(thread::id()) {
            self.put(attr::THREAD_ID, id);
        }
    }

    fn written_at(
        &mut self,
        target: Cow<'static, str>,
        module: Option<Cow<'static, str>>,
        file: Option<Cow<'static, str>>,
    ) {
        if let Some(module) = module.filter(|module| *module != target) {
            self.put(attr::CODE_MODULE, module);
        }
        if let Some(file) = file {
            self.put(attr::CODE_FILE_PATH, file);
        }
        self.log.set_target(target);
    }

    fn ids(&mut self, belonging: &Belonging, names: &SecretNames) {
        if let Some(id) = &belonging.request_id {
            self.put(attr::REQUEST_ID, id.clone());
        }
        for (key, value) in belonging.ids() {
            if names.contains(key.as_str()) {
                self.put(key.clone(), REDACTED);
            } else {
                self.put(key.clone(), value.clone());
            }
        }
    }

    /// The fields, as long as there is room, and how many attributes there was none for.
    fn fields(&mut self, lists: Vec<(Key, AnyValue)>) {
        let mut lists = lists;
        for (name, value) in self.record.keyed_fields() {
            // The name of an event of the core has a place of its own.
            if self.record.event.is_some() && name.as_str() == events::FIELD {
                continue;
            }
            let length = match value {
                Value::Text(text) => self.record.texts.get(text).len(),
                _ => 0,
            };
            if name.as_str().len() + length > self.room || self.added >= self.limits.log_attributes {
                self.omitted += 1;
                continue;
            }
            self.room -= name.as_str().len();
            let value = match value {
                Value::Text(text) => {
                    let shown = self.text(text);
                    let list = lists.iter().position(|(key, _)| *key == name).map(|at| lists.swap_remove(at).1);
                    // An array that is too long is a text that says so.
                    list.filter(|_| text.cut.is_none()).unwrap_or(shown)
                }
                Value::I64(number) => number.into(),
                Value::U64(number) => match i64::try_from(number) {
                    Ok(number) => number.into(),
                    Err(_) => number.to_string().into(),
                },
                Value::F64(number) => number.into(),
                Value::Bool(value) => value.into(),
                Value::Redacted => REDACTED.into(),
            };
            self.add(name, value);
        }
        // One more than the limit has, because nothing goes without a word.
        if self.omitted > 0 {
            self.log.add_attribute(attr::LOG_OMITTED_FIELDS, self.omitted);
        }
    }
}
