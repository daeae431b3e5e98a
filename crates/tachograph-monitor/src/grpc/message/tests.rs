mod stats;

use super::*;

#[test]
fn times_are_the_same_however_they_are_written() {
    assert_eq!(seconds(9_045), Some(prost_types::Duration { seconds: 9_045, nanos: 0 }));
    assert_eq!(milliseconds(Some(1_234.5)), Some(prost_types::Duration { seconds: 1, nanos: 234_500_000 }));
    let moment = prost_types::Timestamp { seconds: 1_764_000_000, nanos: 250_000_000 };
    assert_eq!(timestamp("2025-11-24T16:00:00.250Z"), Some(moment));
    assert_eq!(unix_timestamp(1_764_000_000.25), Some(moment));
}

#[test]
fn what_is_no_time_is_not_known() {
    for milliseconds_of in [f64::NAN, f64::INFINITY, -1.0, f64::MAX] {
        assert_eq!(milliseconds(Some(milliseconds_of)), None, "{milliseconds_of}");
        assert_eq!(unix_timestamp(milliseconds_of), None, "{milliseconds_of}");
    }
    assert_eq!((milliseconds(None), timestamp(""), seconds(u64::MAX)), (None, None, None));
}
