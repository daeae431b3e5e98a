//! What all connections share.

use std::{
    future,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use http::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::BodyExt;
use hyper::body::Incoming as Body;
use tokio::{sync::watch, time};

use super::{
    answer::{Answer, Kind},
    connection::Reset,
    counts::Counts,
    payload::Payload,
    received::{Log, Received},
    script::Script,
    signal::{Protocol, Signal},
};

#[derive(Debug)]
pub(super) struct State {
    script: Mutex<Script>,
    log: Mutex<Log>,
    counts: watch::Sender<Counts>,
    pub(super) limits: Limits,
    credential: Option<(HeaderName, HeaderValue)>,
    /// Connections that are still to be reset.
    resets: AtomicU64,
}

/// The largest messages, uncompressed, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) grpc: usize,
    pub(super) http: usize,
}

/// A request that was read and is a message of OTLP.
pub(super) struct Incoming {
    pub(super) signal: Signal,
    pub(super) protocol: Protocol,
    pub(super) headers: HeaderMap,
    pub(super) plain: Vec<u8>,
    pub(super) bytes_on_the_wire: usize,
    pub(super) payload: Payload,
}

impl State {
    pub(super) fn new(limits: Limits, credential: Option<(HeaderName, HeaderValue)>, memory: usize) -> Self {
        let counts = watch::Sender::new(Counts::default());
        Self {
            script: Mutex::default(),
            log: Mutex::new(Log::new(memory)),
            counts,
            limits,
            credential,
            resets: AtomicU64::new(0),
        }
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn counts(&self) -> &watch::Sender<Counts> {
        &self.counts
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Counts)) {
        self.counts.send_modify(change);
    }

    /// Whether a request may come in at all.
    pub(super) fn admits(&self, headers: &HeaderMap) -> bool {
        self.credential.as_ref().is_none_or(|(name, value)| headers.get(name) == Some(value))
    }

    pub(super) fn reset_connections(&self, connections: u64) {
        self.resets.store(connections, Ordering::SeqCst);
    }

    /// Whether a connection is to be reset, which is then one less.
    pub(super) fn resets(&self) -> bool {
        let less = |left: u64| left.checked_sub(1);
        self.resets.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok()
    }

    /// Books a request and says what to do with it.
    pub(super) fn receive(&self, incoming: Incoming) -> (Answer, Unanswered<'_>) {
        let Incoming { signal, protocol, headers, plain, bytes_on_the_wire, payload } = incoming;
        let items = payload.items();
        if items == 0 {
            let answer = self.script().standing(signal);
            self.count(|counts| counts.of_mut(signal).empty += 1);
            return (answer, Unanswered { state: self, signal, items: 0 });
        }
        let answer = self.script().turn(signal);
        let accepted = answer.accepted(items);
        let mut log = self.log();
        let is_new = log.is_new(signal, &plain);
        let bytes = plain.len();
        let at = Instant::now();
        let forgotten =
            log.keep(Received { signal, protocol, at, headers, bytes, bytes_on_the_wire, accepted, payload });
        drop(log);
        // Last, so that whoever waits for the count finds the request.
        self.count(|counts| {
            counts.forgotten += forgotten;
            let counts = counts.of_mut(signal);
            counts.requests += u64::from(is_new);
            counts.attempts += 1;
            counts.received += items;
            counts.accepted += accepted;
            counts.unanswered += accepted;
        });
        (answer, Unanswered { state: self, signal, items: accepted })
    }
}

/// Items that were taken in and not answered for. They stay so when this is dropped, as it is with its connection.
#[must_use]
pub(super) struct Unanswered<'a> {
    state: &'a State,
    signal: Signal,
    items: u64,
}

impl Unanswered<'_> {
    /// Says that the answer is about to be sent, unless it is one that breaks off.
    pub(super) fn end(self, answer: &Answer) {
        if self.items > 0 && !matches!(answer.kind, Kind::Half) {
            self.state.count(|counts| counts.of_mut(self.signal).unanswered -= self.items);
        }
    }
}

/// Reads the first bytes of a body and resets its connection.
pub(super) async fn cut(state: &State, body: &mut Body, reset: &Reset) {
    let _ = body.frame().await;
    state.count(|counts| counts.cut += 1);
    reset.wait().await
}

/// Waits as the answer has it, and for ever where there is to be none.
pub(super) async fn before(answer: &Answer, reset: &Reset) {
    time::sleep(answer.delay).await;
    match answer.kind {
        Kind::Hang => future::pending().await,
        Kind::Reset => reset.wait().await,
        _ => {}
    }
}
