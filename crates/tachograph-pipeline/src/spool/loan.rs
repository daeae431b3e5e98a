//! A request that is lent out, which comes back by itself if nobody says what became of it.

use std::sync::mpsc::Sender;

use bytes::Bytes;

use super::store::Place;
use super::worker::Job;

/// Which request, and which loan of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SpoolId {
    pub(super) place: Place,
    pub(super) loan: u32,
}

/// A request that is lent out. It is put back when this is dropped and it was not settled before, so keep this as long as it is being
/// sent.
#[derive(Debug)]
pub(crate) struct Spooled {
    pub(crate) id: SpoolId,
    pub(crate) items: u64,
    pub(crate) body: Bytes,
    pub(super) _loan: Loan,
}

/// Ends a loan when it is dropped. For a request that was settled, or lent again to somebody else, this changes nothing.
#[derive(Debug)]
pub(super) struct Loan {
    id: SpoolId,
    jobs: Sender<Job>,
}

impl Loan {
    pub(super) fn new(id: SpoolId, jobs: Sender<Job>) -> Self {
        Self { id, jobs }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let _ = self.jobs.send(Job::PutBack { place: self.id.place, loan: self.id.loan });
    }
}
