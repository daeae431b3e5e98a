//! The `Server-Timing` header: where the time of a request went, for the developer tools of browsers.

use std::{fmt::Write as _, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use tachograph_core::{Share, Work};

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Adds the header: `total`, the time to the head of the response, and what was done in it, with the number of operations
/// as the description. Metrics that others put there stay.
pub(super) fn append(headers: &mut HeaderMap, total: Duration, work: &Work) {
    let mut text = String::with_capacity(96);
    let _ = write!(text, "total;dur={}", milliseconds(total));
    for (name, Share { count, time, .. }) in
        [("db", work.db), ("llm", work.llm), ("tool", work.tool), ("cache", work.cache)]
    {
        if count > 0 {
            let _ = write!(text, ", {name};dur={};desc=\"{count}\"", milliseconds(time));
        }
    }
    if let Ok(value) = HeaderValue::try_from(text) {
        headers.append(SERVER_TIMING, value);
    }
}

/// Server Timing, section 3.4: milliseconds, as a floating-point number.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_was_not_done_is_left_out() {
        let mut work = Work::default();
        work.db.count = 3;
        work.db.time = Duration::from_nanos(12_345_678);
        work.cache.count = 1;
        let mut headers = HeaderMap::new();
        headers.append(SERVER_TIMING, "edge;dur=1".parse().unwrap());
        append(&mut headers, Duration::from_millis(20), &work);
        let values: Vec<_> = headers.get_all(SERVER_TIMING).iter().collect();
        assert_eq!(values, ["edge;dur=1", r#"total;dur=20, db;dur=12.346;desc="3", cache;dur=0;desc="1""#]);
    }
}
