//! What calls cost: published prices, own ones over them, and both over time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

mod dated;
mod differential;
mod exactness;
mod files;
mod lookup;
mod oracle;
mod own;
mod random;
mod speed;

use std::time::{Duration, SystemTime};

/// 2026-11-20 12:00:00 UTC.
const NOON: u64 = 1_795_176_000;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn is_close(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * left.abs().max(right.abs())
}

#[track_caller]
fn assert_close(left: Option<f64>, right: f64) {
    assert!(left.is_some_and(|left| is_close(left, right)), "{left:?} is not {right}");
}
