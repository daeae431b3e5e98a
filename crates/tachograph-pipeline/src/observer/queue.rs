//! The queue of spans where there is no exporter.
//!
//! It is not the queue of exports, which counts what it takes as that which has to be delivered, and which takes a lock for each span.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::SpanData;

use super::Observer;
use crate::processor::FLUSH_TIMEOUT;

/// How much is queued, and how much of it is shown at once and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Batching {
    pub(crate) queue: usize,
    /// When this many wait they are shown at once.
    pub(crate) batch: usize,
    /// How old a span gets at most before it is shown.
    pub(crate) delay: Duration,
}

/// A queue that starts with the first observer. Until then a span that ends costs one load of an atomic.
#[derive(Debug)]
pub(crate) struct LateQueue {
    observer: Arc<Observer>,
    batching: Batching,
    started: OnceLock<SpanQueue>,
    /// Guards the start, and says that it is too late for one.
    shut_down: Mutex<bool>,
}

impl LateQueue {
    pub(crate) fn new(observer: Arc<Observer>, batching: Batching) -> Self {
        Self { observer, batching, started: OnceLock::new(), shut_down: Mutex::new(false) }
    }

    /// Starts the queue, unless it has started or been shut down.
    pub(super) fn start(&self) -> io::Result<()> {
        let shut_down = self.shut_down.lock().unwrap_or_else(PoisonError::into_inner);
        if !*shut_down && self.started.get().is_none() {
            let _ = self.started.set(SpanQueue::start(Arc::clone(&self.observer), self.batching)?);
        }
        Ok(())
    }

    /// Takes a span, if there is room. Never waits.
    pub(crate) fn push(&self, span: SpanData) {
        if let Some(queue) = self.started.get() {
            queue.push(span);
        }
    }

    /// Returns when all that was pushed has been shown.
    pub(crate) fn flush(&self) -> OTelSdkResult {
        self.started.get().map_or(Ok(()), |queue| queue.ask(Command::Flush, FLUSH_TIMEOUT))
    }

    /// The same, for the last time.
    pub(crate) fn shut_down(&self, timeout: Duration) -> OTelSdkResult {
        *self.shut_down.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.started.get().map_or(Ok(()), |queue| queue.ask(Command::Stop, timeout))
    }
}

type Answer = SyncSender<()>;

#[derive(Debug)]
enum Command {
    Drain,
    Flush(Answer),
    Stop(Answer),
}

/// The spans and the commands go different ways, so that a span wakes nobody.
#[derive(Debug)]
struct SpanQueue {
    spans: SyncSender<SpanData>,
    commands: Sender<Command>,
    shared: Arc<Shared>,
    batching: Batching,
}

#[derive(Debug, Default)]
struct Shared {
    /// Counted before a span is in the queue, so that a flush misses none.
    waiting: AtomicUsize,
    drain_asked: AtomicBool,
}

impl SpanQueue {
    fn start(observer: Arc<Observer>, batching: Batching) -> io::Result<Self> {
        let (spans, received) = mpsc::sync_channel(batching.queue);
        let (commands, asked) = mpsc::channel();
        let shared = Arc::new(Shared::default());
        let worker = Worker { observer, spans: received, shared: Arc::clone(&shared), batch: Vec::new(), batching };
        thread::Builder::new().name("tachograph-spans".to_owned()).spawn(move || {
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            worker.work(&asked);
        })?;
        Ok(Self { spans, commands, shared, batching })
    }

    fn push(&self, span: SpanData) {
        let waiting = self.shared.waiting.fetch_add(1, Ordering::AcqRel) + 1;
        if self.spans.try_send(span).is_err() {
            self.shared.waiting.fetch_sub(1, Ordering::AcqRel);
        } else if waiting >= self.batching.batch && !self.shared.drain_asked.swap(true, Ordering::AcqRel) {
            let _ = self.commands.send(Command::Drain);
        }
    }

    fn ask(&self, command: fn(Answer) -> Command, timeout: Duration) -> OTelSdkResult {
        let (answer, answered) = mpsc::sync_channel(1);
        self.commands.send(command(answer)).map_err(|_| OTelSdkError::AlreadyShutdown)?;
        answered.recv_timeout(timeout).map_err(|error| match error {
            RecvTimeoutError::Timeout => OTelSdkError::Timeout(timeout),
            RecvTimeoutError::Disconnected => OTelSdkError::AlreadyShutdown,
        })
    }
}

struct Worker {
    observer: Arc<Observer>,
    spans: Receiver<SpanData>,
    shared: Arc<Shared>,
    batch: Vec<SpanData>,
    batching: Batching,
}

impl Worker {
    fn work(mut self, commands: &Receiver<Command>) {
        let mut next = Instant::now() + self.batching.delay;
        loop {
            match commands.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Err(RecvTimeoutError::Timeout) => {
                    self.drain();
                    next = Instant::now() + self.batching.delay;
                }
                Ok(Command::Drain) => {
                    // Before the queue is read: what comes after asks again.
                    self.shared.drain_asked.store(false, Ordering::Release);
                    self.drain();
                }
                Ok(Command::Flush(answer)) => {
                    self.drain();
                    let _ = answer.send(());
                }
                Ok(Command::Stop(answer)) => {
                    self.drain();
                    let _ = answer.send(());
                    return;
                }
                Err(RecvTimeoutError::Disconnected) => return self.drain(),
            }
        }
    }

    /// Shows what was queued at the start of the call, and no more: spans may come faster than they are shown.
    fn drain(&mut self) {
        let mut left = self.shared.waiting.load(Ordering::Acquire);
        while left > 0 {
            self.batch.extend(self.spans.try_iter().take(left.min(self.batching.batch)));
            let taken = self.batch.len();
            if taken == 0 {
                return;
            }
            self.shared.waiting.fetch_sub(taken, Ordering::AcqRel);
            self.observer.show(&mut self.batch.iter());
            self.batch.clear();
            left -= taken;
        }
    }
}

#[cfg(test)]
mod tests;
