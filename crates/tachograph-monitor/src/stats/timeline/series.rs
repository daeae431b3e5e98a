//! When each thing that has a name was called, and how often in each minute.

use std::{
    collections::VecDeque,
    time::{Duration, SystemTime},
};

use super::unix;
use crate::stats::{
    history::{SeriesKind, SeriesPoint},
    names::Names,
    tally::Tally,
};

const MINUTE: u64 = 60;

/// Most minutes that all series together remember: 16 bytes each, 32 MB in all, and up to a quarter of that for room to grow. A day of
/// 1,000 endpoints that are called every minute is 1.44 million. Beyond, the oldest minutes of all go.
const MAX_MINUTES: usize = 2_000_000;

#[derive(Debug)]
pub(super) struct AllSeries {
    kinds: [Names<Series>; SeriesKind::COUNT],
    retention: u64,
    /// Most minutes that are held.
    most: usize,
    minutes: usize,
    /// The last time when old minutes were looked for.
    trimmed: u64,
}

/// What was counted of one thing up to now.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    calls: u64,
    errors: u64,
    seconds: f64,
}

#[derive(Clone, Debug, Default)]
struct Series {
    last: Counted,
    last_called: Option<SystemTime>,
    /// Minutes in which it was called, oldest first.
    minutes: VecDeque<Minute>,
}

/// One minute in which there were calls.
#[derive(Clone, Copy, Debug)]
struct Minute {
    /// Minutes since 1970.
    at: u32,
    calls: u32,
    errors: u32,
    seconds: f32,
}

impl Counted {
    pub(super) fn of(tally: &Tally) -> Self {
        Self { calls: tally.calls, errors: tally.errors, seconds: tally.seconds }
    }
}

impl AllSeries {
    pub(super) fn new(retention: Duration) -> Self {
        Self { kinds: Default::default(), retention: minutes(retention), most: MAX_MINUTES, minutes: 0, trimmed: 0 }
    }

    pub(super) fn set_retention(&mut self, retention: Duration) {
        self.retention = minutes(retention);
        // The next reading forgets what is too old by now.
        self.trimmed = 0;
    }

    /// `first`: it was counted before anybody looked, nobody knows when.
    pub(super) fn take_in(&mut self, kind: SeriesKind, name: &str, now: SystemTime, counted: Counted, first: bool) {
        let Some(series) = self.kinds[kind as usize].get_or_add(name) else { return };
        let calls = counted.calls.saturating_sub(series.last.calls);
        if calls == 0 {
            return;
        }
        if !first {
            let errors = counted.errors.saturating_sub(series.last.errors);
            series.last_called = Some(now);
            if kind.has_history() {
                self.minutes += series.count(now, calls, errors, counted.seconds - series.last.seconds);
            }
        }
        series.last = counted;
    }

    /// Once a minute, forgets what is too old.
    pub(super) fn trim(&mut self, now: SystemTime) {
        let minute = unix(now) / MINUTE;
        if minute <= self.trimmed && self.minutes <= self.most {
            return;
        }
        self.trimmed = minute;
        let mut oldest = minute.saturating_sub(self.retention);
        loop {
            self.minutes = self.kinds.iter_mut().flat_map(Names::values_mut).map(|series| series.forget(oldest)).sum();
            if self.minutes <= self.most || oldest >= minute {
                return;
            }
            oldest += 1;
        }
    }

    pub(super) fn last_called(&self, kind: SeriesKind, name: &str) -> Option<SystemTime> {
        self.kinds[kind as usize].get(name).and_then(|series| series.last_called)
    }

    /// Every minute from `from` on, those without calls included.
    pub(super) fn history(&self, kind: SeriesKind, name: &str, from: u64, now: SystemTime) -> Option<Vec<SeriesPoint>> {
        let series = self.kinds[kind as usize].get(name)?;
        let this_minute = unix(now) / MINUTE;
        let oldest = (from / MINUTE).max(this_minute.saturating_sub(self.retention));
        let mut known = series.minutes.iter().filter(|minute| u64::from(minute.at) >= oldest).peekable();
        let points = (oldest..=this_minute).map(|minute| {
            let at = minute * MINUTE;
            let covered = unix(now).saturating_sub(at).min(MINUTE);
            match known.next_if(|known| u64::from(known.at) == minute) {
                Some(known) => known.point(at, covered),
                None => SeriesPoint::empty(at, covered),
            }
        });
        Some(points.collect())
    }
}

impl Series {
    /// Adds to the minute, and says whether that is a new one.
    fn count(&mut self, now: SystemTime, calls: u64, errors: u64, seconds: f64) -> usize {
        let at = u32::try_from(unix(now) / MINUTE).unwrap_or(u32::MAX);
        let (calls, errors) = (saturated(calls), saturated(errors));
        #[allow(clippy::cast_possible_truncation, reason = "seven digits of a sum of one minute")]
        let seconds = seconds.max(0.0) as f32;
        if let Some(last) = self.minutes.back_mut()
            && at <= last.at
        {
            last.calls = last.calls.saturating_add(calls);
            last.errors = last.errors.saturating_add(errors);
            last.seconds += seconds;
            return 0;
        }
        if self.minutes.len() == self.minutes.capacity() {
            self.minutes.reserve_exact(self.minutes.len() / 4 + 4);
        }
        self.minutes.push_back(Minute { at, calls, errors, seconds });
        1
    }

    /// Forgets the minutes before `oldest`, and says how many are left.
    fn forget(&mut self, oldest: u64) -> usize {
        while self.minutes.front().is_some_and(|minute| u64::from(minute.at) < oldest) {
            self.minutes.pop_front();
        }
        self.minutes.len()
    }
}

impl Minute {
    fn point(&self, at: u64, covered: u64) -> SeriesPoint {
        let mean = f64::from(self.seconds) * 1000.0 / f64::from(self.calls.max(1));
        SeriesPoint {
            calls: self.calls.into(),
            errors: self.errors.into(),
            avg_response_time_ms: Some(mean),
            ..SeriesPoint::empty(at, covered)
        }
    }
}

fn saturated(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn minutes(retention: Duration) -> u64 {
    (retention.as_secs() / MINUTE).max(1)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const DAY: u64 = 24 * 60;

    fn at(minute: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_764_000_000 + minute * MINUTE)
    }

    fn held(all: &AllSeries) -> (usize, usize) {
        let series = all.kinds.iter().flat_map(Names::iter).map(|(_, series)| &series.minutes);
        let (minutes, room) = series.fold((0, 0), |(minutes, room), it| (minutes + it.len(), room + it.capacity()));
        (minutes, room * size_of::<Minute>())
    }

    /// Every name of every kind is called once a minute.
    fn called(all: &mut AllSeries, kinds: &[SeriesKind], names: usize, minutes: u64) {
        let names: Vec<_> = (0..names).map(|i| format!("GET /{i}")).collect();
        for minute in 0..minutes {
            let counted = Counted { calls: minute + 1, errors: 0, seconds: 0.1 };
            for kind in kinds {
                names.iter().for_each(|name| all.take_in(*kind, name, at(minute), counted, false));
            }
            all.trim(at(minute));
        }
    }

    #[test]
    fn a_day_of_endpoints_takes_the_memory_that_is_stated() {
        let mut all = AllSeries::new(Duration::from_secs(DAY * MINUTE));
        called(&mut all, &[SeriesKind::Endpoint], 100, DAY);
        let (minutes, bytes) = held(&all);
        assert_eq!(minutes, 100 * usize::try_from(DAY).unwrap());
        assert!(bytes >= minutes * 16 && bytes <= minutes * 20, "{bytes}");
        // The second day holds no more than the first.
        called(&mut all, &[SeriesKind::Endpoint], 100, 2 * DAY);
        assert!(held(&all).0 <= 100 * usize::try_from(DAY + 1).unwrap(), "{:?}", held(&all));
        assert_eq!(held(&all).0, all.minutes);
    }

    #[test]
    fn the_oldest_minutes_of_all_go_when_there_are_too_many() {
        let mut all = AllSeries { most: 20_000, ..AllSeries::new(Duration::from_secs(DAY * MINUTE)) };
        let kinds = [SeriesKind::Endpoint, SeriesKind::Tool, SeriesKind::Agent];
        called(&mut all, &kinds, 10, DAY);
        let (minutes, _) = held(&all);
        assert!(minutes <= 20_000 && minutes > 19_900, "{minutes}");
        for kind in kinds {
            let points = all.history(kind, "GET /7", unix(at(DAY - 600)), at(DAY - 1)).unwrap();
            assert!(points.iter().all(|point| point.calls == 1), "the last ten hours are whole");
        }
    }

    #[test]
    fn a_clock_that_is_put_back_makes_no_minute_twice() {
        let mut all = AllSeries::new(Duration::from_secs(DAY * MINUTE));
        for (calls, minute) in [(1, 5), (2, 3), (3, 5), (4, 6)] {
            let counted = Counted { calls, errors: 0, seconds: 0.1 };
            all.take_in(SeriesKind::Tool, "search", at(minute), counted, false);
        }
        let points = all.history(SeriesKind::Tool, "search", unix(at(3)), at(6)).unwrap();
        assert_eq!(points.iter().map(|point| point.calls).collect::<Vec<_>>(), [0, 0, 3, 1]);
        assert_eq!(held(&all).0, 2);
    }

    #[test]
    fn of_some_only_the_last_call_is_kept() {
        let mut all = AllSeries::new(Duration::from_secs(DAY * MINUTE));
        called(&mut all, &[SeriesKind::Database], 3, 10);
        assert_eq!((held(&all), all.last_called(SeriesKind::Database, "GET /2")), ((0, 0), Some(at(9))));
    }
}
