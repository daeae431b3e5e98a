//! One way that the calls of a series end.

use std::sync::OnceLock;

use opentelemetry::{KeyValue, StringValue};

use super::{
    for_metrics,
    llm::{Answered, Attributes, LlmCompletion},
};
use crate::{
    bound::{BoundCounter, BoundHistogram},
    instruments::Instruments,
    operation::Kind,
    semconv::{attribute as attr, value},
};

/// A call's end, as far as metrics see it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct End<'a> {
    pub(crate) error_type: Option<&'a StringValue>,
    pub(crate) response_model: Option<&'a StringValue>,
    /// HTTP status; 0 stands for none.
    pub(crate) status: u16,
    /// Status of an RPC, or code that a database gave.
    pub(crate) code: Option<&'a StringValue>,
    /// Cache look-ups only.
    pub(crate) hit: Option<bool>,
}

impl End<'_> {
    /// A success of which nothing more is known.
    pub(super) fn is_plain(&self) -> bool {
        self.error_type.is_none()
            && self.response_model.is_none()
            && self.code.is_none()
            && self.status == 0
            && self.hit.is_none()
    }
}

/// Bound instruments of one way that calls of a series end. Bound when first recorded: a bound histogram that was
/// never recorded would be exported with a count of zero and absurd extremes.
pub(crate) struct Completion {
    attributes: Vec<KeyValue>,
    error_type: Option<StringValue>,
    response_model: Option<StringValue>,
    code: Option<StringValue>,
    status: u16,
    hit: Option<bool>,
    duration: OnceLock<BoundHistogram<f64>>,
    /// Calls to models only.
    llm: OnceLock<Box<LlmCompletion>>,
    sizes: [OnceLock<BoundHistogram<u64>>; 2],
    operations: OnceLock<BoundCounter<u64>>,
    rows: OnceLock<BoundHistogram<u64>>,
}

impl Completion {
    pub(super) fn new(kind: Kind, mut attributes: Vec<KeyValue>, end: &End<'_>) -> Self {
        if let Some(model) = end.response_model {
            attributes.push(KeyValue::new(attr::GEN_AI_RESPONSE_MODEL, for_metrics(model)));
        }
        if end.status != 0 {
            attributes.push(KeyValue::new(attr::HTTP_RESPONSE_STATUS_CODE, i64::from(end.status)));
        }
        if let Some(code) = end.code {
            attributes.push(KeyValue::new(kind.code_key(), for_metrics(code)));
        }
        if let Some(hit) = end.hit {
            attributes.push(KeyValue::new(attr::CACHE_RESULT, if hit { value::HIT } else { value::MISS }));
        }
        if let Some(error_type) = end.error_type {
            attributes.push(KeyValue::new(attr::ERROR_TYPE, for_metrics(error_type)));
        }
        Self {
            attributes,
            error_type: end.error_type.cloned(),
            response_model: end.response_model.cloned(),
            code: end.code.cloned(),
            status: end.status,
            hit: end.hit,
            duration: OnceLock::new(),
            llm: OnceLock::new(),
            sizes: Default::default(),
            operations: OnceLock::new(),
            rows: OnceLock::new(),
        }
    }

    pub(super) fn matches(&self, end: &End<'_>) -> bool {
        self.status == end.status
            && self.hit == end.hit
            && self.error_type.as_ref() == end.error_type
            && self.response_model.as_ref() == end.response_model
            && self.code.as_ref() == end.code
    }

    pub(crate) fn duration(&self, instruments: &Instruments, kind: Kind, seconds: f64) {
        self.duration.get_or_init(|| BoundHistogram::new(instruments.duration(kind), &self.attributes)).record(seconds);
    }

    pub(crate) fn answered(&self, instruments: &Instruments, answered: &Answered<'_>) {
        let attributes = Attributes { all: &self.attributes, plain: &|| self.attributes_without_error() };
        self.llm.get_or_init(Box::default).record(instruments, answered, &attributes);
    }

    pub(crate) fn request_size(&self, instruments: &Instruments, kind: Kind, bytes: u64) {
        self.sizes[0]
            .get_or_init(|| BoundHistogram::new(instruments.request_size_of(kind), &self.attributes))
            .record(bytes);
    }

    pub(crate) fn response_size(&self, instruments: &Instruments, kind: Kind, bytes: u64) {
        self.sizes[1]
            .get_or_init(|| BoundHistogram::new(instruments.response_size_of(kind), &self.attributes))
            .record(bytes);
    }

    pub(crate) fn returned_rows(&self, instruments: &Instruments, rows: u64) {
        self.rows.get_or_init(|| BoundHistogram::new(instruments.returned_rows(), &self.attributes)).record(rows);
    }

    pub(crate) fn cache_operation(&self, instruments: &Instruments) {
        self.operations.get_or_init(|| BoundCounter::new(instruments.cache_operations(), &self.attributes)).add(1);
    }

    /// Tokens and cost are told by who answered, not by how it ended.
    fn attributes_without_error(&self) -> Vec<KeyValue> {
        self.attributes.iter().filter(|kv| kv.key.as_str() != attr::ERROR_TYPE).cloned().collect()
    }
}
