//! What lies under the lock of the queue, and who goes when there is no room.

use std::time::Instant;

use super::lane::{Allowed, CHUNK, Chunk, Entry, Spare};
use super::lanes::Lanes;
use super::worker::{Request, Settled};
use super::{Limits, Rank, WhenFull};
use crate::accounting::Ledger;

/// Empty chunks that are kept.
const SPARE: std::ops::RangeInclusive<usize> = 2..=64;

#[derive(Debug)]
pub(super) struct State<T> {
    /// Items that the worker has not seen.
    pub(super) fresh: Lanes<T>,
    /// Items that it has shown to the observer.
    pub(super) shown: Lanes<T>,
    /// What is being shown at this moment: items, bytes.
    pub(super) showing: (usize, usize),
    /// Items that were dropped and that the observer has not seen. They are counted, and in nobody's way.
    pub(super) aside: Lanes<T>,
    /// Whether there is an observer.
    pub(super) watched: bool,
    /// The number of the next item.
    next: u64,
    /// All items with lower numbers are to go now.
    pub(super) due_before: u64,
    pub(super) spare: Spare<T>,
    pub(super) ledger: Ledger,
    /// Items that waited and had to make room.
    evicted: u64,
    /// Whether the worker knows that items are dropped, and how many were when it looked last.
    pub(super) loss: (bool, u64),
    /// Whether something happened that the worker does not know of.
    pub(super) poked: bool,
    /// What the worker sleeps for, so that only those items wake it that it sleeps for: a wake-up is a system call.
    pub(super) sleep: Option<Sleep>,
    pub(super) settled: Vec<Settled>,
    pub(super) requests: Vec<Request>,
    /// When everything must have ended.
    pub(super) stopping: Option<Instant>,
    /// From when on there is no time left but for a disk, if there is one.
    pub(super) last_moment: Option<Instant>,
    /// Whether the worker has ended.
    pub(super) over: bool,
}

/// What wakes the worker.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sleep {
    /// This many items that it has not seen.
    pub(super) fresh: usize,
    /// Items that are due.
    pub(super) due: bool,
    /// A queue that is half full.
    pub(super) half_full: bool,
}

/// Items that have to be dropped when the lock is open again.
pub(super) type Gone<T> = Vec<T>;

impl<T> State<T> {
    pub(super) fn new(limits: Limits) -> Self {
        let spare = (2 * limits.batch).div_ceil(CHUNK).clamp(*SPARE.start(), *SPARE.end());
        Self {
            fresh: Lanes::default(),
            shown: Lanes::default(),
            showing: (0, 0),
            aside: Lanes::default(),
            watched: false,
            next: 0,
            due_before: 0,
            spare: Spare::new(spare),
            ledger: Ledger::default(),
            evicted: 0,
            loss: (false, 0),
            poked: false,
            sleep: None,
            settled: Vec::new(),
            requests: Vec::new(),
            stopping: None,
            last_moment: None,
            over: false,
        }
    }

    #[inline]
    pub(super) fn waiting(&self) -> usize {
        self.fresh.len() + self.shown.len() + self.showing.0
    }

    #[inline]
    fn bytes(&self) -> usize {
        self.fresh.bytes() + self.shown.bytes() + self.showing.1
    }

    /// Whether there is enough for an export, or something that may not wait.
    pub(super) fn is_due(&self, limits: &Limits) -> bool {
        let oldest = [self.shown.oldest(), self.fresh.oldest()].into_iter().flatten().min();
        oldest.is_some_and(|oldest| oldest < self.due_before || self.is_enough(limits))
    }

    /// Whether there is enough for an export.
    #[inline]
    pub(super) fn is_enough(&self, limits: &Limits) -> bool {
        self.fresh.len() + self.shown.len() >= limits.batch || self.bytes() >= limits.batch_bytes.min(limits.bytes / 2)
    }

    /// Whether it is time to put items on disk, if exports do not keep up.
    #[inline]
    pub(super) fn is_half_full(&self, limits: &Limits) -> bool {
        self.waiting() >= limits.items / 2 || self.bytes() >= limits.bytes / 2
    }

    /// Whether all items are gone that had come before this one did.
    pub(super) fn is_past(&self, number: u64) -> bool {
        let mut oldest = [self.shown.oldest(), self.fresh.oldest()].into_iter().flatten();
        !oldest.any(|oldest| oldest < number)
    }

    /// Items that had been queued and were not delivered.
    pub(super) fn undelivered(&self) -> u64 {
        self.ledger.failed.total() + self.evicted + self.ledger.dropped.out_of_time
    }

    /// Lets all go that are here.
    pub(super) fn make_all_due(&mut self) -> u64 {
        self.due_before = self.next;
        self.next
    }

    /// Takes out what the observer has not seen: what waits, and what was dropped.
    pub(super) fn start_showing(&mut self, is_watched: bool) -> (Lanes<T>, Lanes<T>) {
        let (mut fresh, mut aside) = (Lanes::default(), Lanes::default());
        self.watched = is_watched;
        if is_watched {
            self.fresh.hand_over(Allowed::EVERYTHING, &mut fresh, &mut self.spare);
        }
        self.aside.hand_over(Allowed::EVERYTHING, &mut aside, &mut self.spare);
        self.showing = (fresh.len(), fresh.bytes());
        (fresh, aside)
    }

    /// Puts back what waits.
    pub(super) fn end_showing(&mut self, mut seen: Lanes<T>, empty: Vec<Chunk<T>>) {
        self.showing = (0, 0);
        seen.hand_over(Allowed::EVERYTHING, &mut self.shown, &mut self.spare);
        self.recycle(empty);
    }

    /// Takes a batch out, whose export is then under way.
    pub(super) fn take(&mut self, limits: &Limits) -> Lanes<T> {
        let (mut batch, allowed) = (Lanes::default(), Allowed { items: limits.batch, bytes: limits.batch_bytes });
        self.shown.hand_over(allowed, &mut batch, &mut self.spare);
        if !self.watched && self.shown.len() == 0 && batch.len() < limits.batch {
            self.fresh.hand_over(allowed, &mut batch, &mut self.spare);
        }
        let items = batch.len() as u64;
        (self.ledger.queued, self.ledger.in_flight) = (self.ledger.queued - items, self.ledger.in_flight + items);
        batch
    }

    pub(super) fn recycle(&mut self, chunks: Vec<Chunk<T>>) {
        chunks.into_iter().for_each(|chunk| self.spare.put(chunk));
    }

    /// Drops and counts what waits. What comes back is freed when the lock is open again.
    pub(super) fn abandon(&mut self) -> [Lanes<T>; 3] {
        let items = self.waiting() as u64;
        (self.ledger.queued, self.showing) = (self.ledger.queued - items, (0, 0));
        self.ledger.dropped.out_of_time += items;
        [&mut self.fresh, &mut self.shown, &mut self.aside].map(std::mem::take)
    }

    /// Takes an item in, or drops it, or drops others for it.
    #[inline]
    pub(super) fn admit(&mut self, item: T, size: usize, rank: Rank, limits: &Limits) -> Option<Gone<T>> {
        self.ledger.created += 1;
        let number = self.next;
        self.next += 1;
        // Written once, into its place: spans are large.
        if self.stopping.is_none() && self.has_room(size, limits) {
            self.ledger.queued += 1;
            self.fresh.of_mut(rank).push(Entry { number, size, item }, &mut self.spare);
            return None;
        }
        Some(self.make_room(Entry { number, size, item }, rank, limits))
    }

    #[cold]
    fn make_room(&mut self, entry: Entry<T>, rank: Rank, limits: &Limits) -> Gone<T> {
        let size = entry.size;
        if self.stopping.is_some() {
            self.ledger.dropped.shut_down += 1;
            return vec![entry.item];
        }
        if size > limits.bytes {
            self.ledger.dropped.too_large += 1;
            return vec![entry.item];
        }
        let mut gone = Vec::new();
        if !self.can_make_room(size, rank, limits) {
            self.drop_one(entry, rank, self.watched, limits, &mut gone);
            return gone;
        }
        while !self.has_room(size, limits)
            && let Some(victim) = self.evict(rank, limits.when_full)
        {
            self.ledger.queued -= 1;
            self.evicted += 1;
            let unseen = self.watched && !victim.was_shown;
            self.drop_one(victim.entry, victim.rank, unseen, limits, &mut gone);
        }
        self.ledger.queued += 1;
        self.fresh.of_mut(rank).push(entry, &mut self.spare);
        gone
    }

    #[inline]
    fn has_room(&self, size: usize, limits: &Limits) -> bool {
        self.waiting() < limits.items && self.bytes() + size <= limits.bytes
    }

    /// The ranks of which one may be dropped for an item of `rank`.
    fn victims(rank: Rank, when_full: WhenFull) -> &'static [Rank] {
        match (when_full, rank) {
            (WhenFull::DropNewest, Rank::Ordinary) => &[],
            (WhenFull::DropNewest, Rank::Important) | (WhenFull::DropOldest, Rank::Ordinary) => &[Rank::Ordinary],
            (WhenFull::DropOldest, Rank::Important) => &[Rank::Ordinary, Rank::Important],
        }
    }

    /// Whether there would be room if all went that may: otherwise none has to.
    fn can_make_room(&self, size: usize, rank: Rank, limits: &Limits) -> bool {
        let lanes = || {
            let ranks = Self::victims(rank, limits.when_full).iter();
            ranks.flat_map(|rank| [self.shown.of(*rank), self.fresh.of(*rank)])
        };
        let (items, bytes) = lanes().fold((0, 0), |(items, bytes), lane| (items + lane.len(), bytes + lane.bytes()));
        self.waiting() - items < limits.items && self.bytes() - bytes + size <= limits.bytes
    }

    fn evict(&mut self, rank: Rank, when_full: WhenFull) -> Option<Victim<T>> {
        let Self { fresh, shown, spare, .. } = self;
        // What was shown is older than what was not.
        let mut lanes = match when_full {
            WhenFull::DropOldest => [(shown, true), (fresh, false)],
            WhenFull::DropNewest => [(fresh, false), (shown, true)],
        };
        Self::victims(rank, when_full).iter().find_map(|rank| {
            lanes.iter_mut().find_map(|(lanes, was_shown)| {
                let lane = lanes.of_mut(*rank);
                let entry = match when_full {
                    WhenFull::DropOldest => lane.pop_oldest(spare),
                    WhenFull::DropNewest => lane.pop_newest(spare),
                }?;
                Some(Victim { entry, rank: *rank, was_shown: *was_shown })
            })
        })
    }

    /// Counts an item that found no room, and puts it aside if the observer has yet to see it.
    fn drop_one(&mut self, entry: Entry<T>, rank: Rank, unseen: bool, limits: &Limits, gone: &mut Gone<T>) {
        self.ledger.dropped.queue_full += 1;
        let has_room = self.aside.len() < limits.aside() && self.aside.bytes() + entry.size <= limits.bytes / 8;
        if unseen && has_room {
            return self.aside.of_mut(rank).push(entry, &mut self.spare);
        }
        gone.push(entry.item);
    }
}

/// An item that has to make room.
struct Victim<T> {
    entry: Entry<T>,
    rank: Rank,
    was_shown: bool,
}
