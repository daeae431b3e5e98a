//! What a group of calls adds up to.

use tachograph_core::source::HistogramPoint;

use super::buckets::Buckets;

/// Calls since the start of the process, as the metrics have them. Times are in seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) calls: u64,
    /// Calls that failed. Neither those that were given up nor, of HTTP requests, those that were the client's mistake.
    pub(crate) errors: u64,
    /// Calls that were given up: by the client, or by the code that dropped them.
    pub(crate) cancelled: u64,
    /// HTTP requests that were the client's mistake: status 400 to 499.
    pub(crate) client_errors: u64,
    /// HTTP requests that the server failed: status 500 to 599.
    pub(crate) server_errors: u64,
    pub(crate) seconds: f64,
    pub(crate) buckets: Buckets,
}

/// How the calls of one series ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Fine,
    Failed,
    Cancelled,
    /// Status 400 to 499.
    ClientError,
    /// Status 500 to 599.
    ServerError,
}

impl Tally {
    /// Adds the durations of a series, all of which ended in one way.
    pub(crate) fn add(&mut self, ending: Ending, durations: &HistogramPoint<'_>) {
        let calls = durations.count;
        self.calls += calls;
        match ending {
            Ending::Fine => {}
            Ending::Failed => self.errors += calls,
            Ending::Cancelled => self.cancelled += calls,
            Ending::ClientError => self.client_errors += calls,
            Ending::ServerError => {
                self.errors += calls;
                self.server_errors += calls;
            }
        }
        if durations.sum.is_finite() {
            self.seconds += durations.sum;
        }
        self.buckets.add(durations);
    }

    /// Adds another group.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.calls += other.calls;
        self.errors += other.errors;
        self.cancelled += other.cancelled;
        self.client_errors += other.client_errors;
        self.server_errors += other.server_errors;
        self.seconds += other.seconds;
        self.buckets.merge(&other.buckets);
    }

    /// What came since `before`. A count that went back, as it cannot with cumulative metrics, counts as nothing new.
    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(before.calls),
            errors: self.errors.saturating_sub(before.errors),
            cancelled: self.cancelled.saturating_sub(before.cancelled),
            client_errors: self.client_errors.saturating_sub(before.client_errors),
            server_errors: self.server_errors.saturating_sub(before.server_errors),
            seconds: (self.seconds - before.seconds).max(0.0),
            buckets: self.buckets.since(&before.buckets),
        }
    }

    /// Nothing, in the room that it has.
    pub(crate) fn clear(&mut self) {
        let mut buckets = std::mem::take(&mut self.buckets);
        buckets.clear();
        *self = Self { buckets, ..Self::default() };
    }

    /// Percent of the calls that failed, 0 without calls.
    pub(crate) fn error_rate(&self) -> f64 {
        percent(self.errors, self.calls)
    }

    /// Mean duration in milliseconds.
    #[allow(clippy::cast_precision_loss, reason = "a mean of more than 2^53 calls")]
    pub(crate) fn mean_ms(&self) -> Option<f64> {
        (self.calls > 0).then(|| self.seconds * 1000.0 / self.calls as f64)
    }

    /// Quantile of the durations in milliseconds.
    pub(crate) fn quantile_ms(&self, q: f64) -> Option<f64> {
        self.buckets.quantile(q).map(|seconds| seconds * 1000.0)
    }
}

/// `part` of `whole` in percent, 0 of nothing.
#[allow(clippy::cast_precision_loss, reason = "a percentage of more than 2^53")]
pub(crate) fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}
