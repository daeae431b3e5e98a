//! The spool against a model, against damage at every byte, against disks that fail, and across real processes.

mod damage;
mod disk;
mod futures;
mod model;
mod processes;
mod room;
mod throughput;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::error::SpoolError;
use super::record::KINDS;
use super::settings::SpoolSettings;
use super::state::{Amount, SpoolState};
use super::store::Store;
use super::{Found, Spool};
use crate::settings::Fsync;

/// A bound for what has to happen at all.
const LONG: Duration = Duration::from_secs(60);

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Segments of a few records, never synced.
fn small(folder: &Path) -> SpoolSettings {
    SpoolSettings { segment_bytes: 600, fsync: Fsync::Never, ..SpoolSettings::new(folder) }
}

fn open(settings: SpoolSettings) -> (Store, Found) {
    unlocked(|| Store::open(settings.clone()))
}

fn spool(settings: SpoolSettings) -> (Spool, Found) {
    unlocked(|| Spool::open(settings.clone()))
}

/// A child that another test is just starting has the files of this process open, and with them a lock, until it runs its program.
fn unlocked<T>(open: impl Fn() -> Result<T, SpoolError>) -> T {
    let start = Instant::now();
    loop {
        match open() {
            Err(SpoolError::Locked { .. }) if start.elapsed() < LONG => thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
}

/// The segments in a folder, oldest first.
fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "seg"));
    paths.sort();
    paths
}

fn bytes_on_disk(folder: &Path) -> u64 {
    segments(folder).iter().map(|path| fs::metadata(path).unwrap().len()).sum()
}

/// All that is left of a kind, settled as it comes.
fn drain(store: &mut Store, kind: u8) -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    while let Some(lent) = store.next(kind) {
        assert!(store.settle(lent.place));
        bodies.push(lent.body);
    }
    bodies
}

fn amount(requests: u64, items: u64) -> Amount {
    Amount { requests, items }
}

/// What came in is there, or went out, or is lost with a reason.
fn assert_law(state: &SpoolState) {
    for kind in 0..KINDS {
        let signal = &state.signals[kind];
        let sum = |amounts: &[Amount]| {
            let mut all = Amount::default();
            amounts.iter().for_each(|amount| all += *amount);
            all
        };
        let came = sum(&[signal.found, signal.appended]);
        let lost = sum(&[signal.corrupt, signal.evicted, signal.failed]);
        assert_eq!(came, sum(&[signal.spooled, signal.settled, signal.withdrawn, lost]), "{kind}: {signal:?}");
    }
}
