//! The Prometheus text format, version 0.0.4.

use std::fmt::Write as _;

use super::family::{Arena, Buckets, Family, Number, Series, Value};

/// Appends a family: help, type, and its series.
pub(crate) fn write_family(family: &Family, arena: &Arena, out: &mut String) {
    let name = &family.name;
    out.push_str("# HELP ");
    out.push_str(name);
    out.push(' ');
    write_help(&family.help, out);
    // Writing to a `String` cannot fail; the results of all `write!` here are of no use.
    let _ = write!(out, "\n# TYPE {name} {}\n", family.kind.word());
    for Series { labels, value } in &family.series {
        let labels = &arena.text[labels.clone()];
        match value {
            Value::Sum(number) | Value::Gauge(number) => write_sample(name, "", labels, "", *number, out),
            Value::Histogram(buckets) => write_histogram(name, labels, buckets, arena, out),
        }
    }
}

fn write_histogram(name: &str, labels: &str, buckets: &Buckets, arena: &Arena, out: &mut String) {
    let bounds = &arena.bounds[buckets.bounds.clone()];
    let counts = &arena.counts[buckets.counts.clone()];
    let mut cumulative = 0_u64;
    let mut bound_text = String::new();
    for (bound, count) in bounds.iter().zip(counts) {
        cumulative = cumulative.saturating_add(*count);
        bound_text.clear();
        let _ = write!(bound_text, "{}", Number::F64(*bound));
        write_sample(name, "_bucket", labels, &bound_text, Number::U64(cumulative), out);
    }
    write_sample(name, "_bucket", labels, "+Inf", Number::U64(buckets.count), out);
    write_sample(name, "_sum", labels, "", buckets.sum, out);
    write_sample(name, "_count", labels, "", Number::U64(buckets.count), out);
}

fn write_sample(name: &str, suffix: &str, labels: &str, le: &str, value: Number, out: &mut String) {
    out.push_str(name);
    out.push_str(suffix);
    if !labels.is_empty() || !le.is_empty() {
        out.push('{');
        out.push_str(labels);
        if !le.is_empty() {
            if !labels.is_empty() {
                out.push(',');
            }
            out.push_str("le=\"");
            out.push_str(le);
            out.push('"');
        }
        out.push('}');
    }
    let _ = writeln!(out, " {value}");
}

fn write_help(help: &str, out: &mut String) {
    for c in help.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
}
