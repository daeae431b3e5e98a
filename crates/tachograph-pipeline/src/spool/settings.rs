//! What to keep, and where.

use std::path::PathBuf;
use std::time::Duration;

use crate::settings::Fsync;

/// How often the disk is told to keep what was written, at most.
pub(super) const SYNC_INTERVAL: Duration = Duration::from_secs(1);

const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;

#[derive(Debug, Clone)]
pub(crate) struct SpoolSettings {
    /// For this spool alone. It is made, with those above it, where it is missing.
    pub(crate) folder: PathBuf,
    /// How long the segments may be together. Files that the spool leaves alone are not counted.
    pub(crate) max_bytes: u64,
    /// How long a segment may grow before another one is begun. Its last record may lie over it.
    pub(crate) segment_bytes: u64,
    pub(crate) fsync: Fsync,
    pub(crate) when_full: WhenFull,
}

impl SpoolSettings {
    /// 1 GiB in segments of 16 MiB, synced every second, and nothing is taken in when it is full.
    pub(crate) fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            max_bytes: GIB,
            segment_bytes: 16 * MIB,
            fsync: Fsync::default(),
            when_full: WhenFull::default(),
        }
    }
}

/// What happens when there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum WhenFull {
    /// What is there stays, and the new one is refused.
    #[default]
    KeepOldest,
    /// The oldest segment goes, with all that is in it.
    DropOldest,
}
