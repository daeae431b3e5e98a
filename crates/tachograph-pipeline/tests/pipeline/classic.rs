//! What `tachograph-core` records, seen through a scrape: under the names of the conventions and under the classic ones.

use std::sync::Arc;
use std::time::Duration;

use tachograph_core::{
    AgentExecution, Billed, LlmRequest, Outcome, Pricing, Usage, record_agent_execution, record_api_request,
    record_cache_hit, record_cache_miss, record_db_query, record_llm_request, record_tool_execution,
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

/// A dollar for 1024 tokens, so that sums are exact in any order; nobody knows what `unknown` costs.
struct Exact;

impl Pricing for Exact {
    #[expect(clippy::cast_precision_loss, reason = "few tokens")]
    fn cost_usd(&self, billed: &Billed<'_>) -> Option<f64> {
        let tokens = billed.usage.input.unwrap_or_default() + billed.usage.output.unwrap_or_default();
        (billed.requested_model != "unknown").then_some(tokens as f64 / 1024.0)
    }
}

/// The text after calls of every kind: with and without tokens, of agents, failed, cached, with audio, to embed.
fn scraped_after_calls(opt_in: &str) -> String {
    let variables = [
        ("OTEL_METRICS_EXPORTER", "prometheus"),
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_SEMCONV_STABILITY_OPT_IN", opt_in),
    ];
    let pipeline = builder(&variables).with_pricing(Arc::new(Exact)).build().unwrap();
    let second = Duration::from_secs(1);
    let ask = |model: &'static str, usage: Usage, outcome| record_llm_request("openai", model, second, usage, outcome);
    pipeline.telemetry().unwrap().scope(|| {
        ask("gpt-4o", Usage::new(100, 20), Outcome::Success);
        ask("gpt-4o", Usage::new(7, 1), Outcome::error("content_filter"));
        ask("unknown", Usage::new(5, 5), Outcome::Success);
        ask("audio", Usage::new(50, 40).with_input_audio(30).with_cache_read(10), Outcome::Success);
        AgentExecution::new("researcher").run(|| ask("gpt-4o", Usage::new(1000, 1), Outcome::Success));

        let told = LlmRequest::new("openai", "gpt-4o").start();
        told.usage(Usage::new(1, 1));
        told.reported_cost_usd(0.25);
        told.response_model("gpt-4o-2024");
        told.succeed();

        let embedding = LlmRequest::new("openai", "embedder").operation("embeddings").start();
        let mut usage = Usage::default();
        usage.input = Some(64);
        embedding.usage(usage);
        embedding.succeed();
    });
    pipeline.prometheus_text().unwrap()
}

/// The classic families of calls to models, without the times of those that were really waited for.
fn classic_of_models(text: &str) -> Vec<&str> {
    let names = |line: &str| line.trim_start_matches("# HELP ").trim_start_matches("# TYPE ").starts_with("llm_");
    let timed = |line: &str| line.contains("_seconds_bucket") || line.contains("_seconds_sum");
    text.lines().filter(|line| names(line) && !timed(line)).collect()
}

#[test]
fn calls_to_models_have_the_same_classic_families_under_all_names() {
    let established = scraped_after_calls("");
    let expected = [
        "llm_requests_total{provider=\"openai\",model=\"gpt-4o\",status=\"success\"} 3",
        "llm_requests_total{provider=\"openai\",model=\"gpt-4o\",status=\"error\"} 1",
        "llm_request_duration_seconds_count{provider=\"openai\",model=\"embedder\"} 1",
        "llm_tokens_used_total{provider=\"openai\",model=\"gpt-4o\",type=\"input\"} 1108",
        "llm_tokens_used_total{provider=\"openai\",model=\"gpt-4o\",type=\"output\"} 23",
        "llm_tokens_used_total{provider=\"openai\",model=\"audio\",type=\"input\"} 50",
        "llm_tokens_used_total{provider=\"openai\",model=\"embedder\",type=\"input\"} 64",
        // 120, 8 and, by an agent, 1001 tokens; a quarter that the provider told.
        "llm_cost_usd_total{provider=\"openai\",model=\"gpt-4o\"} 1.3525390625",
    ];
    for line in expected {
        assert!(classic_of_models(&established).contains(&line), "{line}\n{established}");
    }
    let latest = scraped_after_calls("gen_ai_latest_experimental");
    let both = scraped_after_calls("gen_ai_latest_experimental/dup");
    assert_eq!(classic_of_models(&latest), classic_of_models(&established));
    assert_eq!(classic_of_models(&both), classic_of_models(&established));

    let has = |text: &str, name: &str| text.lines().any(|line| line.starts_with(name));
    let recorded = |name| [&established, &latest, &both].map(|text| has(text, name));
    assert_eq!(recorded("gen_ai_client_operation_duration_seconds_count{"), [true, false, true]);
    assert_eq!(recorded("gen_ai_client_inference_duration_seconds_count{"), [false, true, true]);
    assert_eq!(recorded("gen_ai_client_embeddings_duration_seconds_count{"), [false, true, true]);
}

#[test]
fn a_call_without_tokens_is_a_zero_under_the_latest_names_alone() {
    let tokens = |opt_in: &str| {
        let pipeline = builder(&[
            ("OTEL_METRICS_EXPORTER", "prometheus"),
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_SEMCONV_STABILITY_OPT_IN", opt_in),
        ]);
        let pipeline = pipeline.build().unwrap();
        pipeline.telemetry().unwrap().scope(|| {
            let refused = Outcome::error("rate_limit_exceeded");
            record_llm_request("openai", "gpt-4o", Duration::from_secs(1), Usage::default(), refused);
        });
        let text = pipeline.prometheus_text().unwrap();
        assert!(text.contains("llm_requests_total{provider=\"openai\",model=\"gpt-4o\",status=\"error\"} 1"), "{text}");
        text.lines().filter(|line| line.starts_with("llm_tokens_used_total{")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(tokens("").is_empty());
    assert!(tokens("gen_ai_latest_experimental/dup").is_empty());
    let zero = |kind| format!("llm_tokens_used_total{{provider=\"openai\",model=\"gpt-4o\",type=\"{kind}\"}} 0");
    assert_eq!(tokens("gen_ai_latest_experimental"), [zero("input"), zero("output")]);
}
