//! Spans as items of a queue.

use std::mem::size_of;

use opentelemetry::trace::{Event, Link, SpanId, Status};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::{Queued, Rank};

/// How the name of a span begins that is the run of an agent, by the conventions.
const AGENT_RUN: &str = "invoke_agent";

/// What a number in an array takes in OTLP at most, which is more than in memory.
const NUMBER: usize = 16;

impl Queued for SpanData {
    /// Texts that are constants are counted like those that are not, and nothing with less than it takes in OTLP.
    fn size(&self) -> usize {
        let events = self.events.events.capacity() * size_of::<Event>();
        let links = self.links.links.capacity() * size_of::<Link>();
        let status = match &self.status {
            Status::Error { description } => description.len(),
            Status::Ok | Status::Unset => 0,
        };
        let in_events: usize = self.events.iter().map(|event| event.name.len() + attributes(&event.attributes)).sum();
        let in_links: usize = self.links.iter().map(|link| attributes(&link.attributes)).sum();
        size_of::<Self>()
            + self.name.len()
            + attributes(&self.attributes)
            + status
            + events
            + in_events
            + links
            + in_links
    }

    /// A trace without its root, or without what failed, tells little.
    fn rank(&self) -> Rank {
        let is_root = self.parent_span_id == SpanId::INVALID || self.parent_span_is_remote;
        if is_root || matches!(self.status, Status::Error { .. }) || self.name.starts_with(AGENT_RUN) {
            Rank::Important
        } else {
            Rank::Ordinary
        }
    }
}

fn attributes(attributes: &Vec<KeyValue>) -> usize {
    let texts: usize = attributes.iter().map(|it| it.key.as_str().len() + value(&it.value)).sum();
    attributes.capacity() * size_of::<KeyValue>() + texts
}

fn value(value: &Value) -> usize {
    match value {
        Value::String(text) => text.as_str().len(),
        Value::Array(Array::Bool(values)) => values.capacity() * NUMBER,
        Value::Array(Array::I64(values)) => values.capacity() * NUMBER,
        Value::Array(Array::F64(values)) => values.capacity() * NUMBER,
        Value::Array(Array::String(values)) => {
            let texts: usize = values.iter().map(|text| text.as_str().len()).sum();
            values.capacity() * size_of::<StringValue>() + texts
        }
        // Numbers, and whatever there may be one day.
        _ => 0,
    }
}
