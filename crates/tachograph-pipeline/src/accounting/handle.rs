//! The accounts as others read them.

use std::sync::Arc;

use tachograph_core::source::{ExportState, ReadExport, SignalExport};

use super::{Accounting, SignalAccount};
use crate::settings::Signal;

/// Tells what becomes of the telemetry of a pipeline. Cloning is cheap.
///
/// It names no secret: endpoints come without credentials and query, and the exporters of OTLP put neither headers nor what the
/// receiver answered into their errors. The words of an exporter that the application brought are its own.
///
/// It works after the pipeline was shut down and dropped, with the final numbers.
#[derive(Debug, Clone)]
pub struct ExportHandle {
    accounting: Arc<Accounting>,
}

impl ExportHandle {
    pub(crate) fn new(accounting: Arc<Accounting>) -> Self {
        Self { accounting }
    }
}

impl ReadExport for ExportHandle {
    fn export_state(&self) -> ExportState {
        let accounting = &self.accounting;
        ExportState {
            signals: [
                (Signal::Traces, &accounting.traces),
                (Signal::Metrics, &accounting.metrics),
                (Signal::Logs, &accounting.logs),
            ]
            .map(state_of)
            .into(),
            scrape_failures: accounting.scrape_failures(),
            callback_panics: accounting.callback_panics(),
            overflowing_instruments: accounting.cardinality().overflowing(),
            unmet: accounting.unmet.clone(),
        }
    }
}

fn state_of((signal, account): (Signal, &SignalAccount)) -> SignalExport {
    let health = account.health();
    let losses = health.failed.by_reason().into_iter().chain(health.dropped.by_reason());
    SignalExport {
        signal: signal.name(),
        has_exporter: health.has_exporter,
        endpoint: account.endpoint().map(str::to_owned),
        created: health.created,
        exported: health.exported,
        failed: health.failed.total() + health.dropped.total(),
        failed_by_reason: losses.filter(|(_, count)| *count > 0).collect(),
        outstanding: health.outstanding(),
        queued: health.queued,
        in_flight: health.in_flight,
        spooled: health.spooled,
        recovered: health.recovered,
        truncated: health.truncated,
        failing: health.failing,
        dropping: health.dropping,
        last_error: health.last_error,
        last_success: health.last_success,
        diagnosis: health.diagnosis,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounting::{FailureReason, Failures};
    use crate::exporter::Delivery;

    #[test]
    fn items_that_failed_are_told_whatever_the_reason() {
        let account = SignalAccount::new(Signal::Traces);
        account.expect_exports();
        account.created(20);
        for (items, reason) in [(1, FailureReason::Error), (2, FailureReason::TimedOut), (4, FailureReason::Panicked)] {
            let mut failed = Failures::default();
            failed.add(items, reason);
            account.settled(&Delivery { failed, error: Some(format!("{reason:?}")), ..Delivery::default() });
        }
        let state = state_of((Signal::Traces, &account));
        assert_eq!((state.failed, state.outstanding, state.last_error.as_deref()), (7, 13, Some("Panicked")));
    }
}
