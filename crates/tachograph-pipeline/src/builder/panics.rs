//! What happens when something panics.

use std::time::Duration;

use super::Builder;
use crate::settings::Settings;

/// How long a panic is flushed for where nobody says.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// What was asked for in code.
#[derive(Default)]
pub(super) struct Panics {
    hook: bool,
    flush_timeout: Option<Duration>,
}

impl Panics {
    /// Puts what code said into the settings.
    pub(super) fn apply(&self, settings: &mut Settings) {
        if self.hook {
            settings.panic_flush = Some(self.flush_timeout.unwrap_or(FLUSH_TIMEOUT));
        }
    }
}

impl<P> Builder<P> {
    /// Whether [`init`](Self::init) and [`install`](crate::Pipeline::install) set a panic hook. Default: `false`.
    ///
    /// Each panic, also one that is caught later, is then reported as a critical `exception` in the context where it happened
    /// ([`CapturedPanic`](tachograph_core::capture::CapturedPanic)), and what is queued is flushed, because the process may end. After that
    /// the hook is called that was there before; the call that the panic unwinds through is recorded as ever.
    ///
    /// Another thread reports and flushes; the one that panics waits for it, for at most
    /// [the time-out](Self::with_panic_flush_timeout). So no lock that it holds can stop it, and a receiver that hangs costs that time at
    /// most. The log of the console and of files is written each time. The rest is not flushed again for ten time-outs, so that requests
    /// that panic one after the other do not wait for the network each time, unless the process is about to end: with `panic = "abort"`, on the thread
    /// `main`, and for panics that cannot unwind. Panics on threads of the pipeline are left to the hook before: they are caught and counted.
    ///
    /// With `OTEL_SDK_DISABLED=true` there is no hook. It stays for the process, and after the pipeline's end only calls the one before.
    pub fn with_panic_hook(mut self, on: bool) -> Self {
        self.wishes.panics.hook = on;
        self
    }

    /// How long a thread that panics may wait until the panic is reported and flushed. Default: 1 s. It does nothing without
    /// [the hook](Self::with_panic_hook); with zero nobody waits.
    pub fn with_panic_flush_timeout(mut self, timeout: Duration) -> Self {
        self.wishes.panics.flush_timeout = Some(timeout);
        self
    }
}
