//! What the tests of sqlx ask of what was recorded.

use std::time::Duration;

use tachograph_testing::{SpanData, TestTelemetry};

pub(crate) const DURATION: &str = "db.client.operation.duration";
pub(crate) const ROWS: &str = "db.client.response.returned_rows";
pub(crate) const ACTIVE: &str = "tachograph.operations.active";
pub(crate) const COUNT: &str = "db.client.connection.count";
pub(crate) const PENDING: &str = "db.client.connection.pending_requests";
pub(crate) const TIMEOUTS: &str = "db.client.connection.timeouts";
pub(crate) const WAIT: &str = "db.client.connection.wait_time";
pub(crate) const USE: &str = "db.client.connection.use_time";

/// How statements ended.
pub(crate) const ENDS: &[&str] =
    &["db.response.returned_rows", "db.response.status_code", "error.type", "tachograph.db.affected_rows"];

/// In every literal and bound value: it must never come out.
pub(crate) const MARK: &str = "hunter2";

/// Panics where the mark is in anything that would be exported, or where something is still in flight.
#[track_caller]
pub(crate) fn assert_clean(test: &TestTelemetry) {
    let exported = format!("{:?} {:?}", test.spans(), test.metrics());
    assert!(!exported.contains(MARK), "{exported}");
    assert_eq!(test.metrics().value(ACTIVE, &[]), 0.0);
}

/// The attributes of a span as text, sorted.
pub(crate) fn attributes(span: &SpanData) -> Vec<String> {
    let mut all: Vec<String> = span.attributes.iter().map(|attr| format!("{}={}", attr.key, attr.value)).collect();
    all.sort();
    all
}

/// Lets other tasks run until `reached`.
pub(crate) async fn until(what: &str, reached: impl Fn() -> bool) {
    let waiting = async {
        while !reached() {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(20), waiting).await.is_ok(), "waited in vain: {what}");
}
