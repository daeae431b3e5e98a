//! What is known of one segment: its records that are not settled, and who has them.

use super::record::{Header, KINDS};
use super::state::Amount;

/// A record that is not settled; 40 bytes of memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) offset: u64,
    pub(super) header: Header,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Lent out, by the loan with this number.
    Lent(u32),
    Gone,
}

impl Entry {
    pub(super) fn amount(&self) -> Amount {
        Amount { requests: 1, items: self.header.items }
    }

    pub(super) fn kind(&self) -> usize {
        usize::from(self.header.kind)
    }

    pub(super) fn loan(&self) -> Option<u32> {
        match self.state {
            State::Lent(loan) => Some(loan),
            _ => None,
        }
    }
}

#[derive(Debug)]
pub(super) struct Segment {
    pub(super) salt: u64,
    /// The length of the file.
    pub(super) bytes: u64,
    /// By offset.
    entries: Vec<Entry>,
    /// How many of them are open, by kind.
    open: [usize; KINDS],
    /// No entry before this one is open, by kind.
    first: [usize; KINDS],
    /// How many are not gone.
    left: usize,
}

impl Segment {
    pub(super) fn new(salt: u64, bytes: u64) -> Self {
        Self { salt, bytes, entries: Vec::new(), open: [0; KINDS], first: [0; KINDS], left: 0 }
    }

    /// Adds a record behind all others.
    pub(super) fn push(&mut self, offset: u64, header: Header) {
        let entry = Entry { offset, header, state: State::Open };
        self.open[entry.kind()] += 1;
        self.left += 1;
        self.entries.push(entry);
    }

    /// How many records are held in memory.
    pub(super) fn records(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_done(&self) -> bool {
        self.left == 0
    }

    pub(super) fn has_open(&self, kind: usize) -> bool {
        self.open[kind] > 0
    }

    /// Those that are not gone.
    pub(super) fn left(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.state != State::Gone)
    }

    /// Lends the first one of a kind that is open.
    pub(super) fn lend(&mut self, kind: usize, loan: u32) -> Option<Entry> {
        let first = self.first[kind];
        let wanted = |entry: &Entry| entry.kind() == kind && entry.state == State::Open;
        let found = self.entries.get(first..)?.iter().position(wanted)? + first;
        let entry = self.entries.get_mut(found)?;
        entry.state = State::Lent(loan);
        self.open[kind] -= 1;
        self.first[kind] = found + 1;
        Some(*entry)
    }

    /// Ends a loan. `false`: it was no longer lent, or by another loan.
    pub(super) fn put_back(&mut self, offset: u64, loan: u32) -> bool {
        let Some((at, entry)) = self.find(offset) else { return false };
        if entry.state != State::Lent(loan) {
            return false;
        }
        entry.state = State::Open;
        let kind = entry.kind();
        self.open[kind] += 1;
        self.first[kind] = self.first[kind].min(at);
        true
    }

    /// Takes a record out, lent or not. `None`: it is gone.
    pub(super) fn take(&mut self, offset: u64) -> Option<Entry> {
        let (_, entry) = self.find(offset)?;
        let taken = *entry;
        if taken.state == State::Gone {
            return None;
        }
        entry.state = State::Gone;
        self.left -= 1;
        if taken.state == State::Open {
            self.open[taken.kind()] -= 1;
        }
        Some(taken)
    }

    fn find(&mut self, offset: u64) -> Option<(usize, &mut Entry)> {
        let at = self.entries.binary_search_by_key(&offset, |entry| entry.offset).ok()?;
        Some((at, self.entries.get_mut(at)?))
    }
}
