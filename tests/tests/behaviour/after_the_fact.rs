//! Helpers for code that measures by itself.

use std::time::Duration;

use tachograph::{
    AgentExecution, Outcome, Usage, record_agent_execution, record_api_request, record_cache_hit, record_cache_miss,
    record_command_execution, record_db_query, record_error, record_llm_request, record_tool_execution,
    record_workflow_execution, set_active_users, set_database_connections, set_system_health,
};
use tachograph_testing::TestTelemetry;

#[test]
fn recorded_calls_have_the_duration_that_was_told() {
    let test = TestTelemetry::new();
    let took = Duration::from_secs(3);
    test.scope(|| {
        record_agent_execution("researcher", took, Outcome::Success);
        record_llm_request("openai", "gpt-4o", took, Usage::new(100, 20), Outcome::error("rate_limit_exceeded"));
        record_tool_execution("search", took, Outcome::Cancelled);
        record_command_execution("import", took, Outcome::Success);
        record_workflow_execution("billing", took, Outcome::Success);
        record_api_request("GET", "/users/{id}", 502, took);
        record_db_query("SELECT", "users", took, Outcome::Success);
    });
    let metrics = test.metrics();
    for (metric, labels) in [
        ("gen_ai.invoke_agent.duration", vec![("gen_ai.agent.name", "researcher")]),
        ("gen_ai.client.operation.duration", vec![("error.type", "rate_limit_exceeded")]),
        ("gen_ai.execute_tool.duration", vec![("error.type", "cancelled")]),
        ("tachograph.command.duration", vec![("tachograph.command.name", "import")]),
        ("gen_ai.invoke_workflow.duration", vec![("gen_ai.workflow.name", "billing")]),
        ("http.server.request.duration", vec![("http.response.status_code", "502"), ("error.type", "502")]),
        ("db.client.operation.duration", vec![("db.collection.name", "users")]),
    ] {
        assert_eq!(metrics.count(metric, &labels), 1, "{metric}");
        assert_eq!(metrics.sum(metric, &labels), 3.0, "{metric}: seconds");
    }
    assert_eq!(metrics.sum("gen_ai.client.token.usage", &[("gen_ai.token.type", "input")]), 100.0);
    for span in test.spans() {
        let length = span.end_time.duration_since(span.start_time).unwrap();
        assert_eq!(length, took, "{}", span.name);
    }
    let active = metrics.names().into_iter().filter(|name| name.contains("active")).count();
    assert_eq!(active, 0, "what was never in flight is not counted there");
}

#[test]
fn cache_look_ups_are_counted_without_a_span() {
    let test = TestTelemetry::new();
    test.scope(|| {
        record_cache_hit("sessions");
        record_cache_hit("sessions");
        record_cache_miss("sessions");
    });
    let metrics = test.metrics();
    assert_eq!(metrics.value("tachograph.cache.operations", &[("tachograph.cache.result", "hit")]), 2.0);
    assert_eq!(metrics.value("tachograph.cache.operations", &[("tachograph.cache.result", "miss")]), 1.0);
    assert_eq!(test.tree(), "");
    assert_eq!(metrics.names(), ["tachograph.cache.operations"]);
}

#[test]
fn an_error_is_counted_and_marks_the_running_call() {
    let test = TestTelemetry::new();
    test.scope(|| {
        record_error("queue_full", "ingest");
        AgentExecution::new("researcher").run(|| record_error("bad_plan", "planner"));
    });
    let metrics = test.metrics();
    assert_eq!(metrics.value("tachograph.errors", &[("tachograph.component", "ingest")]), 1.0);
    assert_eq!(metrics.value("tachograph.errors", &[("error.type", "bad_plan")]), 1.0);
    assert_eq!(metrics.count("gen_ai.invoke_agent.duration", &[("error.type", "bad_plan")]), 1);
}

#[test]
fn gauges_hold_what_was_set_last() {
    let test = TestTelemetry::new();
    test.scope(|| {
        for health in [1.0, 7.0, f64::NAN] {
            set_system_health("redis", health);
        }
        set_system_health("database", 0.5);
        set_active_users(12);
        set_active_users(11);
        set_database_connections(8);
    });
    let metrics = test.metrics();
    assert_eq!(metrics.value("tachograph.system.health", &[("tachograph.component", "redis")]), 0.0);
    assert_eq!(metrics.value("tachograph.system.health", &[("tachograph.component", "database")]), 0.5);
    assert_eq!(metrics.value("tachograph.users.active", &[]), 11.0);
    assert_eq!(metrics.value("tachograph.database.connections", &[]), 8.0);
}

#[test]
fn error_types_of_one_operation_are_bounded() {
    let test = TestTelemetry::new();
    test.scope(|| {
        for user in 0..1000 {
            record_tool_execution("search", Duration::ZERO, Outcome::error(format!("user {user} unknown")));
        }
    });
    let metrics = test.metrics();
    assert_eq!(metrics.count("gen_ai.execute_tool.duration", &[]), 1000, "none is lost");
    assert_eq!(metrics.series("gen_ai.execute_tool.duration").len(), 65);
    assert_eq!(metrics.count("gen_ai.execute_tool.duration", &[("error.type", "_OTHER")]), 936);
}

#[test]
fn absurd_durations_do_not_panic() {
    let test = TestTelemetry::new();
    test.scope(|| {
        record_tool_execution("search", Duration::MAX, Outcome::Success);
        record_tool_execution("search", Duration::ZERO, Outcome::Success);
    });
    assert_eq!(test.metrics().count("gen_ai.execute_tool.duration", &[]), 2);
    assert_eq!(test.spans().len(), 2);
}
