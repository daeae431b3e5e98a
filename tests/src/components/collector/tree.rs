//! Spans of a trace as an indented text.

use std::fmt::Write as _;

use super::Span;

/// The spans as a tree: a line for each with name and kind, `[error]` where its status is one, siblings in the order of their start. A
/// span whose parent is not among them stands at the left.
pub fn tree(spans: &[Span]) -> String {
    let mut text = String::new();
    let is_root = |span: &&Span| !spans.iter().any(|other| other.span_id == span.parent_id);
    write(&mut text, sorted(spans.iter().filter(is_root)), spans, 0);
    text
}

fn write(text: &mut String, siblings: Vec<&Span>, spans: &[Span], depth: usize) {
    for span in siblings {
        let error = if span.is_error { " [error]" } else { "" };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{:1$}{2} ({3}){error}", "", 2 * depth, span.name, span.kind);
        write(text, sorted(spans.iter().filter(|child| child.parent_id == span.span_id)), spans, depth + 1);
    }
}

fn sorted<'a>(spans: impl Iterator<Item = &'a Span>) -> Vec<&'a Span> {
    let mut spans: Vec<_> = spans.collect();
    spans.sort_by_key(|span| span.start);
    spans
}
