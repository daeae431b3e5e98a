//! Times as text.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

/// The last millisecond that four digits of a year have room for.
const LAST: Duration = Duration::from_millis(253_402_300_799_999);

/// RFC 3339 with milliseconds, in UTC. A clock that stands before 1970 or after 9999 is told as the nearest of what can be told.
pub(in crate::logs) fn write(line: &mut String, time: SystemTime) {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().min(LAST);
    let _ = write!(line, "{}", humantime::format_rfc3339_millis(SystemTime::UNIX_EPOCH + since));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_far_off_is_told_as_far_as_it_can_be() {
        let told = |time| {
            let mut line = String::new();
            write(&mut line, time);
            line
        };
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!(told(epoch + Duration::from_millis(1_764_291_723_004)), "2025-11-28T01:02:03.004Z");
        assert_eq!(told(epoch - Duration::from_secs(1)), "1970-01-01T00:00:00.000Z");
        assert_eq!(told(epoch + LAST + Duration::from_secs(1)), "9999-12-31T23:59:59.999Z");
    }
}
