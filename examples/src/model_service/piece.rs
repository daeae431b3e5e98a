//! One event of a stream, as the bytes that are sent.

use axum::body::Bytes;
use serde_json::{Map, Value};
use tachograph::Usage;

/// What is sent at once.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) bytes: Bytes,
    /// Tokens that it reports, in the normal form.
    pub(super) told: Usage,
}

impl Piece {
    pub(super) fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), told: Usage::default() }
    }

    /// The data of a server-sent event.
    pub(super) fn data(data: impl ToString) -> Self {
        Self::new(format!("data: {}\n\n", data.to_string()))
    }

    /// A server-sent event with a name, which its data has first of all: as OpenAI's responses and Anthropic have it.
    pub(super) fn named(kind: &str, fields: &Value) -> Self {
        let fields = fields.to_string();
        let rest = fields.strip_prefix('{').unwrap_or_default();
        let comma = if rest == "}" { "" } else { "," };
        Self::new(format!("event: {kind}\ndata: {{\"type\":\"{kind}\"{comma}{rest}\n\n"))
    }

    /// One line of JSON.
    pub(super) fn line(value: &Value) -> Self {
        Self::new(format!("{value}\n"))
    }

    /// Says that it reports these tokens.
    pub(super) fn telling(mut self, told: Usage) -> Self {
        self.told = told;
        self
    }
}

/// An object of those figures that are known.
pub(super) fn figures<const N: usize>(figures: [(&str, Option<u64>); N]) -> Value {
    let known = figures.into_iter().filter_map(|(name, figure)| Some((name.to_owned(), figure?.into())));
    Value::Object(known.collect::<Map<_, _>>())
}
