//! Times as answers have them.

use std::{
    fmt::Write as _,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// RFC 3339 with milliseconds and `Z`.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    // A clock before 1970 or after 9999 is a broken clock; formatting it would panic.
    let mut text = String::new();
    let _ = write!(text, "{}", humantime::format_rfc3339_millis(time.max(UNIX_EPOCH)));
    text
}

/// Seconds since 1970, for the outermost level of an answer.
pub(crate) fn unix_seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// As Python prints a `timedelta` of whole seconds: `2:30:45`, `1 day, 2:30:45`, `3 days, 0:00:05`.
pub(crate) fn uptime(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes, seconds) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let of_the_day = format!("{hours}:{minutes:02}:{seconds:02}");
    match days {
        0 => of_the_day,
        1 => format!("1 day, {of_the_day}"),
        _ => format!("{days} days, {of_the_day}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptime_is_a_timedelta_of_python() {
        for (seconds, told) in [
            (0, "0:00:00"),
            (59, "0:00:59"),
            (3_600, "1:00:00"),
            (9_045, "2:30:45"),
            (86_399, "23:59:59"),
            (86_400, "1 day, 0:00:00"),
            (95_445, "1 day, 2:30:45"),
            (259_205, "3 days, 0:00:05"),
        ] {
            assert_eq!(uptime(Duration::from_secs(seconds)), told);
        }
        assert_eq!(uptime(Duration::from_millis(1_999)), "0:00:01");
    }

    #[test]
    fn times_are_told_whatever_the_clock_says() {
        assert_eq!(rfc3339(UNIX_EPOCH + Duration::from_millis(1_795_827_723_004)), "2026-11-28T01:02:03.004Z");
        let before = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!((rfc3339(before).as_str(), unix_seconds(before)), ("1970-01-01T00:00:00.000Z", 0.0));
        let far = UNIX_EPOCH + Duration::from_secs(300_000_000_000);
        assert_eq!((rfc3339(far).as_str(), unix_seconds(far)), ("", 3e11));
    }
}
