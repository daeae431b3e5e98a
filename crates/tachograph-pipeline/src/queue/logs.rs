//! Log records as items of a queue.

use std::mem::size_of;

use opentelemetry::Key;
use opentelemetry::logs::{AnyValue, Severity};

use super::{Queued, Rank};
use crate::exporter::OwnedLog;

impl Queued for OwnedLog {
    /// Texts that are constants are counted like those that are not. The record has room for some attributes in itself, which are
    /// counted twice.
    fn size(&self) -> usize {
        let (record, _) = self;
        let attributes: usize = record
            .attributes_iter()
            .map(|(key, value)| size_of::<(Key, AnyValue)>() + key.as_str().len() + text(value))
            .sum();
        size_of::<Self>() + record.body().map_or(0, text) + attributes
    }

    /// What failed is told last of all that is dropped.
    fn rank(&self) -> Rank {
        match self.0.severity_number() {
            Some(severity) if severity >= Severity::Error => Rank::Important,
            _ => Rank::Ordinary,
        }
    }
}

/// What a value takes beside its own size.
fn text(value: &AnyValue) -> usize {
    match value {
        AnyValue::String(text) => text.as_str().len(),
        AnyValue::Bytes(bytes) => bytes.len(),
        AnyValue::ListAny(values) => values.iter().map(|value| size_of::<AnyValue>() + text(value)).sum(),
        AnyValue::Map(map) => {
            map.iter().map(|(key, value)| size_of::<(Key, AnyValue)>() + key.as_str().len() + text(value)).sum()
        }
        // Numbers, and whatever there may be one day.
        _ => 0,
    }
}
