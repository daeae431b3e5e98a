//! What is written: families of series, with all their text and numbers in buffers that are reused from scrape to scrape.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::accounting::Dropped;

/// The Prometheus type of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A number as it was recorded: integers stay exact beyond 2⁵³.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    U64(u64),
    I64(i64),
    F64(f64),
}

impl Number {
    #[expect(clippy::cast_precision_loss, reason = "Prometheus values are floating point")]
    fn as_f64(self) -> f64 {
        match self {
            Self::U64(number) => number as f64,
            Self::I64(number) => number as f64,
            Self::F64(number) => number,
        }
    }

    fn plus(self, other: Self) -> Self {
        let exact = match (self, other) {
            (Self::U64(a), Self::U64(b)) => a.checked_add(b).map(Self::U64),
            (Self::I64(a), Self::I64(b)) => a.checked_add(b).map(Self::I64),
            _ => None,
        };
        exact.unwrap_or_else(|| Self::F64(self.as_f64() + other.as_f64()))
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self::U64(number)
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self::I64(number)
    }
}

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        Self::F64(number)
    }
}

/// As the text format wants it: `NaN`, `+Inf`, `-Inf`, and an exponent where digits would fill the line.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::U64(number) => write!(f, "{number}"),
            Self::I64(number) => write!(f, "{number}"),
            Self::F64(number) if number.is_nan() => f.write_str("NaN"),
            Self::F64(f64::INFINITY) => f.write_str("+Inf"),
            Self::F64(f64::NEG_INFINITY) => f.write_str("-Inf"),
            Self::F64(number) if number != 0.0 && !(1e-5..1e16).contains(&number.abs()) => write!(f, "{number:e}"),
            Self::F64(number) => write!(f, "{number}"),
        }
    }
}

/// The text and numbers of all series of one scrape.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    pub(crate) text: String,
    pub(crate) bounds: Vec<f64>,
    pub(crate) counts: Vec<u64>,
}

impl Arena {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.bounds.clear();
        self.counts.clear();
    }
}

/// A histogram; the counts are those of each bucket, not cumulative, and one more than the bounds.
#[derive(Debug, Clone)]
pub(crate) struct Buckets {
    pub(crate) bounds: Range<usize>,
    pub(crate) counts: Range<usize>,
    pub(crate) count: u64,
    pub(crate) sum: Number,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Something counted, of which two can be added.
    Sum(Number),
    /// Something measured, of which two cannot.
    Gauge(Number),
    Histogram(Buckets),
}

/// One line, or the lines of one histogram.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    /// The rendered labels, in `Arena::text`.
    pub(crate) labels: Range<usize>,
    pub(crate) value: Value,
}

#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) help: Cow<'static, str>,
    pub(crate) series: Vec<Series>,
}

impl Family {
    /// Sorts the series by their labels and leaves no two with the same.
    ///
    /// Attribute sets may become equal on the way to labels (`1` and `"1"`, keys cleaned to one name), and projections make them
    /// equal on purpose. Sums, and histograms with equal bounds, are added, because together they counted all of it. Of gauges the
    /// largest stays, of histograms that do not fit the one that counted most; the others are dropped and counted.
    pub(crate) fn settle(&mut self, arena: &mut Arena, dropped: &mut Dropped) {
        self.series.sort_by(|a, b| arena.text[a.labels.clone()].cmp(&arena.text[b.labels.clone()]));
        self.series.dedup_by(|later, first| {
            if arena.text[later.labels.clone()] != arena.text[first.labels.clone()] {
                return false;
            }
            if !absorb(&mut first.value, &later.value, arena) {
                dropped.duplicate_series += 1;
            }
            true
        });
    }

    /// The names that the family's lines begin with, for a histogram not its own.
    pub(crate) fn sample_names(&self) -> Vec<String> {
        match self.kind {
            Kind::Counter | Kind::Gauge => vec![self.name.clone()],
            Kind::Histogram => ["bucket", "count", "sum"].iter().map(|part| format!("{}_{part}", self.name)).collect(),
        }
    }
}

/// Takes `other` into `value`; false when they could not be added.
fn absorb(value: &mut Value, other: &Value, arena: &mut Arena) -> bool {
    match (&mut *value, other) {
        (Value::Sum(number), Value::Sum(other)) => *number = number.plus(*other),
        (Value::Histogram(histogram), Value::Histogram(other))
            if arena.bounds[histogram.bounds.clone()] == arena.bounds[other.bounds.clone()]
                && histogram.counts.len() == other.counts.len() =>
        {
            for (mine, theirs) in histogram.counts.clone().zip(other.counts.clone()) {
                arena.counts[mine] += arena.counts[theirs];
            }
            histogram.count += other.count;
            histogram.sum = histogram.sum.plus(other.sum);
        }
        _ => {
            if other.weight() > value.weight() {
                *value = other.clone();
            }
            return false;
        }
    }
    true
}

impl Value {
    /// What decides between two values of which only one can stay.
    fn weight(&self) -> f64 {
        match self {
            Self::Sum(number) | Self::Gauge(number) => number.as_f64(),
            Self::Histogram(buckets) => Number::U64(buckets.count).as_f64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_prometheus_parses_them() {
        let cases = [
            (Number::F64(f64::NAN), "NaN"),
            (Number::F64(f64::INFINITY), "+Inf"),
            (Number::F64(f64::NEG_INFINITY), "-Inf"),
            (Number::F64(0.0), "0"),
            (Number::F64(0.25), "0.25"),
            (Number::F64(10.0), "10"),
            (Number::F64(1e300), "1e300"),
            (Number::F64(-2.5e-9), "-2.5e-9"),
            (Number::U64(u64::MAX), "18446744073709551615"),
            (Number::I64(-3), "-3"),
        ];
        for (number, text) in cases {
            assert_eq!(number.to_string(), text);
        }
    }

    #[test]
    fn integers_are_added_exactly_and_overflow_to_floating_point() {
        assert_eq!(Number::U64(1 << 60).plus(Number::U64(1)), Number::U64((1 << 60) + 1));
        assert_eq!(Number::U64(u64::MAX).plus(Number::U64(1)), Number::F64(18_446_744_073_709_551_616.0));
        assert_eq!(Number::I64(-1).plus(Number::F64(0.5)), Number::F64(-0.5));
    }
}
