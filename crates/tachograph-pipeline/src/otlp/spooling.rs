//! Requests of one signal that go to disk because their receiver is away, and what is known of it.
//!
//! While it is away nothing is tried with new requests: they go to disk at once, and the oldest one there is tried every now and then.

mod resend;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Notify;

pub(super) use self::resend::resend;
use super::answer::Again;
use crate::accounting::{Accounting, SignalAccount};
use crate::exporter::Progress;
use crate::settings::Signal;
use crate::spool::{SignalState, Spool};

/// The longest that a receiver may ask to be left alone.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// The spool as the exporter of one signal has it.
#[derive(Debug)]
pub(crate) struct Spooling {
    spool: Spool,
    signal: Signal,
    accounting: Arc<Accounting>,
    is_away: AtomicBool,
    absence: Mutex<Absence>,
    /// Something came to the disk.
    arrived: Notify,
    bytes_per_second: u64,
}

/// What is known of a receiver that is away.
#[derive(Debug, Default)]
struct Absence {
    why: String,
    alone_until: Option<Instant>,
}

impl Spooling {
    pub(crate) fn new(spool: Spool, signal: Signal, accounting: Arc<Accounting>, bytes_per_second: u64) -> Self {
        let (is_away, absence, arrived) = (AtomicBool::new(false), Mutex::default(), Notify::new());
        Self { spool, signal, accounting, is_away, absence, arrived, bytes_per_second }
    }

    fn absence(&self) -> MutexGuard<'_, Absence> {
        self.absence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn account(&self) -> &SignalAccount {
        self.accounting.of(self.signal)
    }

    /// Whether new requests had better go to disk at once. Not if nothing is there, because then nothing is tried.
    pub(super) fn is_away(&self) -> bool {
        self.is_away.load(Ordering::Relaxed) && self.spool.state().of(self.signal).spooled.requests > 0
    }

    /// Says why a request was not taken, and with it when the receiver can be tried again at the earliest.
    pub(super) fn went_away(&self, again: Again, why: &str) {
        let mut absence = self.absence();
        why.clone_into(&mut absence.why);
        if let Again::After(Some(asked)) = again {
            absence.alone_until = absence.alone_until.max(Some(Instant::now() + asked.min(LONGEST_WAIT)));
        }
        drop(absence);
        self.is_away.store(true, Ordering::Relaxed);
    }

    /// What the last attempt said.
    pub(super) fn why(&self) -> String {
        self.absence().why.clone()
    }

    /// How long the receiver asked to be left alone.
    fn alone_for(&self) -> Duration {
        let alone_until = self.absence().alone_until;
        alone_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    pub(super) fn came_back(&self) {
        self.is_away.store(false, Ordering::Relaxed);
    }

    /// Puts a request on disk. The error is why it is not there; it is still the caller's then, and nothing is told of its items.
    pub(super) async fn keep(&self, body: &Bytes, items: u64, why: &str, progress: &Progress) -> Result<(), String> {
        let kept = self.spool.append(self.signal, items, body.clone()).await;
        let result = kept.map_err(|refused| format!("{why}; {refused}"));
        if result.is_ok() {
            let account = self.account();
            if !progress.spooled(items, why, || account.spooled(items)) {
                // They are booked as lost, and are not.
                account.recovered(items);
            }
            self.arrived.notify_one();
        }
        self.book_losses();
        result
    }

    /// Books what was on disk and is lost there, of either signal: what one puts there may cost the other room.
    fn book_losses(&self) {
        let state = self.spool.state();
        for signal in [Signal::Traces, Signal::Logs] {
            let SignalState { corrupt, evicted, failed, .. } = state.of(signal);
            let lost = corrupt.items + evicted.items + failed.items;
            if lost > 0 {
                self.accounting.of(signal).lost_on_disk(lost);
            }
        }
    }
}
