//! The guard of a running call: how it starts, and the one place where it ends.

use std::{
    ops::Deref,
    sync::OnceLock,
    time::{Duration, Instant, SystemTime},
};

use opentelemetry::{Context, KeyValue, trace::SpanBuilder};

use crate::{
    call::{Call, CallState, Gathered, Served, enclosing},
    completion,
    ids::Ids,
    operation::{Kind, Operation, sealed::Describe},
    outcome::{Observe, Outcome},
    semconv::attribute as attr,
    series::{self, CallSite, Place},
    telemetry::{Telemetry, TelemetryRef},
};

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
            completion::record(&context, state, outcome);
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
        Self::begin(operation, site.map_or(Place::Anywhere, Place::Site), None)
    }

    /// Starts a call below `parent`, which need not be current, from a layer that keeps `site`.
    pub(crate) fn start_in_layer(operation: O, site: &CallSite, parent: &Context) -> Self {
        let Some((telemetry, has_span)) = where_to_from(Telemetry::in_force_in(parent), parent) else {
            return Self::inert();
        };
        Self::begin_below(parent, telemetry, has_span, operation, Place::Layer(site), None)
    }

    /// A call that began `ago` and was never in flight.
    pub(crate) fn started_before(operation: O, ago: Duration) -> Self {
        Self::begin(operation, Place::Anywhere, Some(ago))
    }

    /// Starts a call of what `describe` makes, if it is recorded; it is told whether there will be a span.
    pub(crate) fn start_described(site: &'static CallSite, describe: impl FnOnce(bool) -> O) -> Self {
        let Some((telemetry, has_span)) = where_to() else { return Self::inert() };
        Self::begin_at(telemetry, has_span, describe(has_span), Place::Site(site), None)
    }

    fn begin(operation: O, place: Place<'_>, ago: Option<Duration>) -> Self {
        let Some((telemetry, has_span)) = where_to() else { return Self::inert() };
        Self::begin_at(telemetry, has_span, operation, place, ago)
    }

    fn begin_at(
        telemetry: TelemetryRef,
        has_span: bool,
        operation: O,
        place: Place<'_>,
        ago: Option<Duration>,
    ) -> Self {
        // Not inside `map_current`: samplers and span processors run in there, and may look at the current context.
        Self::begin_below(&Context::current(), telemetry, has_span, operation, place, ago)
    }

    fn begin_below(
        parent: &Context,
        telemetry: TelemetryRef,
        has_span: bool,
        mut operation: O,
        place: Place<'_>,
        ago: Option<Duration>,
    ) -> Self {
        let now = Instant::now();
        let started = ago.and_then(|ago| now.checked_sub(ago)).unwrap_or(now);
        let kind = <O as Describe>::KIND;

        let tells_logs = kind == Kind::Http && telemetry.policy().has_requests_in_logs();
        let details = if has_span || tells_logs { operation.details() } else { Vec::new() };
        let agent = if O::NEEDS_AGENT { enclosing(parent, |call| call.kind == Kind::Agent) } else { None };
        let agent = agent.and_then(|call| call.series.part(0));
        let identity = operation.identity(agent);
        let series = series::lookup(place, telemetry.series(), telemetry.id(), kind, &identity);
        if ago.is_none() {
            series.active(&telemetry, 1);
        }
        let request_id = operation.request_id();
        let served = |request_id, details: &[KeyValue]| match tells_logs {
            true => Served::told(request_id, details),
            false => Served::with_id(request_id),
        };
        let context = if has_span {
            let start_time = SystemTime::now();
            let start_time = start_time.checked_sub(now - started).unwrap_or(start_time);
            let mut attributes = details;
            let served = served(request_id, &attributes);
            attributes.extend(served.id().map(|id| KeyValue::new(attr::REQUEST_ID, id.clone())));
            attributes.extend(agent.map(|agent| KeyValue::new(attr::GEN_AI_AGENT_NAME, agent.clone())));
            let builder = SpanBuilder::from_name(series.span_name(|| operation.span_name()))
                .with_kind(operation.span_kind())
                .with_start_time(start_time);
            let given = operation.span_attributes(&mut attributes);
            let given = Ids::below(parent, given);
            let around = telemetry.start_span(builder.with_attributes(attributes), parent);
            around.with_value(CallState {
                kind,
                telemetry,
                series,
                around: around.clone(),
                span_started: Some(start_time),
                recorded: ago,
                started,
                tally: OnceLock::new(),
                served,
                gathered: Gathered::starting_with(given),
            })
        } else {
            parent.with_value(CallState {
                kind,
                telemetry,
                series,
                around: parent.clone(),
                span_started: None,
                recorded: ago,
                started,
                tally: OnceLock::new(),
                served: served(request_id, &details),
                gathered: Gathered::starting_with(Vec::new()),
            })
        };
        Self { call: Call::of(Some(context)), panicking_before: std::thread::panicking() }
    }
}

/// The telemetry that a call started here is recorded to, and whether with a span. None where nothing is in force or where
/// telemetry is suppressed.
fn where_to() -> Option<(TelemetryRef, bool)> {
    let telemetry = Telemetry::in_force();
    Context::map_current(|parent| where_to_from(telemetry, parent))
}

fn where_to_from(telemetry: Option<TelemetryRef>, parent: &Context) -> Option<(TelemetryRef, bool)> {
    let telemetry = telemetry.filter(|_| !parent.is_telemetry_suppressed())?;
    let has_span = telemetry.wants_span(parent);
    Some((telemetry, has_span))
}

impl<O> Drop for CallGuard<O> {
    fn drop(&mut self) {
        if self.call.is_tracked() {
            let panicking = !self.panicking_before && std::thread::panicking();
            self.end(if panicking { Outcome::Panic } else { Outcome::Cancelled });
        }
    }
}

/// Ends the guard when the poll that it stands in unwinds. Executors may drop a panicked future long after.
pub(crate) struct EndOnUnwind<'a, O> {
    guard: Option<&'a mut CallGuard<O>>,
}

impl<'a, O> EndOnUnwind<'a, O> {
    pub(crate) fn new(guard: &'a mut CallGuard<O>) -> Self {
        Self { guard: Some(guard) }
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
