use std::io;

use super::*;
use crate::accounting::{FailureReason, Failures};

fn exported(items: u64) -> Delivery {
    Delivery { exported: items, ..Delivery::default() }
}

fn failed(items: u64, reason: FailureReason, error: &str) -> Delivery {
    let mut failed = Failures::default();
    failed.add(items, reason);
    Delivery { failed, error: Some(error.to_owned()), ..Delivery::default() }
}

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
fn an_export_that_succeeded_knows_better_than_the_self_test() {
    let account = SignalAccount::new(Signal::Traces);
    let diagnosis = || Some("nobody listens".to_owned());
    account.diagnosed(diagnosis());
    assert_eq!(account.health().diagnosis, diagnosis());
    account.settled(&exported(1));
    assert_eq!(account.health().diagnosis, None);
    account.diagnosed(diagnosis());
    assert_eq!(account.health().diagnosis, None);
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
        account.sends_to("http://collector:4318/v1/traces?key=sk-123", Protocol::HttpProtobuf);
        account.settled(&exported(1));
        for _ in 0..3 {
            account.settled(&failed(10, FailureReason::Error, "refused"));
        }
        account.settled(&exported(1));
        // Soon after the last line the next outage is only counted.
        account.settled(&failed(10, FailureReason::TimedOut, "slow"));
        account.settled(&exported(1));
    });
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].contains("WARN") && lines[0].contains("refused"), "{text}");
    assert!(lines[0].contains("http://collector:4318/v1/traces") && !text.contains("sk-123"), "{text}");
    assert!(lines[1].contains("INFO") && lines[1].contains("lost=30"), "{text}");
}

#[test]
fn dropping_is_said_once_when_it_starts_and_once_when_it_ends() {
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let dropped = |queue_full| Drops { queue_full, ..Drops::default() };
    tracing::subscriber::with_default(subscriber, || {
        let account = SignalAccount::new(Signal::Logs);
        account.keeps_up(dropped(0));
        account.drops(dropped(5));
        account.drops(dropped(9));
        assert!(account.health().dropping);
        account.keeps_up(dropped(9));
        assert!(!account.health().dropping);
        // Soon after the last line the next time is only counted.
        account.drops(dropped(12));
        account.keeps_up(dropped(12));
    });
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].contains("WARN") && lines[0].contains("dropped=queue_full: 5"), "{text}");
    assert!(lines[1].contains("INFO") && lines[1].contains("dropped=queue_full: 9"), "{text}");
}

#[test]
fn the_balance_holds() {
    let account = SignalAccount::new(Signal::Traces);
    account.expect_exports();
    account.created(10);
    account.settled(&exported(4));
    account.settled(&failed(2, FailureReason::Panicked, "panic"));
    account.settled(&failed(1, FailureReason::TimedOut, "late"));
    let health = account.health();
    assert_eq!(health.outstanding(), 3);
    assert_eq!(health.failed, Failures { timed_out: 1, panicked: 2, ..Failures::default() });
    assert_eq!(health.last_error.as_deref(), Some("late"));
    assert!(health.failing);
}
