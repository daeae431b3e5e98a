//! The counters of one signal, and the two log lines about it: when loss starts and when it ends.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::{Failures, SignalHealth};
use crate::settings::Signal;

/// How far apart two log lines about the same signal are, so that a receiver that comes and goes does not flood the log.
const LOG_INTERVAL: Duration = Duration::from_secs(30);

/// Why items were not exported; see [`Failures`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureReason {
    Error,
    TimedOut,
    Panicked,
}

/// The counters of one signal.
#[derive(Debug)]
pub(crate) struct SignalAccount {
    signal: Signal,
    has_exporter: AtomicBool,
    /// Where an OTLP exporter sends to.
    endpoint: OnceLock<String>,
    created: AtomicU64,
    exported: AtomicU64,
    error: AtomicU64,
    timed_out: AtomicU64,
    panicked: AtomicU64,
    started: AtomicU64,
    ended: AtomicU64,
    failing: AtomicBool,
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
}

impl SignalAccount {
    pub(crate) fn new(signal: Signal) -> Self {
        Self {
            signal,
            has_exporter: AtomicBool::new(false),
            endpoint: OnceLock::new(),
            created: AtomicU64::new(0),
            exported: AtomicU64::new(0),
            error: AtomicU64::new(0),
            timed_out: AtomicU64::new(0),
            panicked: AtomicU64::new(0),
            started: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            story: Mutex::default(),
        }
    }

    /// Says that there is an exporter; without it, what is created is meant to stay here.
    pub(crate) fn expect_exports(&self) {
        self.has_exporter.store(true, Ordering::Relaxed);
    }

    /// Says where exports go, for the log and for the state of health. A query may hold a key, and is left out; credentials cannot
    /// be in it, because settings refuse them.
    pub(crate) fn sends_to(&self, url: &str) {
        let shown = url.split(['?', '#']).next().unwrap_or_default();
        let _ = self.endpoint.set(shown.to_owned());
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

    pub(crate) fn exported(&self, items: u64) {
        self.exported.fetch_add(items, Ordering::Relaxed);
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

    /// Keeps what the self-test found, unless an export was faster and knows better.
    #[cfg_attr(not(any(feature = "otlp-grpc", feature = "otlp-http")), expect(dead_code, reason = "nothing to test"))]
    pub(crate) fn diagnosed(&self, diagnosis: Option<String>) {
        let mut story = self.story();
        if story.last_success.is_none() {
            story.diagnosis = diagnosis;
        }
    }

    pub(crate) fn failed(&self, items: u64, reason: FailureReason, error: String) {
        let counter = match reason {
            FailureReason::Error => &self.error,
            FailureReason::TimedOut => &self.timed_out,
            FailureReason::Panicked => &self.panicked,
        };
        let mut story = self.story();
        story.last_error = Some(error.clone());
        story.lost_since_announced += items;
        // After the reason, which whoever sees the count then finds: counts are read first.
        counter.fetch_add(items, Ordering::Release);
        self.failing.store(true, Ordering::Relaxed);
        let quiet = story.loss_logged.is_some_and(|at| at.elapsed() < LOG_INTERVAL);
        if !story.announced && !quiet {
            story.announced = true;
            story.loss_logged = Some(Instant::now());
            drop(story);
            let endpoint = self.endpoint();
            tracing::warn!(
                signal = self.signal.name(),
                endpoint,
                %error,
                "telemetry export fails; items are lost until it works again"
            );
        }
    }

    pub(crate) fn health(&self) -> SignalHealth {
        // Outcomes are read before what they came from, so that the balance never goes below zero.
        let exported = self.exported.load(Ordering::Acquire);
        let failed = Failures {
            error: self.error.load(Ordering::Acquire),
            timed_out: self.timed_out.load(Ordering::Acquire),
            panicked: self.panicked.load(Ordering::Acquire),
        };
        let ended = self.ended.load(Ordering::Acquire);
        let story = self.story();
        SignalHealth {
            has_exporter: self.has_exporter.load(Ordering::Relaxed),
            created: self.created.load(Ordering::Acquire),
            exported,
            failed,
            open: self.started.load(Ordering::Acquire).saturating_sub(ended),
            failing: self.failing.load(Ordering::Relaxed),
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
mod tests {
    use std::io;
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn loss_is_said_once_when_it_starts_and_once_when_it_ends() {
        // While a process has one subscriber, `tracing` asks the thread that comes to a line first whether anybody wants it, and other tests
        // come to these lines without one.
        let _second = tracing::Dispatch::new(tracing_subscriber::registry());
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            let account = SignalAccount::new(Signal::Traces);
            account.sends_to("http://collector:4318/v1/traces?key=sk-123");
            account.exported(1);
            for _ in 0..3 {
                account.failed(10, FailureReason::Error, "refused".to_owned());
            }
            account.exported(1);
            // Soon after the last line the next outage is only counted.
            account.failed(10, FailureReason::TimedOut, "slow".to_owned());
            account.exported(1);
        });
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].contains("WARN") && lines[0].contains("refused"), "{text}");
        assert!(lines[0].contains("http://collector:4318/v1/traces") && !text.contains("sk-123"), "{text}");
        assert!(lines[1].contains("INFO") && lines[1].contains("lost=30"), "{text}");
    }

    #[test]
    fn an_export_that_succeeded_knows_better_than_the_self_test() {
        let account = SignalAccount::new(Signal::Traces);
        let diagnosis = || Some("nobody listens".to_owned());
        account.diagnosed(diagnosis());
        assert_eq!(account.health().diagnosis, diagnosis());
        account.exported(1);
        assert_eq!(account.health().diagnosis, None);
        account.diagnosed(diagnosis());
        assert_eq!(account.health().diagnosis, None);
    }

    #[test]
    fn the_balance_holds() {
        let account = SignalAccount::new(Signal::Traces);
        account.expect_exports();
        account.created(10);
        account.exported(4);
        account.failed(2, FailureReason::Panicked, "panic".to_owned());
        account.failed(1, FailureReason::TimedOut, "late".to_owned());
        let health = account.health();
        assert_eq!(health.outstanding(), 3);
        assert_eq!(health.failed, Failures { error: 0, timed_out: 1, panicked: 2 });
        assert_eq!(health.last_error.as_deref(), Some("late"));
        assert!(health.failing);
    }
}
