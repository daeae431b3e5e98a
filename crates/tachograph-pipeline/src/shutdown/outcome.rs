//! How the parts of a shutdown or a flush ended, and what of it is reported.

use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;

use super::SignalReport;
use crate::accounting::SignalHealth;
use crate::metrics::PushError;
use crate::settings::Signal;

/// How the signals' parts ended.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    pub(super) traces: Outcome,
    pub(super) metrics: Outcome,
    pub(super) logs: Outcome,
}

/// How one signal's part ended.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) timed_out: bool,
    /// What the account of the signal does not know.
    error: Option<String>,
    /// What it may know as well; said only if it does not.
    if_not_booked: Option<String>,
}

impl Outcomes {
    pub(super) fn of(&mut self, signal: Signal) -> &mut Outcome {
        match signal {
            Signal::Traces => &mut self.traces,
            Signal::Metrics => &mut self.metrics,
            Signal::Logs => &mut self.logs,
        }
    }
}

impl Outcome {
    /// The result of the SDK, with the time that is left after it.
    pub(super) fn of(result: OTelSdkResult, left: Duration) -> Self {
        let error = result.err().map(|error| error.to_string());
        let timed_out = error.is_some() && left.is_zero();
        // What a queue says is booked, and of a time-out the report says more; what processors of the application say is not.
        Self { timed_out, if_not_booked: error.filter(|_| !timed_out), ..Self::default() }
    }

    /// This one, and what went wrong before.
    pub(super) fn after(self, before: Self) -> Self {
        Self { if_not_booked: self.if_not_booked.or(before.if_not_booked), ..self }
    }

    pub(super) fn pushed(result: Result<(), PushError>) -> Self {
        let Err(error) = result else { return Self::default() };
        let timed_out = matches!(error, PushError::TimedOut(_));
        let text = Some(error.to_string());
        match error {
            PushError::NotExported(_) | PushError::TimedOut(_) => Self { timed_out, error: None, if_not_booked: text },
            PushError::NotCollected(_) | PushError::Ended => Self { timed_out, error: text, if_not_booked: None },
        }
    }
}

/// The report of one signal; `ended` says that nothing more will be exported.
pub(super) fn report_of(before: &SignalHealth, after: &SignalHealth, outcome: Outcome, ended: bool) -> SignalReport {
    let undelivered = (after.failed.total() + after.dropped.out_of_time)
        .saturating_sub(before.failed.total() + before.dropped.out_of_time);
    let mut errors: Vec<String> = outcome.error.into_iter().collect();
    if undelivered > 0 {
        let reason = after.last_error.as_deref().unwrap_or("there was no time left");
        errors.push(format!(
            "{undelivered} {} not delivered: {reason}",
            if undelivered == 1 { "item was" } else { "items were" }
        ));
    } else {
        errors.extend(outcome.if_not_booked);
    }
    SignalReport {
        has_exporter: after.has_exporter,
        created: after.created,
        exported: after.exported,
        failed: after.failed,
        lost: after.dropped.total() + if ended { after.outstanding().saturating_sub(after.spooled) } else { 0 },
        spooled: after.spooled,
        open: after.open,
        timed_out: outcome.timed_out
            || after.failed.timed_out > before.failed.timed_out
            || after.dropped.out_of_time > before.dropped.out_of_time,
        errors,
    }
}
