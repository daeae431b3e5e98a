//! What Rust code has, as messages.

mod health;
mod info;
mod stats;

use std::time::{Duration, SystemTime};

/// Seconds of an uptime.
fn seconds(seconds: u64) -> Option<prost_types::Duration> {
    duration(Duration::from_secs(seconds))
}

fn duration(duration: Duration) -> Option<prost_types::Duration> {
    duration.try_into().ok()
}

/// Of milliseconds. What is no duration, as `NaN`, is not known.
fn milliseconds(milliseconds: Option<f64>) -> Option<prost_types::Duration> {
    duration(Duration::try_from_secs_f64(milliseconds? / 1000.0).ok()?)
}

/// Of RFC 3339.
fn timestamp(written: &str) -> Option<prost_types::Timestamp> {
    humantime::parse_rfc3339(written).ok().map(Into::into)
}

/// Of Unix seconds.
fn unix_timestamp(seconds: f64) -> Option<prost_types::Timestamp> {
    let since = Duration::try_from_secs_f64(seconds).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(since).map(Into::into)
}

#[cfg(test)]
mod tests;
