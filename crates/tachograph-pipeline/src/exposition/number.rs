//! Numbers, and how the formats of Prometheus write them.

/// A number as it was recorded: integers stay exact beyond 2⁵³.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    U64(u64),
    I64(i64),
    F64(f64),
}

/// Below this, floating point numbers without a fraction are exact and are written without one.
const EXACT: f64 = 1e15;

impl Number {
    #[expect(clippy::cast_precision_loss, reason = "Prometheus values are floating point")]
    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Self::U64(number) => number as f64,
            Self::I64(number) => number as f64,
            Self::F64(number) => number,
        }
    }

    /// The sum, and what rounding took from it.
    pub(crate) fn plus(self, other: Self) -> (Self, f64) {
        let exact = match (self, other) {
            (Self::U64(a), Self::U64(b)) => a.checked_add(b).map(Self::U64),
            (Self::I64(a), Self::I64(b)) => a.checked_add(b).map(Self::I64),
            _ => None,
        };
        if let Some(sum) = exact {
            return (sum, 0.0);
        }
        let (a, b) = (self.as_f64(), other.as_f64());
        let sum = a + b;
        // Knuth's two-sum: exact, whichever of the two is the larger.
        let of_b = sum - a;
        let rounded_off = (a - (sum - of_b)) + (b - of_b) + self.beyond_f64() + other.beyond_f64();
        (Self::F64(sum), if rounded_off.is_finite() { rounded_off } else { 0.0 })
    }

    /// What [`as_f64`](Self::as_f64) leaves out.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "whole numbers, and their small difference"
    )]
    fn beyond_f64(self) -> f64 {
        match self {
            Self::U64(number) => (i128::from(number) - self.as_f64() as i128) as f64,
            Self::I64(number) => (i128::from(number) - self.as_f64() as i128) as f64,
            Self::F64(_) => 0.0,
        }
    }

    /// Whether a counter may have this value.
    pub(crate) fn can_be_counted(self) -> bool {
        match self {
            Self::U64(_) => true,
            Self::I64(number) => number >= 0,
            Self::F64(number) => number >= 0.0,
        }
    }

    /// Appends it as a value: `NaN`, `+Inf`, `-Inf`, digits, and an exponent where digits would fill the line.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::U64(number) => write_u64(number, out),
            Self::I64(number) => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
            #[expect(clippy::cast_possible_truncation, reason = "it is a whole number well below 2⁶³")]
            Self::F64(number) if number.abs() < EXACT && number.fract() == 0.0 => Self::I64(number as i64).write(out),
            Self::F64(number) => write_f64(number, out),
        }
    }
}

pub(crate) fn write_u64(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Appends the shortest text that reads back as `number`, with a fraction or an exponent: `5.0`, `0.25`, `1e+300`.
pub(crate) fn write_f64(number: f64, out: &mut Vec<u8>) {
    if number.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if number.is_infinite() {
        out.extend_from_slice(if number > 0.0 { b"+Inf" } else { b"-Inf" });
    } else {
        out.extend_from_slice(zmij::Buffer::new().format_finite(number).as_bytes());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_read_as_prometheus_parses_them() {
        let cases = [
            (Number::F64(f64::NAN), "NaN"),
            (Number::F64(f64::INFINITY), "+Inf"),
            (Number::F64(f64::NEG_INFINITY), "-Inf"),
            (Number::F64(0.0), "0"),
            (Number::F64(-0.0), "0"),
            (Number::F64(0.25), "0.25"),
            (Number::F64(10.0), "10"),
            (Number::F64(-3.0), "-3"),
            (Number::F64(999_999_999_999_999.0), "999999999999999"),
            (Number::F64(1e300), "1e+300"),
            (Number::F64(-2.5e-9), "-2.5e-9"),
            (Number::U64(u64::MAX), "18446744073709551615"),
            (Number::I64(-3), "-3"),
        ];
        for (number, expected) in cases {
            assert_eq!(text(|out| number.write(out)), expected);
        }
    }

    #[test]
    fn what_is_written_reads_back_as_the_same_number() {
        let mut bits = 0x9E37_79B9_7F4A_7C15_u64;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            for number in [f64::from_bits(bits), (bits >> 20) as f64, (bits >> 40) as f64 / 1000.0] {
                let written = text(|out| Number::F64(number).write(out));
                let read: f64 = written.parse().unwrap();
                assert!(read == number || (read.is_nan() && number.is_nan()), "{number:?} is written {written}");
            }
        }
    }

    #[test]
    fn bounds_are_floating_point() {
        assert_eq!(text(|out| write_f64(5.0, out)), "5.0");
        assert_eq!(text(|out| write_f64(0.005, out)), "0.005");
        assert_eq!(text(|out| write_f64(0.0, out)), "0.0");
    }

    #[test]
    fn integers_are_added_exactly_and_overflow_to_floating_point() {
        assert_eq!(Number::U64(1 << 60).plus(Number::U64(1)), (Number::U64((1 << 60) + 1), 0.0));
        assert_eq!(Number::U64(u64::MAX).plus(Number::U64(1)), (Number::F64(18_446_744_073_709_551_616.0), 0.0));
        assert_eq!(Number::U64(u64::MAX).plus(Number::U64(3)), (Number::F64(18_446_744_073_709_551_616.0), 2.0));
        assert_eq!(Number::I64(i64::MIN).plus(Number::I64(-1)), (Number::F64(-9_223_372_036_854_775_808.0), -1.0));
        assert_eq!(Number::I64(-1).plus(Number::F64(0.5)), (Number::F64(-0.5), 0.0));
        assert_eq!(Number::F64(1.0).plus(Number::F64(1e-20)), (Number::F64(1.0), 1e-20));
        assert_eq!(Number::F64(f64::MAX).plus(Number::F64(f64::MAX)), (Number::F64(f64::INFINITY), 0.0));
    }

    #[test]
    fn a_counter_is_a_number_that_is_not_negative() {
        for (number, can) in [(0.0, true), (2.5, true), (f64::INFINITY, true), (-0.1, false), (f64::NAN, false)] {
            assert_eq!(Number::F64(number).can_be_counted(), can, "{number}");
        }
        assert!(!Number::I64(-1).can_be_counted() && Number::I64(1).can_be_counted());
    }
}
