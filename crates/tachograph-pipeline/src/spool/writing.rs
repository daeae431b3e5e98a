//! Requests on their way in: room is made for them, and they are written.

use std::fs;
use std::io;

use super::error::Refused;
use super::record::{Header, MOST_BODY, RECORD_HEADER, SEGMENT_HEADER};
use super::segment::Segment;
use super::settings::WhenFull;
use super::state::{Amount, Loss};
use super::store::{Evicted, Place, Store};
use super::writer::Writer;
use crate::settings::Fsync;

/// How many records are known of at once, at most, which bounds the memory to some 40 MiB.
const MOST_RECORDS: usize = 500_000;

impl Store {
    /// Writes a request behind all others.
    pub(super) fn append(&mut self, kind: u8, items: u64, body: &[u8]) -> Result<(Place, Evicted), Refused> {
        let most =
            (self.settings.max_bytes.saturating_sub((SEGMENT_HEADER + RECORD_HEADER) as u64)).min(MOST_BODY as u64);
        let bytes = body.len() as u64;
        let header =
            Header::new(kind, items, body).filter(|_| bytes <= most).ok_or(Refused::TooLarge { bytes, most })?;
        self.hold_folder()?;
        self.remove_condemned();
        let mut evicted = Evicted::default();
        self.make_room(&header, &mut evicted)?;
        let sync = self.settings.fsync == Fsync::Always;
        loop {
            let (number, fresh) = self.ready_writer()?;
            let Some(writer) = &mut self.writer else { return Err(Refused::Closed) };
            match writer.append(&header, body, sync) {
                Ok(offset) => {
                    self.written(number, offset, header);
                    return Ok((Place { segment: number, offset }, evicted));
                }
                Err(error) => {
                    let refused = self.trouble("append to", number, &error);
                    self.abandon_writer();
                    // In a file of its own it may have room where the old one may not grow any more.
                    if fresh {
                        return Err(refused);
                    }
                }
            }
        }
    }

    fn written(&mut self, number: u64, offset: u64, header: Header) {
        if let Some(segment) = self.segments.get_mut(&number) {
            segment.push(offset, header);
            segment.bytes += header.size();
            self.records += 1;
        }
        self.state.bytes += header.size();
        let signal = &mut self.state.signals[usize::from(header.kind)];
        let amount = Amount { requests: 1, items: header.items };
        signal.appended += amount;
        signal.spooled += amount;
        self.state.working = true;
        self.note_written(number);
    }

    fn make_room(&mut self, header: &Header, evicted: &mut Evicted) -> Result<(), Refused> {
        loop {
            let grows = self.writer.as_ref().is_some_and(|writer| writer.length() < self.settings.segment_bytes);
            let needed = header.size() + if grows { 0 } else { SEGMENT_HEADER as u64 };
            let (bytes, max_bytes) = (self.state.bytes, self.settings.max_bytes);
            if bytes + needed <= max_bytes && self.records < MOST_RECORDS {
                return Ok(());
            }
            let oldest = self.segments.keys().next().copied();
            let Some(oldest) = oldest.filter(|_| self.settings.when_full == WhenFull::DropOldest) else {
                return Err(Refused::Full { bytes, max_bytes, requests: self.state.spooled().requests });
            };
            self.evict(oldest, evicted)?;
        }
    }

    fn evict(&mut self, number: u64, evicted: &mut Evicted) -> Result<(), Refused> {
        match fs::remove_file(self.folder.segment(number)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(self.trouble("remove", number, &error)),
            _ => self.folder_unsynced = true,
        }
        for amount in self.forget(number, Loss::Evicted).iter().zip(evicted) {
            *amount.1 += *amount.0;
        }
        Ok(())
    }

    /// The number of the segment to write to, and whether it was begun for this.
    fn ready_writer(&mut self) -> Result<(u64, bool), Refused> {
        if let (Some(writer), Some(last)) = (&self.writer, self.segments.keys().next_back().copied()) {
            if !writer.is_in_place() {
                self.writer = None;
                self.forget_missing();
            } else if writer.length() < self.settings.segment_bytes {
                return Ok((last, false));
            } else {
                self.close_writer();
            }
        }
        let number = self.next_number;
        let writer = match Writer::create(&self.folder.segment(number)) {
            Ok(writer) => writer,
            Err(error) => {
                // A file of that name is somebody else's.
                self.next_number += u64::from(error.kind() == io::ErrorKind::AlreadyExists);
                return Err(self.trouble("begin", number, &error));
            }
        };
        self.next_number += 1;
        self.segments.insert(number, Segment::new(writer.salt(), writer.length()));
        self.state.bytes += writer.length();
        self.writer = Some(writer);
        self.folder_unsynced = true;
        if self.settings.fsync == Fsync::Always {
            self.sync_folder();
        }
        Ok((number, true))
    }

    /// Sees to it that the folder is there and ours: it may have been removed, or its lock.
    fn hold_folder(&mut self) -> Result<(), Refused> {
        if !self.folder.is_in_place() {
            self.folder.reclaim().map_err(|error| self.folder_trouble("use", &error))?;
            self.forget_missing();
        }
        Ok(())
    }

    /// Begins no more records in the segment that is written.
    fn close_writer(&mut self) {
        let Some(last) = self.segments.keys().next_back().copied() else { return };
        if self.settings.fsync != Fsync::Never && self.unsynced.remove(&last) {
            self.sync_segment(last);
        }
        self.writer = None;
    }

    /// The same after it could not be written, when there may be more in the file than is known.
    fn abandon_writer(&mut self) {
        self.writer = None;
        let Some((number, segment)) = self.segments.iter_mut().next_back() else { return };
        let (number, length) =
            (*number, fs::metadata(self.folder.segment(*number)).map_or(segment.bytes, |about| about.len()));
        self.state.bytes = self.state.bytes - segment.bytes + length;
        segment.bytes = length;
        self.remove_if_done(number);
    }
}
