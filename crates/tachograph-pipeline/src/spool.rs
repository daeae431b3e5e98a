//! OTLP requests on disk while the receiver is away: kept in order, sent when it is back, and there again after a restart.
//!
//! ```text
//!  append ──┐                          ┌─> 0000000000000001.seg   the oldest; removed when all in it is settled
//!  next  ───┼─> thread tachograph-spool ┼─> 0000000000000002.seg   the one that is written
//!  settle ──┘   (one at a time)        └─> lock                   held by this process, with its id in it
//! ```
//!
//! | module | what |
//! |---|---|
//! | `handle`, `loan` | the futures that callers hold, and what happens when they drop them |
//! | `worker` | the thread, and what is asked of it |
//! | `store` | the segments and the books |
//! | `writing`, `lending`, `syncing` | what the store does: requests in, requests out, keeping |
//! | `load` | what earlier processes left |
//! | `writer`, `segment` | one segment: its file, and what is known of it |
//! | `record`, `scan` | the format: encoding, and reading whatever a file holds |
//! | `folder` | the lock and the names |
//! | `settings`, `state`, `error` | what is asked for, the numbers, the words |
//!
//! # What survives
//!
//! All that `append` and `settle` have resolved survives the death of the process, also by `kill -9`: it is with the operating system by
//! then. After it, a request is sent a second time only if it was lent and its `settle` had not resolved; nothing else is. One whose
//! `append` had not resolved is found whole or not at all. What survives a power loss is up to [`Fsync`](crate::Fsync).
//!
//! A record that was begun and not finished is found as such and left out. Where bytes are damaged, the damage costs the records that
//! it touches: reading goes on with the next record that can be found. Damage to the header of a file costs the whole file. Files that
//! are not of this version are left alone.
//!
//! # A disk that fails
//!
//! An append that cannot be written is refused with what the operating system said, and the next one tries again, in a new segment. A
//! request that cannot be read because its file cannot be opened waits; one in a file that is gone, or that the disk fails to read, is
//! lost and counted. A settlement that cannot be written holds in this process, and its request is sent again by the next one.
//!
//! The folder is seen to be removed or replaced before each append. It is made again then, though not the ones above it.
//!
//! Of a disk that hangs only the thread knows. Every answer is a future that may be dropped, at most 32 MiB wait to be written, and what
//! nobody waits for any longer is not written, or taken out again.

mod error;
mod folder;
mod handle;
mod lending;
mod load;
mod loan;
mod record;
mod scan;
mod segment;
mod settings;
mod state;
mod store;
mod syncing;
#[cfg(test)]
mod tests;
mod worker;
mod writer;
mod writing;

use std::future::Future;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use opentelemetry::Context;
use tokio::sync::oneshot;

pub(crate) use self::error::SpoolError;
pub(crate) use self::handle::Appending;
use self::handle::{Shared, Step};
pub(crate) use self::load::Found;
pub(crate) use self::loan::{SpoolId, Spooled};
pub(crate) use self::settings::{SpoolSettings, WhenFull};
use self::state::kind;
pub(crate) use self::state::{SignalState, SpoolState};
use self::store::Store;
use self::worker::{Job, Worker};
use crate::settings::Signal;

const THREAD_NAME: &str = "tachograph-spool";

/// How long the disk may take for what is there at the start.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);

/// The handle of a spool. Its thread ends when it is closed, or when the last handle and the last [`Spooled`] are dropped.
#[derive(Debug, Clone)]
pub(crate) struct Spool {
    jobs: Sender<Job>,
    shared: Arc<Shared>,
}

impl Spool {
    /// Locks the folder against every other process, reads what is there, and starts the thread. Blocks for as long as that takes, at
    /// most 30 s: all headers in the folder are read, no bodies.
    pub(crate) fn open(settings: SpoolSettings) -> Result<(Self, Found), SpoolError> {
        let (jobs, asked) = mpsc::channel();
        let shared = Arc::new(Shared::default());
        let (opened, opening) = mpsc::sync_channel(1);
        let (folder, for_thread) = (settings.folder.clone(), Arc::clone(&shared));
        let thread = thread::Builder::new().name(THREAD_NAME.to_owned());
        let run = move || {
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            match Store::open(settings) {
                Ok((store, found)) => {
                    let worker = Worker::new(store, asked, for_thread);
                    // Where nobody waits for it any more, the folder is unlocked again.
                    if opened.send(Ok(found)).is_ok() {
                        worker.run();
                    }
                }
                Err(error) => {
                    let _ = opened.send(Err(error));
                }
            }
        };
        thread.spawn(run).map_err(SpoolError::Thread)?;
        let found = opening.recv_timeout(OPEN_TIMEOUT).map_err(|error| match error {
            RecvTimeoutError::Timeout => SpoolError::Slow { folder, seconds: OPEN_TIMEOUT.as_secs() },
            RecvTimeoutError::Disconnected => SpoolError::Thread(std::io::Error::other("it ended at its start")),
        })??;
        Ok((Self { jobs, shared }, found))
    }

    /// Keeps a request. It is asked for at once, and resolves when it is written, and with [`Fsync::Always`] synced.
    ///
    /// If the future is dropped before, the request is not kept: it is still the caller's, to be counted or tried again. What
    /// [`WhenFull::DropOldest`] took for it is in the answer, and for one that was refused after that in the [`state`](Self::state)
    /// alone.
    pub(crate) fn append(&self, signal: Signal, items: u64, body: Bytes) -> Appending {
        let step = match self.shared.depart(body.len()) {
            Ok(()) => {
                let (answer, answered) = oneshot::channel();
                // An error drops the sender, which is an answer.
                let _ = self.jobs.send(Job::Append { signal, items, body, answer });
                Step::Asked(answered)
            }
            Err(refused) => Step::Refused(refused),
        };
        Appending { shared: Arc::clone(&self.shared), jobs: self.jobs.clone(), kind: kind(signal), items, step }
    }

    /// Lends the oldest request of a signal that is neither settled nor lent. `None`: there is none, it cannot be read for now, or the
    /// spool is closed.
    ///
    /// If the future is dropped, nothing is lent.
    pub(crate) fn next(&self, signal: Signal) -> impl Future<Output = Option<Spooled>> + Send + use<> {
        let (answer, answered) = oneshot::channel();
        if self.shared.looks() {
            let _ = self.jobs.send(Job::Next { signal, jobs: self.jobs.clone(), answer });
        }
        async { answered.await.ok().flatten() }
    }

    /// Says that a request was delivered or given up for good, so that it is not lent again, also after a restart. It is asked for at
    /// once, whether the future is awaited or not, and resolves when it is written, and with [`Fsync::Always`] synced.
    ///
    /// `true`: this took it out of `spooled`. `false`: it was out of it before, or the spool is closed.
    pub(crate) fn settle(&self, id: SpoolId) -> impl Future<Output = bool> + Send + use<> {
        let (answer, answered) = oneshot::channel();
        let _ = self.jobs.send(Job::Settle { place: id.place, answer });
        async { answered.await.unwrap_or_default() }
    }

    /// Ends a loan, so that the request is lent again, before those behind it. The same as to drop the [`Spooled`].
    #[cfg(test)]
    pub(crate) fn put_back(&self, id: SpoolId) {
        let _ = self.jobs.send(Job::PutBack { place: id.place, loan: id.loan });
    }

    /// The numbers. Never waits; all but the refusals are of one moment.
    pub(crate) fn state(&self) -> SpoolState {
        self.shared.state()
    }

    /// Ends the thread after what was asked before is done, and unlocks the folder. `false`: it takes longer than `timeout`, and goes on.
    ///
    /// What is asked of the spool later is refused or finds nothing. Closing it again changes nothing.
    pub(crate) fn close(&self, timeout: Duration) -> bool {
        let (answer, closed) = mpsc::sync_channel(1);
        if self.jobs.send(Job::Close { answer }).is_err() {
            return true;
        }
        match closed.recv_timeout(timeout) {
            Err(RecvTimeoutError::Timeout) => false,
            // Somebody else closed it.
            Ok(()) | Err(RecvTimeoutError::Disconnected) => true,
        }
    }
}
