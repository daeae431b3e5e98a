//! What `tachograph-core` records, seen through a scrape: under the names of the conventions and under the classic ones.

use std::time::Duration;

use tachograph_core::{
    Outcome, Usage, record_agent_execution, record_api_request, record_cache_hit, record_cache_miss, record_db_query,
    record_llm_request, record_tool_execution,
};

use crate::builder;

#[test]
fn recorded_calls_appear_under_both_names() {
    let pipeline = builder(&[("OTEL_METRICS_EXPORTER", "prometheus"), ("OTEL_TRACES_EXPORTER", "none")])
        .with_service_version("1.0")
        .with_environment("ci")
        .with_scope_labels(false)
        .build()
        .unwrap();
    let second = Duration::from_secs(1);
    pipeline.telemetry().unwrap().scope(|| {
        record_agent_execution("researcher", second, Outcome::Success);
        record_agent_execution("researcher", second, Outcome::Cancelled);
        record_llm_request("openai", "gpt-4o", second, Usage::new(100, 20), Outcome::Success);
        record_tool_execution("search", second, Outcome::Success);
        record_api_request("GET", "/chat", 200, second);
        record_api_request("GET", "/chat", 500, second);
        record_db_query("SELECT", "users", second, Outcome::Success);
        record_cache_hit("answers");
        record_cache_hit("answers");
        record_cache_miss("answers");
    });
    let text = pipeline.prometheus_text().unwrap();
    let expected = [
        "agent_executions_total{type=\"researcher\",status=\"success\"} 1",
        "agent_executions_total{type=\"researcher\",status=\"error\"} 1",
        "agent_errors_total{type=\"researcher\",error_type=\"cancelled\"} 1",
        "agent_execution_duration_seconds_count{type=\"researcher\"} 2",
        "llm_requests_total{provider=\"openai\",model=\"gpt-4o\",status=\"success\"} 1",
        "llm_tokens_used_total{provider=\"openai\",model=\"gpt-4o\",type=\"input\"} 100",
        "llm_tokens_used_total{provider=\"openai\",model=\"gpt-4o\",type=\"output\"} 20",
        "tool_executions_total{tool_name=\"search\",status=\"success\"} 1",
        "http_requests_total{method=\"GET\",endpoint=\"/chat\",status=\"200\"} 1",
        "http_requests_total{method=\"GET\",endpoint=\"/chat\",status=\"500\"} 1",
        "db_queries_total{operation=\"SELECT\",table=\"users\"} 1",
        "cache_hits_total{cache_type=\"answers\"} 2",
        "cache_misses_total{cache_type=\"answers\"} 1",
        "app_info{version=\"1.0\",environment=\"ci\"} 1",
    ];
    for line in expected {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let by_convention = [
        "gen_ai_invoke_agent_duration_seconds_count{",
        "gen_ai_client_operation_duration_seconds_count{",
        "gen_ai_client_token_usage_sum{",
        "gen_ai_execute_tool_duration_seconds_count{",
        "http_server_request_duration_seconds_count{",
        "db_client_operation_duration_seconds_count{",
        "tachograph_cache_operations_total{",
    ];
    for start in by_convention {
        assert!(text.lines().any(|found| found.starts_with(start)), "{start}\n{text}");
    }
    assert_eq!(pipeline.health().exposition.total(), 0);
}
