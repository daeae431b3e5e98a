//! The end, within one deadline, on whatever runtime the application uses.
//!
//! The work runs on threads of its own: the SDK's shutdown blocks, and would stop a runtime whose only thread called it.
//!
//! ```text
//!  begin                                                          deadline
//!  ├─ traces ── end ──────────────────────┐
//!  ├─ metrics ─ end ──────────────────────┼─> logs ─ end ─> log files ─ end
//!  └─ logs ──── what is queued is sent ───┘
//! ```
//!
//! The signals work side by side, so that trouble with one takes no time from the others. Logs end after the others, because what is
//! logged of their end is to be sent, and log files last, because they take what logs say as well. For each of these two a little
//! of the time is kept.

mod outcome;
mod report;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use futures_channel::oneshot;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::SdkTracerProvider;

pub use report::{ShutdownError, ShutdownReport, SignalReport};

use self::outcome::{Outcome, Outcomes, report_of};
use crate::accounting::Accounting;
use crate::exporter::Deadline;
use crate::log_records::LogRecords;
use crate::logs::files::FileLog;
use crate::metrics::{MeterProvider, PeriodicExport};
use crate::processor::FLUSH_TIMEOUT;
use crate::settings::Signal;
#[cfg(feature = "sysinfo")]
use crate::system::SystemSampler;

/// Everything that has to be ended.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) traces: SdkTracerProvider,
    pub(crate) metrics: MeterProvider,
    pub(crate) logs: LogRecords,
    pub(crate) periodic: Option<Arc<PeriodicExport>>,
    #[cfg(feature = "sysinfo")]
    pub(crate) system: Option<SystemSampler>,
    pub(crate) accounting: Arc<Accounting>,
    /// That of traces and metrics.
    pub(crate) deadline: Arc<Deadline>,
    pub(crate) logs_deadline: Arc<Deadline>,
    pub(crate) log_files: Option<Arc<FileLog>>,
    #[cfg(feature = "sentry")]
    pub(crate) sentry: Option<Arc<crate::sentry::Client>>,
    pub(crate) shut_down: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Job {
    Shutdown,
    Flush,
}

impl Engine {
    pub(crate) async fn shutdown(self: Arc<Self>, deadline: Duration) -> ShutdownReport {
        self.elsewhere(Job::Shutdown, deadline).await
    }

    pub(crate) async fn force_flush(self: Arc<Self>, deadline: Duration) -> ShutdownReport {
        self.elsewhere(Job::Flush, deadline).await
    }

    pub(crate) fn shutdown_blocking(self: &Arc<Self>, deadline: Duration) -> ShutdownReport {
        self.run(Job::Shutdown, deadline)
    }

    pub(crate) fn force_flush_blocking(self: &Arc<Self>, deadline: Duration) -> ShutdownReport {
        self.run(Job::Flush, deadline)
    }

    /// Writes the lines that are queued for log files.
    pub(crate) fn flush_log_files(&self, deadline: Duration) {
        let _ = end_log_files(self.log_files.as_deref(), Job::Flush, deadline);
    }

    pub(crate) fn is_shut_down(&self) -> bool {
        self.shut_down.load(Ordering::SeqCst)
    }

    /// Runs the job on a thread, and only waits for its end. Dropping the future does not stop the job.
    async fn elsewhere(self: Arc<Self>, job: Job, deadline: Duration) -> ShutdownReport {
        let (done, report) = oneshot::channel();
        let engine = Arc::clone(&self);
        let thread = spawn("tachograph-shutdown", move || {
            // Nobody waits any more: the work is done all the same.
            let _ = done.send(engine.run(job, deadline));
        });
        match (thread, report.await) {
            (Ok(()), Ok(report)) => report,
            // No thread can be started: blocking here is what is left, and is bounded as well.
            _ => self.run(job, deadline),
        }
    }

    fn run(self: &Arc<Self>, job: Job, deadline: Duration) -> ShutdownReport {
        let start = Instant::now();
        let already = match job {
            Job::Shutdown => self.shut_down.swap(true, Ordering::SeqCst),
            Job::Flush => self.is_shut_down(),
        };
        let before = self.accounting.health();
        if already {
            return ShutdownReport {
                traces: report_of(&before.traces, &before.traces, Outcome::default(), true),
                metrics: report_of(&before.metrics, &before.metrics, Outcome::default(), true),
                logs: report_of(&before.logs, &before.logs, Outcome::default(), true),
                log_files_timed_out: false,
                sentry_timed_out: false,
                already_shut_down: true,
                elapsed: start.elapsed(),
            };
        }
        // Exports end a little before the report is due, so that what became of them is in it.
        let due = start + deadline;
        let end = earlier(due, (deadline / 10).min(Duration::from_millis(100)));
        let files = self.log_files.as_deref();
        let for_files = kept(files.is_some(), (deadline / 20).min(Duration::from_millis(50)));
        let ends_logs = matches!(job, Job::Shutdown) && self.logs.are_taken;
        let for_logs = kept(ends_logs, (deadline / 10).min(Duration::from_millis(500)));
        if matches!(job, Job::Shutdown) {
            self.deadline.set(earlier(end, for_logs));
            self.logs_deadline.set(earlier(end, for_logs));
            #[cfg(feature = "sysinfo")]
            if let Some(system) = &self.system {
                system.stop();
            }
        }
        #[cfg(feature = "sentry")]
        let sentry = self.sentry.as_deref().map(|sentry| (sentry, sentry.flush()));
        let mut work = vec![(Signal::Traces, job), (Signal::Metrics, job)];
        if self.logs.are_taken {
            work.push((Signal::Logs, Job::Flush));
        }
        let due_for_files = earlier(due, for_files);
        // What is kept for logs is halved between the answers to these exports and the exports of what was logged meanwhile.
        let due_first = if ends_logs { earlier(end, for_logs / 2) } else { due_for_files };
        let mut outcomes = self.side_by_side(&work, earlier(end, for_logs), due_first);
        if ends_logs {
            self.logs_deadline.set(end);
            let last = self.side_by_side(&[(Signal::Logs, Job::Shutdown)], end, due_for_files);
            outcomes.logs = last.logs.after(outcomes.logs);
        } else if matches!(job, Job::Shutdown) {
            // Nobody takes records, so this only marks the provider.
            let _ = self.logs.provider.shutdown_with_timeout(Duration::ZERO);
        }
        #[cfg(feature = "sentry")]
        let sentry_timed_out = sentry.is_some_and(|(sentry, flushed)| {
            let in_time = flushed.wait(end.saturating_duration_since(Instant::now()));
            if matches!(job, Job::Shutdown) {
                sentry.stop();
            }
            !in_time
        });
        #[cfg(not(feature = "sentry"))]
        let sentry_timed_out = false;
        if matches!(job, Job::Shutdown) {
            self.close_spool(due);
        }
        let left = due.saturating_duration_since(Instant::now());
        let log_files_timed_out = end_log_files(files, job, left).log_files_timed_out;
        let after = self.accounting.health();
        let ended = matches!(job, Job::Shutdown);
        ShutdownReport {
            traces: report_of(&before.traces, &after.traces, outcomes.traces, ended),
            metrics: report_of(&before.metrics, &after.metrics, outcomes.metrics, ended),
            logs: report_of(&before.logs, &after.logs, outcomes.logs, ended),
            log_files_timed_out,
            sentry_timed_out,
            already_shut_down: false,
            elapsed: start.elapsed(),
        }
    }

    /// Exports have ended, so nothing more goes to disk.
    fn close_spool(&self, due: Instant) {
        #[cfg(all(feature = "_otlp", feature = "spool"))]
        if let Some(spool) = self.accounting.spool() {
            // Whether it is closed in time does not matter: what is in it is there.
            let _ = spool.close(due.saturating_duration_since(Instant::now()));
        }
        #[cfg(not(all(feature = "_otlp", feature = "spool")))]
        let _ = due;
    }

    /// Does the work on a thread for each part, and waits until all are done or the time is up.
    fn side_by_side(self: &Arc<Self>, work: &[(Signal, Job)], end: Instant, due: Instant) -> Outcomes {
        let (done, ended) = mpsc::channel();
        let mut outcomes = Outcomes::default();
        for &(signal, job) in work {
            outcomes.of(signal).timed_out = true;
            let (engine, done) = (Arc::clone(self), done.clone());
            let work = move || {
                let _ = done.send((signal, engine.end_signal(signal, job, end)));
            };
            if spawn("tachograph-shutdown", work.clone()).is_err() {
                work();
            }
        }
        drop(done);
        while let Ok((signal, outcome)) = ended.recv_timeout(due.saturating_duration_since(Instant::now())) {
            *outcomes.of(signal) = outcome;
        }
        outcomes
    }

    fn end_signal(&self, signal: Signal, job: Job, end: Instant) -> Outcome {
        let left = || end.saturating_duration_since(Instant::now());
        match (signal, job) {
            (Signal::Traces, Job::Shutdown) => Outcome::of(self.traces.shutdown_with_timeout(left()), left()),
            (Signal::Traces, Job::Flush) => flush(|| self.traces.force_flush(), left),
            (Signal::Logs, Job::Shutdown) => Outcome::of(self.logs.provider.shutdown_with_timeout(left()), left()),
            (Signal::Logs, Job::Flush) => flush(|| self.logs.provider.force_flush(), left),
            (Signal::Metrics, Job::Shutdown) => {
                let outcome =
                    self.periodic.as_ref().map_or_else(Outcome::default, |it| Outcome::pushed(it.stop(left())));
                // Its reader has ended above, so this only marks the provider.
                let _ = self.metrics.shutdown();
                outcome
            }
            (Signal::Metrics, Job::Flush) => {
                self.periodic.as_ref().map_or_else(Outcome::default, |it| Outcome::pushed(it.flush(left())))
            }
        }
    }
}

/// Flushes, again and again while the SDK gives up earlier than it has to.
fn flush(once: impl Fn() -> OTelSdkResult, left: impl Fn() -> Duration) -> Outcome {
    loop {
        let started = Instant::now();
        let result = once();
        let gave_up = result.is_err() && started.elapsed() >= FLUSH_TIMEOUT;
        if !gave_up || left().is_zero() {
            break Outcome::of(result, left());
        }
    }
}

fn earlier(instant: Instant, by: Duration) -> Instant {
    instant.checked_sub(by).unwrap_or(instant)
}

/// Time for what comes later, if it comes.
fn kept(comes: bool, time: Duration) -> Duration {
    if comes { time } else { Duration::ZERO }
}

/// Writes the lines that are queued for log files, and for a shutdown closes them. Blocks for at most `deadline`.
pub(crate) fn end_log_files(files: Option<&FileLog>, job: Job, deadline: Duration) -> ShutdownReport {
    let Some(files) = files else { return ShutdownReport::default() };
    let start = Instant::now();
    let in_time = match job {
        Job::Shutdown => files.stop(deadline),
        Job::Flush => files.flush(deadline),
    };
    ShutdownReport { log_files_timed_out: !in_time, elapsed: start.elapsed(), ..ShutdownReport::default() }
}

/// The same on another thread, where there is something to wait for.
pub(crate) async fn end_log_files_elsewhere(
    files: Option<Arc<FileLog>>,
    job: Job,
    deadline: Duration,
) -> ShutdownReport {
    let Some(files) = files else { return ShutdownReport::default() };
    let (done, report) = oneshot::channel();
    let worker = Arc::clone(&files);
    let thread = spawn("tachograph-shutdown", move || {
        let _ = done.send(end_log_files(Some(&worker), job, deadline));
    });
    match (thread, report.await) {
        (Ok(()), Ok(report)) => report,
        _ => end_log_files(Some(&files), job, deadline),
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}
