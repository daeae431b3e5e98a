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

pub(crate) use logs::{AnyLogExporter, GuardedLogExporter};
pub(crate) use metrics::{AnyMetricExporter, GuardedMetricExporter};
pub(crate) use spans::{AnySpanExporter, GuardedSpanExporter};

use crate::accounting::{Accounting, FailureReason, SignalAccount};
use crate::runtime::{ExportRuntime, RunError};
use crate::settings::Signal;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

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
    fn account(&self) -> &SignalAccount {
        match self.signal {
            Signal::Traces => &self.accounting.traces,
            Signal::Metrics => &self.accounting.metrics,
            Signal::Logs => &self.accounting.logs,
        }
    }

    /// Runs one export of `items` and books its outcome. The error is the text that was booked.
    fn run<T: Send + 'static>(
        &self,
        items: u64,
        export: impl Future<Output = (OTelSdkResult, T)> + Send + 'static,
    ) -> Result<T, String> {
        let timeout = self.deadline.cut(self.timeout);
        let (reason, error) = match self.runtime.run(timeout, export) {
            Ok((Ok(()), kept)) => {
                self.account().exported(items);
                return Ok(kept);
            }
            Ok((Err(OTelSdkError::InternalFailure(error)), _)) => (FailureReason::Error, error),
            Ok((Err(error), _)) => (FailureReason::Error, error.to_string()),
            Err(RunError::TimedOut) => (FailureReason::TimedOut, format!("no answer within {timeout:?}")),
            Err(RunError::Panicked(message)) => (FailureReason::Panicked, format!("the exporter panicked: {message}")),
            Err(RunError::Gone) => (FailureReason::Error, "the export thread has ended".to_owned()),
        };
        self.account().failed(items, reason, error.clone());
        Err(error)
    }
}
