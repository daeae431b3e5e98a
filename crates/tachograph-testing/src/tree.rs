//! Span trees as text.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
};

use opentelemetry::{
    KeyValue, SpanId, TraceId,
    trace::{Event, SpanKind, Status},
};
use opentelemetry_sdk::trace::SpanData;

use crate::spans::events_in_order;

/// The attributes that say how a call went: error, status, tokens, cache result.
pub const DEFAULT_ATTRIBUTES: &[&str] = &[
    "error.type",
    "gen_ai.response.finish_reasons",
    "gen_ai.usage.*",
    "http.response.status_code",
    "tachograph.cache.result",
];

/// Among the attributes of [`render`]: how long the span took.
///
/// ```
/// # use std::time::Duration;
/// # use tachograph_core::{Outcome, ToolExecution};
/// # use tachograph_testing::{TestTelemetry, tree};
/// # let test = TestTelemetry::new();
/// # test.scope(|| ToolExecution::new("search").record(Duration::from_millis(1250), Outcome::Success));
/// assert_eq!(tree::render(&test.spans(), &[tree::DURATION]), "execute_tool search 1.2s\n");
/// ```
pub const DURATION: &str = "duration";

/// Among the attributes of [`render`]: the events of each span by their time, a line each, before its children. Their attributes are chosen by the
/// same keys.
///
/// ```
/// # use tachograph_core::LlmRequest;
/// # use tachograph_testing::{TestTelemetry, tree};
/// # let test = TestTelemetry::new();
/// # test.scope(|| {
/// #     let call = LlmRequest::new("openai", "gpt-4o").start();
/// #     let mut first = call.attempt();
/// #     first.status(429);
/// #     first.end();
/// #     call.attempt().end();
/// #     call.succeed();
/// # });
/// assert_eq!(
///     tree::render(&test.spans(), &[tree::EVENTS, "error.type"]),
///     "\
/// chat gpt-4o (client)
///   * tachograph.llm.attempt error.type=429
///   * tachograph.llm.attempt
/// "
/// );
/// ```
pub const EVENTS: &str = "events";

/// The trees of `spans` as indented text, one line for each span.
///
/// A line is the name, the kind unless it is internal, the attributes that were asked for, sorted by key, and the status
/// unless it is unset:
///
/// ```text
/// POST /chat (server) http.response.status_code=500 [error]
///   invoke_agent researcher error.type=Timeout [error: no answer in 30 s]
/// ```
///
/// `attributes` are keys; one that ends in `*` stands for all keys that begin so, and `"*"` for all there are. Values with
/// blanks or control characters are quoted. Spans are ordered by their start; a span whose parent is not in `spans` is the
/// root of a tree. Every span is printed exactly once.
///
/// ```
/// # use tachograph_testing::{TestTelemetry, tree};
/// # use tachograph_core::ToolExecution;
/// # let test = TestTelemetry::new();
/// # test.scope(|| ToolExecution::new("search").call_id("c 1").start().succeed());
/// let text = tree::render(&test.spans(), &["gen_ai.tool.*"]);
/// assert_eq!(text, "execute_tool search gen_ai.tool.call.id=\"c 1\" gen_ai.tool.name=search\n");
/// ```
#[must_use]
pub fn render(spans: &[SpanData], attributes: &[&str]) -> String {
    let mut in_order: Vec<&SpanData> = spans.iter().collect();
    in_order.sort_by_key(|span| span.start_time);

    let present: HashSet<Id> = spans.iter().map(id).collect();
    let mut children: HashMap<Id, Vec<&SpanData>> = HashMap::new();
    // The last is printed first: what is still to be printed is a stack, because traces may be deeper than a call stack.
    let mut to_print: Vec<(usize, &SpanData)> = Vec::new();
    for &span in in_order.iter().rev() {
        let parent = (span.span_context.trace_id(), span.parent_span_id);
        if present.contains(&parent) {
            children.entry(parent).or_default().push(span);
        } else {
            to_print.push((0, span));
        }
    }

    let mut text = String::new();
    while let Some((depth, span)) = to_print.pop() {
        line(&mut text, depth, span, attributes);
        if attributes.contains(&EVENTS) {
            events_in_order(span).into_iter().for_each(|event| event_line(&mut text, depth + 1, event, attributes));
        }
        // Removed, so that a span that was given twice does not print its children twice.
        let below = children.remove(&id(span)).unwrap_or_default();
        to_print.extend(below.into_iter().map(|child| (depth + 1, child)));
    }
    text
}

type Id = (TraceId, SpanId);

fn id(span: &SpanData) -> Id {
    (span.span_context.trace_id(), span.span_context.span_id())
}

fn line(text: &mut String, depth: usize, span: &SpanData, attributes: &[&str]) {
    text.extend(std::iter::repeat_n("  ", depth));
    text.push_str(&one_line(&span.name));
    if let Some(kind) = kind(&span.span_kind) {
        text.push_str(kind);
    }
    if attributes.contains(&DURATION) {
        // A clock that was set back gives no length.
        let length = span.end_time.duration_since(span.start_time).unwrap_or_default();
        let _ = write!(text, " {length:.1?}");
    }
    write_attributes(text, &span.attributes, attributes);
    match &span.status {
        Status::Unset => {}
        Status::Ok => text.push_str(" [ok]"),
        Status::Error { description } if description.is_empty() => text.push_str(" [error]"),
        Status::Error { description } => {
            let _ = write!(text, " [error: {}]", one_line(description));
        }
    }
    text.push('\n');
}

fn event_line(text: &mut String, depth: usize, event: &Event, attributes: &[&str]) {
    text.extend(std::iter::repeat_n("  ", depth));
    text.push_str("* ");
    text.push_str(&one_line(&event.name));
    write_attributes(text, &event.attributes, attributes);
    text.push('\n');
}

fn write_attributes(text: &mut String, has: &[KeyValue], asked_for: &[&str]) {
    let mut shown: Vec<&KeyValue> = has.iter().filter(|attribute| wanted(attribute.key.as_str(), asked_for)).collect();
    shown.sort_by(|a, b| a.key.cmp(&b.key));
    for attribute in shown {
        // Writing to a string does not fail.
        let _ = write!(text, " {}={}", attribute.key, quoted_if_needed(&attribute.value.to_string()));
    }
}

fn kind(kind: &SpanKind) -> Option<&'static str> {
    match kind {
        SpanKind::Client => Some(" (client)"),
        SpanKind::Server => Some(" (server)"),
        SpanKind::Producer => Some(" (producer)"),
        SpanKind::Consumer => Some(" (consumer)"),
        SpanKind::Internal => None,
    }
}

fn wanted(key: &str, attributes: &[&str]) -> bool {
    attributes.iter().any(|wanted| match wanted.strip_suffix('*') {
        Some(prefix) => key.starts_with(prefix),
        None => key == *wanted,
    })
}

fn quoted_if_needed(value: &str) -> String {
    let plain = !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || c.is_control());
    if plain { value.to_owned() } else { format!("{value:?}") }
}

/// Names and messages come from outside at times; each span keeps its one line.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}
