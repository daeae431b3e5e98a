//! When the chunks of a streamed answer came.

use std::time::Instant;

use crate::semconv::bucket;

const BUCKETS: usize = bucket::GEN_AI_CALL.len() + 1;

/// Time to the first chunk, and the times between the chunks after it.
///
/// The times are kept as the histogram that they end up in: an answer of any length takes this much, and a chunk costs a
/// search in a few numbers. They are recorded when the call ends and it is known which model answered.
#[derive(Debug)]
pub(crate) struct ChunkTimes {
    first: Instant,
    last: Instant,
    gaps: [Gaps; BUCKETS],
    /// Whether the body was watched, or its items.
    of_body: bool,
}

/// The times that fell into one bucket.
#[derive(Clone, Copy, Debug, Default)]
struct Gaps {
    count: u32,
    seconds: f64,
}

impl ChunkTimes {
    /// Of an answer whose first chunk came now.
    pub(crate) fn starting(now: Instant, of_body: bool) -> Self {
        Self { first: now, last: now, gaps: [Gaps::default(); BUCKETS], of_body }
    }

    pub(crate) fn is_of_body(&self) -> bool {
        self.of_body
    }

    /// `count` chunks came now, together.
    pub(crate) fn came(&mut self, now: Instant, count: u32) {
        let Some(more) = count.checked_sub(1) else { return };
        let seconds = now.saturating_duration_since(self.last).as_secs_f64();
        // Most times are in the first bucket, and no time is.
        let is_short = seconds <= bucket::GEN_AI_CALL[0];
        let at = if is_short { 0 } else { bucket::GEN_AI_CALL.partition_point(|bound| *bound < seconds) };
        self.gaps[at].count = self.gaps[at].count.saturating_add(1);
        self.gaps[at].seconds += seconds;
        self.gaps[0].count = self.gaps[0].count.saturating_add(more);
        self.last = now;
    }

    /// Seconds from the start of the call to the first chunk.
    pub(crate) fn to_first(&self, started: Instant) -> f64 {
        self.first.saturating_duration_since(started).as_secs_f64()
    }

    /// Whether there was more than the first chunk.
    pub(crate) fn has_more(&self) -> bool {
        self.gaps.iter().any(|gaps| gaps.count > 0)
    }

    /// Gives every time between two chunks to `record`: each bucket as often as it was met, with its mean, so that counts and sum
    /// are exact.
    pub(crate) fn replay(&self, mut record: impl FnMut(f64)) {
        for gaps in self.gaps.iter().filter(|gaps| gaps.count > 0) {
            let mean = gaps.seconds / f64::from(gaps.count);
            for _ in 0..gaps.count {
                record(mean);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn replayed_times_have_the_counts_of_the_buckets_and_the_sum() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut times = ChunkTimes::starting(at(250), false);
        times.came(at(255), 1);
        times.came(at(260), 3);
        times.came(at(360), 1);
        times.came(at(360), 0);
        let mut replayed = Vec::new();
        times.replay(|seconds| replayed.push(seconds));
        assert!((times.to_first(start) - 0.25).abs() < 1e-9);
        // 5, 5, 0 and 0 ms lie in the first bucket, 100 ms in another.
        assert_eq!(replayed.len(), 5);
        assert!((replayed.iter().sum::<f64>() - 0.110).abs() < 1e-9);
        assert!(replayed[..4].iter().all(|seconds| (seconds - 0.0025).abs() < 1e-9));
        assert!((replayed[4] - 0.1).abs() < 1e-9);
    }
}
