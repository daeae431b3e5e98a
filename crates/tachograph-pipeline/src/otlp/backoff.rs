//! When a request is sent again.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use super::answer::Again;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);
/// Attempts in all once a shutdown has begun: an application that ends without a receiver should not take all of its time for it.
const ATTEMPTS_AT_THE_END: u32 = 3;

/// What has been tried for one request: 100 ms after the first attempt, then twice as long each time up to 5 s, each shortened by chance
/// to no less than half, so that many senders do not come back at once. It goes on as long as there is time.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// How long to wait after a failed attempt, if another one is made in the time that is left.
    pub(super) fn next(&mut self, again: Again, left: Duration, is_ending: bool) -> Option<Duration> {
        self.attempts += 1;
        let Again::After(asked) = again else { return None };
        if is_ending && self.attempts >= ATTEMPTS_AT_THE_END {
            return None;
        }
        let doubled = FIRST.saturating_mul(1 << (self.attempts - 1).min(16)).min(LONGEST);
        let delay = asked.unwrap_or_default().max(shortened(doubled));
        (delay < left).then_some(delay)
    }
}

/// Between half of it and all of it.
fn shortened(delay: Duration) -> Duration {
    let chance = (RandomState::new().hash_one(()) >> 32) as u32;
    delay / 2 + (delay / 2).mul_f64(f64::from(chance) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn waits_double_up_to_the_longest_and_vary() {
        let mut backoff = Backoff::default();
        let delays: Vec<_> =
            (0..30).map(|_| backoff.next(Again::After(None), LONG, false).unwrap().as_millis()).collect();
        for (index, delay) in delays.iter().enumerate() {
            let most = (100 << index.min(20)).min(5000);
            assert!((most / 2..=most).contains(delay), "{index}: {delay} of {most}");
        }
        assert!(delays[6..].windows(2).any(|pair| pair[0] != pair[1]), "{delays:?}");
    }

    #[test]
    fn what_the_receiver_asks_for_is_the_least() {
        let asked = Again::After(Some(Duration::from_secs(7)));
        assert_eq!(Backoff::default().next(asked, LONG, false), Some(Duration::from_secs(7)));
        let at_once = Backoff::default().next(Again::After(Some(Duration::ZERO)), LONG, false);
        assert!(at_once.unwrap() >= FIRST / 2);
    }

    #[test]
    fn there_is_no_other_attempt_beyond_the_time_that_is_left_nor_of_what_is_refused_for_good() {
        let asked = Again::After(Some(Duration::from_secs(20)));
        assert_eq!(Backoff::default().next(asked, Duration::from_secs(10), false), None);
        assert_eq!(Backoff::default().next(Again::Never, LONG, false), None);
    }

    #[test]
    fn at_the_end_there_are_three_attempts() {
        let mut backoff = Backoff::default();
        let attempts = (0..).take_while(|_| backoff.next(Again::After(None), LONG, true).is_some()).count();
        assert_eq!(attempts + 1, 3);
    }
}
