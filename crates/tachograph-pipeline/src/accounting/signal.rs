//! The counters of one signal, and the log lines about it: when loss starts and when it ends.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::SignalHealth;
#[cfg(all(feature = "_otlp", feature = "spool"))]
use super::ledger::Failures;
use super::ledger::{Books, Drops, Ledger};
use crate::exporter::Delivery;
use crate::settings::{Protocol, Signal};

/// How far apart two log lines about the same signal are, so that a receiver that comes and goes does not flood the log.
const LOG_INTERVAL: Duration = Duration::from_secs(30);

/// The counters of one signal.
#[derive(Debug)]
pub(crate) struct SignalAccount {
    signal: Signal,
    has_exporter: AtomicBool,
    /// Where an OTLP exporter sends to.
    endpoint: OnceLock<String>,
    protocol: OnceLock<Protocol>,
    /// Who counts in place of the counters here.
    books: OnceLock<Arc<dyn Books>>,
    created: AtomicU64,
    /// What became of them; the rest of it is made of `created`.
    settled: Mutex<Ledger>,
    started: AtomicU64,
    ended: AtomicU64,
    failing: AtomicBool,
    dropping: AtomicBool,
    story: Mutex<Story>,
}

/// The part that changes once per export and not once per item.
#[derive(Debug, Default)]
struct Story {
    last_error: Option<String>,
    last_success: Option<SystemTime>,
    diagnosis: Option<String>,
    loss_logged: Option<Instant>,
    announced: bool,
    lost_since_announced: u64,
    drops: Loss,
}

/// Items that are dropped before any export.
#[derive(Debug, Default)]
struct Loss {
    /// How many there were when it was said.
    announced: Option<u64>,
    logged: Option<Instant>,
}

impl SignalAccount {
    pub(crate) fn new(signal: Signal) -> Self {
        Self {
            signal,
            has_exporter: AtomicBool::new(false),
            endpoint: OnceLock::new(),
            protocol: OnceLock::new(),
            books: OnceLock::new(),
            created: AtomicU64::new(0),
            settled: Mutex::default(),
            started: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            dropping: AtomicBool::new(false),
            story: Mutex::default(),
        }
    }

    /// Says that there is an exporter; without it, what is created is meant to stay here.
    pub(crate) fn expect_exports(&self) {
        self.has_exporter.store(true, Ordering::Relaxed);
    }

    /// Says who counts the items of this signal. Whoever does calls [`created`](Self::created) no more.
    pub(crate) fn is_kept_by(&self, books: Arc<dyn Books>) {
        let _ = self.books.set(books);
    }

    /// Who counts the items of this signal, if it is not the account.
    pub(crate) fn books(&self) -> Option<&dyn Books> {
        self.books.get().map(AsRef::as_ref)
    }

    /// Says where exports go, for the log and for the state of health. A query may hold a key, and is left out; credentials cannot
    /// be in it, because settings refuse them.
    pub(crate) fn sends_to(&self, url: &str, protocol: Protocol) {
        let shown = url.split(['?', '#']).next().unwrap_or_default();
        let _ = self.endpoint.set(shown.to_owned());
        let _ = self.protocol.set(protocol);
    }

    /// How exports are spoken, if they are ours.
    pub(crate) fn protocol(&self) -> Option<Protocol> {
        self.protocol.get().copied()
    }

    pub(crate) fn has_exporter(&self) -> bool {
        self.has_exporter.load(Ordering::Relaxed)
    }

    /// Where exports go, if we know.
    pub(crate) fn endpoint(&self) -> Option<&str> {
        self.endpoint.get().map(String::as_str)
    }

    pub(crate) fn started(&self) {
        self.started.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn ended(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn created(&self, items: u64) {
        self.created.fetch_add(items, Ordering::Relaxed);
    }

    /// Books how an export ended, and says when exports begin to fail and when they work again.
    pub(crate) fn settled(&self, delivery: &Delivery) {
        self.conclude(delivery, &mut |ledger| ledger.settle(delivery));
    }

    /// Says that there was nothing to export, because something before the export failed.
    pub(crate) fn not_exported(&self, error: String) {
        self.settled(&Delivery { error: Some(error), ..Delivery::default() });
    }

    fn change(&self, change: &mut dyn FnMut(&mut Ledger)) {
        match self.books() {
            Some(books) => books.change(change),
            None => change(&mut self.settled.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    fn conclude(&self, delivery: &Delivery, book: &mut dyn FnMut(&mut Ledger)) {
        match &delivery.error {
            None => self.succeeded(book),
            Some(error) => self.failed(delivery, error, book),
        }
    }

    fn succeeded(&self, book: &mut dyn FnMut(&mut Ledger)) {
        self.change(book);
        self.failing.store(false, Ordering::Relaxed);
        let mut story = self.story();
        story.last_error = None;
        story.diagnosis = None;
        story.last_success = Some(SystemTime::now());
        if story.announced {
            story.announced = false;
            let lost = std::mem::take(&mut story.lost_since_announced);
            drop(story);
            tracing::info!(signal = self.signal.name(), lost, "telemetry export works again");
        }
    }

    fn failed(&self, delivery: &Delivery, error: &str, book: &mut dyn FnMut(&mut Ledger)) {
        let lost = delivery.failed.total();
        let mut story = self.story();
        story.last_error = Some(error.to_owned());
        story.lost_since_announced += lost;
        if delivery.exported > 0 {
            story.last_success = Some(SystemTime::now());
        }
        // After the reason, which whoever sees the count then finds: counts are read first.
        self.change(book);
        self.failing.store(true, Ordering::Relaxed);
        let quiet = story.loss_logged.is_some_and(|at| at.elapsed() < LOG_INTERVAL);
        if story.announced || quiet {
            return;
        }
        story.announced = true;
        story.loss_logged = Some(Instant::now());
        drop(story);
        let (signal, endpoint) = (self.signal.name(), self.endpoint());
        match delivery.spooled {
            0 => {
                tracing::warn!(signal, endpoint, %error, "telemetry export fails; items are lost until it works again")
            }
            _ => {
                tracing::warn!(signal, endpoint, %error, lost, "telemetry export fails; items go to disk until it works again")
            }
        }
    }

    /// Says that items of an export are on disk.
    #[cfg(all(feature = "_otlp", feature = "spool"))]
    pub(crate) fn spooled(&self, items: u64) {
        self.change(&mut |ledger| ledger.spool(items));
    }

    /// Says that items are on disk which no export of this process has put there, as far as its numbers say.
    #[cfg(all(feature = "_otlp", feature = "spool"))]
    pub(crate) fn recovered(&self, items: u64) {
        self.change(&mut |ledger| ledger.recover(items));
    }

    /// Books what became of items that were on disk and were sent.
    #[cfg(all(feature = "_otlp", feature = "spool"))]
    pub(crate) fn resent(&self, delivery: &Delivery) {
        self.conclude(delivery, &mut |ledger| ledger.resend(delivery));
    }

    /// Books that of the items on disk this many are lost in all. It says nothing: the disk does.
    #[cfg(all(feature = "_otlp", feature = "spool"))]
    pub(crate) fn lost_on_disk(&self, in_all: u64) {
        self.change(&mut |ledger| {
            let failed = Failures { spool: in_all.saturating_sub(ledger.failed.spool), ..Failures::default() };
            ledger.resend(&Delivery { failed, ..Delivery::default() });
        });
    }

    /// Keeps what the self-test found, unless an export was faster and knows better.
    #[cfg_attr(not(feature = "_otlp"), expect(dead_code, reason = "nothing to test"))]
    pub(crate) fn diagnosed(&self, diagnosis: Option<String>) {
        let mut story = self.story();
        if story.last_success.is_none() {
            story.diagnosis = diagnosis;
        }
    }

    /// Says when items begin to be dropped before any export, at most every now and then.
    pub(crate) fn drops(&self, dropped: Drops) {
        self.dropping.store(true, Ordering::Relaxed);
        let mut story = self.story();
        let quiet = story.drops.logged.is_some_and(|at| at.elapsed() < LOG_INTERVAL);
        if story.drops.announced.is_none() && !quiet {
            story.drops = Loss { announced: Some(dropped.total()), logged: Some(Instant::now()) };
            drop(story);
            let (signal, endpoint) = (self.signal.name(), self.endpoint());
            tracing::warn!(signal, endpoint, %dropped, "telemetry is dropped; exports do not keep up or have ended");
        }
    }

    /// Says that it is over, if it was said that it had begun.
    pub(crate) fn keeps_up(&self, dropped: Drops) {
        self.dropping.store(false, Ordering::Relaxed);
        let announced = self.story().drops.announced.take();
        if announced.is_some() {
            tracing::info!(signal = self.signal.name(), %dropped, "telemetry is dropped no more");
        }
    }

    /// Where all items are.
    pub(crate) fn ledger(&self) -> Ledger {
        if let Some(books) = self.books() {
            return books.ledger();
        }
        // Outcomes are read before what they came from, so that the balance never goes below zero.
        let settled = *self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        let created = self.created.load(Ordering::Acquire);
        let in_flight = match self.has_exporter() {
            true => created.saturating_sub(settled.exported + settled.failed.total()),
            false => 0,
        };
        Ledger { created, in_flight, ..settled }
    }

    /// Spans that have started and not ended.
    pub(crate) fn open(&self) -> u64 {
        let ended = self.ended.load(Ordering::Acquire);
        self.started.load(Ordering::Acquire).saturating_sub(ended)
    }

    pub(crate) fn health(&self) -> SignalHealth {
        let ledger = self.ledger();
        let Ledger { created, exported, failed, dropped, queued, in_flight, recovered, truncated, .. } = ledger;
        let open = self.open();
        let story = self.story();
        SignalHealth {
            has_exporter: self.has_exporter(),
            created,
            exported,
            failed,
            dropped,
            queued,
            in_flight,
            spooled: ledger.on_disk(),
            recovered,
            truncated,
            open,
            failing: self.failing.load(Ordering::Relaxed),
            dropping: self.dropping.load(Ordering::Relaxed),
            last_error: story.last_error.clone(),
            last_success: story.last_success,
            diagnosis: story.diagnosis.clone(),
        }
    }

    fn story(&self) -> MutexGuard<'_, Story> {
        self.story.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
