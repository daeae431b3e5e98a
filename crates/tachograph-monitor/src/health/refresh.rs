//! The thread that runs checks though nobody asks.

use std::{
    io,
    sync::{
        Weak,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

use super::process::Process;

/// Ends the thread when it is dropped, without waiting for it.
pub(super) struct Refreshing {
    _alive: Sender<()>,
    #[cfg(test)]
    pub(super) thread: Option<thread::JoinHandle<()>>,
}

impl Refreshing {
    pub(super) fn start(process: Weak<Process>, every: Duration) -> io::Result<Self> {
        let (alive, ended) = channel();
        let thread = thread::Builder::new().name("health-refresh".to_owned());
        let _thread = thread.spawn(move || refresh(&process, every, &ended))?;
        Ok(Self {
            _alive: alive,
            #[cfg(test)]
            thread: Some(_thread),
        })
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
