//! The runtime that exporters live in, apart from every runtime of the application.
//!
//! `tonic` panics when it is built outside a runtime, `hyper-util` when it is driven outside one, and both stop for ever when the
//! runtime they were built in goes away or when its only thread waits for them. On a thread of our own none of this can happen,
//! whatever the application runs on. Telemetry made on this thread is suppressed, or exporting would beget more to export.

use std::any::Any;
use std::cell::Cell;
use std::future::Future;
use std::io;
use std::mem;
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::FutureExt;
use opentelemetry::{Context, ContextGuard};
use tokio::runtime::{Builder, Handle};
use tokio::task::AbortHandle;

const THREAD_NAME: &str = "tachograph-export";

thread_local!(static IS_OURS: Cell<bool> = const { Cell::new(false) });

/// Whether this thread belongs to the runtime. A context that suppresses nothing, which a transport may enter there, does not change it.
pub(crate) fn is_export_thread() -> bool {
    IS_OURS.try_with(Cell::get).unwrap_or_default()
}

/// Marks this thread as one of the runtime, on which telemetry is suppressed as long as the guard lives.
fn join() -> ContextGuard {
    let _ = IS_OURS.try_with(|ours| ours.set(true));
    Context::enter_telemetry_suppressed_scope()
}

/// Why a future did not finish on the export runtime.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RunError {
    /// The time was up; the future was cancelled.
    TimedOut,
    /// The future panicked with this message.
    Panicked(String),
    /// The runtime has ended.
    Gone,
}

/// The handle; the thread ends when it is dropped.
#[derive(Debug)]
pub(crate) struct ExportRuntime {
    handle: Handle,
    _stop: oneshot::Sender<()>,
}

impl ExportRuntime {
    /// Starts the thread and waits until its runtime stands.
    pub(crate) fn start() -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (ready, standing) = mpsc::sync_channel(1);
        thread::Builder::new().name(THREAD_NAME.to_owned()).spawn(move || {
            let _suppressed = join();
            let runtime = Builder::new_current_thread()
                .enable_io()
                .enable_time()
                .thread_name(THREAD_NAME)
                // The guard is thread-local and must hold as long as the thread does.
                .on_thread_start(|| mem::forget(join()))
                .build();
            match runtime {
                Ok(runtime) => {
                    if ready.send(Ok(runtime.handle().clone())).is_ok() {
                        // An error means that the handle was dropped, which is the sign to stop.
                        let _ = runtime.block_on(stopped);
                    }
                    // Not a plain drop: that would wait for a name look-up that hangs.
                    runtime.shutdown_background();
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            }
        })?;
        let handle = standing.recv().map_err(|_| io::Error::other("the export thread ended at its start"))??;
        Ok(Self { handle, _stop: stop })
    }

    /// Drives `future` on the runtime and waits for nothing. It is dropped where the runtime has ended.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.handle.spawn(future).abort_handle()
    }

    /// Drives `future` on the runtime and blocks the calling thread until it ends, panics, or `timeout` has passed.
    ///
    /// The time is kept by the caller, so it holds even if an exporter blocks the runtime's only thread.
    pub(crate) fn run<F>(&self, timeout: Duration, future: F) -> Result<F::Output, RunError>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let (done, result) = mpsc::sync_channel(1);
        let task = self.handle.spawn(async move {
            let _ = done.send(AssertUnwindSafe(future).catch_unwind().await);
        });
        match result.recv_timeout(timeout) {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(panic)) => Err(RunError::Panicked(panic_message(panic.as_ref()))),
            Err(RecvTimeoutError::Timeout) => {
                task.abort();
                Err(RunError::TimedOut)
            }
            Err(RecvTimeoutError::Disconnected) => Err(RunError::Gone),
        }
    }
}

/// The text a panic was raised with, if it is one.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use std::future;
    use std::time::Instant;

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn telemetry_is_suppressed_on_the_runtime() {
        let runtime = ExportRuntime::start().unwrap();
        let suppressed = runtime.run(LONG, async { Context::is_current_telemetry_suppressed() });
        assert_eq!(suppressed, Ok(true));
        assert!(!Context::is_current_telemetry_suppressed());
    }

    #[test]
    fn telemetry_is_suppressed_on_its_blocking_threads() {
        let runtime = ExportRuntime::start().unwrap();
        let suppressed = runtime.run(
            LONG,
            tokio::task::unconstrained(async {
                tokio::task::spawn_blocking(Context::is_current_telemetry_suppressed).await.unwrap()
            }),
        );
        assert_eq!(suppressed, Ok(true));
    }

    #[test]
    fn a_panic_is_returned_and_the_runtime_goes_on() {
        let runtime = ExportRuntime::start().unwrap();
        let outcome = runtime.run(LONG, async { panic!("on purpose") });
        assert_eq!(outcome, Err::<(), _>(RunError::Panicked("on purpose".to_owned())));
        assert_eq!(runtime.run(LONG, async { 1 }), Ok(1));
    }

    #[test]
    fn a_future_that_never_ends_is_given_up() {
        let runtime = ExportRuntime::start().unwrap();
        let start = Instant::now();
        assert_eq!(runtime.run(Duration::from_millis(20), future::pending::<()>()), Err(RunError::TimedOut));
        assert!(start.elapsed() < LONG);
        assert_eq!(runtime.run(LONG, async { 1 }), Ok(1));
    }

    #[test]
    fn it_runs_from_inside_a_current_thread_runtime() {
        let outer = Builder::new_current_thread().build().unwrap();
        let output = outer.block_on(async { ExportRuntime::start().unwrap().run(LONG, async { 1 }) });
        assert_eq!(output, Ok(1));
    }
}
