//! What becomes of a call that ended: the one place where it is recorded.

mod llm;
mod telling;

use std::{
    borrow::Cow,
    sync::Arc,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Context, KeyValue, StringValue,
    trace::{Status, TraceContextExt as _},
};

pub(crate) use self::telling::milliseconds;
use self::{llm::Judged, telling::Ended};
use crate::{
    answer,
    call::{CallState, Gathered},
    operation::Kind,
    outcome::Outcome,
    semconv::{attribute as attr, value},
    series::{End, Identity, Series},
    work,
};

/// The statuses by which a gRPC server says that it failed; the others are the caller's doing.
const RPC_SERVER_ERRORS: [&str; 6] =
    ["UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"];

/// Records a call: in flight, duration, tokens, sizes, events, and the span.
pub(crate) fn record(context: &Context, state: &CallState, outcome: Outcome) {
    let elapsed = state.recorded.unwrap_or_else(|| state.started.elapsed());
    let was_whole = answer::finish(context, state);
    let outcome = match outcome {
        // Whoever had the whole answer did not give it up.
        Outcome::Cancelled if was_whole => Outcome::Success,
        outcome => outcome,
    };
    let mut gathered = {
        let mut gathered = state.gathered();
        let taken = std::mem::take(&mut *gathered);
        gathered.finished = true;
        taken
    };
    if state.recorded.is_none() {
        state.series.active(&state.telemetry, -1);
    }
    let (error_type, message) = error_of(state.kind, outcome, &mut gathered);
    let message = message.filter(|_| state.telemetry.policy().error_messages(state.kind));
    let named = named_late(state, &mut gathered);
    if state.kind == Kind::Llm && state.telemetry.policy().gen_ai_names().has_latest() {
        // The latest names have figures also of calls that nothing is known of.
        gathered.model();
    }
    let judged = gathered.model.as_ref().map(|model| Judged::of(state, model, error_type.as_ref()));
    let series = named.as_deref().unwrap_or(&state.series);
    measure(state, series, elapsed, error_type.as_ref(), &gathered, judged.as_ref());
    work::tally(state, elapsed);
    if state.telemetry.may_tell(state.kind, elapsed) {
        let (error_type, message) = (error_type.as_ref(), message.as_deref());
        let judged = judged.as_ref();
        Ended { state, series, elapsed, error_type, message, gathered: &gathered, judged }.tell(context);
    }
    if let Some(start_time) = state.span_started {
        let end_time = start_time.checked_add(elapsed).unwrap_or(start_time);
        end_span(state, end_time, error_type, message, gathered, judged.as_ref());
    }
}

/// The `error.type` and message of the end. A failure that the call was marked with stands behind a worse end.
fn error_of(kind: Kind, outcome: Outcome, gathered: &mut Gathered) -> (Option<StringValue>, Option<String>) {
    let outcome = match (outcome, gathered.failure.take()) {
        (Outcome::Success | Outcome::Cancelled, Some(failure)) => Outcome::Error(*failure),
        (outcome, _) => outcome,
    };
    match outcome {
        Outcome::Error(error) => {
            let (error_type, message) = error.into_parts();
            // The database's own code says more than the class of the error.
            let code = gathered.code.as_ref().filter(|_| kind == Kind::Db);
            (Some(code.cloned().unwrap_or(error_type)), message)
        }
        Outcome::Panic => (Some(value::PANIC.into()), None),
        Outcome::Cancelled => (cancelled(kind, gathered), None),
        Outcome::Success => (error_of_status(kind, gathered), None),
    }
}

/// What it means that the caller gave a call up.
fn cancelled(kind: Kind, gathered: &mut Gathered) -> Option<StringValue> {
    match kind {
        // The convention: giving up a request of one's own is no error. A response that was one stays one.
        Kind::HttpClient => {
            gathered.attributes.push(KeyValue::new(attr::CANCELLED, true));
            error_of_status(kind, gathered)
        }
        Kind::RpcClient => {
            gathered.code.get_or_insert_with(|| value::RPC_CANCELLED.into());
            error_of_status(kind, gathered)
        }
        Kind::Rpc => {
            gathered.code.get_or_insert_with(|| value::RPC_CANCELLED.into());
            Some(value::CANCELLED.into())
        }
        _ => Some(value::CANCELLED.into()),
    }
}

/// What the conventions make of a status: a server's errors are those that it says are its own; a client has every error.
fn error_of_status(kind: Kind, gathered: &Gathered) -> Option<StringValue> {
    let code = || gathered.code.as_ref().map_or(value::OK, StringValue::as_str);
    match kind {
        Kind::Http if gathered.status >= 500 => Some(gathered.status.to_string().into()),
        Kind::HttpClient if gathered.status >= 400 => Some(gathered.status.to_string().into()),
        Kind::Rpc if RPC_SERVER_ERRORS.contains(&code()) => gathered.code.clone(),
        Kind::RpcClient if code() != value::OK => gathered.code.clone(),
        _ => None,
    }
}

/// The series of an RPC whose method was told after its start; its span gets the name that it should have had.
fn named_late(state: &CallState, gathered: &mut Gathered) -> Option<Arc<Series>> {
    let method = *gathered.method.take()?;
    let identity = Identity::of([state.series.part(0), Some(&method)]);
    let series = state.telemetry.series().get(state.telemetry.id(), state.kind, &identity);
    if state.span_started.is_some() {
        if method.as_str() != value::OTHER {
            state.around.span().update_name(series.span_name(|| Cow::Owned(method.as_str().to_owned())));
        }
        gathered.attributes.push(KeyValue::new(attr::RPC_METHOD, method));
    }
    Some(series)
}

fn measure(
    state: &CallState,
    series: &Series,
    elapsed: Duration,
    error_type: Option<&StringValue>,
    gathered: &Gathered,
    judged: Option<&Judged>,
) {
    let instruments = state.telemetry.instruments();
    let kind = state.kind;
    let end = End {
        error_type,
        response_model: gathered.model.as_ref().and_then(|model| model.name.as_ref()),
        status: gathered.status,
        code: gathered.code.as_ref(),
        hit: gathered.hit,
    };
    series.complete(state.telemetry.series().known(), &end, |completion| {
        if kind != Kind::Llm || state.telemetry.policy().gen_ai_names().has_established() {
            completion.duration(instruments, kind, elapsed.as_secs_f64());
        }
        match kind {
            Kind::Llm => {
                if let (Some(model), Some(judged)) = (&gathered.model, judged) {
                    completion.answered(instruments, &judged.answered(state, model, elapsed));
                }
            }
            Kind::Http | Kind::HttpClient => {
                if let Some(bytes) = gathered.request_size {
                    completion.request_size(instruments, kind, bytes);
                }
                if let Some(bytes) = gathered.response_size {
                    completion.response_size(instruments, kind, bytes);
                }
            }
            Kind::Db => {
                if let Some(rows) = gathered.rows {
                    completion.returned_rows(instruments, rows);
                }
            }
            Kind::Cache => completion.cache_operation(instruments),
            _ => {}
        }
    });
    if let Some(tally) = state.tally.get() {
        series.work(instruments, tally);
    }
    let too_many =
        gathered.status == 429 || end.code.is_some_and(|code| code.as_str() == value::RPC_RESOURCE_EXHAUSTED);
    if kind.is_served() && too_many {
        series.rate_limited(instruments);
    }
}

fn end_span(
    state: &CallState,
    end_time: SystemTime,
    error_type: Option<StringValue>,
    message: Option<String>,
    gathered: Gathered,
    judged: Option<&Judged>,
) {
    let numbers = gathered.numbers();
    let mut attributes = gathered.attributes;
    if let (Some(model), Some(judged)) = (gathered.model, judged) {
        judged.span_attributes(state, *model, &mut attributes);
    }
    if gathered.status != 0 {
        attributes.push(KeyValue::new(attr::HTTP_RESPONSE_STATUS_CODE, i64::from(gathered.status)));
    }
    attributes.extend(gathered.code.map(|code| KeyValue::new(state.kind.code_key(), code)));
    if let Some(hit) = gathered.hit {
        attributes.push(KeyValue::new(attr::CACHE_RESULT, if hit { value::HIT } else { value::MISS }));
    }
    for (key, number) in numbers {
        attributes.extend(number.map(|number| KeyValue::new(key, i64::try_from(number).unwrap_or(i64::MAX))));
    }
    if let Some(tally) = state.tally.get() {
        tally.span_attributes(&mut attributes);
    }
    let span = state.around.span();
    if let Some(error_type) = error_type {
        attributes.push(KeyValue::new(attr::ERROR_TYPE, error_type));
        span.set_status(Status::error(message.unwrap_or_default()));
    }
    if !attributes.is_empty() {
        span.set_attributes(attributes);
    }
    // The span has the duration that the histogram has, whatever the wall clock did meanwhile.
    span.end_with_timestamp(end_time);
}
