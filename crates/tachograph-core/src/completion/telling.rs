//! What is told in words of a call that ended: its end, and that it was slow.

use std::{
    error::Error,
    fmt,
    hash::BuildHasher as _,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use foldhash::fast::FixedState;
use opentelemetry::{Context, KeyValue, StringValue, trace::TraceContextExt as _};

use super::llm::Judged;
use crate::{
    call::{CallState, Gathered},
    call_events::number_of,
    event::{Event, Severity, Topic},
    ids::Ids,
    operation::Kind,
    semconv::{attribute as attr, event, value},
    series::Series,
};

/// What a call gathered on its span that says how it ended. Nothing else of that is told: it may be content.
const OF_SPAN: [&str; 4] =
    [attr::GEN_AI_RESPONSE_FINISH_REASONS, attr::DB_AFFECTED_ROWS, attr::CANCELLED, attr::RPC_METHOD_ORIGINAL];
/// Ids that a call may be given by itself.
const IDS: [&str; 4] = [attr::GEN_AI_CONVERSATION_ID, attr::SESSION_ID, attr::USER_ID, attr::TENANT_ID];

/// A call that ended, before its span takes what it gathered.
pub(super) struct Ended<'a> {
    pub(super) state: &'a CallState,
    pub(super) series: &'a Series,
    pub(super) elapsed: Duration,
    pub(super) error_type: Option<&'a StringValue>,
    /// Where the policy allows it.
    pub(super) message: Option<&'a str>,
    pub(super) gathered: &'a Gathered,
    pub(super) judged: Option<&'a Judged>,
}

/// A call that took longer than it may.
struct Slow {
    name: &'static str,
    took: Duration,
    threshold: Duration,
}

impl Ended<'_> {
    /// Tells what is to be told, in the context of the call.
    #[cold]
    pub(super) fn tell(&self, context: &Context) {
        // A call may end while its thread does, where no context can be made the current one any more.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let (completion, slow) = (self.completion(context), self.slow(context));
            if completion.is_none() && slow.is_none() {
                return;
            }
            let mut attributes = self.attributes();
            let message = self.message.map(|message| Message(message.to_owned()));
            let _here = self.ids().on(context).attach();
            if let Some((severity, name)) = completion {
                let mut of_call = if slow.is_some() { attributes.clone() } else { std::mem::take(&mut attributes) };
                of_call.push(KeyValue::new(attr::DURATION_MS, milliseconds(self.elapsed)));
                self.emit(Event::new(Topic::Calls, severity, name), of_call, message.as_ref());
            }
            if let Some(Slow { name, took, threshold }) = slow {
                attributes.push(KeyValue::new(attr::OPERATION_KIND, self.state.kind.as_str()));
                attributes.push(KeyValue::new(attr::DURATION_MS, milliseconds(took)));
                attributes.push(KeyValue::new(attr::THRESHOLD_MS, milliseconds(threshold)));
                self.emit(Event::new(Topic::Performance, Severity::Warn, name), attributes, message.as_ref());
            }
        }));
    }

    fn emit(&self, mut event: Event<'_>, attributes: Vec<KeyValue>, message: Option<&Message>) {
        event.attributes = attributes;
        self.state.telemetry.tell(Event { error: message.map(|message| message as _), ..event });
    }

    /// Severity and name of the event that says that the call ended, if there is one.
    fn completion(&self, context: &Context) -> Option<(Severity, &'static str)> {
        let Self { state, error_type, .. } = *self;
        let (kind, events) = (state.kind, state.telemetry.policy().call_events());
        let [completed, failed] = kind.event_names();
        let (severity, name) = match error_type {
            None => (Severity::Info, completed),
            Some(error) if kind.is_own() && error.as_str() != value::CANCELLED => (Severity::Error, failed),
            Some(_) => (Severity::Warn, failed),
        };
        let is_told = events.tells(kind, error_type.is_some())
            && state.telemetry.wants_event_in(context, Topic::Calls, severity)
            && (error_type.is_some() || events.has(number(state)));
        is_told.then_some((severity, name))
    }

    fn slow(&self, context: &Context) -> Option<Slow> {
        let Self { state, elapsed, .. } = *self;
        let threshold = state.telemetry.policy().slow_calls().threshold(state.kind)?;
        let took = self.gathered.lasts_from.map_or(elapsed, |nanos| Duration::from_nanos(nanos.get()));
        let is_told = took > threshold
            && !is_of_a_model(state)
            && state.telemetry.wants_event_in(context, Topic::Performance, Severity::Warn);
        let name = if state.kind.is_served() { event::SLOW_REQUEST } else { event::SLOW_OPERATION };
        is_told.then_some(Slow { name, took, threshold })
    }

    /// What metrics and the span know the call by.
    fn attributes(&self) -> Vec<KeyValue> {
        let Self { state, series, gathered, .. } = *self;
        let kind = state.kind;
        let mut out = Vec::with_capacity(16);
        for (index, key) in kind.identity_keys().iter().enumerate() {
            out.extend(series.part(index).map(|part| KeyValue::new(*key, part.clone())));
        }
        if series.port() != 0 {
            out.push(KeyValue::new(attr::SERVER_PORT, i64::from(series.port())));
        }
        if let (Some(model), Some(judged)) = (&gathered.model, self.judged) {
            judged.event_attributes(model, &mut out);
        }
        out.extend(gathered.attributes.iter().filter(|kv| OF_SPAN.contains(&kv.key.as_str())).cloned());
        if gathered.status != 0 {
            out.push(KeyValue::new(attr::HTTP_RESPONSE_STATUS_CODE, i64::from(gathered.status)));
        }
        out.extend(gathered.code.as_ref().map(|code| KeyValue::new(kind.code_key(), code.clone())));
        out.extend(
            gathered.hit.map(|hit| KeyValue::new(attr::CACHE_RESULT, if hit { value::HIT } else { value::MISS })),
        );
        for (key, number) in gathered.numbers() {
            out.extend(number.map(|number| KeyValue::new(key, i64::try_from(number).unwrap_or(i64::MAX))));
        }
        if let Some(tally) = state.tally.get() {
            tally.span_attributes(&mut out);
        }
        out.extend(self.error_type.map(|error| KeyValue::new(attr::ERROR_TYPE, error.clone())));
        out
    }

    /// Ids that the call was given by itself: the line has them as it has those of a scope.
    fn ids(&self) -> Ids {
        let given = self.gathered.attributes.iter().filter(|kv| IDS.contains(&kv.key.as_str()));
        given.fold(Ids::new(), |ids, kv| ids.with(kv.key.clone(), kv.value.as_str().into_owned()))
    }
}

/// By which number a call is in a share of all.
fn number(state: &CallState) -> u64 {
    let span = state.around.span();
    let span = span.span_context();
    if span.is_valid() {
        return number_of(span.trace_id());
    }
    let around = std::iter::successors(Some(state), |call| call.around.get::<CallState>());
    FixedState::default().hash_one(around.last().map(|outermost| outermost.started))
}

/// An outgoing request that a call to a model is made of.
fn is_of_a_model(state: &CallState) -> bool {
    matches!(state.kind, Kind::HttpClient | Kind::RpcClient)
        && state.around.get::<CallState>().is_some_and(|call| call.kind == Kind::Llm)
}

/// To the nanosecond, as the nearest number that prints so: `24.137052`.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / 1e6
}

/// What is known of an error when its call ends.
#[derive(Debug)]
struct Message(String);

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Message {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_have_the_digits_of_the_clock_and_no_others() {
        for (nanos, shown) in [(24_137_052, "24.137052"), (1, "0.000001"), (2_000_000_000, "2000"), (0, "0")] {
            assert_eq!(milliseconds(Duration::from_nanos(nanos)).to_string(), shown);
        }
        assert!(milliseconds(Duration::MAX).is_finite());
    }
}
