//! The thread that reads the metrics.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::Stats;

/// A reading may take this part of the time between two.
const SHARE: u32 = 20;

/// Tells the thread to end, at once and not at its next reading.
#[derive(Debug, Default)]
pub(super) struct Stop {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    pub(super) fn stop(&self) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Waits, unless it is time to end.
    fn wait(&self, time: Duration) {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let _waited = self.changed.wait_timeout_while(stopped, time, |stopped| !*stopped);
    }
}

/// Starts the thread. It ends with the last clone of `stats`, which it does not keep alive while it waits.
pub(super) fn start(stats: &Stats, interval: Duration) -> io::Result<()> {
    let (inner, stop) = (Arc::downgrade(&stats.inner), Arc::clone(&stats.inner.stop));
    let read = move || {
        loop {
            let began = Instant::now();
            let Some(inner) = inner.upgrade() else { return };
            Stats { inner }.refresh();
            stop.wait(rest(interval, began.elapsed()));
        }
    };
    thread::Builder::new().name("tachograph-stats".to_owned()).spawn(read).map(drop)
}

/// How long to wait after a reading that took `took`.
fn rest(interval: Duration, took: Duration) -> Duration {
    interval.saturating_sub(took).max(took.saturating_mul(SHARE - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_come_once_an_interval_unless_they_take_long() {
        let second = Duration::from_secs(1);
        assert_eq!(rest(second, Duration::from_millis(5)), Duration::from_millis(995));
        assert_eq!(rest(second, Duration::from_millis(100)), Duration::from_millis(1900));
        assert_eq!(rest(second, Duration::from_secs(3)), Duration::from_secs(57));
    }
}
