//! In a build without a spool: there is none.

use bytes::Bytes;

use super::answer::Again;
use crate::exporter::{Guard, Progress};

/// Nobody has one.
#[derive(Debug)]
pub(crate) enum OpenSpool {}

impl OpenSpool {
    pub(super) fn of(&self, _: &Guard) -> Spooling {
        match *self {}
    }
}

/// Nobody has one.
#[derive(Debug)]
pub(crate) enum Spooling {}

impl Spooling {
    pub(super) fn is_away(&self) -> bool {
        match *self {}
    }

    pub(super) fn went_away(&self, _: Again, _: &str) {
        match *self {}
    }

    pub(super) fn why(&self) -> String {
        match *self {}
    }

    pub(super) fn came_back(&self) {
        match *self {}
    }

    #[expect(clippy::unused_async, reason = "as with a spool")]
    pub(super) async fn keep(&self, _: &Bytes, _: u64, _: &str, _: &Progress) -> Result<(), String> {
        match *self {}
    }
}
