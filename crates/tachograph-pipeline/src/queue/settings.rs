//! Bounds and times of a queue.

use std::time::Duration;

/// Who goes when the queue is full. Spans that failed, spans without a parent in this process and runs of agents go last, whichever
/// is chosen: others make room for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WhenFull {
    /// What comes last: the spans before an outage are kept.
    #[default]
    DropNewest,
    /// What came first: the spans at the end of an outage are kept.
    DropOldest,
}

/// How much may wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) items: usize,
    pub(crate) bytes: usize,
    /// What is exported at once, and how many make it happen.
    pub(crate) batch: usize,
    /// What is exported at once at most, in bytes; an item that is larger alone is exported alone.
    pub(crate) batch_bytes: usize,
    pub(crate) when_full: WhenFull,
}

impl Limits {
    /// How many dropped items are kept for the observer.
    pub(super) fn aside(&self) -> usize {
        self.batch.max(super::lane::CHUNK)
    }
}

/// When and how many.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// How long an item waits at most while exports keep up.
    pub(crate) delay: Duration,
    /// Exports under way at once.
    pub(crate) exports: usize,
}
