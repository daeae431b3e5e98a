//! Texts of attributes, cut where they are longer than they may be.

use opentelemetry::logs::AnyValue;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// How many characters the text of an attribute may have; each text of an array by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextLimit {
    characters: usize,
}

impl TextLimit {
    pub(crate) fn new(characters: usize) -> Self {
        Self { characters }
    }

    /// Cuts the attributes of a span, of its events and of its links.
    pub(crate) fn cut_span(self, span: &mut SpanData) {
        self.cut_attributes(&mut span.attributes);
        for event in &mut span.events.events {
            self.cut_attributes(&mut event.attributes);
        }
        for link in &mut span.links.links {
            self.cut_attributes(&mut link.attributes);
        }
    }

    /// Cuts a value of a log record, and what is inside of it.
    pub(crate) fn cut_value(self, value: &mut AnyValue) {
        match value {
            AnyValue::String(text) => self.cut(text),
            AnyValue::ListAny(values) => values.iter_mut().for_each(|value| self.cut_value(value)),
            AnyValue::Map(values) => values.values_mut().for_each(|value| self.cut_value(value)),
            _ => {}
        }
    }

    fn cut_attributes(self, attributes: &mut [KeyValue]) {
        for attribute in attributes {
            match &mut attribute.value {
                Value::String(text) => self.cut(text),
                Value::Array(Array::String(texts)) => texts.iter_mut().for_each(|text| self.cut(text)),
                _ => {}
            }
        }
    }

    fn cut(self, text: &mut StringValue) {
        let whole = text.as_str();
        // No text has more characters than bytes.
        if whole.len() > self.characters
            && let Some((end, _)) = whole.char_indices().nth(self.characters)
        {
            *text = whole[..end].to_owned().into();
        }
    }
}
