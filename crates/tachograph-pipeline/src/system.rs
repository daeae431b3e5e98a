//! How the machine and the process on it are doing: sampled on a thread, shown as metrics and to whoever asks.
//!
//! ```text
//!  thread tachograph-system ── every 10 s ──> sample ──> latest ──> callbacks of the instruments
//!      host, process, control groups             │           └────> SystemHandle
//!  thread tachograph-disk ── one file system ────┘
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`sampler`] | what the figures mean together: loads, counts, limits |
//! | [`host`], [`process`] | the machine and this process |
//! | [`cgroup`] | the limits of control groups |
//! | [`disk`] | the file system that is watched |
//! | [`instruments`] | the last sample as metrics |
//!
//! Whoever reads gets the last sample and waits for nothing.

mod cgroup;
mod disk;
mod host;
mod instruments;
mod process;
mod sampler;

use std::convert::Infallible;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::metrics::Meter;
use tachograph_core::source::{ReadSystem, SystemState};

use self::cgroup::ControlGroups;
use self::sampler::{Sample, Sampler};
use crate::runtime::panic_message;

/// The second sample comes after this, so that loads, which need two, are not missing for the first interval.
const WARM_UP: Duration = Duration::from_secs(1);
/// The kernel counts in ticks of 10 ms: loads over much less time mean nothing.
const SHORTEST: Duration = Duration::from_millis(250);

/// What is sampled, and how often.
#[derive(Debug, Clone)]
pub(crate) struct SystemSettings {
    pub(crate) interval: Duration,
    /// A path on the file system that is watched.
    pub(crate) watched: PathBuf,
}

impl Default for SystemSettings {
    fn default() -> Self {
        Self { interval: Duration::from_secs(10), watched: PathBuf::from(".") }
    }
}

/// The last sample.
#[derive(Debug, Default)]
struct Latest(Mutex<Option<Sample>>);

impl Latest {
    fn get(&self) -> Option<Sample> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, sample: Option<Sample>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = sample;
    }
}

/// The handle of the thread that samples. The thread ends when it is stopped or dropped.
#[derive(Debug)]
pub(crate) struct SystemSampler {
    latest: Arc<Latest>,
    running: Mutex<Option<Sender<Infallible>>>,
}

impl SystemSampler {
    /// Starts the thread, which takes the first sample at once, and makes the instruments.
    pub(crate) fn start(settings: SystemSettings, meter: &Meter) -> io::Result<Self> {
        let latest = Arc::new(Latest::default());
        let (running, stopped) = mpsc::channel();
        let samples = Arc::clone(&latest);
        thread::Builder::new().name("tachograph-system".to_owned()).spawn(move || {
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            let interval = settings.interval.max(SHORTEST);
            let make = || Sampler::new(ControlGroups::of_this_process(), settings.watched.clone());
            work(make, Sampler::sample, &samples, &stopped, interval);
        })?;
        instruments::observe(meter, &latest);
        Ok(Self { latest, running: Mutex::new(Some(running)) })
    }

    /// Ends the thread. The last sample stays.
    pub(crate) fn stop(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(running);
    }

    pub(crate) fn handle(&self) -> SystemHandle {
        SystemHandle { latest: Arc::clone(&self.latest) }
    }
}

/// Samples until it is stopped. What goes wrong is said once, and the next sample is taken by a new sampler.
fn work<S>(
    make: impl Fn() -> Result<S, String>,
    sample: impl Fn(&mut S) -> Sample,
    latest: &Latest,
    stopped: &Receiver<Infallible>,
    interval: Duration,
) {
    let (mut sampler, mut said) = (None, false);
    let mut delay = interval.min(WARM_UP);
    loop {
        let sampled = catch_unwind(AssertUnwindSafe(|| {
            let mut ready = sampler.take().map_or_else(&make, Ok)?;
            let sampled = sample(&mut ready);
            sampler = Some(ready);
            Ok(sampled)
        }));
        let sampled = sampled.unwrap_or_else(|panic| Err(format!("it panicked: {}", panic_message(panic.as_ref()))));
        if let (Err(error), false) = (&sampled, said) {
            said = true;
            tracing::warn!(error, "the system cannot be sampled; said once");
        }
        latest.set(sampled.ok());
        if stopped.recv_timeout(delay) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        delay = interval;
    }
}

/// Tells how the machine and the process are doing, by the last sample of the pipeline. Cloning is cheap.
///
/// It works after the pipeline was shut down and dropped, with the last sample from before.
#[derive(Debug, Clone)]
pub(crate) struct SystemHandle {
    latest: Arc<Latest>,
}

impl ReadSystem for SystemHandle {
    fn system_state(&self) -> Option<SystemState> {
        self.latest.get().map(|sample| sample.state)
    }
}

#[cfg(test)]
mod tests;
