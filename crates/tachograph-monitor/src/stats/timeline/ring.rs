//! Points of one width, the oldest of which make room.

use std::{
    collections::VecDeque,
    time::{Duration, SystemTime},
};

use tachograph_core::source::SystemState;

use super::unix;
use crate::stats::{
    history::{HistoryPoint, Moment, Step},
    reading::Totals,
};

#[derive(Debug)]
pub(super) struct Ring {
    step: Step,
    capacity: usize,
    points: VecDeque<HistoryPoint>,
    open: Option<Open>,
}

/// The point that is still filling.
#[derive(Debug)]
struct Open {
    start: u64,
    begun: SystemTime,
    before: Totals,
}

impl Ring {
    pub(super) fn new(step: Step, retention: Duration) -> Self {
        Self { step, capacity: capacity(step, retention), points: VecDeque::new(), open: None }
    }

    pub(super) fn set_retention(&mut self, retention: Duration) {
        self.capacity = capacity(self.step, retention);
        let too_many = self.points.len().saturating_sub(self.capacity);
        self.points.drain(..too_many);
        self.points.shrink_to(self.capacity);
    }

    /// Closes the open point where `now` lies behind it; `last` is what had been counted by then. A clock that is put back changes
    /// nothing until it is where it was.
    pub(super) fn advance(&mut self, now: SystemTime, last: &Totals, system: Option<SystemState>) {
        let start = unix(now) / self.step.seconds() * self.step.seconds();
        match &mut self.open {
            Some(open) if start <= open.start => return,
            Some(open) => {
                let moment = Moment { at: now, totals: last, system };
                let mut point = moment.since(open.start, open.begun, &open.before);
                point.seconds = point.seconds.min(self.step.seconds_as_float());
                if self.points.len() >= self.capacity {
                    self.points.pop_front();
                } else if self.points.len() == self.points.capacity() {
                    // A quarter at a time, because doubling would hold up to twice of what is needed.
                    self.points.reserve_exact((self.capacity / 4).max(16));
                }
                self.points.push_back(point);
            }
            None => {}
        }
        // The first point begins in the middle of its interval, the others at its start.
        let begun = match &self.open {
            Some(_) => SystemTime::UNIX_EPOCH + Duration::from_secs(start),
            None => now,
        };
        self.open = Some(Open { start, begun, before: last.clone() });
    }

    /// The points from the Unix time `from` on, oldest first.
    pub(super) fn points(&self, from: u64, now: &Moment<'_>) -> Vec<HistoryPoint> {
        let oldest = from / self.step.seconds() * self.step.seconds();
        let mut points: Vec<_> = self.points.iter().filter(|point| point.timestamp >= oldest).cloned().collect();
        if let Some(open) = &self.open {
            let mut point = now.since(open.start, open.begun, &open.before);
            point.seconds = point.seconds.min(self.step.seconds_as_float());
            points.push(point);
        }
        points
    }

    /// The points that are full, oldest first.
    pub(super) fn closed(&self) -> impl DoubleEndedIterator<Item = &HistoryPoint> {
        self.points.iter()
    }
}

fn capacity(step: Step, retention: Duration) -> usize {
    usize::try_from(retention.as_secs() / step.seconds()).unwrap_or(usize::MAX).max(1)
}
