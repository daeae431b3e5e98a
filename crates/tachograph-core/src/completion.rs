//! What becomes of a call that ended: the one place where it is recorded.

use std::time::{Duration, SystemTime};

use opentelemetry::{
    KeyValue, StringValue,
    trace::{Status, TraceContextExt as _},
};

use crate::{
    call::{CallState, Gathered},
    operation::Kind,
    outcome::Outcome,
    semconv::{attribute as attr, value},
    series::End,
};

/// Records a call: in flight, duration, tokens, sizes, and the span.
pub(crate) fn record(state: &CallState, outcome: Outcome) {
    let elapsed = state.recorded.unwrap_or_else(|| state.started.elapsed());
    let mut gathered = {
        let mut gathered = state.gathered();
        let taken = std::mem::take(&mut *gathered);
        gathered.finished = true;
        taken
    };
    if state.recorded.is_none() {
        state.series.active(state.telemetry.instruments(), -1);
    }
    let (error_type, message) = error_of(state, outcome, &mut gathered);
    measure(state, elapsed, error_type.as_ref(), &gathered);
    if let Some(start_time) = state.span_started {
        let end_time = start_time.checked_add(elapsed).unwrap_or(start_time);
        end_span(state, end_time, error_type, message, gathered);
    }
}

/// The `error.type` and message of the end. A failure that the call was marked with stands behind a worse end.
fn error_of(state: &CallState, outcome: Outcome, gathered: &mut Gathered) -> (Option<StringValue>, Option<String>) {
    match (outcome, gathered.failure.take()) {
        (Outcome::Error(error), _) | (Outcome::Success | Outcome::Cancelled, Some(error)) => {
            let (error_type, message) = error.into_parts();
            (Some(error_type), message)
        }
        (Outcome::Panic, _) => (Some(value::PANIC.into()), None),
        (Outcome::Cancelled, None) => (Some(value::CANCELLED.into()), None),
        // The convention: a server error is told by its status; a client's error (4xx) is none of the server.
        (Outcome::Success, None) if state.kind == Kind::Http && gathered.status >= 500 => {
            (Some(gathered.status.to_string().into()), None)
        }
        (Outcome::Success, None) => (None, None),
    }
}

fn measure(state: &CallState, elapsed: Duration, error_type: Option<&StringValue>, gathered: &Gathered) {
    let instruments = state.telemetry.instruments();
    let end = End {
        error_type,
        response_model: gathered.response_model.as_ref(),
        status: gathered.status,
        hit: gathered.hit,
    };
    state.series.complete(&end, |completion| {
        completion.duration(instruments, state.kind, elapsed.as_secs_f64());
        match state.kind {
            Kind::Llm => {
                completion.tokens(instruments, gathered.usage.input, gathered.usage.output);
                if let Some(usd) = gathered.cost_usd {
                    completion.cost(instruments, usd);
                }
            }
            Kind::Http => {
                if let Some(bytes) = gathered.request_size {
                    completion.request_size(instruments, bytes);
                }
                if let Some(bytes) = gathered.response_size {
                    completion.response_size(instruments, bytes);
                }
            }
            Kind::Cache => completion.cache_operation(instruments),
            _ => {}
        }
    });
}

fn end_span(
    state: &CallState,
    end_time: SystemTime,
    error_type: Option<StringValue>,
    message: Option<String>,
    gathered: Gathered,
) {
    let mut attributes = gathered.attributes;
    gathered.usage.span_attributes(&mut attributes);
    if let Some(model) = gathered.response_model {
        attributes.push(KeyValue::new(attr::GEN_AI_RESPONSE_MODEL, model));
    }
    if gathered.status != 0 {
        attributes.push(KeyValue::new(attr::HTTP_RESPONSE_STATUS_CODE, i64::from(gathered.status)));
    }
    if let Some(hit) = gathered.hit {
        attributes.push(KeyValue::new(attr::CACHE_RESULT, if hit { value::HIT } else { value::MISS }));
    }
    let sizes = [
        (attr::HTTP_REQUEST_BODY_SIZE, gathered.request_size),
        (attr::HTTP_RESPONSE_BODY_SIZE, gathered.response_size),
    ];
    for (key, bytes) in sizes {
        attributes.extend(bytes.map(|bytes| KeyValue::new(key, i64::try_from(bytes).unwrap_or(i64::MAX))));
    }
    let span = state.around.span();
    if let Some(error_type) = error_type {
        attributes.push(KeyValue::new(attr::ERROR_TYPE, error_type));
        let message = message.filter(|_| state.telemetry.policy().error_messages()).unwrap_or_default();
        span.set_status(Status::error(message));
    }
    if !attributes.is_empty() {
        span.set_attributes(attributes);
    }
    // The span has the duration that the histogram has, whatever the wall clock did meanwhile.
    span.end_with_timestamp(end_time);
}
