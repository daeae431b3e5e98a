//! What this service counts beside its calls: instruments of its own, from the same meter provider.

use tachograph::{
    custom::{Counter, Histogram},
    opentelemetry::KeyValue,
};

static ANSWERS: Counter =
    Counter::new("agent_service.answers").with_unit("{answer}").with_description("Questions that were answered.");
static LENGTH: Histogram = Histogram::new("agent_service.answer.length")
    .with_unit("{character}")
    .with_description("Characters of answers that were given as a whole.")
    .with_boundaries(&[50.0, 100.0, 200.0, 500.0, 1000.0]);

/// A question was answered as a whole.
pub(crate) fn answered(text: &str) {
    ANSWERS.add(1, &[KeyValue::new("agent_service.delivery", "whole")]);
    LENGTH.record(text.chars().count() as f64, &[]);
}

/// A question was answered piece by piece, to the end.
pub(crate) fn streamed() {
    ANSWERS.add(1, &[KeyValue::new("agent_service.delivery", "streamed")]);
}
