//! Nothing installed: nothing is allocated, however the call is written.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

use futures_util::FutureExt as _;
use tachograph::{
    AgentExecution, LlmRequest, Usage, breadcrumb, breadcrumbs, capture_error, capture_message, current, custom,
    event::Severity, record_cache_hit, record_error, record_llm_request, set_system_health, track_agent_execution,
    track_llm_request, track_tool_execution,
};

static ORDERS: custom::Counter = custom::Counter::new("shop.orders");

#[track_agent_execution("researcher", attributes("app.tier" = "gold"))]
async fn agent() -> Result<u32, std::fmt::Error> {
    current::agent(|call| call.attribute("k", "v"));
    Ok(tool() + llm().await?)
}

#[track_tool_execution("search")]
fn tool() -> u32 {
    1
}

#[track_llm_request("openai", "gpt-4o", usage = |r| (u64::from(*r), 1))]
async fn llm() -> Result<u32, std::fmt::Error> {
    Ok(2)
}

fn everything() {
    assert_eq!(agent().now_or_never(), Some(Ok(3)));
    let tracked = track_llm_request("openai", "gpt-4o", async { Ok::<_, std::fmt::Error>(1) });
    assert_eq!(tracked.now_or_never(), Some(Ok(1)));
    let call = LlmRequest::new("openai", "gpt-4o").start();
    call.usage(Usage::new(1, 1));
    call.attribute("k", "v");
    call.succeed();
    drop(AgentExecution::new("dropped").start());
    record_llm_request("openai", "gpt-4o", std::time::Duration::ZERO, (1, 1), tachograph::Outcome::Success);
    record_cache_hit("sessions");
    record_error("bad", "here");
    set_system_health("redis", 1.0);
    ORDERS.add(1, &[]);
    capture_error(&std::fmt::Error).user("u-1").tag("tenant", "acme").operation("checkout").backtrace().fails_call();
    capture_message(Severity::Error, "a message").tag("tenant", "acme");
    breadcrumbs::scope(|| breadcrumb("step", format_args!("{}", 1)));
}

#[test]
fn tracked_calls_allocate_nothing_where_nothing_is_installed() {
    everything();
    let measured = allocation_counter::measure(everything);
    assert_eq!(measured.count_total, 0);
}

#[test]
fn the_same_calls_allocate_where_telemetry_is_in_force() {
    let test = tachograph_testing::TestTelemetry::new();
    let _scope = test.enter();
    assert!(allocation_counter::measure(everything).count_total > 0, "the counter counts");
}
