//! What the handle shares with the thread, and the futures that it gives out.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::task::{Context, Poll, ready};

use arc_swap::ArcSwap;
use tokio::sync::oneshot;

use super::error::Refused;
use super::state::{Refusals, SpoolState};
use super::worker::{AppendAnswer, Job};

/// What may wait to be written before more is refused: the memory that a disk which hangs can cost.
const MOST_WAITING: u64 = 32 << 20;

/// What a job takes beside its body, roughly.
const JOB_BYTES: u64 = 256;

/// How many may wait for a next request before others are told that there is none.
const MOST_LOOKING: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Shared {
    state: ArcSwap<SpoolState>,
    pub(super) refusals: Refusals,
    waiting: AtomicU64,
    looking: AtomicUsize,
}

impl Shared {
    pub(super) fn publish(&self, state: &SpoolState) {
        if **self.state.load() != *state {
            self.state.store(Arc::new(state.clone()));
        }
    }

    pub(super) fn state(&self) -> SpoolState {
        let mut state = SpoolState::clone(&self.state.load());
        self.refusals.add_to(&mut state);
        state
    }

    /// Takes a body onto the way to the thread, if there is room.
    pub(super) fn depart(&self, length: usize) -> Result<(), Refused> {
        let size = length as u64 + JOB_BYTES;
        let bytes = self.waiting.fetch_add(size, Ordering::Relaxed);
        if bytes > 0 && bytes + size > MOST_WAITING {
            self.waiting.fetch_sub(size, Ordering::Relaxed);
            return Err(Refused::Busy { bytes });
        }
        Ok(())
    }

    pub(super) fn arrived(&self, length: usize) {
        self.waiting.fetch_sub(length as u64 + JOB_BYTES, Ordering::Relaxed);
    }

    /// Whether somebody more may look for a request.
    pub(super) fn looks(&self) -> bool {
        let more = self.looking.fetch_add(1, Ordering::Relaxed) < MOST_LOOKING;
        if !more {
            self.looked();
        }
        more
    }

    pub(super) fn looked(&self) {
        self.looking.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An append under way. Dropped before it has resolved, the request is not kept: it is taken out again if it was written.
#[derive(Debug)]
#[must_use = "a request is not kept when its append is dropped"]
pub(crate) struct Appending {
    pub(super) shared: Arc<Shared>,
    pub(super) jobs: Sender<Job>,
    pub(super) kind: u8,
    pub(super) items: u64,
    pub(super) step: Step,
}

#[derive(Debug)]
pub(super) enum Step {
    /// It was refused before it was asked for.
    Refused(Refused),
    Asked(oneshot::Receiver<AppendAnswer>),
    Over,
}

impl Future for Appending {
    type Output = Result<(), Refused>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let answer = match &mut this.step {
            Step::Refused(refused) => Err(refused.clone()),
            Step::Asked(answer) => match ready!(Pin::new(answer).poll(context)) {
                Ok(answer) => {
                    this.step = Step::Over;
                    return Poll::Ready(answer.map(drop));
                }
                // The thread ended before it came to it.
                Err(_) => Err(Refused::Closed),
            },
            Step::Over => return Poll::Pending,
        };
        this.step = Step::Over;
        if let Err(refused) = &answer {
            this.shared.refusals.count(this.kind, this.items, refused);
        }
        Poll::Ready(answer)
    }
}

impl Drop for Appending {
    fn drop(&mut self) {
        if let Step::Asked(answer) = &mut self.step {
            // From here on the thread cannot answer any more, and takes it out itself.
            answer.close();
            if let Ok(Ok(place)) = answer.try_recv() {
                let _ = self.jobs.send(Job::Withdraw { place });
            }
        }
    }
}
