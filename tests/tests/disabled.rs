//! `OTEL_SDK_DISABLED=true`: an initialised application records nothing and allocates nothing for it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

use futures_util::FutureExt as _;
use tachograph::{LlmRequest, Settings, Telemetry, Usage, current, track_agent_execution};

#[track_agent_execution("researcher", attributes("app.tier" = "gold"))]
async fn agent() -> Result<u32, std::fmt::Error> {
    current::agent(|_| panic!("nothing runs"));
    let call = LlmRequest::new("openai", "gpt-4o").start();
    call.usage(Usage::new(1, 1));
    call.succeed();
    Ok(1)
}

#[test]
fn a_disabled_application_is_one_without_telemetry() {
    let settings =
        Settings::from_lookup(|name| (name == "OTEL_SDK_DISABLED").then(|| "true".to_owned())).expect("it is valid");
    let telemetry = tachograph::builder().with_settings(settings).with_tracing_subscriber(false).init().unwrap();
    assert!(Telemetry::current().is_none());
    assert!(telemetry.prometheus_text().is_err());
    let summary = telemetry.stats().summary();
    assert!(summary.metrics_error.as_ref().is_some_and(|error| error.contains("telemetry is disabled")), "{summary:?}");
    assert_eq!(summary.total_requests, 0);
    assert_eq!(agent().now_or_never(), Some(Ok(1)));
    assert_eq!(allocation_counter::measure(|| assert!(agent().now_or_never().is_some())).count_total, 0);
    assert!(telemetry.shutdown_blocking(std::time::Duration::from_secs(5)).into_result().is_ok());
}
