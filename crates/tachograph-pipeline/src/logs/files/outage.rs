//! The two lines about files that cannot be written: when it starts, and when it is over. Neither goes to a file.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::counts::FileSet;
use super::settings::LogFile;

/// The target of these lines, which the layer for the files leaves out: they would be lines about themselves.
pub(super) const TARGET: &str = "tachograph::log_files";
/// How far apart two outages are that are both said.
const LOG_INTERVAL: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub(super) struct Outage {
    failing: FileSet,
    /// Why the first of them fails.
    error: Option<String>,
    lost: u64,
    /// The start is said, the end is not.
    announced: bool,
    announced_at: Option<Instant>,
}

impl Outage {
    pub(super) fn lost(&mut self, lines: usize) {
        self.lost += lines as u64;
    }

    pub(super) fn fails(&mut self, file: LogFile, error: impl FnOnce() -> String) {
        self.failing = self.failing.with(file);
        self.error.get_or_insert_with(error);
    }

    pub(super) fn works(&mut self, file: LogFile) {
        self.failing = self.failing.without(file);
        if self.failing.is_empty() {
            self.error = None;
        }
    }

    /// What is wrong, while something is.
    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Logs what has changed.
    pub(super) fn say(&mut self, now: Instant) {
        let recent = self.announced_at.is_some_and(|at| now.saturating_duration_since(at) < LOG_INTERVAL);
        match &self.error {
            Some(error) if !self.announced && !recent => {
                (self.announced, self.announced_at) = (true, Some(now));
                guarded(
                    || tracing::warn!(target: TARGET, error, "log files cannot be written; lines are lost until it works again"),
                );
            }
            None if self.announced => {
                self.announced = false;
                let lost = std::mem::take(&mut self.lost);
                guarded(|| tracing::info!(target: TARGET, lost, "log files can be written again"));
            }
            _ => {}
        }
    }
}

/// A subscriber of the application that panics must not end the thread that writes.
fn guarded(say: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(say));
}
