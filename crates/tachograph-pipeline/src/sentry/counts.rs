//! What became of every event.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;
use tachograph_core::semconv::{attribute as attr, metric, unit};

/// Most events that may wait, and their bytes.
const MAX_EVENTS: usize = 100;
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Why Sentry does not have an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Too many waited.
    QueueFull,
    /// No answer, or one that says that the receiver is not well.
    Unreachable,
    /// The receiver does not want it.
    Refused,
    /// The receiver has enough for now.
    RateLimited,
    /// The rate that was asked for left it out.
    SampleRate,
    /// The pipeline had been shut down, or was before its turn.
    ShutDown,
}

impl Reason {
    const COUNT: usize = 6;
    const ALL: [Self; Self::COUNT] =
        [Self::QueueFull, Self::Unreachable, Self::Refused, Self::RateLimited, Self::SampleRate, Self::ShutDown];

    /// As the attribute `tachograph.reason` has it.
    fn name(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::RateLimited => "rate_limited",
            Self::SampleRate => "sample_rate",
            Self::ShutDown => "shut_down",
        }
    }
}

/// The counters, and what waits.
#[derive(Debug, Default)]
pub(super) struct Counts {
    sent: AtomicU64,
    dropped: [AtomicU64; Reason::COUNT],
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    events: usize,
    bytes: usize,
    /// Whoever still waits was counted.
    given_up: bool,
}

impl Counts {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is room for an event; then it waits.
    pub(super) fn admit(&self, bytes: usize) -> bool {
        let mut waiting = self.waiting();
        let admitted = !waiting.given_up && waiting.events < MAX_EVENTS && waiting.bytes + bytes <= MAX_BYTES;
        if admitted {
            waiting.events += 1;
            waiting.bytes += bytes;
        }
        admitted
    }

    /// One that never waited is dropped.
    pub(super) fn drop_new(&self, reason: Reason) {
        self.dropped[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// One that waited is sent or dropped.
    pub(super) fn leave(&self, bytes: usize, outcome: Result<(), Reason>) {
        {
            let mut waiting = self.waiting();
            if waiting.given_up {
                return;
            }
            waiting.events -= 1;
            waiting.bytes -= bytes;
        }
        match outcome {
            Ok(()) => drop(self.sent.fetch_add(1, Ordering::Relaxed)),
            Err(reason) => self.drop_new(reason),
        }
    }

    /// Those that wait are lost.
    pub(super) fn give_up(&self) {
        let mut waiting = self.waiting();
        if !std::mem::replace(&mut waiting.given_up, true) {
            self.dropped[Reason::ShutDown as usize].fetch_add(waiting.events as u64, Ordering::Relaxed);
        }
    }

    pub(super) fn has_given_up(&self) -> bool {
        self.waiting().given_up
    }
}

/// Makes the instruments. They live as long as the provider of the meter.
pub(super) fn observe(counts: &Arc<Counts>, meter: &Meter) {
    let sent = Arc::clone(counts);
    meter
        .u64_observable_counter(metric::SENTRY_SENT)
        .with_unit(unit::EVENT)
        .with_description("Events that Sentry took.")
        .with_callback(move |observer| observer.observe(sent.sent.load(Ordering::Relaxed), &[]))
        .build();
    let dropped = Arc::clone(counts);
    meter
        .u64_observable_counter(metric::SENTRY_DROPPED)
        .with_unit(unit::EVENT)
        .with_description("Events for Sentry that were dropped, by reason.")
        .with_callback(move |observer| {
            for reason in Reason::ALL {
                let count = dropped.dropped[reason as usize].load(Ordering::Relaxed);
                observer.observe(count, &[KeyValue::new(attr::REASON, reason.name())]);
            }
        })
        .build();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_up_is_counted_once_whatever_becomes_of_it() {
        let counts = Counts::default();
        let count = |reason: Reason| counts.dropped[reason as usize].load(Ordering::Relaxed);
        assert!(counts.admit(10) && counts.admit(20) && counts.admit(30));
        counts.leave(10, Ok(()));
        counts.give_up();
        counts.give_up();
        counts.leave(20, Err(Reason::Unreachable));
        counts.leave(30, Ok(()));
        assert!(!counts.admit(1) && counts.has_given_up());
        assert_eq!((count(Reason::ShutDown), count(Reason::Unreachable)), (2, 0));
        assert_eq!(counts.sent.load(Ordering::Relaxed), 1);
    }
}
