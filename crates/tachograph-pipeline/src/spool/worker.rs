//! The thread that the files belong to. What is asked of it is done in the order in which it was asked.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::error::Refused;
use super::handle::Shared;
use super::loan::{Loan, SpoolId, Spooled};
use super::settings::SYNC_INTERVAL;
use super::state::kind;
use super::store::{Place, Store};
use crate::settings::Signal;

pub(super) type AppendAnswer = Result<Place, Refused>;

/// What is asked of the thread.
#[derive(Debug)]
pub(super) enum Job {
    Append {
        signal: Signal,
        items: u64,
        body: Bytes,
        answer: oneshot::Sender<AppendAnswer>,
    },
    /// The sender is for putting it back.
    Next {
        signal: Signal,
        jobs: Sender<Job>,
        answer: oneshot::Sender<Option<Spooled>>,
    },
    Settle {
        place: Place,
        answer: oneshot::Sender<bool>,
    },
    PutBack {
        place: Place,
        loan: u32,
    },
    Withdraw {
        place: Place,
    },
    Close {
        answer: SyncSender<()>,
    },
}

pub(super) struct Worker {
    store: Store,
    jobs: Receiver<Job>,
    shared: Arc<Shared>,
    /// When the next sync is due, if there is something to sync.
    due: Option<Instant>,
}

impl Worker {
    pub(super) fn new(store: Store, jobs: Receiver<Job>, shared: Arc<Shared>) -> Self {
        shared.publish(&store.state);
        Self { store, jobs, shared, due: None }
    }

    /// Returns when it was closed, or all handles and loans are gone.
    pub(super) fn run(mut self) {
        let closed = loop {
            match self.wait() {
                Ok(Job::Close { answer }) => break Some(answer),
                Ok(job) => self.handle(job),
                Err(RecvTimeoutError::Timeout) => {
                    self.due = None;
                    self.store.sync();
                }
                Err(RecvTimeoutError::Disconnected) => break None,
            }
            self.shared.publish(&self.store.state);
            self.note_due();
        };
        let Self { mut store, jobs, shared, .. } = self;
        store.close();
        shared.publish(&store.state);
        // The lock is open, and nobody waits for an answer any more, when it is said that this is the end.
        drop(store);
        drop(jobs);
        if let Some(answer) = closed {
            let _ = answer.send(());
        }
    }

    fn wait(&self) -> Result<Job, RecvTimeoutError> {
        match self.due.map(|due| due.saturating_duration_since(Instant::now())) {
            Some(wait) if wait.is_zero() => Err(RecvTimeoutError::Timeout),
            Some(wait) => self.jobs.recv_timeout(wait),
            None => self.jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn note_due(&mut self) {
        if self.store.is_synced() {
            self.due = None;
        } else if self.due.is_none() {
            self.due = Instant::now().checked_add(SYNC_INTERVAL);
        }
    }

    /// The state is published before an answer is given, so that whoever has the answer finds it in the numbers.
    fn handle(&mut self, job: Job) {
        match job {
            Job::Append { signal, items, body, answer } => self.append(signal, items, &body, answer),
            Job::Next { signal, jobs, answer } => {
                self.shared.looked();
                if answer.is_closed() {
                    return;
                }
                let lent = self.store.next(kind(signal));
                self.shared.publish(&self.store.state);
                let _ = answer.send(lent.map(|lent| {
                    let id = SpoolId { place: lent.place, loan: lent.loan };
                    Spooled { id, items: lent.items, body: lent.body.into(), _loan: Loan::new(id, jobs) }
                }));
            }
            Job::Settle { place, answer } => {
                let settled = self.store.settle(place);
                self.shared.publish(&self.store.state);
                let _ = answer.send(settled);
            }
            Job::PutBack { place, loan } => self.store.put_back(place, loan),
            Job::Withdraw { place } => {
                self.store.withdraw(place);
            }
            // Handled by the loop.
            Job::Close { .. } => {}
        }
    }

    fn append(&mut self, signal: Signal, items: u64, body: &Bytes, answer: oneshot::Sender<AppendAnswer>) {
        self.shared.arrived(body.len());
        if answer.is_closed() {
            return;
        }
        let appended = self.store.append(kind(signal), items, body).map(|(place, _)| place);
        if let Err(refused) = &appended {
            self.shared.refusals.count(kind(signal), items, refused);
        }
        self.shared.publish(&self.store.state);
        if let Err(Ok(place)) = answer.send(appended) {
            self.store.withdraw(place);
        }
    }
}
