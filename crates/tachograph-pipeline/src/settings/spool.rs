//! `TACHOGRAPH_SPOOL_*`: requests on disk while the receiver is away.

use std::path::PathBuf;

use super::batch::when_full;
use super::parse::Reader;
use crate::error::Error;
use crate::queue::WhenFull;

pub(crate) const FOLDER: &str = "TACHOGRAPH_SPOOL_DIR";
const MAX_BYTES: &str = "TACHOGRAPH_SPOOL_MAX_BYTES";
const FSYNC: &str = "TACHOGRAPH_SPOOL_FSYNC";
const WHEN_FULL: &str = "TACHOGRAPH_SPOOL_WHEN_FULL";
const RESEND: &str = "TACHOGRAPH_SPOOL_RESEND_BYTES_PER_SECOND";

/// Where requests for OTLP wait on disk while their receiver is away, and how much of the disk they may take.
///
/// Spans and log records that cannot be sent are written there as the requests that they would have been, and sent in their order when
/// the receiver is back, beside what is recorded then; those that are there when a process ends are sent by the next one that is given
/// the folder. Metrics need none: they are cumulative, so the first push after an outage says all that the ones before would have.
///
/// A folder belongs to one process. Another one that is given it goes on without a spool, and says so.
///
/// What it holds may be as confidential as what is recorded: files can be read by their owner alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskSpool {
    pub(crate) folder: PathBuf,
    pub(crate) max_bytes: u64,
    pub(crate) fsync: Fsync,
    pub(crate) when_full: WhenFull,
    pub(crate) resend_bytes_per_second: u64,
}

/// When the disk is told to keep what was written. The death of the process, by `kill -9` as well, costs nothing under any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Fsync {
    /// When the operating system likes: a power loss costs what it had not written, tens of seconds as a rule.
    Never,
    /// Once a second at most: a power loss costs what was written in the last second or so.
    #[default]
    EverySecond,
    /// Before a request counts as kept: a power loss costs nothing of these, and each request takes as long as the disk does.
    Always,
}

impl DiskSpool {
    /// A spool in a folder of its own, which is made where it is missing: up to 1 GiB, synced every second, sent at 16 MiB a second, and
    /// when it is full nothing more is taken in.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            max_bytes: 1 << 30,
            fsync: Fsync::default(),
            when_full: WhenFull::default(),
            resend_bytes_per_second: 16 << 20,
        }
    }

    /// How many bytes of the disk it may take. Default: 1 GiB. At least 1 MiB.
    #[must_use]
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes.max(LEAST_BYTES);
        self
    }

    /// When the disk is told to keep what was written. Default: [`Fsync::EverySecond`].
    #[must_use]
    pub fn with_fsync(mut self, fsync: Fsync) -> Self {
        self.fsync = fsync;
        self
    }

    /// What goes when it is full: what comes ([`WhenFull::DropNewest`], the default), or the oldest that is there.
    #[must_use]
    pub fn with_when_full(mut self, when_full: WhenFull) -> Self {
        self.when_full = when_full;
        self
    }

    /// How fast it is sent when the receiver is back, so that this does not bring it down again. Default: 16 MiB a second. At least
    /// 64 KiB.
    #[must_use]
    pub fn with_resend_bytes_per_second(mut self, bytes: u64) -> Self {
        self.resend_bytes_per_second = bytes.max(LEAST_RATE);
        self
    }

    /// `None` where no folder is named.
    pub(super) fn read(read: &Reader<'_>) -> Result<Option<Self>, Error> {
        let (max_bytes, resend) = (read.bytes(MAX_BYTES)?, read.bytes(RESEND)?);
        let (fsync, when_full) = (fsync(read)?, when_full(read, WHEN_FULL)?);
        let Some(folder) = read.text(FOLDER) else { return Ok(None) };
        let mut spool = Self::in_folder(folder);
        if let Some(bytes) = max_bytes {
            spool = spool.with_max_bytes(bytes as u64);
        }
        if let Some(bytes) = resend {
            spool = spool.with_resend_bytes_per_second(bytes as u64);
        }
        spool.fsync = fsync.unwrap_or(spool.fsync);
        spool.when_full = when_full.unwrap_or(spool.when_full);
        Ok(Some(spool))
    }

    /// What is asked for and does not happen.
    pub(crate) fn unmet(&self) -> Option<String> {
        let missing = !cfg!(feature = "spool");
        missing.then(|| format!("{FOLDER} asks for a spool, for which the cargo feature spool has to be enabled"))
    }
}

const LEAST_BYTES: u64 = 1 << 20;
const LEAST_RATE: u64 = 1 << 16;

fn fsync(read: &Reader<'_>) -> Result<Option<Fsync>, Error> {
    match read.keyword(FSYNC).as_deref() {
        None => Ok(None),
        Some("never") => Ok(Some(Fsync::Never)),
        Some("every_second") => Ok(Some(Fsync::EverySecond)),
        Some("always") => Ok(Some(Fsync::Always)),
        Some(value) => Err(Error::invalid(FSYNC, value, "never, every_second, always")),
    }
}
