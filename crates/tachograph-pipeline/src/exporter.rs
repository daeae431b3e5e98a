//! Exporters behind a wall: each export runs on the private runtime, ends in bounded time, cannot panic into the SDK, and is
//! accounted for.

mod delivery;
mod logs;
mod metrics;
mod spans;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use tokio::sync::watch;

pub(crate) use delivery::{Delivery, Progress};
pub(crate) use logs::{AnyLogExporter, GuardedLogExporter, OwnedLog};
pub(crate) use metrics::{AnyMetricExporter, GuardedMetricExporter};
pub(crate) use spans::{AnySpanExporter, GuardedSpanExporter};

use crate::accounting::{Accounting, FailureReason, SignalAccount};
use crate::runtime::{ExportRuntime, RunError};
use crate::settings::Signal;

pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// When everything must have ended. Unset until a shutdown begins.
#[derive(Debug, Default)]
pub(crate) struct Deadline(watch::Sender<Option<Instant>>);

impl Deadline {
    pub(crate) fn set(&self, deadline: Instant) {
        self.0.send_replace(Some(deadline));
    }

    pub(crate) fn get(&self) -> Option<Instant> {
        *self.0.borrow()
    }

    /// To be told when it is set, or set anew.
    #[cfg(feature = "_otlp")]
    pub(crate) fn watch(&self) -> watch::Receiver<Option<Instant>> {
        self.0.subscribe()
    }

    /// `timeout`, cut to what the deadline leaves.
    fn cut(&self, timeout: Duration) -> Duration {
        match self.get() {
            Some(deadline) => timeout.min(deadline.saturating_duration_since(Instant::now())),
            None => timeout,
        }
    }
}

/// What is kept of a shutdown for the disk, at most.
const FOR_THE_DISK: Duration = Duration::from_millis(200);

/// When there is no time left for anything but the disk: a quarter of what is left, 200 ms at most, before the deadline.
pub(crate) fn last_moment(deadline: Instant) -> Instant {
    let left = deadline.saturating_duration_since(Instant::now());
    deadline.checked_sub((left / 4).min(FOR_THE_DISK)).unwrap_or(deadline)
}

/// What every kind of exporter needs to run an export.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    pub(crate) runtime: Arc<ExportRuntime>,
    pub(crate) accounting: Arc<Accounting>,
    pub(crate) signal: Signal,
    pub(crate) deadline: Arc<Deadline>,
    /// The hard limit of one export, retries included.
    pub(crate) timeout: Duration,
}

impl Guard {
    /// One of its own, for a test.
    #[cfg(test)]
    pub(crate) fn of_test(signal: Signal) -> Self {
        let (rules, timeout) = (Arc::new(crate::cardinality::Rules::default()), Duration::from_secs(30));
        let watch = crate::cardinality::Watch::new(rules);
        Self {
            runtime: Arc::new(ExportRuntime::start().unwrap()),
            accounting: Arc::new(Accounting::new(Vec::new(), watch, None)),
            signal,
            deadline: Arc::default(),
            timeout,
        }
    }

    pub(crate) fn account(&self) -> &SignalAccount {
        self.accounting.of(self.signal)
    }

    /// How long an export may take that begins now.
    pub(crate) fn time_left(&self) -> Duration {
        self.deadline.cut(self.timeout)
    }

    /// Books how an export ended.
    pub(crate) fn book(&self, delivery: &Delivery) {
        self.account().settled(delivery);
    }

    /// Closes an exporter. What could be delivered has been; one that fails to close itself loses nothing.
    fn close(&self, shutdown: impl FnOnce(Duration) -> OTelSdkResult + Send + 'static) {
        let timeout = self.time_left();
        let _ = self.runtime.run(timeout, async move { shutdown(timeout) });
    }

    /// Runs one export and books its outcome. The error is the text that was booked.
    fn run<T: Send + 'static>(
        &self,
        progress: &Progress,
        export: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, String> {
        let timeout = self.time_left();
        let (kept, reason, error) = match self.runtime.run(timeout, export) {
            Ok(kept) => (Some(kept), FailureReason::Error, UNTOLD.to_owned()),
            Err(RunError::TimedOut) => (None, FailureReason::TimedOut, no_answer(timeout)),
            Err(RunError::Panicked(message)) => (None, FailureReason::Panicked, panicked(&message)),
            Err(RunError::Gone) => (None, FailureReason::Error, GONE.to_owned()),
        };
        let delivery = progress.close(reason, || error);
        self.account().settled(&delivery);
        match (kept, delivery.error) {
            (Some(kept), None) => Ok(kept),
            (_, error) => Err(error.unwrap_or_else(|| GONE.to_owned())),
        }
    }
}

/// Of items that an exporter lost sight of.
pub(crate) const UNTOLD: &str = "the exporter did not say what became of them";
pub(crate) const GONE: &str = "the export thread has ended";

pub(crate) fn no_answer(within: Duration) -> String {
    format!("no answer within {within:?}")
}

pub(crate) fn panicked(message: &str) -> String {
    format!("the exporter panicked: {message}")
}

/// Tells of all items what an exporter of the SDK says of all of them.
fn tell(progress: &Progress, result: OTelSdkResult) {
    match result {
        Ok(()) => progress.exported(progress.items()),
        Err(error) => progress.failed(progress.items(), FailureReason::Error, words(error)),
    }
}

fn words(error: OTelSdkError) -> String {
    match error {
        OTelSdkError::InternalFailure(error) => error,
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_gets_a_quarter_of_a_short_time_and_no_more_than_200_ms_of_a_long_one() {
        let now = Instant::now();
        let (long, short) = (now + Duration::from_secs(60), now + Duration::from_millis(100));
        assert_eq!(long - last_moment(long), FOR_THE_DISK);
        assert!(short - last_moment(short) <= Duration::from_millis(25));
    }
}
