//! The spool that exporters share, from the start to the end of a pipeline.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::client::Client;
use super::spooling::{self, Spooling};
use crate::accounting::Accounting;
use crate::exporter::{BoxFuture, Guard};
use crate::queue::WhenFull;
use crate::runtime::ExportRuntime;
use crate::settings::{DiskSpool, Signal};
use crate::spool::{self, Found, Spool, SpoolSettings, SpoolState};

/// Segments in a spool that is full, so that what is sent gives room back in small parts.
const SEGMENTS: u64 = 16;
const LONGEST_SEGMENT: u64 = 16 << 20;

/// A spool that could be opened.
pub(crate) struct OpenSpool {
    spool: Spool,
    found: Found,
    bytes_per_second: u64,
    /// What sends what is on disk, once what is sent can be booked.
    resending: Mutex<Vec<(Signal, BoxFuture<()>)>>,
}

impl OpenSpool {
    /// The error is for the operator. Nothing depends on a spool, so it is not fatal.
    pub(crate) fn open(settings: &DiskSpool) -> Result<Self, String> {
        let DiskSpool { folder, max_bytes, fsync, when_full, resend_bytes_per_second } = settings;
        let spool = SpoolSettings {
            max_bytes: *max_bytes,
            segment_bytes: (max_bytes / SEGMENTS).min(LONGEST_SEGMENT),
            fsync: *fsync,
            when_full: match when_full {
                WhenFull::DropNewest => spool::WhenFull::KeepOldest,
                WhenFull::DropOldest => spool::WhenFull::DropOldest,
            },
            ..SpoolSettings::new(folder)
        };
        let (spool, found) = Spool::open(spool).map_err(|error| error.to_string())?;
        Ok(Self { spool, found, bytes_per_second: *resend_bytes_per_second, resending: Mutex::default() })
    }

    /// What was amiss in the folder, in sentences.
    pub(crate) fn complaints(&self, folder: &Path) -> Vec<String> {
        let Found { corrupt_bytes, left_alone, left_alone_count, .. } = &self.found;
        let folder = folder.display();
        let damaged = (*corrupt_bytes > 0).then(|| {
            format!("{corrupt_bytes} bytes in the spool folder {folder} are damaged, and what was in them is lost")
        });
        let foreign = (*left_alone_count > 0).then(|| {
            let names = left_alone.join("; ");
            format!("{left_alone_count} files in the spool folder {folder} are not read, and stay there: {names}")
        });
        damaged.into_iter().chain(foreign).collect()
    }

    pub(super) fn of(&self, guard: &Guard) -> Spooling {
        Spooling::new(self.spool.clone(), guard.signal, Arc::clone(&guard.accounting), self.bytes_per_second)
    }

    pub(super) fn resend_with(&self, signal: Signal, client: &Arc<Client>) {
        let resending = Box::pin(spooling::resend(Arc::clone(client)));
        self.resending.lock().unwrap_or_else(PoisonError::into_inner).push((signal, resending));
    }

    /// Books what was found, and starts to send it.
    pub(crate) fn begin(&self, runtime: &ExportRuntime, accounting: &Accounting) {
        let resending = std::mem::take(&mut *self.resending.lock().unwrap_or_else(PoisonError::into_inner));
        for (signal, resending) in resending {
            accounting.of(signal).recovered(self.found.of(signal).items);
            runtime.spawn(resending);
        }
    }

    pub(crate) fn state(&self) -> SpoolState {
        self.spool.state()
    }

    /// Ends it when all exports have ended.
    pub(crate) fn close(&self, timeout: Duration) -> bool {
        self.spool.close(timeout)
    }
}

impl std::fmt::Debug for OpenSpool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenSpool").field("found", &self.found).finish_non_exhaustive()
    }
}
