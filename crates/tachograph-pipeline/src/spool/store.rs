//! The segments on disk and what is known of them, as a plain value: whoever calls waits for the disk.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::sync::Arc;

use super::error::{Refused, SpoolError};
use super::folder::Folder;
use super::load::{Found, Loaded, load};
use super::record::KINDS;
use super::segment::{Entry, Segment};
use super::settings::SpoolSettings;
use super::state::{Amount, Loss, SpoolState};
use super::writer::Writer;
use crate::settings::Fsync;

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) segment: u64,
    pub(super) offset: u64,
}

/// What went from each kind to make room.
pub(super) type Evicted = [Amount; KINDS];

#[derive(Debug)]
pub(super) struct Store {
    pub(super) settings: SpoolSettings,
    pub(super) folder: Folder,
    pub(super) segments: BTreeMap<u64, Segment>,
    /// The segment that is written is the last one.
    pub(super) writer: Option<Writer>,
    pub(super) next_number: u64,
    /// Records that were lent when their segment went, and how they are lost if they are not settled.
    pub(super) orphans: HashMap<Place, (Entry, Loss)>,
    /// Segments that are done and could not be removed, with their length.
    condemned: BTreeMap<u64, u64>,
    /// Segments that were written since the last sync, and whether files came or went; where that is done every second.
    pub(super) unsynced: BTreeSet<u64>,
    pub(super) folder_unsynced: bool,
    pub(super) records: usize,
    pub(super) loans: u32,
    pub(super) state: SpoolState,
}

impl Store {
    pub(super) fn open(settings: SpoolSettings) -> Result<(Self, Found), SpoolError> {
        let folder = Folder::open(&settings.folder)?;
        let failed = |source| SpoolError::Folder { folder: settings.folder.clone(), source };
        let (numbers, others) = folder.list().map_err(failed)?;
        let mut found = Found::default();
        others.iter().for_each(|name| found.leave_alone(name, "is no segment"));
        let mut store = Self {
            folder,
            segments: BTreeMap::new(),
            writer: None,
            next_number: numbers.last().map_or(1, |last| last + 1),
            orphans: HashMap::new(),
            condemned: BTreeMap::new(),
            unsynced: BTreeSet::new(),
            folder_unsynced: false,
            records: 0,
            loans: 0,
            state: SpoolState::default(),
            settings,
        };
        for number in numbers {
            match load(&store.folder.segment(number), &mut found) {
                Loaded::Segment(segment) => {
                    store.records += segment.records();
                    store.state.bytes += segment.bytes;
                    store.segments.insert(number, segment);
                }
                Loaded::Useless(bytes) => {
                    store.state.bytes += bytes;
                    store.remove_file(number, bytes);
                }
                Loaded::LeftAlone => {}
            }
        }
        for (signal, amount) in store.state.signals.iter_mut().zip(found.signals) {
            signal.found = amount;
            signal.spooled = amount;
        }
        store.state.corrupt_bytes = found.corrupt_bytes;
        Ok((store, found))
    }

    /// Takes a segment whose file is gone out of the books. What is lent stays in them until it is settled or put back.
    pub(super) fn forget(&mut self, number: u64, loss: Loss) -> Evicted {
        let mut lost = Evicted::default();
        let Some(segment) = self.drop_segment(number) else { return lost };
        self.state.bytes -= segment.bytes;
        for entry in segment.left() {
            if entry.loan().is_some() {
                self.orphans.insert(Place { segment: number, offset: entry.offset }, (*entry, loss));
            } else {
                lost[entry.kind()] += entry.amount();
                self.state.signals[entry.kind()].lose(entry.amount(), loss);
            }
        }
        lost
    }

    /// Takes the segments out of the books whose files somebody has removed.
    pub(super) fn forget_missing(&mut self) {
        let missing = |number: &u64| {
            let about = fs::metadata(self.folder.segment(*number));
            about.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
        };
        let missing: Vec<u64> = self.segments.keys().copied().filter(missing).collect();
        for number in missing {
            self.trouble("find", number, &io::ErrorKind::NotFound.into());
            self.forget(number, Loss::Failed);
        }
    }

    /// Removes a segment if nothing in it is left to do.
    pub(super) fn remove_if_done(&mut self, number: u64) {
        if self.segments.get(&number).is_some_and(Segment::is_done)
            && let Some(segment) = self.drop_segment(number)
        {
            self.remove_file(number, segment.bytes);
        }
    }

    fn drop_segment(&mut self, number: u64) -> Option<Segment> {
        if self.is_written(number) {
            self.writer = None;
        }
        self.unsynced.remove(&number);
        let segment = self.segments.remove(&number)?;
        self.records -= segment.records();
        Some(segment)
    }

    /// `bytes` is how much of the state's it is.
    fn remove_file(&mut self, number: u64, bytes: u64) {
        match fs::remove_file(self.folder.segment(number)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                self.trouble("remove", number, &error);
                self.condemned.insert(number, bytes);
            }
            _ => {
                self.state.bytes -= bytes;
                self.folder_unsynced = true;
            }
        }
    }

    pub(super) fn remove_condemned(&mut self) {
        for (number, bytes) in std::mem::take(&mut self.condemned) {
            self.remove_file(number, bytes);
        }
    }

    pub(super) fn is_written(&self, number: u64) -> bool {
        self.writer.is_some() && self.segments.keys().next_back() == Some(&number)
    }

    /// Notes that a segment was written to, for the next sync.
    pub(super) fn note_written(&mut self, number: u64) {
        if self.settings.fsync == Fsync::EverySecond {
            self.unsynced.insert(number);
        }
    }

    /// Ends the books: what is lent and has no file any more can only be lost.
    pub(super) fn close(&mut self) {
        for (_, (entry, loss)) in std::mem::take(&mut self.orphans) {
            self.state.signals[entry.kind()].lose(entry.amount(), loss);
        }
        if self.settings.fsync != Fsync::Never {
            self.sync();
        }
    }

    pub(super) fn trouble(&mut self, verb: &str, number: u64, error: &io::Error) -> Refused {
        self.trouble_with(&format!("cannot {verb} {}", self.folder.segment(number).display()), error)
    }

    pub(super) fn folder_trouble(&mut self, verb: &str, error: &io::Error) -> Refused {
        self.trouble_with(&format!("cannot {verb} the spool folder {}", self.folder.path().display()), error)
    }

    fn trouble_with(&mut self, words: &str, error: &io::Error) -> Refused {
        let words: Arc<str> = format!("{words}: {error}").into();
        self.state.working = false;
        self.state.last_error = Some(Arc::clone(&words));
        Refused::Io(words)
    }
}
