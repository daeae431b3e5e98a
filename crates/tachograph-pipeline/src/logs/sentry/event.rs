//! What was taken down, in the words of Sentry.

use std::time::SystemTime;

use sentry_types::protocol::v7::{
    Breadcrumb, Context, Event, Exception, Level, Map, Mechanism, SpanId, TraceContext, TraceId, User,
    value::Value as Json,
};
use tachograph_core::semconv::{attribute as attr, value};

use crate::logs::record::{Belonging, Origin, Record, Value};
use crate::logs::redact::{REDACTED, SecretNames, redact};

/// What the type of an error is where nobody tells.
const UNTYPED: &str = "Error";
/// And of one that caused another.
const CAUSE: &str = "Cause";

pub(super) fn of(record: &Record, origin: &Origin<'_>, belonging: &Belonging, names: &SecretNames) -> Event<'static> {
    let mut event = Event { level: level(origin.level), logger: Some(origin.logger.to_owned()), ..Event::default() };
    let message = record.message.map(|message| record.texts.get(message).to_owned());
    let mut exception = Exception::default();
    let mut user = belonging.user().map(clean);
    for (name, value) in record.fields() {
        let json = json(record, value);
        let text = || match &json {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        match name {
            attr::EXCEPTION_TYPE => exception.ty = text(),
            attr::EXCEPTION_MESSAGE => exception.value = Some(text()),
            // The exception has them.
            attr::EXCEPTION_CAUSES => {}
            attr::USER_ID => user = Some(text()),
            attr::COMPONENT => drop(event.tags.insert("component".to_owned(), text())),
            attr::BREADCRUMBS => event.breadcrumbs = breadcrumbs(&text()).into(),
            _ => match name.strip_prefix(attr::TAG_PREFIX) {
                Some(tag) => drop(event.tags.insert(tag.to_owned(), text())),
                None => drop(event.extra.insert(name.to_owned(), json)),
            },
        }
    }
    let is_captured = !exception.ty.is_empty() || exception.value.is_some();
    if is_captured || record.exception.is_some() {
        if !is_captured {
            event.message = message;
        }
        event.exception = exceptions(record, exception).into();
    } else {
        event.message = message;
    }
    event.user = user.map(|id| User { id: Some(id), ..User::default() });
    if let Some((trace, span, _)) = belonging.span {
        let context = TraceContext {
            trace_id: TraceId::from(trace.to_bytes()),
            span_id: SpanId::from(span.to_bytes()),
            ..TraceContext::default()
        };
        event.contexts.insert("trace".to_owned(), Context::from(context));
    }
    if let Some(id) = &belonging.request_id {
        event.tags.insert("request_id".to_owned(), clean(id.as_str()));
    }
    for (key, value) in belonging.request_words().filter(|(key, _)| *key != "ip_address").chain(belonging.further()) {
        let value = if names.contains(key) { REDACTED.to_owned() } else { clean(value) };
        event.extra.entry(key.to_owned()).or_insert_with(|| value.into());
    }
    event
}

/// The causes, from the first on, and the error at the end, as Sentry has them.
fn exceptions(record: &Record, mut exception: Exception) -> Vec<Exception> {
    let text = |text| Some(record.texts.get(text).to_owned());
    let causes = record.causes.iter().rev();
    let mut all: Vec<_> =
        causes.map(|cause| Exception { ty: CAUSE.to_owned(), value: text(*cause), ..Exception::default() }).collect();
    let is_panic = exception.ty == value::PANIC;
    exception.value = exception.value.or_else(|| record.exception.and_then(text));
    if exception.ty.is_empty() {
        UNTYPED.clone_into(&mut exception.ty);
    }
    let ty = if is_panic { "panic" } else { "generic" };
    exception.mechanism = Some(Mechanism { ty: ty.to_owned(), handled: Some(!is_panic), ..Mechanism::default() });
    all.push(exception);
    all
}

fn level(level: &str) -> Level {
    match level {
        "CRITICAL" => Level::Fatal,
        "ERROR" => Level::Error,
        "WARNING" => Level::Warning,
        "INFO" => Level::Info,
        _ => Level::Debug,
    }
}

fn json(record: &Record, value: Value) -> Json {
    match value {
        Value::I64(number) => number.into(),
        Value::U64(number) => number.into(),
        Value::F64(number) => number.into(),
        Value::Bool(value) => value.into(),
        Value::Text(text) => record.texts.get(text).into(),
        Value::Redacted => REDACTED.into(),
    }
}

fn clean(text: &str) -> String {
    let mut text = text.to_owned();
    redact(&mut text, 0, false);
    text
}

/// The list that [`events`](crate::logs::events) made; whatever else it is, it is shown as one.
fn breadcrumbs(list: &str) -> Vec<Breadcrumb> {
    let Ok(Json::Array(crumbs)) = serde_json::from_str(list) else {
        return vec![Breadcrumb { message: Some(list.to_owned()), ..Breadcrumb::default() }];
    };
    crumbs.iter().map(breadcrumb).collect()
}

fn breadcrumb(crumb: &Json) -> Breadcrumb {
    let text = |key: &str| crumb.get(key).and_then(Json::as_str);
    let time = text("time").and_then(|time| humantime::parse_rfc3339(time).ok());
    let data = crumb.get("data").and_then(Json::as_object);
    Breadcrumb {
        timestamp: time.unwrap_or_else(SystemTime::now),
        category: text("category").map(str::to_owned),
        level: level(text("level").unwrap_or_default()),
        message: text("message").map(str::to_owned),
        data: data.map_or_else(Map::new, |data| data.iter().map(|(key, value)| (key.clone(), value.clone())).collect()),
        ..Breadcrumb::default()
    }
}
