//! The queue alone against a simple model, and with its worker against exporters of every kind.

mod conservation;
mod model;
mod sizes;

use super::{Queued, Rank};

/// An item that says what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Item {
    id: u64,
    rank: Rank,
    size: usize,
}

impl Queued for Item {
    fn size(&self) -> usize {
        self.size
    }

    fn rank(&self) -> Rank {
        self.rank
    }
}
