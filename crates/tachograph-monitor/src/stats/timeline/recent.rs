//! The last five minutes of the requests.

use std::{
    collections::VecDeque,
    time::{Duration, SystemTime},
};

use crate::stats::tally::Tally;

/// How far back it goes.
const WINDOW: Duration = Duration::from_secs(300);
/// How far apart the marks are: the window is longer than it says by at most this.
const APART: Duration = Duration::from_secs(5);

/// Marks of what had been counted, some seconds apart.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    marks: VecDeque<Mark>,
    now: Option<Mark>,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    at: SystemTime,
    calls: u64,
    errors: u64,
    seconds: f64,
}

/// What came in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Window {
    pub(crate) calls: u64,
    pub(crate) errors: u64,
    pub(crate) seconds: f64,
    /// How long the window really is.
    pub(crate) covered: Duration,
}

impl Recent {
    pub(super) fn take_in(&mut self, at: SystemTime, http: &Tally) {
        let mark = Mark { at, calls: http.calls, errors: http.errors, seconds: http.seconds };
        let apart = |last: &Mark| at.duration_since(last.at).unwrap_or_default() >= APART;
        self.now = Some(mark);
        if self.marks.back().is_none_or(apart) {
            self.marks.push_back(mark);
        }
        while self.marks.get(1).is_some_and(|second| at.duration_since(second.at).unwrap_or_default() >= WINDOW) {
            self.marks.pop_front();
        }
    }

    /// What came in the last five minutes.
    pub(crate) fn five_minutes(&self) -> Window {
        self.last(WINDOW)
    }

    /// What came in the last minute.
    pub(crate) fn minute(&self) -> Window {
        self.last(Duration::from_secs(60))
    }

    fn last(&self, window: Duration) -> Window {
        let Some(now) = self.now else { return Window::default() };
        let long_ago = |mark: &&Mark| now.at.duration_since(mark.at).unwrap_or_default() >= window;
        let Some(start) = self.marks.iter().rev().find(long_ago).or_else(|| self.marks.front()) else {
            return Window::default();
        };
        Window {
            calls: now.calls.saturating_sub(start.calls),
            errors: now.errors.saturating_sub(start.errors),
            seconds: (now.seconds - start.seconds).max(0.0),
            covered: now.at.duration_since(start.at).unwrap_or_default(),
        }
    }
}

impl Window {
    #[allow(clippy::cast_precision_loss, reason = "a rate of more than 2^53 calls")]
    pub(crate) fn per_second(&self) -> f64 {
        let seconds = self.covered.as_secs_f64();
        if seconds > 0.0 { self.calls as f64 / seconds } else { 0.0 }
    }

    pub(crate) fn error_rate(&self) -> f64 {
        crate::stats::tally::percent(self.errors, self.calls)
    }

    /// Mean duration in seconds.
    #[allow(clippy::cast_precision_loss, reason = "a mean of more than 2^53 calls")]
    pub(crate) fn mean(&self) -> Option<f64> {
        (self.calls > 0).then(|| self.seconds / self.calls as f64)
    }
}
