//! A program that a test started: its output line by line, its end, and no trace of it afterwards.

mod output;

use std::{
    io,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

use self::output::Output;
use crate::components::poll;

/// How long anything may take that usually takes a moment: as long as a loaded machine needs, and no longer than a person waits.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long a program that is no longer needed gets to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// A running program, or one that has ended. Dropped, it is asked to end and then made to.
///
/// What goes wrong is a panic with the output of the program, because that is what one needs to see in a failed test.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    output: Output,
    stop_signal: Signal,
}

impl Process {
    /// Starts `command`, which gets no standard input.
    ///
    /// # Errors
    ///
    /// When the program cannot be started.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let output = Output::read(child.stdout.take(), child.stderr.take());
        Ok(Self { name, child, output, stop_signal: Signal::TERM })
    }

    /// Its number in the system.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Uses another signal than SIGTERM to end the program.
    #[must_use]
    pub fn with_stop_signal(mut self, signal: Signal) -> Self {
        self.stop_signal = signal;
        self
    }

    /// The first line of either stream, from the start on, for which `accept` has an answer; waits for it up to [`PATIENCE`]. `None`
    /// when the program ended without such a line.
    pub fn find_line<T>(&self, accept: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.output.find_line(accept, PATIENCE).unwrap_or_else(|| self.fail("a line is still missing"))
    }

    /// The same as [`find_line`](Self::find_line) where the end of the program is a failure.
    pub fn wait_for_line<T>(&self, accept: impl Fn(&str) -> Option<T>) -> T {
        self.find_line(accept).unwrap_or_else(|| self.fail("it ended, and a line is missing"))
    }

    /// Asks the program to end and waits for that, up to [`PATIENCE`].
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(self.stop_signal);
        self.wait(PATIENCE)
    }

    /// Waits for the program to end by itself.
    pub fn wait(&mut self, patience: Duration) -> ExitStatus {
        match self.ended_within(patience) {
            Some(status) => {
                self.output.finish();
                status
            }
            None => self.fail("it does not end"),
        }
    }

    /// What was written on standard output so far; all of it once the program has been waited for.
    pub fn stdout(&self) -> String {
        self.output.stdout()
    }

    /// What was written on standard error so far; all of it once the program has been waited for.
    pub fn stderr(&self) -> String {
        self.output.stderr()
    }

    fn ended_within(&mut self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            match self.child.try_wait() {
                Ok(None) if Instant::now() < deadline => poll::pause(),
                Ok(status) => return status,
                Err(error) => panic!("{} cannot be waited for: {error}", self.name),
            }
        }
    }

    /// Sends a signal. A process that was waited for gets none: its number may be another's by now.
    pub fn signal(&mut self, signal: Signal) {
        if let Ok(None) = self.child.try_wait() {
            // It may have ended since; then there is nothing to tell it.
            let _ = kill_process(Pid::from_child(&self.child), signal);
        }
    }

    fn fail(&self, what: &str) -> ! {
        panic!("{}: {what}\n-- stdout\n{}\n-- stderr\n{}", self.name, self.stdout(), self.stderr())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(self.stop_signal);
        let deadline = Instant::now() + GRACE;
        while let (Ok(None), true) = (self.child.try_wait(), Instant::now() < deadline) {
            poll::pause();
        }
        // Refused when it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
