//! What was counted.

use super::signal::Signal;

/// What the server has seen so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Requests with spans.
    pub traces: SignalCounts,
    /// Requests with metrics.
    pub metrics: SignalCounts,
    /// Requests with log records.
    pub logs: SignalCounts,
    /// Connections that were accepted.
    pub connections: u64,
    /// Connections that ended before there was TLS on them.
    pub failed_handshakes: u64,
    /// Connections that were reset as soon as they were accepted.
    pub reset_connections: u64,
    /// Requests whose connection was reset while they were being read. They count nowhere else.
    pub cut: u64,
    /// Requests that are none of OTLP: another path or method, no message, too large a message, a missing credential.
    pub refused: u64,
    /// Requests that are no longer kept, because later ones needed the space.
    pub forgotten: u64,
}

/// The requests of one signal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignalCounts {
    /// Requests that differ: one that is sent again unchanged counts once.
    pub requests: u64,
    /// Requests, each time they were sent.
    pub attempts: u64,
    /// Items in all attempts.
    pub received: u64,
    /// Items that were taken in.
    pub accepted: u64,
    /// Of those, the items of requests whose answer was not sent, because the script has it so or the connection ended before. Who
    /// sent them cannot know that they were taken in. An answer that is being written while its connection is reset, for another
    /// request or by [`refuse_connections`](super::OtlpServer::refuse_connections), counts as sent.
    pub unanswered: u64,
    /// Requests without any item, as self-tests send them. They count nowhere else.
    pub empty: u64,
}

impl Counts {
    /// Those of one signal.
    #[must_use]
    pub fn of(&self, signal: Signal) -> &SignalCounts {
        match signal {
            Signal::Traces => &self.traces,
            Signal::Metrics => &self.metrics,
            Signal::Logs => &self.logs,
        }
    }

    pub(super) fn of_mut(&mut self, signal: Signal) -> &mut SignalCounts {
        match signal {
            Signal::Traces => &mut self.traces,
            Signal::Metrics => &mut self.metrics,
            Signal::Logs => &mut self.logs,
        }
    }

    /// Items of all signals that were taken in.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        Signal::ALL.iter().map(|signal| self.of(*signal).accepted).sum()
    }
}
