//! What was recorded, as a table. It is read off the spans, which say the same as the metrics.

use std::fmt::Write as _;

use examples::model_service::Mode;
use tachograph::{
    opentelemetry::{Array, Value},
    semconv::attribute as attr,
};
use tachograph_testing::SpanData;

use crate::ways::Way;

/// Columns of a row and their headings. A figure that is not known is `-`.
const COLUMNS: [(&str, usize); 12] = [
    ("provider", 12),
    ("model", 42),
    ("way", 11),
    ("answer", 9),
    ("in", 6),
    ("out", 6),
    ("cached", 7),
    ("written", 8),
    ("reasoning", 10),
    ("cost in $", 11),
    ("first chunk", 12),
    ("finish", 6),
];
const UNKNOWN: &str = "-";

/// One call.
#[derive(Debug)]
pub(crate) struct Row {
    cells: [String; COLUMNS.len()],
    cost: Option<f64>,
}

impl Row {
    pub(crate) fn of(way: Way, mode: Mode, span: &SpanData) -> Self {
        let find = |key: &str| span.attributes.iter().find(|kv| kv.key.as_str() == key).map(|kv| &kv.value);
        let text = |key: &str| find(key).map_or_else(|| UNKNOWN.to_owned(), in_words_of);
        let amount = |key: &str| match find(key) {
            Some(Value::F64(amount)) => Some(*amount),
            _ => None,
        };
        let cost = amount(attr::LLM_COST_AMOUNT);
        let or_unknown = |text: Option<String>| text.unwrap_or_else(|| UNKNOWN.to_owned());
        let cells = [
            text(attr::GEN_AI_PROVIDER_NAME),
            text(attr::GEN_AI_REQUEST_MODEL),
            way.name().to_owned(),
            if mode == Mode::Whole { "whole" } else { "streamed" }.to_owned(),
            text(attr::GEN_AI_USAGE_INPUT_TOKENS),
            text(attr::GEN_AI_USAGE_OUTPUT_TOKENS),
            text(attr::GEN_AI_USAGE_CACHE_READ),
            text(attr::GEN_AI_USAGE_CACHE_WRITE),
            text(attr::GEN_AI_USAGE_REASONING),
            or_unknown(cost.map(|cost| format!("{cost:.8}"))),
            or_unknown(amount(attr::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK).map(|s| format!("{:.2}ms", s * 1e3))),
            text(attr::GEN_AI_RESPONSE_FINISH_REASONS),
        ];
        Self { cells, cost }
    }
}

fn in_words_of(value: &Value) -> String {
    match value {
        Value::Array(Array::String(texts)) => texts.iter().map(|text| text.as_str()).collect::<Vec<_>>().join(","),
        other => other.as_str().into_owned(),
    }
}

/// The rows below their headings, and what all of them cost.
pub(crate) fn in_words(rows: &[Row]) -> String {
    let mut out = line(COLUMNS.map(|(heading, _)| heading));
    for row in rows {
        out.push_str(&line(row.cells.each_ref().map(String::as_str)));
    }
    let costs: Vec<f64> = rows.iter().filter_map(|row| row.cost).collect();
    let total: f64 = costs.iter().sum();
    let _ = writeln!(out, "\n{} calls, {} of them with a price: ${total:.8}", rows.len(), costs.len());
    out
}

fn line(cells: [&str; COLUMNS.len()]) -> String {
    let mut line = String::new();
    for (cell, (_, width)) in cells.iter().zip(COLUMNS) {
        let _ = write!(line, "{cell:<width$} ");
    }
    line.truncate(line.trim_end().len());
    line + "\n"
}
