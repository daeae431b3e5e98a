//! Requests on their way out: lent, and then settled or put back.

use std::fs::File;
use std::io;

use super::scan::read_body;
use super::segment::Entry;
use super::state::{Amount, Loss, SignalState};
use super::store::{Place, Store};
use super::writer::mark;
use crate::settings::Fsync;

/// A request that is lent out.
#[derive(Debug)]
pub(super) struct Lent {
    pub(super) place: Place,
    pub(super) loan: u32,
    pub(super) items: u64,
    pub(super) body: Vec<u8>,
}

/// Why a record could not be read.
enum Unread {
    /// Its file cannot be opened, for now.
    Unopened(io::Error),
    /// Its file is gone.
    Missing,
    /// Its file is there, but the disk does not read it.
    Unreadable(io::Error),
    Corrupt,
}

impl Store {
    /// The oldest request of a kind that is neither settled nor lent. Those that turn out to be lost are counted and passed over.
    pub(super) fn next(&mut self, kind: u8) -> Option<Lent> {
        let wanted = usize::from(kind);
        if !self.segments.values().any(|segment| segment.has_open(wanted)) {
            return None;
        }
        if !self.folder.is_in_place() {
            // It is not made again: where it is away as a whole, what is in it may come back.
            self.folder.relock().map_err(|error| self.folder_trouble("use", &error)).ok()?;
            self.forget_missing();
        }
        loop {
            let (number, segment) = self.segments.iter_mut().find(|(_, segment)| segment.has_open(wanted))?;
            let (segment_number, salt) = (*number, segment.salt);
            self.loans = self.loans.wrapping_add(1);
            let loan = self.loans;
            let entry = segment.lend(wanted, loan)?;
            let place = Place { segment: segment_number, offset: entry.offset };
            match self.read(place, salt, &entry) {
                Ok(body) => {
                    self.state.working = true;
                    return Some(Lent { place, loan, items: entry.header.items, body });
                }
                Err(Unread::Unopened(error)) => {
                    self.put_back(place, loan);
                    self.trouble("read", segment_number, &error);
                    return None;
                }
                Err(Unread::Missing) => {
                    self.put_back(place, loan);
                    self.trouble("read", segment_number, &io::ErrorKind::NotFound.into());
                    self.forget(segment_number, Loss::Failed);
                }
                Err(Unread::Unreadable(error)) => {
                    self.trouble("read", segment_number, &error);
                    self.lose(place, Loss::Failed);
                }
                Err(Unread::Corrupt) => self.lose(place, Loss::Corrupt),
            }
        }
    }

    fn read(&self, place: Place, salt: u64, entry: &Entry) -> Result<Vec<u8>, Unread> {
        let mut file = File::open(self.folder.segment(place.segment)).map_err(|error| {
            // Where the folder is away as well, both may come back.
            let gone = error.kind() == io::ErrorKind::NotFound && self.folder.is_in_place();
            if gone { Unread::Missing } else { Unread::Unopened(error) }
        })?;
        read_body(&mut file, salt, place.offset, &entry.header).map_err(Unread::Unreadable)?.ok_or(Unread::Corrupt)
    }

    /// Takes a request out for good. `false`: it had been taken out before.
    pub(super) fn settle(&mut self, place: Place) -> bool {
        self.take_out(place, |signal, amount| signal.settled += amount)
    }

    /// Takes out what was appended for somebody who no longer waits for it.
    pub(super) fn withdraw(&mut self, place: Place) -> bool {
        self.take_out(place, |signal, amount| signal.withdrawn += amount)
    }

    fn lose(&mut self, place: Place, loss: Loss) {
        self.take_out(place, |signal, amount| {
            // It has been taken from there already.
            signal.spooled += amount;
            signal.lose(amount, loss);
        });
    }

    fn take_out(&mut self, place: Place, count: impl FnOnce(&mut SignalState, Amount)) -> bool {
        let taken = self.segments.get_mut(&place.segment).and_then(|segment| segment.take(place.offset));
        let in_file = taken.is_some();
        let Some(entry) = taken.or_else(|| Some(self.orphans.remove(&place)?.0)) else { return false };
        let signal = &mut self.state.signals[entry.kind()];
        signal.spooled -= entry.amount();
        count(signal, entry.amount());
        if in_file {
            self.mark(place);
            self.remove_if_done(place.segment);
        }
        true
    }

    fn mark(&mut self, place: Place) {
        let sync = self.settings.fsync == Fsync::Always;
        match mark(&self.folder.segment(place.segment), place.offset, sync) {
            Ok(()) => {
                self.note_written(place.segment);
            }
            // It is settled for this process all the same.
            Err(error) => {
                self.trouble("mark a request as settled in", place.segment, &error);
            }
        }
    }

    /// Ends a loan without a result.
    pub(super) fn put_back(&mut self, place: Place, loan: u32) {
        if let Some(segment) = self.segments.get_mut(&place.segment) {
            segment.put_back(place.offset, loan);
        } else if self.orphans.get(&place).is_some_and(|(entry, _)| entry.loan() == Some(loan))
            && let Some((entry, loss)) = self.orphans.remove(&place)
        {
            self.state.signals[entry.kind()].lose(entry.amount(), loss);
        }
    }
}
