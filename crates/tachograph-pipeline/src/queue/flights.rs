//! Exports under way. The worker keeps their time, so it holds even if an exporter blocks the only thread of the runtime.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::task::AbortHandle;

use super::worker::Settled;
use super::{Queue, Queued};
use crate::accounting::FailureReason;
use crate::exporter::BoxFuture;
use crate::runtime::{ExportRuntime, panic_message};

/// Exports that were given up and that the runtime has not let go of: more are not started, because each holds its items.
const MOST_STUCK: usize = 8;

/// How an export ended; what failed has a reason and words.
pub(super) type Outcome = Result<(), (FailureReason, String)>;

#[derive(Debug)]
struct Flight {
    number: u64,
    items: u64,
    start: Instant,
    end: Instant,
    task: AbortHandle,
}

#[derive(Debug)]
pub(super) struct Flights {
    most: usize,
    next: u64,
    under_way: Vec<Flight>,
    stuck: Vec<u64>,
}

impl Flights {
    pub(super) fn new(most: usize) -> Self {
        Self { most, next: 0, under_way: Vec::new(), stuck: Vec::new() }
    }

    pub(super) fn has_room(&self) -> bool {
        self.under_way.len() < self.most && self.stuck.len() < MOST_STUCK
    }

    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// The number that the next export will have.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Whether no export with a lower number is under way.
    pub(super) fn is_past(&self, number: u64) -> bool {
        self.under_way.iter().all(|flight| flight.number >= number)
    }

    /// When the next one has to be given up.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.under_way.iter().map(|flight| flight.end).min()
    }

    pub(super) fn start<T: Queued>(
        &mut self,
        runtime: &ExportRuntime,
        queue: &Arc<Queue<T>>,
        items: u64,
        timeout: Duration,
        export: BoxFuture<Result<(), String>>,
    ) {
        let number = self.next;
        self.next += 1;
        let landing = Landing { queue: Arc::clone(queue), number, outcome: None };
        let task = runtime.spawn(async move {
            let ended = AssertUnwindSafe(export).catch_unwind().await;
            landing.touch(match ended {
                Ok(result) => result.map_err(|error| (FailureReason::Error, error)),
                Err(panic) => {
                    let message = panic_message(panic.as_ref());
                    Err((FailureReason::Panicked, format!("the exporter panicked: {message}")))
                }
            });
        });
        let start = Instant::now();
        self.under_way.push(Flight { number, items, start, end: start + timeout, task });
    }

    /// How many items an export had that has ended; `None` if it was given up before.
    pub(super) fn land(&mut self, number: u64) -> Option<u64> {
        self.stuck.retain(|stuck| *stuck != number);
        let index = self.under_way.iter().position(|flight| flight.number == number)?;
        Some(self.under_way.swap_remove(index).items)
    }

    /// Has all end at `deadline` at the latest.
    pub(super) fn cut(&mut self, deadline: Instant) {
        self.under_way.iter_mut().for_each(|flight| flight.end = flight.end.min(deadline));
    }

    /// Gives up one whose time is over: its items, and how it ended.
    pub(super) fn give_up(&mut self, now: Instant) -> Option<(u64, Outcome)> {
        let index = self.under_way.iter().position(|flight| flight.end <= now)?;
        let flight = self.under_way.swap_remove(index);
        flight.task.abort();
        self.stuck.push(flight.number);
        let took = flight.end.saturating_duration_since(flight.start);
        Some((flight.items, Err((FailureReason::TimedOut, format!("no answer within {took:?}")))))
    }
}

/// Tells the worker that the export has ended, whichever way: a runtime that is gone drops it as well.
struct Landing<T: Queued> {
    queue: Arc<Queue<T>>,
    number: u64,
    outcome: Option<Outcome>,
}

impl<T: Queued> Landing<T> {
    fn touch(mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

impl<T: Queued> Drop for Landing<T> {
    fn drop(&mut self) {
        let gone = || Err((FailureReason::Error, "the export thread has ended".to_owned()));
        let outcome = self.outcome.take().unwrap_or_else(gone);
        let mut state = self.queue.state();
        state.settled.push(Settled { number: self.number, outcome });
        self.queue.poke(state);
    }
}
