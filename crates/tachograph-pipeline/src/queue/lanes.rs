//! The items of both ranks.

use super::Rank;
use super::lane::{Allowed, Chunk, Entry, Lane, Spare};

#[derive(Debug)]
pub(super) struct Lanes<T> {
    ordinary: Lane<T>,
    important: Lane<T>,
}

impl<T> Default for Lanes<T> {
    fn default() -> Self {
        Self { ordinary: Lane::default(), important: Lane::default() }
    }
}

impl<T> Lanes<T> {
    pub(super) fn len(&self) -> usize {
        self.ordinary.len() + self.important.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.ordinary.bytes() + self.important.bytes()
    }

    pub(super) fn of(&self, rank: Rank) -> &Lane<T> {
        match rank {
            Rank::Ordinary => &self.ordinary,
            Rank::Important => &self.important,
        }
    }

    pub(super) fn of_mut(&mut self, rank: Rank) -> &mut Lane<T> {
        match rank {
            Rank::Ordinary => &mut self.ordinary,
            Rank::Important => &mut self.important,
        }
    }

    /// The lane whose oldest item is older.
    fn first(&self) -> Option<Rank> {
        match (self.ordinary.oldest(), self.important.oldest()) {
            (Some(ordinary), Some(important)) if important < ordinary => Some(Rank::Important),
            (Some(_), _) => Some(Rank::Ordinary),
            (None, Some(_)) => Some(Rank::Important),
            (None, None) => None,
        }
    }

    /// The number of the oldest item.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.first().and_then(|rank| self.of(rank).oldest())
    }

    /// Moves items to the end of `to` until it holds what is allowed: of each rank the oldest, and roughly the oldest of all. One is
    /// moved in any case if there is none.
    pub(super) fn hand_over(&mut self, allowed: Allowed, to: &mut Self, spare: &mut Spare<T>) {
        while let Some(rank) = self.first() {
            let before = to.len();
            let left = match before {
                0 if self.of(rank).next_size() > allowed.bytes => Allowed { items: 1, bytes: usize::MAX },
                _ => Allowed { items: allowed.items - before, bytes: allowed.bytes.saturating_sub(to.bytes()) },
            };
            self.of_mut(rank).hand_over(left, to.of_mut(rank), spare);
            if to.len() == before || to.len() == allowed.items {
                return;
            }
        }
    }

    /// All items in the order in which they came.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &T> {
        merged(self.ordinary.entries(), self.important.entries())
    }

    /// Takes all items out in the order in which they came, and leaves the chunks in `empty`.
    pub(super) fn drain(&mut self, empty: &mut Vec<Chunk<T>>) -> Vec<T> {
        let mut items = Vec::with_capacity(self.len());
        while let Some(rank) = self.first() {
            items.extend(self.of_mut(rank).drain_oldest(empty));
        }
        items
    }
}

/// Two lanes as one, by number.
pub(super) fn merged<'a, T: 'a>(
    one: impl Iterator<Item = &'a Entry<T>>,
    other: impl Iterator<Item = &'a Entry<T>>,
) -> impl Iterator<Item = &'a T> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    std::iter::from_fn(move || {
        let other_first = match (one.peek(), other.peek()) {
            (Some(one), Some(other)) => other.number < one.number,
            (one, _) => one.is_none(),
        };
        if other_first { other.next() } else { one.next() }.map(|entry| &entry.item)
    })
}
