//! What became of every line.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::settings::{FILES, LogFile};

/// The files that a line goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct FileSet(u8);

impl FileSet {
    pub(super) fn with(self, file: LogFile) -> Self {
        Self(self.0 | 1 << file.index())
    }

    pub(super) fn without(self, file: LogFile) -> Self {
        Self(self.0 & !(1 << file.index()))
    }

    pub(super) fn contains(self, file: LogFile) -> bool {
        self.0 & 1 << file.index() != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Why a line is not in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DropReason {
    /// The queue was full.
    QueueFull,
    /// The file could not be written.
    IoError,
    /// The pipeline had been shut down.
    ShutDown,
}

impl DropReason {
    const COUNT: usize = 3;
    pub(crate) const ALL: [Self; Self::COUNT] = [Self::QueueFull, Self::IoError, Self::ShutDown];

    /// As the attribute `tachograph.reason` has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::IoError => "io_error",
            Self::ShutDown => "shut_down",
        }
    }
}

/// The counters of all files.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    written: [AtomicU64; FILES],
    dropped: [[AtomicU64; DropReason::COUNT]; FILES],
    /// Why files cannot be written, while they cannot.
    error: Mutex<Option<String>>,
}

impl Counts {
    pub(super) fn add_written(&self, file: LogFile, lines: u64) {
        self.written[file.index()].fetch_add(lines, Ordering::Relaxed);
    }

    pub(super) fn add_dropped(&self, file: LogFile, reason: DropReason, lines: u64) {
        self.dropped[file.index()][reason as usize].fetch_add(lines, Ordering::Relaxed);
    }

    /// One line, for each file that it was for.
    pub(super) fn drop_line(&self, files: FileSet, reason: DropReason) {
        for file in LogFile::ALL.into_iter().filter(|file| files.contains(*file)) {
            self.add_dropped(file, reason, 1);
        }
    }

    pub(super) fn set_error(&self, error: Option<String>) {
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    pub(crate) fn written(&self, file: LogFile) -> u64 {
        self.written[file.index()].load(Ordering::Relaxed)
    }

    pub(crate) fn dropped(&self, file: LogFile, reason: DropReason) -> u64 {
        self.dropped[file.index()][reason as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn health(&self) -> LogFilesHealth {
        let dropped = |reason| LogFile::ALL.into_iter().map(|file| self.dropped(file, reason)).sum();
        LogFilesHealth {
            written: LogFile::ALL.into_iter().map(|file| self.written(file)).sum(),
            queue_full: dropped(DropReason::QueueFull),
            io_error: dropped(DropReason::IoError),
            shut_down: dropped(DropReason::ShutDown),
            last_error: self.error.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

/// What became of the lines for log files; all zero without [a directory for them](crate::Builder::with_log_directory).
///
/// A line counts once for each file it goes to: an error goes to two.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LogFilesHealth {
    /// Lines written.
    pub written: u64,
    /// Lines dropped because the queue was full: the disk is slower than the application logs.
    pub queue_full: u64,
    /// Lines dropped because their file could not be written.
    pub io_error: u64,
    /// Lines that came after the shutdown.
    pub shut_down: u64,
    /// Why files cannot be written, until they can.
    pub last_error: Option<String>,
}

impl LogFilesHealth {
    /// Lines that are not in their file, whatever the reason.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.queue_full + self.io_error + self.shut_down
    }
}
