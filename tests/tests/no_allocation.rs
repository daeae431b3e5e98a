//! Nothing installed: nothing is allocated, however the call is written. Nor for events that nobody is told.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

use futures_util::FutureExt as _;
use tachograph::{
    AgentExecution, LlmRequest, Usage, breadcrumb, breadcrumbs, capture_error, capture_message, current, custom,
    event::Severity, log_performance, log_security_event, record_cache_hit, record_error, record_llm_request,
    set_system_health, track_agent_execution, track_llm_request, track_tool_execution,
};
use tests::variants::{Events, Parent, telemetry_with_events};

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
    log_performance("rebuild", std::time::Duration::ZERO, []);
    log_security_event(Severity::Critical, "refused", Some("::1"), []);
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

#[test]
fn events_that_are_off_or_filtered_allocate_nothing() {
    let allocations = |events, call: fn()| {
        let (telemetry, ..) = telemetry_with_events(events);
        let _scope = telemetry.enter();
        // Below it calls have no span, whose batches would be allocated now and then.
        let _parent = Parent::Unsampled.enter();
        (0..10).for_each(|_| call());
        allocation_counter::measure(|| (0..100).for_each(|_| call())).count_total
    };
    let call = || drop(AgentExecution::new("dropped").start());
    let logs = || {
        log_performance("rebuild", std::time::Duration::ZERO, []);
        log_security_event(Severity::Critical, "refused", Some("::1"), []);
    };
    let off = allocations(Events::Off, call);
    assert_eq!(allocations(Events::Filtered, call), off);
    assert!(allocations(Events::Told, call) > off, "the counter counts");
    assert_eq!(allocations(Events::Filtered, logs), 0);
    assert!(allocations(Events::Told, logs) > 0, "the counter counts");
    let (telemetry, ..) = tests::variants::telemetry(true);
    let _scope = telemetry.enter();
    let _parent = Parent::Unsampled.enter();
    (0..10).for_each(|_| call());
    let without_sink = allocation_counter::measure(|| (0..100).for_each(|_| call())).count_total;
    assert_eq!(without_sink, off, "a sink costs nothing where nobody asked for events");
}
