//! Log files.

use std::path::PathBuf;

use super::Builder;
use crate::error::Error;
use crate::logs::files::{FilesSettings, LogFiles, queue_limit};
use crate::settings::{LOG_DIRECTORY, Settings};

/// What was asked for in code.
#[derive(Default)]
pub(super) struct LogFileWishes {
    directory: Option<PathBuf>,
    files: LogFiles,
    queue_limit: Option<usize>,
}

impl LogFileWishes {
    /// Log files, if there is a directory for them.
    pub(super) fn settings(&mut self, settings: &Settings) -> Result<Option<FilesSettings>, Error> {
        self.files.check()?;
        let queue_limit = queue_limit(self.queue_limit)?;
        let (directory, source_name) = match (self.directory.take(), &settings.log_directory) {
            (Some(directory), _) => (directory, "with_log_directory"),
            (None, Some(directory)) => (directory.clone(), LOG_DIRECTORY),
            (None, None) => return Ok(None),
        };
        Ok(Some(FilesSettings { directory, source_name, files: std::mem::take(&mut self.files), queue_limit }))
    }
}

impl<P> Builder<P> {
    /// Writes log files into this directory, one for each [`LogFile`](crate::LogFile), and makes it if it is not there. Default:
    /// `TACHOGRAPH_LOG_DIR`, else no log files, which costs nothing.
    ///
    /// [`init`](Self::init) adds them to the subscriber that it sets; an application with its own adds
    /// [`log_layer`](crate::Pipeline::log_layer). What `RUST_LOG` lets through is written, on a thread of its own. A line never waits:
    /// where the disk is slower than the log, lines are dropped and counted (`tachograph.log.dropped`,
    /// [`TelemetryHealth::log_files`](crate::TelemetryHealth::log_files)). So they are while a file cannot be written, for instance on a full disk, which
    /// is said once on the console; it is tried again, after 5 s at the latest.
    ///
    /// Files are appended to, and only whole lines are written. Others may move them, truncate them or remove them, and their
    /// directory, at any time. A process that is killed loses the lines that were queued, those of about the last 20 ms.
    /// [`shutdown`](crate::Pipeline::shutdown) writes them; lines after it are dropped. Files are not synced to the disk, so a machine
    /// that loses its power may lose more.
    ///
    /// They are written with `OTEL_SDK_DISABLED=true` as well, as the console log is. One process writes into one directory: two
    /// of them would rotate each other's files.
    pub fn with_log_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.wishes.log_files.directory = Some(directory.into());
        self
    }

    /// How the log files rotate. Default: the sizes and backups that [`LogFile`](crate::LogFile) names. It does nothing without a directory.
    pub fn with_log_files(mut self, files: LogFiles) -> Self {
        self.wishes.log_files.files = files;
        self
    }

    /// How many bytes of lines may wait to be written to log files; those beyond are dropped and counted. Default: 8 MiB. From
    /// 64 KiB to 1 GiB. A line counts 16 bytes more than it has.
    pub fn with_log_queue_limit(mut self, bytes: usize) -> Self {
        self.wishes.log_files.queue_limit = Some(bytes);
        self
    }
}
