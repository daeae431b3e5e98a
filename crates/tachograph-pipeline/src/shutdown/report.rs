//! What a shutdown or a flush delivered.

use std::fmt;
use std::time::Duration;

use crate::accounting::Failures;

/// One signal's part of a [`ShutdownReport`]. The counts are those since the pipeline was built.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SignalReport {
    /// Whether there is an exporter. Without one `exported`, `failed` and `lost` are 0: nothing was meant to leave the process.
    pub has_exporter: bool,
    /// Spans that were sampled and ended; data points that were collected for an export; log records.
    pub created: u64,
    /// Items that the receiver took.
    pub exported: u64,
    /// Items that were given to an exporter and not delivered, by reason.
    pub failed: Failures,
    /// Items that never reached an exporter: the queue was full, or the deadline passed before their turn.
    /// [`SignalHealth::dropped`](crate::SignalHealth::dropped) has the reasons.
    pub lost: u64,
    /// Items that are on disk and are sent when the receiver is back, by a later process if this one has ended.
    pub spooled: u64,
    /// Spans that had not ended; after a shutdown they are never exported. 0 for metrics and logs.
    pub open: u64,
    /// Whether the time was too short for this signal.
    pub timed_out: bool,
    /// What went wrong in this shutdown or flush, not before.
    pub errors: Vec<String>,
}

impl SignalReport {
    fn is_complete(&self) -> bool {
        !self.timed_out && self.errors.is_empty()
    }
}

/// What a shutdown, or a flush, delivered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Spans.
    pub traces: SignalReport,
    /// Data points of metrics that are pushed.
    pub metrics: SignalReport,
    /// Log records.
    pub logs: SignalReport,
    /// Whether the time was too short to write the queued lines of log files. That goes on in the background.
    pub log_files_timed_out: bool,
    /// Whether the time was too short to send the events for Sentry. After a shutdown they are lost, and counted.
    pub sentry_timed_out: bool,
    /// Whether the pipeline had been shut down before; then nothing was done and the counts are the final ones.
    pub already_shut_down: bool,
    /// How long it took.
    pub elapsed: Duration,
}

impl ShutdownReport {
    /// Whether the time was too short.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.signals().iter().any(|signal| signal.timed_out) || self.log_files_timed_out || self.sentry_timed_out
    }

    /// `Ok` if everything that was left was delivered in time.
    ///
    /// Items lost earlier, for instance while the receiver was away an hour ago, are in the counts but make no error: a process
    /// that ends well should not end with a failure because of them.
    ///
    /// # Errors
    ///
    /// When the time was too short, or something could not be delivered during this shutdown or flush.
    pub fn into_result(self) -> Result<Self, ShutdownError> {
        let in_time = !self.log_files_timed_out && !self.sentry_timed_out;
        if self.signals().iter().all(|signal| signal.is_complete()) && in_time {
            Ok(self)
        } else {
            Err(ShutdownError(Box::new(self)))
        }
    }

    fn signals(&self) -> [&SignalReport; 3] {
        [&self.traces, &self.metrics, &self.logs]
    }
}

impl fmt::Display for SignalReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.has_exporter, self.created) {
            (true, created) => write!(f, "{} of {created} exported", self.exported)?,
            (false, 0) => f.write_str("no exporter")?,
            (false, created) => write!(f, "no exporter, {created} made")?,
        }
        let counts = [
            (self.failed.total(), "failed"),
            (self.lost, "lost"),
            (self.spooled, "on disk"),
            (self.open, "still open"),
        ];
        for (count, what) in counts {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        if self.timed_out {
            f.write_str(", out of time")?;
        }
        if !self.errors.is_empty() {
            write!(f, " ({})", self.errors.join("; "))?;
        }
        Ok(())
    }
}

/// One line for people.
impl fmt::Display for ShutdownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { traces, metrics, logs, elapsed, .. } = self;
        write!(f, "spans: {traces}; data points: {metrics}; log records: {logs}; took {elapsed:?}")?;
        if self.log_files_timed_out {
            f.write_str("; log files out of time")?;
        }
        if self.sentry_timed_out {
            f.write_str("; events for Sentry out of time")?;
        }
        if self.already_shut_down {
            f.write_str("; was shut down before")?;
        }
        Ok(())
    }
}

/// Something was not delivered; the report says what.
#[derive(Debug, Clone, thiserror::Error)]
#[error("telemetry was not fully delivered: {0}")]
pub struct ShutdownError(Box<ShutdownReport>);

impl ShutdownError {
    /// The report.
    #[must_use]
    pub fn report(&self) -> &ShutdownReport {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_display_is_one_line_that_says_what_was_lost() {
        let report = ShutdownReport {
            traces: SignalReport {
                has_exporter: true,
                created: 10,
                exported: 7,
                failed: Failures { error: 2, ..Failures::default() },
                lost: 1,
                timed_out: true,
                errors: vec!["2 items were not delivered: refused".to_owned()],
                ..SignalReport::default()
            },
            ..ShutdownReport::default()
        };
        assert_eq!(
            report.to_string(),
            "spans: 7 of 10 exported, 2 failed, 1 lost, out of time (2 items were not delivered: refused); \
             data points: no exporter; log records: no exporter; took 0ns"
        );
    }

    #[test]
    fn earlier_losses_make_no_error_and_present_ones_do() {
        let mut report = ShutdownReport::default();
        report.traces.failed.error = 5;
        assert!(report.clone().into_result().is_ok());
        report.traces.errors.push("refused".to_owned());
        assert_eq!(report.into_result().unwrap_err().report().traces.failed.error, 5);
    }
}
