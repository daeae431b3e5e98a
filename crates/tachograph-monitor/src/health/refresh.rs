//! The thread that runs checks though nobody asks.

use std::{
    io,
    sync::{
        Weak,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::process::Process;

/// Ends the thread when it is dropped, without waiting for it.
pub(super) struct Refreshing {
    _alive: Sender<()>,
    #[cfg_attr(not(test), allow(dead_code, reason = "tests look whether it has ended"))]
    thread: JoinHandle<()>,
}

impl Refreshing {
    pub(super) fn start(process: Weak<Process>, every: Duration) -> io::Result<Self> {
        let (alive, ended) = channel();
        let thread = thread::Builder::new().name("health-refresh".to_owned());
        let thread = thread.spawn(move || refresh(&process, every, &ended))?;
        Ok(Self { _alive: alive, thread })
    }

    #[cfg(test)]
    pub(super) fn into_thread(self) -> JoinHandle<()> {
        self.thread
    }
}

fn refresh(process: &Weak<Process>, every: Duration, ended: &Receiver<()>) {
    loop {
        let Some(process) = process.upgrade() else { return };
        process.begin(&process.checks);
        // Not held while waiting, or it would never end.
        drop(process);
        if ended.recv_timeout(every) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}
