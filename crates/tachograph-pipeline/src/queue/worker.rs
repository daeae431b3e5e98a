//! The thread that takes batches, shows them, exports them and says what became of them.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::Context;

use super::flights::{Flights, Launch, Rest};
use super::state::{Sleep, State};
use super::{Limits, Pace, Queue, Queued, Sink};
use crate::accounting::FailureReason;
use crate::exporter::{Guard, Progress, panicked};
use crate::runtime::panic_message;

/// How long the worker sleeps at most, so that no clock arithmetic overflows.
const LONGEST_SLEEP: Duration = Duration::from_secs(3600);

/// An export that has ended.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) number: u64,
    pub(super) rest: Rest,
}

/// Somebody waits until all items before this one are gone, and wants to know how many were lost.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) before: u64,
    /// Not delivered until then.
    pub(super) lost: u64,
    pub(super) answer: SyncSender<u64>,
}

impl<T> State<T> {
    /// Whether the worker has to be woken by an item, which is then done with. What is due for another reason pokes it.
    #[inline]
    pub(super) fn wakes(&mut self, limits: &Limits) -> bool {
        let Some(Sleep { fresh, due, half_full }) = self.sleep else { return false };
        let (loss_is_known, dropped) = self.loss;
        let wakes = self.fresh.len() >= fresh
            || self.aside.len() >= limits.aside() / 2
            || (!loss_is_known && self.ledger.dropped.total() > dropped)
            || (due && self.is_enough(limits))
            || (half_full && self.is_half_full(limits));
        if wakes {
            self.sleep = None;
        }
        wakes
    }
}

pub(super) struct Worker<T: Queued, S> {
    queue: Arc<Queue<T>>,
    sink: S,
    pace: Pace,
    guard: Guard,
    flights: Flights,
    /// Requests whose items are all taken, with the number of the first export that does not concern them.
    leaving: Vec<(Request, u64)>,
    /// When all that waits is exported whatever there is.
    next_round: Instant,
}

impl<T: Queued, S: Sink<T>> Worker<T, S> {
    pub(super) fn new(queue: Arc<Queue<T>>, sink: S, pace: Pace, guard: Guard) -> Self {
        let flights = Flights::new(pace.exports);
        let next_round = Instant::now() + pace.delay;
        Self { queue, sink, pace, guard, flights, leaving: Vec::new(), next_round }
    }

    pub(super) fn start(self, name: &str) -> io::Result<()> {
        let end = End(Arc::clone(&self.queue));
        let work = move || {
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            // Dropped last, also when the worker panics.
            let _end = end;
            self.work();
        };
        thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
    }

    fn work(mut self) {
        loop {
            self.settle();
            self.show();
            let stopping = self.prepare();
            while self.flights.has_room()
                && let Some(batch) = self.take()
            {
                self.launch(batch, false);
            }
            while self.must_spill()
                && let Some(batch) = self.take()
            {
                self.launch(batch, true);
            }
            self.say_losses();
            self.answer();
            if let Some(end) = stopping
                && self.has_ended(end)
            {
                break;
            }
            self.sleep(stopping);
        }
        self.settle();
        self.say_losses();
        self.answer();
        self.sink.shut_down();
    }

    /// Books the exports that have ended, and gives up those whose time is over.
    fn settle(&mut self) {
        let settled = std::mem::take(&mut self.queue.state().settled);
        for Settled { number, rest } in settled {
            if let Some(delivery) = self.flights.land(number, rest) {
                self.guard.book(&delivery);
            }
        }
        let now = Instant::now();
        while let Some(delivery) = self.flights.give_up(now) {
            self.guard.book(&delivery);
        }
    }

    /// Shows the observer what it has not seen, which then waits for its export.
    fn show(&mut self) {
        let is_watched = self.sink.is_watched();
        let (fresh, mut aside) = self.queue.state().start_showing(is_watched);
        for lanes in [&aside, &fresh] {
            if lanes.len() > 0 {
                self.sink.show(&mut lanes.in_order());
            }
        }
        let mut empty = Vec::new();
        drop(aside.drain(&mut empty));
        self.queue.state().end_showing(fresh, empty);
    }

    /// Lets all go whose time has come. Gives the deadline if there is one.
    fn prepare(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let mut state = self.queue.state();
        if now >= self.next_round {
            state.make_all_due();
            self.next_round = now + self.pace.delay;
        }
        let end = state.stopping?;
        state.make_all_due();
        drop(state);
        self.flights.cut(end);
        Some(end)
    }

    fn take(&mut self) -> Option<Vec<T>> {
        let mut lanes = {
            let mut state = self.queue.state();
            if !state.is_due(&self.queue.limits) || state.stopping.is_some_and(|end| end <= Instant::now()) {
                return None;
            }
            state.take(&self.queue.limits)
        };
        let mut empty = Vec::new();
        let batch = lanes.drain(&mut empty);
        self.queue.state().recycle(empty);
        (!batch.is_empty()).then_some(batch)
    }

    /// Whether items have to go to disk: exports do not keep up, or a shutdown leaves no time for them.
    fn must_spill(&self) -> bool {
        let may = self.sink.can_spill() && self.flights.can_spill();
        let state = self.queue.state();
        let is_over = state.last_moment.is_some_and(|last| last <= Instant::now());
        may && (is_over || (!self.flights.has_room() && state.is_half_full(&self.queue.limits)))
    }

    /// Exports a batch, or puts it on disk.
    fn launch(&mut self, batch: Vec<T>, is_spill: bool) {
        self.next_round = Instant::now() + self.pace.delay;
        let progress = Progress::new(batch.len() as u64);
        // What is done before there is a future, such as encoding, must not end this thread.
        let export = || match is_spill {
            false => self.sink.export(batch, progress.clone()),
            true => self.sink.spill(batch, progress.clone()),
        };
        match catch_unwind(AssertUnwindSafe(export)) {
            Ok(export) => {
                let (launch, time) = (Launch { export, is_spill }, self.guard.time_left());
                self.flights.start(&self.guard.runtime, &self.queue, progress, time, launch);
            }
            Err(panic) => {
                let error = || panicked(&panic_message(panic.as_ref()));
                self.guard.book(&progress.close(FailureReason::Panicked, error));
            }
        }
    }

    /// Says when the queue begins to lose items, and when it has ceased to.
    fn say_losses(&mut self) {
        let mut state = self.queue.state();
        let (dropped, (was_known, before)) = (state.ledger.dropped, state.loss);
        let is_more = dropped.total() > before;
        let is_known = is_more || (was_known && state.waiting() > self.queue.limits.items / 2);
        state.loss = (is_known, dropped.total());
        drop(state);
        match (is_more, is_known) {
            (true, _) => self.guard.account().drops(dropped),
            (false, false) if was_known => self.guard.account().keeps_up(dropped),
            _ => {}
        }
    }

    /// Answers those whose items are all exported or lost.
    fn answer(&mut self) {
        let mut state = self.queue.state();
        let lost = state.undelivered();
        let requests = std::mem::take(&mut state.requests);
        for request in requests {
            match state.is_past(request.before) {
                true => self.leaving.push((request, self.flights.next())),
                false => state.requests.push(request),
            }
        }
        drop(state);
        let flights = &self.flights;
        self.leaving.retain(|(request, first)| {
            let has_left = flights.is_past(*first);
            if has_left {
                let _ = request.answer.send(lost.saturating_sub(request.lost));
            }
            !has_left
        });
    }

    /// Whether nothing is left to do, or no time to do it in.
    fn has_ended(&mut self, end: Instant) -> bool {
        if end <= Instant::now() {
            while let Some(delivery) = self.flights.give_up(end) {
                self.guard.book(&delivery);
            }
            self.queue.abandon();
        }
        self.flights.is_empty() && self.queue.state().waiting() == 0
    }

    /// Sleeps until there is something to do.
    fn sleep(&mut self, stopping: Option<Instant>) {
        let now = Instant::now();
        let spills = self.sink.can_spill() && self.flights.can_spill();
        let mut state = self.queue.state();
        let last_moment = state.last_moment.filter(|last| spills && now < *last);
        let ends = [Some(self.next_round), self.flights.next_end(), stopping, last_moment];
        let until = ends.into_iter().flatten().min().unwrap_or(now + LONGEST_SLEEP);
        let limits = &self.queue.limits;
        let fresh = if state.watched { limits.batch } else { usize::MAX };
        let has_room = self.flights.has_room();
        state.sleep = Some(Sleep { fresh, due: has_room, half_full: spills && !has_room });
        let is_due = has_room && state.is_due(limits);
        while !is_due && !state.poked && !state.wakes(limits) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || state.sleep.is_none() {
                break;
            }
            state = self.queue.work.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        (state.poked, state.sleep) = (false, None);
    }
}

impl<T: Queued> Queue<T> {
    /// Drops and counts what waits.
    fn abandon(&self) {
        // Not in one expression, which would hold the lock while the items are freed.
        let gone = self.state().abandon();
        drop(gone);
    }
}

/// Says that the worker has ended, whatever the reason.
struct End<T: Queued>(Arc<Queue<T>>);

impl<T: Queued> Drop for End<T> {
    fn drop(&mut self) {
        self.0.abandon();
        let mut state = self.0.state();
        state.stopping.get_or_insert_with(Instant::now);
        state.over = true;
        // Who asks is told by the end of the channel.
        state.requests.clear();
        drop(state);
        self.0.ended.notify_all();
    }
}
