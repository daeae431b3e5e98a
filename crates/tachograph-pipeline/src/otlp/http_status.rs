//! Statuses of HTTP that are no success, over either protocol: between here and a gRPC server there may be a proxy.

use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};

use super::answer::{Again, Refusal};

pub(super) fn refusal(status: StatusCode, headers: &HeaderMap) -> Refusal {
    let why = format!("the receiver answered {status}");
    let again = match status {
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Again::After(retry_after(headers)),
        _ => Again::Never,
    };
    Refusal { why, again }
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, retry_after: &str) -> Again {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, retry_after.parse().unwrap())]);
        refusal(StatusCode::from_u16(status).unwrap(), &headers).again
    }

    #[test]
    fn four_statuses_are_tried_again_and_no_other() {
        for status in (300..600).filter(|status| ![429, 502, 503, 504].contains(status)) {
            assert_eq!(judged(status, "1"), Again::Never, "{status}");
        }
        for status in [429, 502, 503, 504] {
            assert_eq!(judged(status, "2"), Again::After(Some(Duration::from_secs(2))), "{status}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_nonsense_is_none() {
        let later = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        let Again::After(Some(delay)) = judged(503, &later) else { panic!("{later} is not understood") };
        assert!((90..=100).contains(&delay.as_secs()), "{delay:?}");
        assert_eq!(judged(503, "Sun, 06 Nov 1994 08:49:37 GMT"), Again::After(Some(Duration::ZERO)));
        for nonsense in ["soon", "-1", ""] {
            assert_eq!(judged(503, nonsense), Again::After(None), "{nonsense}");
        }
    }
}
