use std::io;

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
    account.exported(4);
    account.failed(2, FailureReason::Panicked, "panic".to_owned());
    account.failed(1, FailureReason::TimedOut, "late".to_owned());
    let health = account.health();
    assert_eq!(health.outstanding(), 3);
    assert_eq!(health.failed, Failures { error: 0, timed_out: 1, panicked: 2 });
    assert_eq!(health.last_error.as_deref(), Some("late"));
    assert!(health.failing);
}
