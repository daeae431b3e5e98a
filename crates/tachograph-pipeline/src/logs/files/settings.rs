//! Which files there are, and when they rotate.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use crate::error::Error;

/// How many files there are.
pub(super) const FILES: usize = LogFile::ALL.len();
const MIB: u64 = 1024 * 1024;
/// The least that a file may hold: less than a few lines would rotate all the time.
const MAX_BYTES: RangeInclusive<u64> = 1024..=1 << 40;
/// Each rotation renames this many files.
const BACKUPS: RangeInclusive<u32> = 0..=1000;
const QUEUE_LIMIT: RangeInclusive<usize> = 64 * 1024..=1 << 30;
const DEFAULT_QUEUE_LIMIT: usize = 8 * 1024 * 1024;

/// One of the log files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFile {
    /// `application.log`: everything that the log filter (`RUST_LOG`) lets through. 10 MiB, 5 backups.
    Application,
    /// `errors.log`: of that, events of the level `ERROR`. 10 MiB, 10 backups.
    Errors,
    /// `performance.log`: of that, events of the target `tachograph::performance`. 10 MiB, 5 backups.
    Performance,
    /// `security.log`: of that, events of the target `tachograph::security`. 10 MiB, 10 backups.
    Security,
}

impl LogFile {
    /// Every file.
    pub const ALL: [Self; 4] = [Self::Application, Self::Errors, Self::Performance, Self::Security];

    /// The name of the file in the directory. Its backups have `.1`, the latest, and so on behind it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Application => "application.log",
            Self::Errors => "errors.log",
            Self::Performance => "performance.log",
            Self::Security => "security.log",
        }
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// When one file rotates, and how many backups stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rotation {
    pub(super) max_bytes: u64,
    pub(super) backups: u32,
}

/// How the log files rotate; see [`Builder::with_log_files`](crate::Builder::with_log_files).
///
/// ```
/// use tachograph_pipeline::{LogFile, LogFiles};
/// let files = LogFiles::new().with_rotation(LogFile::Application, 50 * 1024 * 1024, 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct LogFiles {
    rotations: [Rotation; FILES],
}

impl Default for LogFiles {
    fn default() -> Self {
        let rotation = |backups| Rotation { max_bytes: 10 * MIB, backups };
        Self { rotations: [rotation(5), rotation(10), rotation(5), rotation(10)] }
    }
}

impl LogFiles {
    /// The defaults of each [`LogFile`].
    pub fn new() -> Self {
        Self::default()
    }

    /// How large `file` may become, and how many older ones are kept beside it; 0 keeps none.
    ///
    /// It rotates before the line that would make it larger than `max_bytes`, so only a line that is larger by itself does. From 1 KiB
    /// to 1 TiB, and at most 1000 backups; anything else is refused when the pipeline is built. Where there are more backups from
    /// before, the next rotation removes them.
    pub fn with_rotation(mut self, file: LogFile, max_bytes: u64, backups: u32) -> Self {
        self.rotations[file.index()] = Rotation { max_bytes, backups };
        self
    }

    pub(super) fn rotation(&self, file: LogFile) -> Rotation {
        self.rotations[file.index()]
    }

    /// Refuses what makes no sense.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (file, rotation) in LogFile::ALL.into_iter().zip(&self.rotations) {
            let refuse = |what: &str, value: u64, accepted: String| {
                let name = file.name();
                Err(Error::invalid("LogFiles::with_rotation", &format!("{name}: {value} {what}"), accepted))
            };
            if !MAX_BYTES.contains(&rotation.max_bytes) {
                let accepted = format!("{} to {} bytes", MAX_BYTES.start(), MAX_BYTES.end());
                return refuse("bytes", rotation.max_bytes, accepted);
            }
            if !BACKUPS.contains(&rotation.backups) {
                let accepted = format!("{} to {} backups", BACKUPS.start(), BACKUPS.end());
                return refuse("backups", rotation.backups.into(), accepted);
            }
        }
        Ok(())
    }
}

/// Log files that are asked for.
#[derive(Debug, Clone)]
pub(crate) struct FilesSettings {
    pub(crate) directory: PathBuf,
    /// The variable or the builder method that named the directory.
    pub(crate) source_name: &'static str,
    pub(crate) files: LogFiles,
    pub(crate) queue_limit: usize,
}

/// The limit of the queue, checked.
pub(crate) fn queue_limit(wish: Option<usize>) -> Result<usize, Error> {
    match wish {
        Some(limit) if !QUEUE_LIMIT.contains(&limit) => Err(Error::invalid(
            "with_log_queue_limit",
            &limit.to_string(),
            format!("{} to {} bytes", QUEUE_LIMIT.start(), QUEUE_LIMIT.end()),
        )),
        wish => Ok(wish.unwrap_or(DEFAULT_QUEUE_LIMIT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_ten_mebibytes_and_five_or_ten_backups() {
        let files = LogFiles::new();
        let of = |file| (files.rotation(file).max_bytes, files.rotation(file).backups);
        assert_eq!(LogFile::ALL.map(of), [(10 * MIB, 5), (10 * MIB, 10), (10 * MIB, 5), (10 * MIB, 10)]);
        files.check().unwrap();
        assert_eq!(queue_limit(None).unwrap(), 8 * 1024 * 1024);
    }

    #[test]
    fn bad_values_are_refused_with_what_is_accepted() {
        let message = |bytes, backups| {
            let files = LogFiles::new().with_rotation(LogFile::Security, bytes, backups);
            files.check().map_err(|error| error.to_string())
        };
        assert_eq!(
            message(0, 5).unwrap_err(),
            "LogFiles::with_rotation: \"security.log: 0 bytes\" is not valid; accepted: 1024 to 1099511627776 bytes"
        );
        assert!(message(1023, 5).is_err() && message(1024, 0).is_ok() && message(1024, 1000).is_ok());
        assert!(message(1024, 1001).unwrap_err().contains("1001 backups"));
        assert!(queue_limit(Some(65_535)).unwrap_err().to_string().contains("with_log_queue_limit"));
        assert_eq!(queue_limit(Some(65_536)).unwrap(), 65_536);
    }
}
