//! The hook for panics: reports them on another thread, flushes, and calls the hook before it.

use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use tachograph_core::capture::CapturedPanic;
use tracing::Dispatch;
use tracing::dispatcher::{get_default, with_default};

use crate::shutdown::Engine;

const THREAD_NAME: &str = "tachograph-panic";
/// How the names of threads begin whose panics are caught and counted elsewhere.
const OWN_THREADS: [&str; 2] = ["tachograph-", "OpenTelemetry."];
/// What the standard library says before it aborts.
const LAST_WORDS: [&str; 2] = ["panic in a function that cannot unwind", "panic in a destructor during cleanup"];
/// Time-outs that pass between two flushes of a process that goes on.
const BETWEEN_FLUSHES: u32 = 10;

/// Sets the hook for the process. On a thread that panics none can be set.
pub(crate) fn set_hook(engine: &Arc<Engine>, timeout: Duration) {
    if thread::panicking() {
        return;
    }
    let hook =
        Hook { engine: Arc::downgrade(engine), timeout, flushed: Mutex::new(None), flushing: AtomicBool::new(false) };
    let (hook, before) = (Arc::new(hook), panic::take_hook());
    panic::set_hook(Box::new(move |info| {
        // First, because the hook before may end the process.
        Hook::report(&hook, info);
        before(info);
    }));
}

/// A panic in here aborts the process, so nothing in here may.
struct Hook {
    engine: Weak<Engine>,
    timeout: Duration,
    /// When the last flush of everything began.
    flushed: Mutex<Option<Instant>>,
    flushing: AtomicBool,
}

impl Hook {
    fn report(self: &Arc<Self>, info: &PanicHookInfo<'_>) {
        let current = thread::current();
        let name = current.name().unwrap_or_default();
        if OWN_THREADS.iter().any(|own| name.starts_with(own)) || Context::is_current_telemetry_suppressed() {
            return;
        }
        let is_last = cfg!(panic = "abort")
            || name == "main"
            || info.payload_as_str().is_some_and(|message| LAST_WORDS.contains(&message));
        let captured = CapturedPanic::of(info);
        let dispatch = get_default(Dispatch::clone);
        let (done, finished) = mpsc::sync_channel(1);
        let hook = Arc::clone(self);
        let work = move || {
            with_default(&dispatch, || captured.report());
            hook.flush(is_last);
            let _ = done.send(());
        };
        // The thread that panics may hold whatever printing and flushing need. Without a thread the panic is told by the hook before alone.
        if thread::Builder::new().name(THREAD_NAME.to_owned()).spawn(work).is_ok() {
            let _ = finished.recv_timeout(self.timeout);
        }
    }

    fn flush(&self, is_last: bool) {
        let Some(engine) = self.engine.upgrade() else { return };
        if self.is_due(is_last) && !self.flushing.swap(true, Ordering::SeqCst) {
            let _ = engine.force_flush_blocking(self.timeout);
            self.flushing.store(false, Ordering::SeqCst);
        } else {
            engine.flush_log_files(self.timeout);
        }
    }

    fn is_due(&self, is_last: bool) -> bool {
        let mut flushed = self.flushed.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_due = flushed.is_none_or(|flushed| now - flushed >= self.timeout * BETWEEN_FLUSHES);
        if is_due || is_last {
            *flushed = Some(now);
        }
        is_due || is_last
    }
}
