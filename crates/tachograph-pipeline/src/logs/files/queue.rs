//! The lines that wait to be written, bounded in bytes.
//!
//! They lie in chunks, which are the batches of the writer, and a chunk that was written is used again: a line costs a lock and a copy.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::counts::{Counts, DropReason, FileSet};

/// What is written at once.
pub(super) const BATCH: usize = 64 * 1024;
/// How long the writer rests after a batch that was not full, so that lines that come fast are written together.
const REST: Duration = Duration::from_millis(20);
/// Chunks that are kept to be used again.
const SPARE: usize = 4;

/// Where a line ends in its chunk, and the files that it goes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) end: usize,
    pub(super) files: FileSet,
}

/// Whole lines, each with a line feed at its end.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    pub(super) lines: Vec<Line>,
}

impl Chunk {
    fn has_room(&self, line: &[u8]) -> bool {
        self.lines.is_empty() || self.bytes.len() + line.len() < BATCH
    }

    pub(super) fn push(&mut self, files: FileSet, line: &[u8]) {
        if self.bytes.capacity() == 0 {
            self.bytes.reserve(BATCH);
            self.lines.reserve(BATCH / 128);
        }
        self.bytes.extend_from_slice(line);
        if line.last() != Some(&b'\n') {
            self.bytes.push(b'\n');
        }
        self.lines.push(Line { end: self.bytes.len(), files });
    }

    fn cost(&self) -> usize {
        self.bytes.len() + self.lines.len() * size_of::<Line>()
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.lines.clear();
    }
}

/// What the writer sleeps for, so that only those lines wake it that it sleeps for: a wake-up is a system call.
#[derive(Debug, Default, PartialEq, Eq)]
enum SleepsFor {
    #[default]
    Nothing,
    AnyLine,
    AFullChunk,
}

#[derive(Debug, Default)]
struct State {
    full: VecDeque<Chunk>,
    filling: Chunk,
    spare: Vec<Chunk>,
    /// Of all chunks, the one that is being written among them.
    bytes: usize,
    taken: u64,
    finished: u64,
    sleeps_for: SleepsFor,
    /// Lines until this one are waited for.
    wanted: u64,
    stopping: bool,
    over: bool,
}

#[derive(Debug)]
pub(super) struct Queue {
    limit: usize,
    counts: Arc<Counts>,
    state: Mutex<State>,
    /// For the writer.
    work: Condvar,
    /// For those who wait for the writer.
    progress: Condvar,
}

impl Queue {
    pub(super) fn new(limit: usize, counts: Arc<Counts>) -> Self {
        Self { limit, counts, state: Mutex::default(), work: Condvar::new(), progress: Condvar::new() }
    }

    /// Queues a line, or drops and counts it.
    pub(super) fn offer(&self, files: FileSet, line: &[u8]) {
        let mut state = self.state();
        let cost = line.len() + usize::from(line.last() != Some(&b'\n')) + size_of::<Line>();
        let refused = match state.stopping {
            true => Some(DropReason::ShutDown),
            false => (cost > self.limit - state.bytes).then_some(DropReason::QueueFull),
        };
        if let Some(reason) = refused {
            drop(state);
            return self.counts.drop_line(files, reason);
        }
        state.bytes += cost;
        state.taken += 1;
        if !state.filling.has_room(line) {
            let next = state.spare.pop().unwrap_or_default();
            let full = std::mem::replace(&mut state.filling, next);
            state.full.push_back(full);
        }
        state.filling.push(files, line);
        let wake = match state.sleeps_for {
            SleepsFor::Nothing => false,
            SleepsFor::AnyLine => true,
            SleepsFor::AFullChunk => !state.full.is_empty(),
        };
        if wake {
            state.sleeps_for = SleepsFor::Nothing;
            drop(state);
            self.work.notify_one();
        }
    }

    /// Gives back the chunk that was written and waits for the next one. `None`: all is written, and no more will come.
    pub(super) fn next(&self, mut written: Chunk) -> Option<Chunk> {
        let mut state = self.state();
        let rests = !written.lines.is_empty() && state.full.is_empty();
        state.bytes -= written.cost();
        state.finished += written.lines.len() as u64;
        if state.finished >= state.wanted {
            self.progress.notify_all();
        }
        written.clear();
        if state.spare.len() < SPARE && (1..=2 * BATCH).contains(&written.bytes.capacity()) {
            state.spare.push(written);
        }
        if rests {
            let end = Instant::now() + REST;
            while state.full.is_empty() && !state.is_wanted() {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                state.sleeps_for = SleepsFor::AFullChunk;
                state = self.work.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        loop {
            state.sleeps_for = SleepsFor::Nothing;
            if let Some(chunk) = state.full.pop_front() {
                return Some(chunk);
            }
            if !state.filling.lines.is_empty() {
                let next = state.spare.pop().unwrap_or_default();
                return Some(std::mem::replace(&mut state.filling, next));
            }
            if state.stopping {
                return None;
            }
            state.sleeps_for = SleepsFor::AnyLine;
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until the lines queued so far are written or given up; `false` when `within` has passed before.
    pub(super) fn flush(&self, within: Duration) -> bool {
        let mut state = self.state();
        let until = state.taken;
        state.wanted = state.wanted.max(until);
        self.work.notify_one();
        self.wait(state, within, |state| state.finished >= until || state.over)
    }

    /// Takes no more lines, and waits until those queued are written or given up; `false` when `within` has passed before.
    pub(super) fn stop(&self, within: Duration) -> bool {
        let mut state = self.state();
        state.stopping = true;
        self.work.notify_one();
        self.wait(state, within, |state| state.over)
    }

    fn wait(&self, state: MutexGuard<'_, State>, within: Duration, done: impl Fn(&State) -> bool) -> bool {
        let waited = self.progress.wait_timeout_while(state, within, |state| !done(state));
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        done(&state)
    }

    /// Nobody writes any more.
    pub(super) fn over(&self) {
        let mut state = self.state();
        (state.stopping, state.over) = (true, true);
        self.progress.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether somebody waits for a line that is not finished.
    fn is_wanted(&self) -> bool {
        self.stopping || self.wanted > self.finished
    }
}

#[cfg(test)]
mod tests;
