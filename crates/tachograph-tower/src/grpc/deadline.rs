//! The deadline of a call, which its caller tells with it.

use std::time::{Duration, Instant};

use http::HeaderMap;

const HOUR: u64 = 3600;
const MINUTE: u64 = 60;

/// When a call has to be answered, by its header `grpc-timeout`. `None` where there is none, or none that can be read.
pub(super) fn of(headers: &HeaderMap) -> Option<Instant> {
    Instant::now().checked_add(timeout(headers.get("grpc-timeout")?.to_str().ok()?)?)
}

/// Whether a deadline has passed.
pub(super) fn is_over(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| deadline <= Instant::now())
}

/// One to eight digits and a unit (`doc/PROTOCOL-HTTP2.md` of gRPC).
fn timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * HOUR)),
        "M" => Some(Duration::from_secs(amount * MINUTE)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_digits_and_a_unit() {
        for (text, seconds) in [("2H", 7200.0), ("3M", 180.0), ("4S", 4.0), ("5m", 5e-3), ("6u", 6e-6), ("7n", 7e-9)] {
            assert_eq!(timeout(text), Some(Duration::from_secs_f64(seconds)), "{text}");
        }
        assert_eq!(timeout("99999999H"), Some(Duration::from_secs(99_999_999 * HOUR)));
        for bad in ["", "S", "5", "5s", "-5S", "+5S", "123456789S", "5é", "é", "5 S"] {
            assert_eq!(timeout(bad), None, "{bad:?}");
        }
    }
}
