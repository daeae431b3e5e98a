//! Exports under way. The worker keeps their time, so it holds even if an exporter blocks the only thread of the runtime.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::task::AbortHandle;

use super::worker::Settled;
use super::{Queue, Queued};
use crate::accounting::FailureReason;
use crate::exporter::{BoxFuture, Delivery, GONE, Progress, UNTOLD, no_answer, panicked};
use crate::runtime::{ExportRuntime, panic_message};

/// Exports that were given up and that the runtime has not let go of: more are not started, because each holds its items.
const MOST_STUCK: usize = 8;

/// Batches on their way to disk at once, beside the exports.
const MOST_SPILLS: usize = 2;

/// What is to be driven.
pub(super) struct Launch {
    pub(super) export: BoxFuture<()>,
    pub(super) is_spill: bool,
}

/// The fate of the items that an export told nothing of, and its words.
pub(super) type Rest = (FailureReason, String);

#[derive(Debug)]
struct Flight {
    number: u64,
    progress: Progress,
    start: Instant,
    end: Instant,
    task: AbortHandle,
    /// Whether it only goes to disk.
    is_spill: bool,
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
        self.under_way.len() - self.spills() < self.most && self.stuck.len() < MOST_STUCK
    }

    /// Whether there is room for one that only goes to disk.
    pub(super) fn can_spill(&self) -> bool {
        self.spills() < MOST_SPILLS
    }

    fn spills(&self) -> usize {
        self.under_way.iter().filter(|flight| flight.is_spill).count()
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
        progress: Progress,
        timeout: Duration,
        Launch { export, is_spill }: Launch,
    ) {
        let number = self.next;
        self.next += 1;
        let landing = Landing { queue: Arc::clone(queue), number, rest: None };
        let task = runtime.spawn(async move {
            let ended = AssertUnwindSafe(export).catch_unwind().await;
            landing.touch(match ended {
                Ok(()) => (FailureReason::Error, UNTOLD.to_owned()),
                Err(panic) => (FailureReason::Panicked, panicked(&panic_message(panic.as_ref()))),
            });
        });
        let start = Instant::now();
        self.under_way.push(Flight { number, progress, start, end: start + timeout, task, is_spill });
    }

    /// What became of an export that has ended; `None` if it was given up before.
    pub(super) fn land(&mut self, number: u64, (reason, error): Rest) -> Option<Delivery> {
        self.stuck.retain(|stuck| *stuck != number);
        let index = self.under_way.iter().position(|flight| flight.number == number)?;
        Some(self.under_way.swap_remove(index).progress.close(reason, || error))
    }

    /// Has all end at `deadline` at the latest.
    pub(super) fn cut(&mut self, deadline: Instant) {
        self.under_way.iter_mut().for_each(|flight| flight.end = flight.end.min(deadline));
    }

    /// Gives up one whose time is over, and says what it had delivered.
    pub(super) fn give_up(&mut self, now: Instant) -> Option<Delivery> {
        let index = self.under_way.iter().position(|flight| flight.end <= now)?;
        let flight = self.under_way.swap_remove(index);
        flight.task.abort();
        self.stuck.push(flight.number);
        let took = flight.end.saturating_duration_since(flight.start);
        Some(flight.progress.close(FailureReason::TimedOut, || no_answer(took)))
    }
}

/// Tells the worker that the export has ended, whichever way: a runtime that is gone drops it as well.
struct Landing<T: Queued> {
    queue: Arc<Queue<T>>,
    number: u64,
    rest: Option<Rest>,
}

impl<T: Queued> Landing<T> {
    fn touch(mut self, rest: Rest) {
        self.rest = Some(rest);
    }
}

impl<T: Queued> Drop for Landing<T> {
    fn drop(&mut self) {
        let gone = || (FailureReason::Error, GONE.to_owned());
        let rest = self.rest.take().unwrap_or_else(gone);
        let mut state = self.queue.state();
        state.settled.push(Settled { number: self.number, rest });
        self.queue.poke(state);
    }
}
