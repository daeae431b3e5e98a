//! Running checks: each on a thread of its own, with one more that keeps the time of all that were begun together.
//!
//! No timer of the runtime has a part in it: one that is busy, has no timers, has its clock paused or was shut down would
//! not end the waiting.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use tachograph_core::Telemetry;
use tokio::runtime::{self, Handle};

use super::{
    check::Check,
    message, seconds,
    verdict::Verdict,
    watched::{Turn, Watched},
};

/// What a run at its limit gets to end by itself, so that only those that hang are told as still running.
const GRACE: Duration = Duration::from_millis(50);

/// What the runs of one report have in common.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) runtime: Option<Handle>,
    pub(super) telemetry: Option<Telemetry>,
}

impl Surroundings {
    /// Runs `body` where metrics go to the telemetry of whoever asked.
    fn within<T>(&self, body: impl FnOnce() -> T) -> T {
        let _telemetry = self.telemetry.as_ref().map(Telemetry::enter);
        body()
    }
}

/// Runs checks, all at once, and comes back at once.
pub(super) fn launch(turns: Vec<Turn>, surroundings: Surroundings) {
    if turns.is_empty() {
        return;
    }
    // Where there is no thread the closure is dropped and the turns with it, which then tell so.
    let _ = thread::Builder::new().name("health-time".to_owned()).spawn(move || supervise(turns, &surroundings));
}

struct Deadline {
    at: Instant,
    watched: Arc<Watched>,
    id: u64,
}

fn supervise(turns: Vec<Turn>, surroundings: &Surroundings) {
    let deadline = |turn: &Turn| Deadline {
        at: turn.begun + turn.watched.check.timeout + GRACE,
        watched: Arc::clone(&turn.watched),
        id: turn.id,
    };
    let mut deadlines: Vec<Deadline> = turns.iter().map(deadline).collect();
    deadlines.sort_by_key(|deadline| deadline.at);
    // Nothing is ever sent: it disconnects when the last run has ended.
    let (running, ended) = mpsc::channel::<()>();
    for turn in turns {
        let (running, surroundings) = (running.clone(), surroundings.clone());
        let name = format!("health-{}", turn.watched.check.name());
        let _ = thread::Builder::new().name(name).spawn(move || {
            let _running = running;
            let verdict = answer(&turn.watched.check, turn.begun, surroundings.runtime.as_ref());
            surroundings.within(|| turn.finish(verdict));
        });
    }
    drop(running);
    for Deadline { at, watched, id } in deadlines {
        match ended.recv_timeout(at.saturating_duration_since(Instant::now())) {
            Err(RecvTimeoutError::Disconnected) => return,
            Ok(()) | Err(RecvTimeoutError::Timeout) => surroundings.within(|| watched.give_up_waiting(id)),
        }
    }
}

/// Asks once, on this thread.
fn answer(check: &Check, begun: Instant, runtime: Option<&Handle>) -> Verdict {
    let _suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
    let limit = check.timeout;
    let asked = catch_unwind(AssertUnwindSafe(|| match runtime {
        Some(runtime) => {
            let _entered = runtime.enter();
            block_until(check.ask(), begun + limit)
        }
        None => on_small_runtime(check, limit),
    }));
    match asked {
        Ok(Some(verdict)) => verdict,
        Ok(None) => Verdict::unhealthy(format_args!("did not answer within {}", seconds(limit))),
        Err(payload) => Verdict::unhealthy(message::of_panic(payload)),
    }
}

/// Polls `future` here until it is ready or it is too late.
fn block_until<F: Future>(future: F, deadline: Instant) -> Option<F::Output> {
    let unpark = Arc::new(Unpark { thread: thread::current(), woken: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&unpark));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        while !unpark.woken.swap(false, Ordering::Acquire) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            thread::park_timeout(left);
        }
        // Also for a future that wakes itself all the time.
        if Instant::now() >= deadline {
            return None;
        }
    }
}

struct Unpark {
    thread: Thread,
    /// Beside the thread's own token, which the future may use up by parking itself.
    woken: AtomicBool,
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

fn on_small_runtime(check: &Check, limit: Duration) -> Option<Verdict> {
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Some(Verdict::unhealthy(format_args!("could not be run: no runtime: {error}"))),
    };
    let verdict = runtime.block_on(async { tokio::time::timeout(limit, check.ask()).await }).ok();
    // Without waiting for what the check may have left on blocking threads.
    runtime.shutdown_background();
    verdict
}

#[cfg(test)]
mod tests {
    use std::future;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(20)
    }

    #[test]
    fn a_wake_up_is_not_lost_though_the_future_parks_its_thread() {
        let mut polls = 0;
        let parking = future::poll_fn(|context| {
            polls += 1;
            if polls == 2 {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            // Uses the token up.
            thread::park();
            Poll::Pending
        });
        assert_eq!(block_until(parking, Instant::now() + Duration::from_secs(60)), Some(()));
    }

    #[test]
    fn a_future_that_wakes_itself_for_ever_is_given_up() {
        let busy = future::poll_fn(|context: &mut Context<'_>| {
            context.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        assert_eq!(block_until(busy, soon()), None);
        assert_eq!(block_until(future::pending::<()>(), soon()), None);
        assert_eq!(block_until(future::ready(7), Instant::now()), Some(7));
    }
}
