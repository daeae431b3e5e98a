//! Traces as they are shown.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use opentelemetry::{Array, KeyValue, Value, trace::SpanKind};
use serde::Serialize;

use super::{
    category::Category,
    record::{EventRecord, SpanEnding, SpanRecord},
    trace::Trace,
};
use crate::{answer::rfc_3339, stats::rounding};

/// What a list of traces tells of each.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TraceSummary {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// Name of the span that it begins with in this process.
    pub name: String,
    /// Kind of that span: `server`, `client`, `internal`, `producer`, `consumer`.
    pub kind: &'static str,
    category: Category,
    /// When it began, in RFC 3339.
    pub start: String,
    /// How long the span took that it begins with.
    #[serde(serialize_with = "rounding::three")]
    pub duration_ms: f64,
    /// How many spans are kept.
    pub spans: usize,
    /// How many there was no room for.
    pub omitted_spans: usize,
    /// How many spans failed.
    pub errors: usize,
    /// `error` if the span that it begins with failed, else `ok`.
    pub status: &'static str,
    /// Class of that error.
    pub error_type: Option<String>,
    /// Agents that ran, up to eight.
    pub agents: Vec<String>,
    /// Models that were called, up to eight.
    pub models: Vec<String>,
    /// Tokens that went to them.
    pub input_tokens: i64,
    /// Tokens that came from them.
    pub output_tokens: i64,
    /// What that cost in US dollars, if any of it has a price.
    #[serde(serialize_with = "rounding::dollars_if_any")]
    pub cost_usd: Option<f64>,
}

/// A whole trace.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TraceView {
    /// What the list tells as well.
    #[serde(flatten)]
    pub summary: TraceSummary,
    /// Where to look further.
    pub links: TraceLinks,
    /// Its spans, by their start.
    pub spans: Vec<SpanView>,
}

/// Where to look further, where that was configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TraceLinks {
    /// The log lines of the trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logs: Option<String>,
    /// The trace in a tracing backend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

/// A span.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct SpanView {
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// The span above; it may be missing, or of another process.
    pub parent_span_id: Option<String>,
    /// Whether it came in through a protocol.
    pub parent_is_remote: bool,
    /// Its name.
    pub name: String,
    /// `server`, `client`, `internal`, `producer`, `consumer`.
    pub kind: &'static str,
    category: Category,
    /// When it began, after the first span of the trace.
    #[serde(serialize_with = "rounding::three")]
    pub start_offset_ms: f64,
    /// How long it took.
    #[serde(serialize_with = "rounding::three")]
    pub duration_ms: f64,
    /// `ok`, `error` or `unset`.
    pub status: &'static str,
    /// Class of its error.
    pub error_type: Option<String>,
    /// What the error said, where it quotes nobody.
    pub message: Option<String>,
    /// Attributes.
    pub attributes: BTreeMap<String, serde_json::Value>,
    /// Events, the first 64.
    pub events: Vec<EventView>,
}

/// An event.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct EventView {
    /// Its name.
    pub name: String,
    /// When it was, after the first span of the trace.
    #[serde(serialize_with = "rounding::three")]
    pub offset_ms: f64,
    /// Attributes.
    pub attributes: BTreeMap<String, serde_json::Value>,
}

impl TraceSummary {
    pub(super) fn new(trace: &Trace) -> Self {
        let root = trace.root();
        Self {
            trace_id: trace.id.to_string(),
            name: root.map_or_else(|| "(still running)".to_owned(), |root| root.name.clone()),
            kind: root.map_or("internal", |root| kind(&root.kind)),
            category: root.map_or(Category::Other, |root| root.category),
            start: rfc_3339(root.map(|root| root.start).or_else(|| trace.start()).unwrap_or(SystemTime::UNIX_EPOCH)),
            duration_ms: ms(trace.duration()),
            spans: trace.spans.len(),
            omitted_spans: trace.omitted,
            errors: trace.errors,
            status: if root.is_some_and(SpanRecord::failed) { "error" } else { "ok" },
            error_type: root.and_then(|root| root.error_type.clone()),
            agents: trace.agents.clone(),
            models: trace.models.clone(),
            input_tokens: trace.input_tokens,
            output_tokens: trace.output_tokens,
            cost_usd: trace.cost_usd,
        }
    }
}

impl TraceView {
    pub(super) fn new(trace: &Trace) -> Self {
        let begun = trace.start().unwrap_or(SystemTime::UNIX_EPOCH);
        let mut spans: Vec<&SpanRecord> = trace.spans.iter().collect();
        spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
        Self {
            summary: TraceSummary::new(trace),
            links: TraceLinks::default(),
            spans: spans.into_iter().map(|span| SpanView::new(span, begun)).collect(),
        }
    }
}

impl SpanView {
    fn new(span: &SpanRecord, begun: SystemTime) -> Self {
        Self {
            span_id: span.id.to_string(),
            parent_span_id: span.parent.map(|parent| parent.to_string()),
            parent_is_remote: span.parent_is_remote,
            name: span.name.clone(),
            kind: kind(&span.kind),
            category: span.category,
            start_offset_ms: ms(span.start.duration_since(begun).unwrap_or_default()),
            duration_ms: ms(span.duration()),
            status: match span.ending {
                SpanEnding::Unset => "unset",
                SpanEnding::Ok => "ok",
                SpanEnding::Error => "error",
            },
            error_type: span.error_type.clone(),
            message: span.message.clone(),
            attributes: json(&span.attributes),
            events: span.events.iter().map(|event| EventView::new(event, begun)).collect(),
        }
    }
}

impl EventView {
    fn new(event: &EventRecord, begun: SystemTime) -> Self {
        Self {
            name: event.name.clone(),
            offset_ms: ms(event.at.duration_since(begun).unwrap_or_default()),
            attributes: json(&event.attributes),
        }
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn kind(kind: &SpanKind) -> &'static str {
    match kind {
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
        SpanKind::Internal => "internal",
    }
}

fn json(attributes: &[KeyValue]) -> BTreeMap<String, serde_json::Value> {
    attributes.iter().map(|it| (it.key.to_string(), json_of(&it.value))).collect()
}

fn json_of(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::I64(value) => (*value).into(),
        Value::F64(value) => (*value).into(),
        Value::String(value) => value.as_str().into(),
        Value::Array(Array::Bool(all)) => all.clone().into(),
        Value::Array(Array::I64(all)) => all.clone().into(),
        Value::Array(Array::F64(all)) => all.clone().into(),
        Value::Array(Array::String(all)) => all.iter().map(|text| text.as_str()).collect::<Vec<_>>().into(),
        // The API may grow.
        other => other.to_string().into(),
    }
}
