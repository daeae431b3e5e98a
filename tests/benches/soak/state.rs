//! What an application says of itself, line by line.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) created: u64,
    pub(crate) recovered: u64,
    pub(crate) exported: u64,
    pub(crate) failed: u64,
    pub(crate) dropped: u64,
    pub(crate) queued: u64,
    pub(crate) in_flight: u64,
    pub(crate) on_disk: u64,
    /// Resident memory in bytes, before the load and at most.
    pub(crate) first_memory: u64,
    pub(crate) most_memory: u64,
    /// Nanoseconds of a tracked call.
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    /// Whether it has ended.
    pub(crate) is_last: bool,
}

impl State {
    pub(crate) fn lost(&self) -> u64 {
        self.failed + self.dropped
    }

    /// The law.
    pub(crate) fn balances(&self) {
        let Self { created, recovered, exported, failed, dropped, queued, in_flight, on_disk, .. } = self;
        assert_eq!(created + recovered, exported + failed + dropped + queued + in_flight + on_disk, "{self:?}");
    }
}
