//! Which traces are kept.

use std::{
    collections::VecDeque,
    time::{Duration, SystemTime},
};

use opentelemetry::TraceId;
use serde::{Deserialize, Serialize};

/// Which traces are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TraceKind {
    /// Those that ended last.
    #[default]
    Latest,
    /// Those of the last hour that took longest.
    Slowest,
    /// Those in which something failed.
    Failed,
}

/// How long a slow trace is kept: one of this morning must not hide what is slow now.
const SLOW_FOR: Duration = Duration::from_secs(3600);

/// The last of something, and no more than there is room for.
#[derive(Debug)]
pub(super) struct Last {
    room: usize,
    ids: VecDeque<TraceId>,
}

impl Last {
    pub(super) fn new(room: usize) -> Self {
        Self { room, ids: VecDeque::new() }
    }

    /// Adds one, and gives back the one that has to go for it.
    pub(super) fn push(&mut self, id: TraceId) -> Option<TraceId> {
        self.ids.push_back(id);
        (self.ids.len() > self.room).then(|| self.ids.pop_front()).flatten()
    }

    pub(super) fn pop(&mut self) -> Option<TraceId> {
        self.ids.pop_front()
    }

    pub(super) fn remove(&mut self, id: TraceId) {
        // The one that is looked for is among the last, most of the time.
        if let Some(place) = self.ids.iter().rposition(|known| *known == id) {
            self.ids.remove(place);
        }
    }

    /// The newest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = TraceId> {
        self.ids.iter().rev().copied()
    }
}

/// The slowest of the last hour.
#[derive(Debug)]
pub(super) struct Slowest {
    room: usize,
    /// The slowest first.
    known: Vec<Slow>,
}

#[derive(Clone, Copy, Debug)]
struct Slow {
    duration: Duration,
    ended: SystemTime,
    id: TraceId,
}

impl Slowest {
    pub(super) fn new(room: usize) -> Self {
        Self { room, known: Vec::new() }
    }

    /// Adds one that was not known, or was with another duration, and gives back those that go for it. It is not taken where all others are slower.
    pub(super) fn push(&mut self, id: TraceId, duration: Duration, ended: SystemTime) -> Vec<TraceId> {
        self.known.retain(|slow| slow.id != id);
        let mut gone = self.forget(ended);
        let place = self.known.partition_point(|slow| slow.duration >= duration);
        if place < self.room {
            self.known.insert(place, Slow { duration, ended, id });
            gone.extend(self.known.drain(self.room.min(self.known.len())..).map(|slow| slow.id));
        }
        gone
    }

    /// Those that are too old by now.
    pub(super) fn forget(&mut self, now: SystemTime) -> Vec<TraceId> {
        let is_old = |slow: &Slow| now.duration_since(slow.ended).is_ok_and(|age| age > SLOW_FOR);
        let old = self.known.iter().filter(|slow| is_old(slow)).map(|slow| slow.id).collect();
        self.known.retain(|slow| !is_old(slow));
        old
    }

    pub(super) fn pop(&mut self) -> Option<TraceId> {
        self.known.pop().map(|slow| slow.id)
    }

    pub(super) fn contains(&self, id: TraceId) -> bool {
        self.known.iter().any(|slow| slow.id == id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = TraceId> {
        self.known.iter().map(|slow| slow.id)
    }
}
