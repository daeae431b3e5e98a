//! The form of all answers in JSON.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::{
    Json,
    http::{HeaderName, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// What was true a second ago is no answer to a probe.
pub(crate) const NOT_CACHED: [(HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];

#[derive(Serialize)]
struct Success<T> {
    success: bool,
    data: T,
    timestamp: f64,
}

#[derive(Serialize)]
struct Failure<'a> {
    success: bool,
    error: &'a str,
    timestamp: f64,
}

/// 200 and the data.
pub(crate) fn success(data: impl Serialize) -> Response {
    (NOT_CACHED, Json(Success { success: true, data, timestamp: unix_now() })).into_response()
}

/// What is wrong, and what to mend.
pub(crate) fn failure(status: StatusCode, error: &str) -> Response {
    (status, NOT_CACHED, Json(Failure { success: false, error, timestamp: unix_now() })).into_response()
}

/// Unix time in seconds. A clock before 1970 is a broken clock; the process is still healthy.
pub(crate) fn unix_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// RFC 3339 with milliseconds and `Z`.
pub(crate) fn rfc_3339(at: SystemTime) -> String {
    // The library takes no time before 1970 or after 9999.
    let end = UNIX_EPOCH + std::time::Duration::from_secs(253_402_300_799);
    humantime::format_rfc3339_millis(at.clamp(UNIX_EPOCH, end)).to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_written_whatever_the_clock_says() {
        for (at, written) in [
            (UNIX_EPOCH + Duration::from_millis(1_764_000_000_250), "2025-11-24T16:00:00.250Z"),
            (UNIX_EPOCH - Duration::from_secs(5), "1970-01-01T00:00:00.000Z"),
            (UNIX_EPOCH + Duration::from_secs(1 << 40), "9999-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(rfc_3339(at), written);
        }
    }
}
