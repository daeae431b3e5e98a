//! A check with its last answer: who asks gets that while it counts, and else waits for the one run there is.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use tachograph_core::set_system_health;
use tokio::sync::watch;

use super::{
    check::Check,
    report::CheckReport,
    seconds,
    verdict::{HealthStatus, Verdict},
};
use crate::{
    answer::rfc_3339,
    readiness::{Gate, Latch, Readiness},
};

/// What time it is, for the age of answers.
pub(super) type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

pub(super) struct Watched {
    pub(super) check: Check,
    state: watch::Sender<State>,
    /// Held while an answer is made known, so that readiness and the answer tell the same.
    publishing: Mutex<()>,
    /// Until the first healthy answer.
    latch: Mutex<Option<Latch>>,
    gate: Option<Gate>,
    clock: Clock,
}

#[derive(Default)]
struct State {
    last: Option<Answer>,
    running: Option<Running>,
    runs: u64,
}

struct Answer {
    verdict: Verdict,
    took: Option<Duration>,
    at: Instant,
}

struct Running {
    id: u64,
    since: SystemTime,
    overdue: bool,
}

impl State {
    /// Whether who asks now has an answer: a run that is overdue is one.
    fn is_settled(&self) -> bool {
        self.running.as_ref().map_or(self.last.is_some(), |running| running.overdue)
    }
}

impl Watched {
    pub(super) fn new(check: Check, readiness: &Readiness, clock: Clock) -> Self {
        let latch = check.startup_gate.then(|| readiness.latch(check.name()));
        let gate = check.readiness_gate.then(|| readiness.gate(check.name()));
        Self {
            check,
            state: watch::Sender::default(),
            publishing: Mutex::default(),
            latch: Mutex::new(latch),
            gate,
            clock,
        }
    }

    /// The turn to run the check, if its last answer does not count any more and nobody has the turn.
    pub(super) fn begin(self: &Arc<Self>) -> Option<Turn> {
        let now = (self.clock)();
        let mut turn = None;
        self.state.send_if_modified(|state| {
            let counts =
                state.last.as_ref().is_some_and(|last| now.saturating_duration_since(last.at) < self.check.cache);
            if state.running.is_none() && !counts {
                state.runs += 1;
                state.running = Some(Running { id: state.runs, since: SystemTime::now(), overdue: false });
                turn = Some(Turn { watched: Arc::clone(self), id: state.runs, begun: Instant::now(), ended: false });
            }
            // Nobody waits for a run to begin.
            false
        });
        turn
    }

    /// Comes back when there is an answer.
    pub(super) async fn settled(&self) {
        // The sender lives as long as `self`.
        let _ = self.state.subscribe().wait_for(State::is_settled).await;
    }

    /// Whether readiness depends on it now.
    pub(super) fn gates(&self) -> bool {
        self.gate.is_some() || self.latch().is_some()
    }

    pub(super) fn report(&self) -> CheckReport {
        let state = self.state.borrow();
        let (name, critical) = (self.check.name().to_owned(), self.check.critical);
        match &state.last {
            Some(last) => CheckReport::new(name, critical, last.verdict.clone(), last.took),
            None => CheckReport::new(name, critical, Verdict::unhealthy("has not run yet"), None),
        }
    }

    /// Makes an answer known. Whoever waits is woken last, and finds readiness as the answer has it.
    fn publish(&self, verdict: Verdict, took: Option<Duration>, change: impl FnOnce(&mut State)) {
        let status = verdict.status();
        set_system_health(self.check.name().to_owned(), status.gauge());
        if status == HealthStatus::Healthy {
            drop(self.latch().take());
        }
        if let Some(gate) = &self.gate {
            gate.set(status != HealthStatus::Unhealthy);
        }
        let answer = Answer { verdict, took, at: (self.clock)() };
        self.state.send_modify(|state| {
            change(state);
            state.last = Some(answer);
        });
    }

    /// Whether the run of this id is the current one and overdue; `None` where it has ended.
    fn overdue(&self, id: u64) -> Option<bool> {
        self.state.borrow().running.as_ref().filter(|running| running.id == id).map(|running| running.overdue)
    }

    /// Says of a run that has not ended in time that it has not.
    pub(super) fn give_up_waiting(&self, id: u64) {
        let _publishing = self.publishing();
        if self.overdue(id) != Some(false) {
            return;
        }
        let limit = self.check.timeout;
        let since = self.state.borrow().running.as_ref().map_or_else(SystemTime::now, |running| running.since);
        let told = format!("did not answer within {}, still running since {}", seconds(limit), rfc_3339(since));
        self.publish(Verdict::unhealthy(told), Some(limit), |state| {
            if let Some(running) = &mut state.running {
                running.overdue = true;
            }
        });
    }

    fn publishing(&self) -> MutexGuard<'_, ()> {
        self.publishing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn latch(&self) -> MutexGuard<'_, Option<Latch>> {
        self.latch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.check.fmt(f)
    }
}

/// The right to run a check, and the duty to tell what came of it: a turn that is dropped tells that it came to nothing.
pub(super) struct Turn {
    pub(super) watched: Arc<Watched>,
    pub(super) id: u64,
    pub(super) begun: Instant,
    ended: bool,
}

impl Turn {
    pub(super) fn finish(mut self, verdict: Verdict) {
        self.end(verdict, Some(self.begun.elapsed()));
    }

    fn end(&mut self, verdict: Verdict, took: Option<Duration>) {
        self.ended = true;
        let watched = &self.watched;
        let _publishing = watched.publishing();
        let verdict = if watched.overdue(self.id) == Some(true) {
            let (limit, took) = (seconds(watched.check.timeout), seconds(self.begun.elapsed()));
            Verdict::unhealthy(format!("did not answer within {limit}, but after {took}"))
        } else {
            verdict
        };
        watched.publish(verdict, took, |state| state.running = None);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.ended {
            self.end(Verdict::unhealthy("could not be run: there was no thread for it"), None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched() -> Arc<Watched> {
        let check = Check::new("redis", async || Ok::<(), String>(())).with_readiness_gate(true);
        Arc::new(Watched::new(check, &Readiness::new(), Arc::new(Instant::now)))
    }

    #[test]
    fn a_turn_that_comes_to_nothing_says_so_and_the_next_one_is_given() {
        let watched = watched();
        let turn = watched.begin().unwrap();
        assert!(watched.begin().is_none());
        drop(turn);
        let report = watched.report();
        assert_eq!(report.message(), "could not be run: there was no thread for it");
        assert_eq!((report.status(), report.response_time()), (HealthStatus::Unhealthy, None));
        // It counts as any answer does.
        assert!(watched.begin().is_none());
    }

    #[test]
    fn a_check_that_was_not_run_says_so_without_a_time() {
        let report = watched().report();
        assert_eq!((report.message(), report.response_time()), ("has not run yet", None));
    }

    #[test]
    fn a_run_of_before_does_not_make_the_next_one_overdue() {
        let check = Check::new("redis", async || Ok::<(), String>(())).with_cache(Duration::ZERO);
        let watched = Arc::new(Watched::new(check, &Readiness::new(), Arc::new(Instant::now)));
        let turn = watched.begin().unwrap();
        let before = turn.id;
        turn.finish(Verdict::healthy());
        let _turn = watched.begin().unwrap();
        watched.give_up_waiting(before);
        assert_eq!(watched.report().status(), HealthStatus::Healthy);
    }

    #[test]
    fn a_late_answer_is_unhealthy_and_ends_the_run() {
        let watched = watched();
        let turn = watched.begin().unwrap();
        watched.give_up_waiting(turn.id);
        let told = watched.report().message().to_owned();
        assert!(told.starts_with("did not answer within 2 s, still running since 20"), "{told}");
        assert!(watched.begin().is_none());
        turn.finish(Verdict::healthy());
        let report = watched.report();
        assert!(report.message().starts_with("did not answer within 2 s, but after 0"), "{report:?}");
        assert_eq!(report.status(), HealthStatus::Unhealthy);
        assert_eq!(watched.overdue(1), None);
    }
}
