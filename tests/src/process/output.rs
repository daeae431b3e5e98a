//! The two output streams of a program, read while it runs so that it never waits for its reader.

use std::{
    io::{BufRead as _, BufReader, Read},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stream {
    Stdout,
    Stderr,
}

#[derive(Debug, Default)]
struct Lines {
    lines: Vec<(Stream, String)>,
    /// Streams that are still open.
    open: usize,
}

#[derive(Debug, Default)]
struct Shared {
    lines: Mutex<Lines>,
    changed: Condvar,
}

#[derive(Debug)]
pub(super) struct Output {
    shared: Arc<Shared>,
    readers: Vec<JoinHandle<()>>,
}

impl Output {
    pub(super) fn read(stdout: Option<impl Read + Send + 'static>, stderr: Option<impl Read + Send + 'static>) -> Self {
        let shared = Arc::<Shared>::default();
        let readers = [
            stdout.map(|from| start(&shared, Stream::Stdout, from)),
            stderr.map(|from| start(&shared, Stream::Stderr, from)),
        ];
        Self { shared, readers: readers.into_iter().flatten().collect() }
    }

    /// `None` when time is up; `Some(None)` when both streams ended without an accepted line.
    pub(super) fn find_line<T>(&self, accept: impl Fn(&str) -> Option<T>, patience: Duration) -> Option<Option<T>> {
        let mut seen = 0;
        let mut found = None;
        let (_lines, result) = self
            .shared
            .changed
            .wait_timeout_while(self.lines(), patience, |lines| {
                found = lines.lines[seen..].iter().find_map(|(_, line)| accept(line));
                seen = lines.lines.len();
                found.is_none() && lines.open > 0
            })
            .unwrap_or_else(PoisonError::into_inner);
        (!result.timed_out()).then_some(found)
    }

    /// Waits until everything that was written has been read; only for a program that has ended.
    pub(super) fn finish(&mut self) {
        for reader in self.readers.drain(..) {
            // A reader that panicked has said so on this process's standard error.
            let _ = reader.join();
        }
    }

    pub(super) fn stdout(&self) -> String {
        self.text(Stream::Stdout)
    }

    pub(super) fn stderr(&self) -> String {
        self.text(Stream::Stderr)
    }

    fn text(&self, stream: Stream) -> String {
        self.lines().lines.iter().filter(|(of, _)| *of == stream).map(|(_, line)| format!("{line}\n")).collect()
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.shared.lock()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn start(shared: &Arc<Shared>, stream: Stream, from: impl Read + Send + 'static) -> JoinHandle<()> {
    shared.lock().open += 1;
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        // Bytes that are no text are shown as such; a test is about other things.
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            shared.lock().lines.push((stream, String::from_utf8_lossy(&line).into_owned()));
            shared.changed.notify_all();
        }
        shared.lock().open -= 1;
        shared.changed.notify_all();
    })
}
