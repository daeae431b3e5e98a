//! The guard of a running call, and the one place where a call is recorded.

use std::{
    marker::PhantomData,
    ops::Deref,
    time::{Duration, Instant, SystemTime},
};

use opentelemetry::{
    Context, KeyValue, StringValue,
    trace::{SpanBuilder, Status, TraceContextExt as _},
};

use crate::{
    call::{Call, CallState, Gathered, find},
    operation::{Kind, Operation, sealed::Describe},
    outcome::{Observe, Outcome},
    semconv::{attribute as attr, value},
    series::{self, CallSite, End},
    telemetry::{Telemetry, TelemetryRef},
};

/// Room for the attributes that a span has at its start. More, for those of its end, costs more than growing does: the vector
/// waits in the export queue as it is.
const SPAN_ATTRIBUTES: usize = 5;

/// A running call. Finish it with its outcome; dropped unfinished it is recorded as cancelled, or as a panic when it is
/// dropped by one.
///
/// Whatever happens, the call is recorded exactly once, and its in-flight count goes back.
///
/// The guard is also a [`Call`]: `guard.usage(…)`, `guard.attribute(…)`.
#[derive(Debug)]
#[must_use = "a dropped guard records the call as cancelled"]
pub struct CallGuard<O> {
    call: Call<O>,
    /// A panic that was under way before the call began does not make the call one.
    panicking_before: bool,
}

impl<O> Deref for CallGuard<O> {
    type Target = Call<O>;

    fn deref(&self) -> &Call<O> {
        &self.call
    }
}

impl<O> CallGuard<O> {
    /// A guard of no call at all.
    pub(crate) fn inert() -> Self {
        Self { call: Call::of(None), panicking_before: false }
    }

    /// Ends the call with `outcome`.
    pub fn finish(mut self, outcome: Outcome) {
        self.end(outcome);
    }

    /// Ends the call as a success.
    pub fn succeed(self) {
        self.finish(Outcome::Success);
    }

    /// Ends the call with what `value` tells of itself, and gives `value` back.
    pub fn finish_with<T: Observe>(self, value: T) -> T {
        let outcome = value.outcome();
        self.finish(outcome);
        value
    }

    /// The one completion path. The state is taken, so that it runs once.
    fn end(&mut self, outcome: Outcome) {
        if let Some(context) = self.call.context.take()
            && let Some(state) = context.get::<CallState>()
        {
            record(state, outcome);
        }
    }

    /// Ends the call because its body unwinds.
    pub(crate) fn panicked(&mut self) {
        self.end(Outcome::Panic);
    }

    /// A handle that is current on this thread while the body runs.
    pub(crate) fn handle(&self) -> &Call<O> {
        &self.call
    }
}

impl<O: Operation> CallGuard<O> {
    /// Starts a call of `operation` below the current context.
    pub(crate) fn start(operation: O, site: Option<&'static CallSite>) -> Self {
        Self::begin(operation, site, None)
    }

    /// A call that began `ago` and was never in flight.
    pub(crate) fn started_before(operation: O, ago: Duration) -> Self {
        Self::begin(operation, None, Some(ago))
    }

    /// Starts a call of what `describe` makes, if it is recorded; it is told whether there will be a span.
    pub(crate) fn start_described(site: &'static CallSite, describe: impl FnOnce(bool) -> O) -> Self {
        let Some((telemetry, has_span)) = where_to() else { return Self::inert() };
        Self::begin_at(telemetry, has_span, describe(has_span), Some(site), None)
    }

    fn begin(operation: O, site: Option<&'static CallSite>, ago: Option<Duration>) -> Self {
        let Some((telemetry, has_span)) = where_to() else { return Self::inert() };
        Self::begin_at(telemetry, has_span, operation, site, ago)
    }

    fn begin_at(
        telemetry: TelemetryRef,
        has_span: bool,
        operation: O,
        site: Option<&'static CallSite>,
        ago: Option<Duration>,
    ) -> Self {
        let now = Instant::now();
        let started = ago.and_then(|ago| now.checked_sub(ago)).unwrap_or(now);
        let kind = <O as Describe>::KIND;

        let agent_context = if O::NEEDS_AGENT { enclosing_agent() } else { None };
        let agent = agent_context.as_ref().and_then(|cx| cx.get::<CallState>()).and_then(|call| call.series.part(0));
        let identity = operation.identity(agent);
        let series = series::lookup(site, telemetry.series(), telemetry.id(), kind, &identity);
        if ago.is_none() {
            series.active(telemetry.instruments(), 1);
        }
        let context = if has_span {
            let start_time = SystemTime::now();
            let start_time = start_time.checked_sub(now - started).unwrap_or(start_time);
            let mut attributes = Vec::with_capacity(SPAN_ATTRIBUTES);
            attributes.extend(agent.map(|agent| KeyValue::new(attr::GEN_AI_AGENT_NAME, agent.clone())));
            let builder = SpanBuilder::from_name(operation.span_name())
                .with_kind(operation.span_kind())
                .with_start_time(start_time);
            let given = operation.span_attributes(&mut attributes);
            // Not inside `map_current`: samplers and span processors run here, and may look at the current context.
            let around = telemetry.start_span(builder.with_attributes(attributes), &Context::current());
            let state = CallState::new(kind, telemetry, series, around.clone(), Some(start_time), ago, started, given);
            around.with_value(state)
        } else {
            Context::map_current(|parent| {
                let state = CallState::new(kind, telemetry, series, parent.clone(), None, ago, started, Vec::new());
                parent.with_value(state)
            })
        };
        Self { call: Call::of(Some(context)), panicking_before: std::thread::panicking() }
    }
}

/// The telemetry that a call started here is recorded to, and whether with a span. None where nothing is in force or where
/// telemetry is suppressed.
fn where_to() -> Option<(TelemetryRef, bool)> {
    let telemetry = Telemetry::in_force()?;
    Context::map_current(|parent| (!parent.is_telemetry_suppressed()).then(|| telemetry.wants_span(parent)))
        .map(|has_span| (telemetry, has_span))
}

fn enclosing_agent() -> Option<Context> {
    find(&Context::current(), |call| call.kind == Kind::Agent)
}

impl<O> Drop for CallGuard<O> {
    fn drop(&mut self) {
        if self.call.is_tracked() {
            let panicking = !self.panicking_before && std::thread::panicking();
            self.end(if panicking { Outcome::Panic } else { Outcome::Cancelled });
        }
    }
}

/// Records a call: in flight, duration, tokens, sizes, and the span.
fn record(state: &CallState, outcome: Outcome) {
    let elapsed = state.recorded.unwrap_or_else(|| state.started.elapsed());
    let gathered = {
        let mut gathered = state.gathered();
        let taken = std::mem::take(&mut *gathered);
        gathered.finished = true;
        taken
    };
    if state.recorded.is_none() {
        state.series.active(state.telemetry.instruments(), -1);
    }
    let (error_type, message) = error_of(state.kind, outcome, &gathered);
    measure(state, elapsed, error_type.as_ref(), &gathered);
    if let Some(start_time) = state.span_started {
        end_span(state, start_time + elapsed, error_type, message, gathered);
    }
}

/// The `error.type` and message of the end. A failure that the call was marked with stands behind a worse end.
fn error_of(kind: Kind, outcome: Outcome, gathered: &Gathered) -> (Option<StringValue>, Option<String>) {
    match outcome {
        Outcome::Error(error) => named(error.into_parts()),
        Outcome::Panic => (Some(value::PANIC.into()), None),
        Outcome::Success | Outcome::Cancelled if gathered.failure.is_some() => {
            gathered.failure.clone().map_or((None, None), |error| named(error.into_parts()))
        }
        Outcome::Cancelled => (Some(value::CANCELLED.into()), None),
        // The convention: a server error is told by its status; a client's error (4xx) is none of the server.
        Outcome::Success if kind == Kind::Http && gathered.status >= 500 => {
            (Some(gathered.status.to_string().into()), None)
        }
        Outcome::Success => (None, None),
    }
}

fn named((error_type, message): (StringValue, Option<String>)) -> (Option<StringValue>, Option<String>) {
    (Some(error_type), message)
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

/// Ends the guard when the poll that it stands in unwinds. Executors may drop a panicked future long after.
pub(crate) struct EndOnUnwind<'a, O> {
    pub(crate) guard: Option<&'a mut CallGuard<O>>,
    pub(crate) operation: PhantomData<O>,
}

impl<'a, O> EndOnUnwind<'a, O> {
    pub(crate) fn new(guard: &'a mut CallGuard<O>) -> Self {
        Self { guard: Some(guard), operation: PhantomData }
    }

    pub(crate) fn disarm(mut self) {
        self.guard = None;
    }
}

impl<O> Drop for EndOnUnwind<'_, O> {
    fn drop(&mut self) {
        if let Some(guard) = self.guard.take() {
            guard.panicked();
        }
    }
}
