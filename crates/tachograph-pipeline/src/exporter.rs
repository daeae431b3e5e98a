//! Exporters behind a wall: each export runs on the private runtime, ends in bounded time, cannot panic into the SDK, and is
//! accounted for.

mod logs;
mod metrics;
mod spans;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};

pub(crate) use logs::{AnyLogExporter, GuardedLogExporter, OwnedLog};
pub(crate) use metrics::{AnyMetricExporter, GuardedMetricExporter};
pub(crate) use spans::{AnySpanExporter, GuardedSpanExporter};

use crate::accounting::{Accounting, FailureReason, SignalAccount};
use crate::runtime::{ExportRuntime, RunError};
use crate::settings::Signal;

pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// When everything must have ended. Unset until a shutdown begins.
#[derive(Debug, Default)]
pub(crate) struct Deadline(Mutex<Option<Instant>>);

impl Deadline {
    pub(crate) fn set(&self, deadline: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(deadline);
    }

    /// `timeout`, cut to what the deadline leaves.
    fn cut(&self, timeout: Duration) -> Duration {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(deadline) => timeout.min(deadline.saturating_duration_since(Instant::now())),
            None => timeout,
        }
    }
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
    pub(crate) fn account(&self) -> &SignalAccount {
        self.accounting.of(self.signal)
    }

    /// How long an export may take that begins now.
    pub(crate) fn time_left(&self) -> Duration {
        self.deadline.cut(self.timeout)
    }

    /// Books how an export of `items` ended.
    pub(crate) fn book(&self, items: u64, outcome: Result<(), (FailureReason, String)>) {
        match outcome {
            Ok(()) => self.account().exported(items),
            Err((reason, error)) => self.account().failed(items, reason, error),
        }
    }

    /// Closes an exporter. What could be delivered has been; one that fails to close itself loses nothing.
    fn close(&self, shutdown: impl FnOnce(Duration) -> OTelSdkResult + Send + 'static) {
        let timeout = self.time_left();
        let _ = self.runtime.run(timeout, async move { shutdown(timeout) });
    }

    /// Runs one export of `items` and books its outcome. The error is the text that was booked.
    fn run<T: Send + 'static>(
        &self,
        items: u64,
        export: impl Future<Output = (OTelSdkResult, T)> + Send + 'static,
    ) -> Result<T, String> {
        let timeout = self.time_left();
        let (reason, error) = match self.runtime.run(timeout, export) {
            Ok((Ok(()), kept)) => {
                self.account().exported(items);
                return Ok(kept);
            }
            Ok((Err(error), _)) => (FailureReason::Error, words(error)),
            Err(RunError::TimedOut) => (FailureReason::TimedOut, format!("no answer within {timeout:?}")),
            Err(RunError::Panicked(message)) => (FailureReason::Panicked, format!("the exporter panicked: {message}")),
            Err(RunError::Gone) => (FailureReason::Error, "the export thread has ended".to_owned()),
        };
        self.account().failed(items, reason, error.clone());
        Err(error)
    }
}

fn words(error: OTelSdkError) -> String {
    match error {
        OTelSdkError::InternalFailure(error) => error,
        error => error.to_string(),
    }
}
