//! Buckets of a histogram, added up and asked for quantiles.

use std::sync::Arc;

use tachograph_core::source::HistogramPoint;

/// Buckets with the bounds of whoever came first.
///
/// A quantile lies in the bucket in which the true one lies, and is interpolated within it: it is off by less than the width of that
/// bucket, cut by the smallest and the largest value that were seen. With the bounds that the conventions advise for HTTP (5, 10, 25,
/// 50, 75, 100, 250, 500, 750 ms, 1, 2.5, 5, 7.5, 10 s) that is at most a factor of 2.5.
///
/// Histograms with other bounds, which views of an application may make, are added by the upper bound of each of their buckets: their
/// values are told too large rather than too small.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Buckets {
    /// Kept when the values go, so that the same values fall into the same buckets again, whoever comes first.
    bounds: Option<Arc<[f64]>>,
    /// One more than bounds; empty without any value.
    counts: Vec<u64>,
    min: Option<f64>,
    max: Option<f64>,
}

impl Buckets {
    pub(crate) fn add(&mut self, point: &HistogramPoint<'_>) {
        // A histogram without bounds has one bucket, which the SDK does not count.
        let whole = [point.count];
        self.add_counts(point.bounds, if point.buckets.is_empty() { &whole } else { point.buckets });
        self.extremes(point.min, point.max);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        let Some(bounds) = &other.bounds else { return };
        if self.bounds.is_none() && !other.counts.is_empty() {
            self.bounds = Some(Arc::clone(bounds));
        }
        self.add_counts(bounds, &other.counts);
        self.extremes(other.min, other.max);
    }

    fn add_counts(&mut self, bounds: &[f64], counts: &[u64]) {
        if counts.iter().all(|&count| count == 0) {
            return;
        }
        let mine = self.bounds.get_or_insert_with(|| bounds.into());
        self.counts.resize(mine.len() + 1, 0);
        if **mine == *bounds {
            for (mine, more) in self.counts.iter_mut().zip(counts) {
                *mine += more;
            }
            return;
        }
        for (index, &count) in counts.iter().enumerate() {
            let place = match bounds.get(index) {
                Some(upper) => mine.partition_point(|bound| bound < upper),
                None => mine.len(),
            };
            if let Some(mine) = self.counts.get_mut(place) {
                *mine += count;
            }
        }
    }

    fn extremes(&mut self, min: Option<f64>, max: Option<f64>) {
        self.min = [self.min, min].into_iter().flatten().reduce(f64::min);
        self.max = [self.max, max].into_iter().flatten().reduce(f64::max);
    }

    /// What came since `before`. The extremes of a part are not known: those of the whole bound it.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let mut counts = self.counts.clone();
        for (count, before) in counts.iter_mut().zip(&before.counts) {
            *count = count.saturating_sub(*before);
        }
        Self { bounds: self.bounds.clone(), counts, min: self.min, max: self.max }
    }

    /// No values. The bounds stay, and so does the room.
    pub(crate) fn clear(&mut self) {
        self.counts.clear();
        (self.min, self.max) = (None, None);
    }

    /// The value below which the part `q`, from 0 to 1, of all values lies; `None` without values.
    #[allow(clippy::cast_precision_loss, reason = "a rank among more than 2^53 values")]
    pub(crate) fn quantile(&self, q: f64) -> Option<f64> {
        let total: u64 = self.counts.iter().sum();
        if total == 0 {
            return None;
        }
        let rank = q.clamp(0.0, 1.0) * total as f64;
        let mut below = 0.0;
        let mut last = 0;
        for (index, &count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            last = index;
            if below + count as f64 >= rank {
                let (lower, upper) = self.edges(index);
                return Some(lower + (upper - lower) * ((rank - below) / count as f64));
            }
            below += count as f64;
        }
        Some(self.edges(last).1)
    }

    /// The edges of a bucket, no wider than what was seen.
    fn edges(&self, index: usize) -> (f64, f64) {
        let bounds = self.bounds.as_deref().unwrap_or_default();
        let below = index.checked_sub(1).and_then(|index| bounds.get(index)).copied();
        let min = self.min.unwrap_or(0.0);
        let lower = below.unwrap_or(0.0).max(min);
        // Beyond the last bound nothing is known but the largest value.
        let upper = bounds.get(index).copied();
        let upper = match (upper, self.max) {
            (Some(upper), Some(max)) => upper.min(max),
            (Some(upper), None) => upper,
            (None, Some(max)) => max,
            (None, None) => lower,
        };
        (lower, upper.max(lower))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: &[f64] = &[0.1, 0.5, 1.0];

    fn point<'a>(buckets: &'a [u64], min: f64, max: f64) -> HistogramPoint<'a> {
        let count = buckets.iter().sum();
        HistogramPoint { count, sum: 0.0, min: Some(min), max: Some(max), bounds: BOUNDS, buckets }
    }

    fn of(buckets: &[u64], min: f64, max: f64) -> Buckets {
        let mut all = Buckets::default();
        all.add(&point(buckets, min, max));
        all
    }

    #[test]
    fn a_quantile_lies_in_the_bucket_of_the_true_one_and_between_what_was_seen() {
        // The values are known; the buckets are what a histogram makes of them.
        for values in [
            vec![0.03; 7],
            (1..=100).map(|i| f64::from(i) / 50.0).collect::<Vec<_>>(),
            vec![0.05, 0.05, 0.3, 0.7, 9.0],
            vec![4.0],
            (1..=1000).map(|i| 1.0 / f64::from(i)).collect(),
        ] {
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let mut counts = [0; 4];
            for value in &sorted {
                counts[BOUNDS.partition_point(|bound| bound < value)] += 1;
            }
            let (min, max) = (sorted[0], sorted[sorted.len() - 1]);
            let buckets = of(&counts, min, max);
            for q in [0.0, 0.01, 0.5, 0.95, 0.99, 1.0] {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
                let rank = ((q * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len());
                let (truth, told) = (sorted[rank - 1], buckets.quantile(q).unwrap());
                let bucket = BOUNDS.partition_point(|bound| *bound < truth);
                let lower = bucket.checked_sub(1).map_or(0.0, |below| BOUNDS[below]);
                let upper = BOUNDS.get(bucket).copied().unwrap_or(f64::INFINITY);
                assert!(lower <= told && told <= upper, "{q} of {sorted:?}: {told} for {truth}");
                assert!(min <= told && told <= max, "{q} of {sorted:?}: {told}");
            }
        }
    }

    #[test]
    fn equal_values_have_no_spread() {
        let buckets = of(&[0, 5, 0, 0], 0.3, 0.3);
        assert_eq!((buckets.quantile(0.01), buckets.quantile(0.99)), (Some(0.3), Some(0.3)));
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Buckets::default().quantile(0.5), None);
        let mut cleared = of(&[1, 2, 3, 4], 0.0, 2.0);
        cleared.clear();
        assert_eq!(cleared.quantile(0.5), None);
        assert_eq!(cleared, Buckets { bounds: Some(BOUNDS.into()), ..Buckets::default() });
    }

    #[test]
    fn a_histogram_without_bounds_is_told_by_its_extremes() {
        let mut all = Buckets::default();
        all.add(&HistogramPoint { count: 4, sum: 8.0, min: Some(1.0), max: Some(3.0), bounds: &[], buckets: &[] });
        assert_eq!((all.quantile(0.0), all.quantile(0.5), all.quantile(1.0)), (Some(1.0), Some(2.0), Some(3.0)));
    }

    #[test]
    fn values_that_come_again_fall_into_the_same_buckets_whoever_comes_first() {
        let other = HistogramPoint {
            count: 1,
            sum: 0.3,
            min: Some(0.3),
            max: Some(0.3),
            bounds: &[0.2, 0.4],
            buckets: &[0, 1, 0],
        };
        let (mut first, mut then) = (of(&[1, 0, 0, 0], 0.05, 0.05), Buckets::default());
        then.clone_from(&first);
        first.add(&other);
        then.clear();
        then.add(&other);
        then.add(&point(&[1, 0, 0, 0], 0.05, 0.05));
        assert_eq!(first, then);
    }

    #[test]
    fn quantiles_interpolate_within_a_bucket() {
        let buckets = of(&[0, 10, 0, 0], 0.1, 0.5);
        assert!((buckets.quantile(0.25).unwrap() - 0.2).abs() < 1e-9);
        assert!((of(&[4, 0, 4, 0], 0.05, 0.9).quantile(0.75).unwrap() - 0.7).abs() < 1e-9);
    }

    #[test]
    fn sums_of_histograms_are_the_histogram_of_all() {
        let mut all = of(&[1, 0, 2, 0], 0.01, 0.8);
        all.merge(&of(&[0, 3, 0, 1], 0.2, 7.0));
        assert_eq!(all, of(&[1, 3, 2, 1], 0.01, 7.0));
        let mut from_nothing = Buckets::default();
        from_nothing.merge(&all);
        assert_eq!(from_nothing, all);
        assert_eq!(all.since(&of(&[1, 0, 2, 0], 0.01, 0.8)), of(&[0, 3, 0, 1], 0.01, 7.0));
    }

    #[test]
    fn other_bounds_are_told_too_large_rather_than_too_small() {
        let mut all = of(&[1, 0, 0, 0], 0.05, 0.05);
        let other = HistogramPoint {
            count: 6,
            sum: 0.0,
            min: Some(0.01),
            max: Some(3.0),
            bounds: &[0.02, 0.5, 2.0],
            buckets: &[1, 2, 1, 2],
        };
        all.add(&other);
        // Up to 0.02 lies below 0.1, up to 0.5 is a bound of both, up to 2 and above may be above 1.
        assert_eq!(all, of(&[2, 2, 0, 3], 0.01, 3.0));
    }
}
