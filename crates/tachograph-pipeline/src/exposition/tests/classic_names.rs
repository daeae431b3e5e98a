//! Classic names.

use opentelemetry::metrics::MeterProvider as _;

use super::*;

/// One of each stream that classic names are made from, with several series of each.
fn record_streams(fixture: &Fixture) {
    use tachograph_core::semconv::{attribute as a, metric as m};
    let meter = fixture.provider.meter("tachograph");
    let kv = KeyValue::new::<&'static str, &'static str>;

    let http = meter.f64_histogram(m::HTTP_DURATION).with_unit("s").with_description("D.").build();
    for (method, status, error) in
        [("GET", 200, None), ("GET", 500, Some("500")), ("POST", 200, None), ("GET", 200, None)]
    {
        let mut attributes = vec![
            kv(a::HTTP_REQUEST_METHOD, method),
            kv(a::HTTP_ROUTE, "/chat"),
            KeyValue::new(a::HTTP_RESPONSE_STATUS_CODE, status),
            kv(a::URL_SCHEME, "http"),
        ];
        attributes.extend(error.map(|error| kv(a::ERROR_TYPE, error)));
        http.record(0.1, &attributes);
    }
    http.record(0.1, &[kv(a::HTTP_REQUEST_METHOD, "GET"), kv(a::HTTP_ROUTE, "/chat"), kv(a::ERROR_TYPE, "cancelled")]);

    let llm = meter.f64_histogram(m::LLM_DURATION).with_unit("s").with_description("D.").build();
    let model = [kv(a::GEN_AI_PROVIDER_NAME, "openai"), kv(a::GEN_AI_REQUEST_MODEL, "gpt-4o")];
    llm.record(1.0, &[model[0].clone(), model[1].clone(), kv(a::GEN_AI_RESPONSE_MODEL, "gpt-4o-2024")]);
    llm.record(1.0, &[model[0].clone(), model[1].clone(), kv(a::ERROR_TYPE, "timeout")]);
    llm.record(1.0, &[model[0].clone(), kv(a::GEN_AI_RESPONSE_MODEL, "gpt-5")]);
    let tokens = meter.u64_histogram(m::LLM_TOKEN_USAGE).with_unit("{token}").with_description("D.").build();
    for (kind, count) in [("input", 100), ("output", 20), ("input", 11)] {
        tokens.record(count, &[model[0].clone(), model[1].clone(), kv(a::GEN_AI_TOKEN_TYPE, kind)]);
    }
    let cost = meter.f64_counter(m::LLM_COST).with_unit("USD").with_description("D.").build();
    cost.add(0.5, &model);

    let agent = meter.f64_histogram(m::AGENT_DURATION).with_unit("s").with_description("D.").build();
    agent.record(2.0, &[kv(a::GEN_AI_AGENT_NAME, "researcher")]);
    agent.record(2.0, &[kv(a::GEN_AI_AGENT_NAME, "researcher"), kv(a::ERROR_TYPE, "panic")]);
    let active =
        meter.i64_up_down_counter(m::OPERATIONS_ACTIVE).with_unit("{operation}").with_description("D.").build();
    active.add(3, &[kv(a::OPERATION_KIND, "agent")]);
    active.add(8, &[kv(a::OPERATION_KIND, "llm")]);
    let cache = meter.u64_counter(m::CACHE_OPERATIONS).with_unit("{operation}").with_description("D.").build();
    for (operation, result, n) in [("get", "hit", 5), ("get", "miss", 2), ("set", "", 9)] {
        let mut attributes = vec![kv(a::CACHE_NAME, "answers"), kv(a::CACHE_OPERATION, operation)];
        attributes.extend((!result.is_empty()).then(|| kv(a::CACHE_RESULT, result)));
        cache.add(n, &attributes);
    }
    let db = meter.f64_histogram(m::DB_DURATION).with_unit("s").with_description("D.").build();
    db.record(
        0.1,
        &[kv(a::DB_OPERATION_NAME, "SELECT"), kv(a::DB_COLLECTION_NAME, "users"), kv(a::DB_SYSTEM_NAME, "sqlite")],
    );
    let memory = meter.i64_up_down_counter("process.memory.usage").with_unit("By").with_description("D.").build();
    memory.add(4096, &[]);
}

#[test]
fn classic_names_are_made_from_the_recorded_streams() {
    let mut fixture = Fixture::new();
    record_streams(&fixture);
    let text = fixture.text(with_classic());
    promtool(&text);
    let samples = samples(&text);
    let expected = [
        ("http_requests_total{method=\"GET\",endpoint=\"/chat\",status=\"200\"}", "2"),
        ("http_requests_total{method=\"GET\",endpoint=\"/chat\",status=\"500\"}", "1"),
        ("http_requests_total{method=\"GET\",endpoint=\"/chat\",status=\"cancelled\"}", "1"),
        ("http_requests_total{method=\"POST\",endpoint=\"/chat\",status=\"200\"}", "1"),
        ("http_request_duration_seconds_count{method=\"GET\",endpoint=\"/chat\"}", "4"),
        ("llm_requests_total{provider=\"openai\",model=\"gpt-4o\",status=\"success\"}", "1"),
        ("llm_requests_total{provider=\"openai\",model=\"gpt-4o\",status=\"error\"}", "1"),
        ("llm_requests_total{provider=\"openai\",model=\"gpt-5\",status=\"success\"}", "1"),
        ("llm_request_duration_seconds_sum{provider=\"openai\",model=\"gpt-4o\"}", "2"),
        ("llm_tokens_used_total{provider=\"openai\",model=\"gpt-4o\",type=\"input\"}", "111"),
        ("llm_tokens_used_total{provider=\"openai\",model=\"gpt-4o\",type=\"output\"}", "20"),
        ("llm_cost_usd_total{provider=\"openai\",model=\"gpt-4o\"}", "0.5"),
        ("agent_executions_total{type=\"researcher\",status=\"success\"}", "1"),
        ("agent_executions_total{type=\"researcher\",status=\"error\"}", "1"),
        ("agent_errors_total{type=\"researcher\",error_type=\"panic\"}", "1"),
        ("agent_execution_duration_seconds_count{type=\"researcher\"}", "2"),
        ("active_agents", "3"),
        ("cache_hits_total{cache_type=\"answers\"}", "5"),
        ("cache_misses_total{cache_type=\"answers\"}", "2"),
        ("db_queries_total{operation=\"SELECT\",table=\"users\"}", "1"),
        ("memory_usage_bytes", "4096"),
        ("app_info{version=\"1.2.3\",environment=\"ci\"}", "1"),
    ];
    for (series, value) in expected {
        assert_eq!(samples.get(series).map(String::as_str), Some(value), "{series}\n{text}");
    }
    assert!(!samples.keys().any(|series| series.starts_with("tool_executions_total")));
}

#[test]
fn a_classic_counter_equals_the_sum_of_its_source_in_the_same_scrape() {
    let mut fixture = Fixture::new();
    record_streams(&fixture);
    let text = fixture.text(with_classic());
    let pairs = [
        ("http_requests_total", "http_server_request_duration_seconds_count"),
        ("llm_requests_total", "gen_ai_client_operation_duration_seconds_count"),
        ("llm_tokens_used_total", "gen_ai_client_token_usage_sum"),
        ("agent_executions_total", "gen_ai_invoke_agent_duration_seconds_count"),
        ("db_queries_total", "db_client_operation_duration_seconds_count"),
    ];
    for (classic, source) in pairs {
        let (classic_total, source_total) = (total(&text, classic, &[]), total(&text, source, &[]));
        assert!(source_total > 0.0, "{source}");
        assert!((classic_total - source_total).abs() < f64::EPSILON, "{classic}: {classic_total} != {source_total}");
    }
}

#[test]
fn names_are_selectable() {
    let mut fixture = Fixture::new();
    record_streams(&fixture);
    fixture.meter().u64_counter("own").with_description("D.").build().add(1, &[]);
    let mut has = |names| {
        let text = fixture.text(Options { names, ..with_classic() });
        ["llm_requests_total", "gen_ai_client_operation_duration_seconds_count", "own_total"]
            .map(|name| samples(&text).keys().any(|series| series.starts_with(&format!("{name}{{"))))
    };
    assert_eq!(has(MetricNames::Both), [true, true, true]);
    assert_eq!(has(MetricNames::OpenTelemetry), [false, true, true]);
    assert_eq!(has(MetricNames::Classic), [true, false, true]);
}

#[test]
fn an_instrument_of_the_application_beats_a_classic_name() {
    let mut fixture = Fixture::new();
    record_streams(&fixture);
    fixture.meter().u64_counter("llm_requests").build().add(42, &[]);
    fixture.meter().u64_gauge("llm_request_duration_seconds_count").build().record(42, &[]);
    let (text, dropped) = fixture.encode(with_classic());
    assert_eq!(samples(&text)["llm_requests_total{otel_scope_name=\"lib\"}"], "42");
    assert!((total(&text, "llm_requests_total", &[]) - 42.0).abs() < f64::EPSILON);
    assert!((total(&text, "llm_request_duration_seconds_count", &[]) - 42.0).abs() < f64::EPSILON);
    assert_eq!(dropped.shadowed_projections, 2);
}

#[test]
fn overflow_keeps_its_mark_and_does_not_pass_for_success() {
    let mut fixture = Fixture::with_view(|_| Stream::builder().with_cardinality_limit(1).build().ok());
    let histogram =
        fixture.provider.meter("tachograph").f64_histogram("gen_ai.execute_tool.duration").with_unit("s").build();
    for tool in ["a", "b", "c"] {
        histogram.record(1.0, &[KeyValue::new("gen_ai.tool.name", tool)]);
    }
    let text = fixture.text(with_classic());
    assert!((total(&text, "tool_executions_total", &[]) - 3.0).abs() < f64::EPSILON);
    assert!(samples(&text).contains_key("tool_executions_total{otel_metric_overflow=\"true\"}"), "{text}");
}
