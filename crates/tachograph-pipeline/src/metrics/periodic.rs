//! The periodic push of metrics.
//!
//! The SDK's `PeriodicReader` would do most of this, but its thread dies with the first panic, its flush waits without a limit, and
//! its shutdown ignores the limit it is given.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::metrics::data::ResourceMetrics;

use super::Collector;
use crate::exporter::GuardedMetricExporter;

type Answer = SyncSender<Result<(), PushError>>;

/// Why metrics were not pushed.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum PushError {
    #[error("metrics were not pushed within {0:?}")]
    TimedOut(Duration),
    /// There was nothing to push, because collecting failed.
    #[error("metrics were not pushed: {0}")]
    NotCollected(String),
    /// The exporter failed, which is booked.
    #[error("metrics were not pushed: {0}")]
    NotExported(String),
    #[error("the periodic export has ended")]
    Ended,
}

#[derive(Debug)]
enum Command {
    Flush(Answer),
    Stop(Answer),
}

/// The handle of the thread that collects and pushes. The thread ends with the last handle.
#[derive(Debug)]
pub(crate) struct PeriodicExport {
    commands: Sender<Command>,
    stopped: AtomicBool,
}

impl PeriodicExport {
    pub(crate) fn start(
        collector: Arc<Collector>,
        exporter: GuardedMetricExporter,
        interval: Duration,
    ) -> io::Result<Self> {
        let (commands, received) = mpsc::channel();
        let worker = Worker { collector, exporter, buffers: ResourceMetrics::default() };
        thread::Builder::new().name("tachograph-metrics".to_owned()).spawn(move || {
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            worker.work(&received, interval);
        })?;
        Ok(Self { commands, stopped: AtomicBool::new(false) })
    }

    /// Collects and pushes now. The error says what went wrong, time-out included.
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), PushError> {
        self.ask(Command::Flush, timeout)
    }

    /// Collects and pushes a last time, then ends the thread. Later calls do nothing.
    pub(crate) fn stop(&self, timeout: Duration) -> Result<(), PushError> {
        if self.stopped.swap(true, Ordering::SeqCst) { Ok(()) } else { self.ask(Command::Stop, timeout) }
    }

    fn ask(&self, command: fn(Answer) -> Command, timeout: Duration) -> Result<(), PushError> {
        let (answer, answered) = mpsc::sync_channel(1);
        self.commands.send(command(answer)).map_err(|_| PushError::Ended)?;
        match answered.recv_timeout(timeout) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => Err(PushError::TimedOut(timeout)),
            Err(RecvTimeoutError::Disconnected) => Err(PushError::Ended),
        }
    }
}

struct Worker {
    collector: Arc<Collector>,
    exporter: GuardedMetricExporter,
    buffers: ResourceMetrics,
}

impl Worker {
    fn work(mut self, commands: &Receiver<Command>, interval: Duration) {
        let mut next = Instant::now() + interval;
        loop {
            match commands.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Err(RecvTimeoutError::Timeout) => {
                    // The exporter has booked and said what failed; the next push carries the same cumulative numbers.
                    let _ = self.push();
                    next = (next + interval).max(Instant::now());
                }
                Ok(Command::Flush(answer)) => {
                    let _ = answer.send(self.push());
                }
                Ok(Command::Stop(answer)) => {
                    let result = self.push();
                    self.exporter.shutdown();
                    let _ = answer.send(result);
                    return;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn push(&mut self) -> Result<(), PushError> {
        let mut metrics = std::mem::take(&mut self.buffers);
        if let Err(error) = self.collector.collect(&mut metrics) {
            self.exporter.not_collected(&error);
            return Err(PushError::NotCollected(error));
        }
        self.buffers = self.exporter.export(metrics).map_err(PushError::NotExported)?;
        Ok(())
    }
}
