//! The attempts of a call to a model: one call, however often it was tried.

use std::time::{Duration, Instant, SystemTime};

use opentelemetry::{KeyValue, StringValue, trace::TraceContextExt as _};

use crate::{
    call::{Call, CallState},
    operation::LlmRequest,
    semconv::{attribute as attr, value},
};

/// Attempts that a span tells of one by one; further ones are counted.
const MAX_TOLD: usize = 32;

/// One attempt of a call to a model, from [`Call::attempt`]. It ends when it is ended or dropped.
///
/// Nothing is recorded of a call that had one attempt, which did not fail. Else the span has an event for every attempt, their
/// number and the time between them; `tachograph.llm.retries` counts those that were made again, and
/// `tachograph.llm.retry.wait.duration` has the times between. Duration, tokens and cost are the whole call's.
#[derive(Debug)]
#[must_use = "the attempt ends when it is dropped"]
pub struct Attempt {
    call: Call<LlmRequest>,
    started: Instant,
    told: Told,
}

#[derive(Clone, Debug, Default)]
struct Told {
    status: u16,
    retry_after: Option<Duration>,
    error: Option<StringValue>,
}

/// The attempts of a call so far.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    ended: Vec<Ended>,
    count: u32,
    failed: u32,
    waited: Duration,
    last_end: Option<Instant>,
}

#[derive(Debug)]
struct Ended {
    number: u32,
    at: SystemTime,
    duration: Duration,
    wait: Option<Duration>,
    told: Told,
}

impl Attempt {
    /// The HTTP status of the answer; from 400 on the attempt failed.
    pub fn status(&mut self, status: u16) {
        self.told.status = status;
    }

    /// How long the provider asked to wait (`Retry-After`).
    pub fn retry_after(&mut self, wait: Duration) {
        self.told.retry_after = Some(wait);
    }

    /// Marks the attempt as failed: `rate_limit_exceeded`, `timeout`. Keep it one of a few names: it becomes a metric label.
    pub fn fail(&mut self, error_type: impl Into<StringValue>) {
        self.told.error = Some(error_type.into());
    }

    /// Ends the attempt.
    pub fn end(self) {}
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let mut told = std::mem::take(&mut self.told);
        if told.status >= 400 && told.error.is_none() {
            told.error = Some(told.status.to_string().into());
        }
        let (started, ended) = (self.started, Instant::now());
        self.call.gather(|gathered| {
            gathered.model().attempts.get_or_insert_default().add(started, ended, told);
        });
    }
}

impl Call<LlmRequest> {
    /// An attempt begins now. Before the first the call waits for nothing; between two it waits to try again.
    pub fn attempt(&self) -> Attempt {
        Attempt { call: self.clone(), started: Instant::now(), told: Told::default() }
    }
}

impl Attempts {
    fn add(&mut self, started: Instant, ended: Instant, told: Told) {
        self.count += 1;
        self.failed += u32::from(told.error.is_some());
        let wait = self.last_end.map(|last| started.saturating_duration_since(last));
        self.waited += wait.unwrap_or_default();
        self.last_end = Some(ended);
        if self.ended.len() < MAX_TOLD {
            let duration = ended.saturating_duration_since(started);
            self.ended.push(Ended { number: self.count, at: SystemTime::now(), duration, wait, told });
        }
    }

    /// Whether there is anything to say.
    pub(crate) fn matter(&self) -> bool {
        self.count > 1 || self.failed > 0
    }

    pub(crate) fn count(&self) -> i64 {
        i64::from(self.count)
    }

    /// Attempts that were made again, each with the wait before it and the error of the one before.
    pub(crate) fn retries(&self) -> impl Iterator<Item = (Option<&StringValue>, Duration)> {
        self.ended.windows(2).map(|two| (two[0].told.error.as_ref(), two[1].wait.unwrap_or_default()))
    }

    /// Further attempts, of which nothing but their number is known.
    pub(crate) fn untold(&self) -> u64 {
        u64::from(self.count).saturating_sub(self.ended.len() as u64)
    }

    /// Puts them on the span of the call.
    pub(crate) fn span(&self, state: &CallState, attributes: &mut Vec<KeyValue>) {
        attributes.push(KeyValue::new(attr::LLM_ATTEMPTS, i64::from(self.count)));
        if self.count > 1 {
            attributes.push(KeyValue::new(attr::LLM_RETRY_WAIT, self.waited.as_secs_f64()));
        }
        let span = state.around.span();
        for attempt in &self.ended {
            let mut told = vec![
                KeyValue::new(attr::ATTEMPT_NUMBER, i64::from(attempt.number)),
                KeyValue::new(attr::ATTEMPT_DURATION, attempt.duration.as_secs_f64()),
            ];
            if attempt.told.status != 0 {
                told.push(KeyValue::new(attr::HTTP_RESPONSE_STATUS_CODE, i64::from(attempt.told.status)));
            }
            let seconds = [(attr::ATTEMPT_WAIT, attempt.wait), (attr::ATTEMPT_RETRY_AFTER, attempt.told.retry_after)];
            told.extend(seconds.into_iter().filter_map(|(key, time)| Some(KeyValue::new(key, time?.as_secs_f64()))));
            told.extend(attempt.told.error.clone().map(|error| KeyValue::new(attr::ERROR_TYPE, error)));
            span.add_event_with_timestamp(value::ATTEMPT_EVENT, attempt.at, told);
        }
    }
}
