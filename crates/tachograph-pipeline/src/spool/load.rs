//! Reads what earlier processes left in the folder.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::record::{KINDS, Opening, SEGMENT_HEADER, read_segment_header};
use super::scan::{Piece, Scan};
use super::segment::Segment;
use super::state::Amount;
use crate::settings::Signal;

/// How many names of files are kept that were left alone.
const MOST_NAMES: usize = 16;

/// What was in the folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(super) signals: [Amount; KINDS],
    /// Damaged bytes in which no record could be told. What was in them is lost, and not known.
    pub(crate) corrupt_bytes: u64,
    /// What was begun and not finished when the process before died. Nobody was told that it is kept.
    pub(crate) torn_bytes: u64,
    /// Files that are no segments of this version or cannot be read, each with the reason; the first 16. They stay as they are.
    pub(crate) left_alone: Vec<String>,
    /// How many these are in all.
    pub(crate) left_alone_count: usize,
}

impl Found {
    pub(crate) fn of(&self, signal: Signal) -> Amount {
        self.signals[usize::from(super::state::kind(signal))]
    }

    pub(super) fn leave_alone(&mut self, name: &str, reason: &str) {
        self.left_alone_count += 1;
        if self.left_alone.len() < MOST_NAMES {
            self.left_alone.push(format!("{name}: {reason}"));
        }
    }

    fn add(&mut self, segment: &Segment) {
        segment.left().for_each(|entry| self.signals[entry.kind()] += entry.amount());
    }
}

/// What one file turned out to be.
pub(super) enum Loaded {
    Segment(Segment),
    /// Nothing in it is of any use, so it can go. It has this length.
    Useless(u64),
    LeftAlone,
}

/// Reads one file and adds what is in it to `found`. Nothing is written.
pub(super) fn load(path: &Path, found: &mut Found) -> Loaded {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (opening, length, file) = match open(path) {
        Ok(opened) => opened,
        Err(error) => {
            found.leave_alone(&name, &format!("cannot be read: {error}"));
            return Loaded::LeftAlone;
        }
    };
    match opening {
        Opening::Ours(salt) => match read(file, salt, length) {
            Ok((segment, corrupt, torn)) => {
                found.add(&segment);
                found.corrupt_bytes += corrupt;
                found.torn_bytes += torn;
                return if segment.is_done() { Loaded::Useless(length) } else { Loaded::Segment(segment) };
            }
            Err(error) => found.leave_alone(&name, &format!("cannot be read: {error}")),
        },
        Opening::Unfinished => {
            found.torn_bytes += length;
            return Loaded::Useless(length);
        }
        Opening::Damaged => {
            found.corrupt_bytes += length;
            return Loaded::Useless(length);
        }
        Opening::Version(version) => found.leave_alone(&name, &format!("is a segment of version {version}")),
        Opening::Foreign => found.leave_alone(&name, "is no segment"),
    }
    Loaded::LeftAlone
}

fn open(path: &Path) -> io::Result<(Opening, u64, File)> {
    // A pipe would be waited for.
    let about = fs::metadata(path)?;
    if !about.is_file() {
        return Err(io::Error::other("is no file"));
    }
    let file = File::open(path)?;
    let mut bytes = Vec::with_capacity(SEGMENT_HEADER);
    (&file).take(SEGMENT_HEADER as u64).read_to_end(&mut bytes)?;
    Ok((read_segment_header(&bytes), about.len(), file))
}

/// The segment, the bytes of damage in it, and those of its torn end.
fn read(file: File, salt: u64, length: u64) -> io::Result<(Segment, u64, u64)> {
    let mut segment = Segment::new(salt, length);
    let (mut corrupt, mut torn) = (0, 0);
    let mut scan = Scan::new(file, salt, length);
    while let Some(piece) = scan.next()? {
        match piece {
            Piece::Record { offset, header, settled: false } => segment.push(offset, header),
            Piece::Record { .. } => {}
            Piece::Damaged { from, to } => corrupt += to - from,
            Piece::Torn { from, to } => torn += to - from,
        }
    }
    Ok((segment, corrupt, torn))
}
