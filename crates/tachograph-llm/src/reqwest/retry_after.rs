//! How long a provider asks to wait.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, header};

const MILLISECONDS: &str = "retry-after-ms";
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `retry-after-ms`, which OpenAI and Azure send and which is more exact, else `Retry-After`: seconds or a date (RFC 9110, section
/// 10.2.3). A date counts from the `Date` of the answer, as long as there is one: the clocks of two machines differ.
pub(super) fn read(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(wait) = text(MILLISECONDS).and_then(|milliseconds| seconds(milliseconds, 1000.0)) {
        return Some(wait);
    }
    let after = text(header::RETRY_AFTER.as_str())?;
    seconds(after, 1.0).or_else(|| {
        let sent = text(header::DATE.as_str()).and_then(date).unwrap_or_else(SystemTime::now);
        Some(date(after)?.duration_since(sent).unwrap_or_default())
    })
}

fn seconds(text: &str, parts: f64) -> Option<Duration> {
    let number: f64 = text.parse().ok()?;
    Duration::try_from_secs_f64(number / parts).ok()
}

/// A date in the one form that may be sent: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
fn date(text: &str) -> Option<SystemTime> {
    let mut words = text.split_once(", ")?.1.split(' ');
    let day: u64 = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let year: u64 = words.next()?.parse().ok()?;
    let mut clock = words.next()?.split(':').map(|number| number.parse::<u64>().ok());
    let (hours, minutes, seconds) = (clock.next()??, clock.next()??, clock.next()??);
    if !(1970..=9999).contains(&year) || !(1..=31).contains(&day) || hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let seconds = (days(year, month, day) * 24 + hours) * 3600 + minutes * 60 + seconds;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// Days since 1970, by counting years from March: the day that is added to some comes last then.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    (365 * year + leap_days + (153 * month + 2) / 5 + day).saturating_sub(719_469)
}

#[cfg(test)]
mod tests {
    use super::{Duration, HeaderMap, UNIX_EPOCH, date, read};

    fn wait(headers: &[(&'static str, &'static str)]) -> Option<f64> {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        read(&headers).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn seconds_milliseconds_and_dates_are_understood() {
        assert_eq!(wait(&[("retry-after", "20")]), Some(20.0));
        assert_eq!(wait(&[("retry-after", "1"), ("retry-after-ms", "250.5")]), Some(0.2505));
        let sent = ("date", "Tue, 27 Feb 2024 23:59:50 GMT");
        assert_eq!(wait(&[sent, ("retry-after", "Thu, 29 Feb 2024 00:00:10 GMT")]), Some(86420.0));
        assert_eq!(wait(&[sent, ("retry-after", "Mon, 26 Feb 2024 00:00:00 GMT")]), Some(0.0));
    }

    #[test]
    fn what_is_no_wait_is_passed_over() {
        for nonsense in ["", "-1", "NaN", "inf", "1e300", "soon", "Thu, 29 Feb", "Thu, 29 Foo 2024 00:00:10 GMT"] {
            assert_eq!(wait(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ] {
            assert_eq!(date(text), Some(UNIX_EPOCH + Duration::from_secs(seconds)), "{text}");
        }
    }
}
