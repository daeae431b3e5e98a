//! Profiles: the names that are made when metrics are scraped, as data.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tachograph_core::{
    AgentExecution, Billed, CacheOperation, HttpRequest, Outcome, Pricing, Usage, record_agent_execution,
    record_api_request, record_cache_hit, record_cache_miss, record_command_execution, record_db_query, record_error,
    record_llm_request, record_tool_execution, record_workflow_execution, set_active_users, set_database_connections,
    set_system_health,
};
use tachograph_pipeline::{Builder, MetricNames, Pipeline, Profile};

use crate::builder;

pub(crate) const HTTP: &str = include_str!("../../profiles/http.toml");

pub(crate) fn scraped_only(variables: &[(&str, &str)]) -> Builder {
    let mut all = vec![("OTEL_METRICS_EXPORTER", "prometheus"), ("OTEL_TRACES_EXPORTER", "none")];
    all.extend_from_slice(variables);
    builder(&all).with_scope_labels(false).with_pricing(Arc::new(Exact))
}

/// A dollar for 1024 tokens, so that sums are exact in any order.
struct Exact;

impl Pricing for Exact {
    #[expect(clippy::cast_precision_loss, reason = "few tokens")]
    fn cost_usd(&self, billed: &Billed<'_>) -> Option<f64> {
        Some((billed.usage.input.unwrap_or_default() + billed.usage.output.unwrap_or_default()) as f64 / 1024.0)
    }
}

/// Everything that the built-in profiles read, with every attribute that they look at.
fn record_everything(pipeline: &Pipeline) {
    let second = Duration::from_secs(1);
    let failed = || Outcome::error("timeout");
    let telemetry = pipeline.telemetry().unwrap();
    telemetry.scope(|| {
        record_agent_execution("planner", second, Outcome::Success);
        record_agent_execution("writer", second, failed());
        for (agent, tokens) in [("planner", 100), ("writer", 20)] {
            AgentExecution::new(agent).run(|| {
                let ask = |provider: &'static str, tokens, outcome| {
                    record_llm_request(provider, "some-model", second, Usage::new(tokens, 4), outcome);
                };
                ask("openai", tokens, Outcome::Success);
                ask("anthropic", tokens + 1, Outcome::Success);
                ask("openai", tokens + 2, failed());
            });
        }
        for outcome in [Outcome::Success, failed()] {
            record_tool_execution("search", second, outcome.clone());
            record_command_execution("import", second, outcome.clone());
            record_workflow_execution("billing", second, outcome.clone());
            record_db_query("SELECT", "users", second, outcome.clone());
            CacheOperation::new("answers", "set").record(second, outcome);
        }
        record_api_request("GET", "/chat", 200, second);
        record_api_request("GET", "/chat", 500, second);
        let request = HttpRequest::new("POST", "/chat").start();
        request.request_body_size(10);
        request.response_body_size(1000);
        request.status(201);
        request.succeed();
        record_cache_hit("answers");
        record_cache_hit("answers");
        record_cache_miss("answers");
        record_error("queue_full", "ingest");
        set_active_users(7);
        set_system_health("redis", 0.5);
        set_database_connections(3);
    });
    telemetry.meter().u64_gauge("process.memory.usage").with_unit("By").build().record(4096, &[]);
}

/// The scrape of a pipeline that recorded everything.
fn scraped(builder: Builder) -> String {
    let pipeline = builder.with_service_version("1.0").with_environment("ci").build().unwrap();
    record_everything(&pipeline);
    let text = pipeline.prometheus_text().unwrap();
    assert_eq!(pipeline.health().exposition.total(), 0);
    text
}

type Series = (BTreeMap<String, String>, f64);

/// The series whose lines begin with `name`. No value in these tests has a comma or a quote in it.
fn series(text: &str, name: &str) -> Vec<Series> {
    let lines = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let (labels, value) = match rest.strip_prefix('{') {
            Some(rest) => rest.split_once("} ")?,
            None => ("", rest.strip_prefix(' ')?),
        };
        let labels = labels.split(',').filter(|label| !label.is_empty());
        let labels = labels.map(|label| label.split_once('=').unwrap());
        let labels = labels.map(|(label, value)| (label.to_owned(), value.trim_matches('"').to_owned()));
        Some((labels.collect(), value.parse().unwrap()))
    });
    lines.collect()
}

fn total(text: &str, name: &str) -> f64 {
    series(text, name).into_iter().map(|(_, value)| value).sum()
}

fn value(text: &str, name: &str, labels: &[(&str, &str)]) -> f64 {
    let of = labels.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect();
    let found: Vec<_> = series(text, name).into_iter().filter(|(labels, _)| *labels == of).collect();
    assert_eq!(found.len(), 1, "{name}{labels:?}\n{text}");
    found[0].1
}

/// Each family has series, with its type, and every series has exactly these labels.
fn assert_families(text: &str, families: &[(&str, &str, &str)]) {
    for (name, kind, labels) in families {
        assert!(text.contains(&format!("\n# TYPE {name} {kind}\n")), "{name}\n{text}");
        let sample = if *kind == "histogram" { format!("{name}_count") } else { (*name).to_owned() };
        let found = series(text, &sample);
        assert!(!found.is_empty(), "{name}\n{text}");
        let expected: BTreeSet<&str> = labels.split(' ').filter(|label| !label.is_empty()).collect();
        for (labels, _) in found {
            assert_eq!(labels.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected, "{name}");
        }
    }
}

/// promtool's linter has nothing to say. Without promtool the test says so and checks nothing here.
fn promtool(text: &str) {
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        #[expect(clippy::print_stdout, reason = "the test log must show what was not checked")]
        {
            println!("SKIPPED: promtool not found");
        }
        return;
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_classic_family_has_exactly_its_labels() {
    let text = scraped(scraped_only(&[]));
    let families = [
        ("http_requests_total", "counter", "method endpoint status"),
        ("http_request_duration_seconds", "histogram", "method endpoint"),
        ("http_request_size_bytes", "histogram", "method endpoint"),
        ("http_response_size_bytes", "histogram", "method endpoint"),
        ("active_requests", "gauge", ""),
        ("agent_executions_total", "counter", "type status"),
        ("agent_execution_duration_seconds", "histogram", "type"),
        ("agent_errors_total", "counter", "type error_type"),
        ("active_agents", "gauge", ""),
        ("llm_requests_total", "counter", "provider model status"),
        ("llm_request_duration_seconds", "histogram", "provider model"),
        ("llm_tokens_used_total", "counter", "provider model type"),
        ("llm_cost_usd_total", "counter", "provider model"),
        ("tool_executions_total", "counter", "tool_name status"),
        ("tool_execution_duration_seconds", "histogram", "tool_name"),
        ("db_queries_total", "counter", "operation table"),
        ("db_query_duration_seconds", "histogram", "operation table"),
        ("cache_hits_total", "counter", "cache_type"),
        ("cache_misses_total", "counter", "cache_type"),
        ("memory_usage_bytes", "gauge", ""),
        ("app_info", "gauge", "version environment"),
    ];
    assert_families(&text, &families);
    let named: BTreeSet<_> = families.iter().map(|(name, ..)| *name).collect();
    assert_eq!(Profile::classic().names().collect::<BTreeSet<_>>(), named);
    promtool(&text);
}

#[test]
fn every_family_of_a_platform_has_exactly_its_labels() {
    let builder = scraped_only(&[]).with_profiles([Profile::platform("acme").unwrap()]);
    let text = scraped(builder.with_metric_names(MetricNames::Classic));
    let families = [
        ("acme_agent_executions_total", "counter", "agent_id status"),
        ("acme_agent_execution_duration_seconds", "histogram", "agent_id"),
        ("acme_agent_tokens_total", "counter", "agent_id platform"),
        ("acme_agent_cost_total", "counter", "agent_id platform"),
        ("acme_command_executions_total", "counter", "command_id status"),
        ("acme_command_execution_duration_seconds", "histogram", "command_id"),
        ("acme_workflow_executions_total", "counter", "workflow_id status"),
        ("acme_workflow_execution_duration_seconds", "histogram", "workflow_id"),
        ("acme_api_requests_total", "counter", "method endpoint status_code"),
        ("acme_api_request_duration_seconds", "histogram", "method endpoint"),
        ("acme_active_users", "gauge", ""),
        ("acme_system_health", "gauge", "component"),
        ("acme_database_connections", "gauge", ""),
        ("acme_cache_hits_total", "counter", "cache_type"),
        ("acme_cache_misses_total", "counter", "cache_type"),
        ("acme_errors_total", "counter", "error_type component"),
    ];
    assert_families(&text, &families);
    let platform = Profile::platform("acme").unwrap();
    assert_eq!(platform.names().collect::<BTreeSet<_>>(), families.iter().map(|(name, ..)| *name).collect());
    promtool(&text);

    assert_eq!(value(&text, "acme_active_users", &[]), 7.0);
    assert_eq!(value(&text, "acme_system_health", &[("component", "redis")]), 0.5);
    assert_eq!(value(&text, "acme_database_connections", &[]), 3.0);
    assert!(series(&text, "http_server_request_duration_seconds_count").is_empty(), "{text}");
}

#[test]
fn the_documented_profile_has_exactly_its_labels() {
    let pipeline = scraped_only(&[]).with_profiles([Profile::from_toml(HTTP).unwrap()]).build().unwrap();
    record_everything(&pipeline);
    let in_flight = pipeline.telemetry().unwrap().scope(|| HttpRequest::new("POST", "/chat").start());
    let text = pipeline.prometheus_text().unwrap();
    let families = [
        ("http_requests_total", "counter", "method path status"),
        ("http_request_duration_seconds", "histogram", "method path"),
        ("http_requests_inprogress", "gauge", "method path"),
    ];
    assert_families(&text, &families);
    assert_eq!(value(&text, "http_requests_inprogress", &[("method", "POST"), ("path", "/chat")]), 1.0);
    in_flight.succeed();
    promtool(&text);
}

#[test]
fn requests_in_flight_are_told_apart_by_route_however_many_there_are() {
    let pipeline = scraped_only(&[]).with_profiles([Profile::from_toml(HTTP).unwrap()]).build().unwrap();
    let telemetry = pipeline.telemetry().unwrap();
    let start = |route| telemetry.scope(|| HttpRequest::new("GET", format!("/route/{route}")).start());
    let in_flight: Vec<_> = (0..200).map(start).collect();
    let text = pipeline.prometheus_text().unwrap();
    assert_eq!(series(&text, "http_requests_inprogress").len(), 200);
    assert!(!text.contains("otel_metric_overflow"), "{text}");
    in_flight.into_iter().for_each(|request| request.succeed());
}

#[test]
fn projected_counters_equal_the_sums_of_their_streams() {
    let profiles = [Profile::classic(), Profile::platform("acme").unwrap()];
    let text = scraped(scraped_only(&[]).with_profiles(profiles));
    let pairs = [
        ("http_requests_total", "http_server_request_duration_seconds_count"),
        ("acme_api_requests_total", "http_server_request_duration_seconds_count"),
        ("agent_executions_total", "gen_ai_invoke_agent_duration_seconds_count"),
        ("acme_agent_executions_total", "gen_ai_invoke_agent_duration_seconds_count"),
        ("acme_agent_execution_duration_seconds_count", "gen_ai_invoke_agent_duration_seconds_count"),
        ("llm_requests_total", "gen_ai_client_operation_duration_seconds_count"),
        ("llm_tokens_used_total", "gen_ai_client_token_usage_sum"),
        ("acme_agent_tokens_total", "gen_ai_client_token_usage_sum"),
        ("llm_cost_usd_total", "tachograph_llm_cost_USD_total"),
        ("acme_agent_cost_total", "tachograph_llm_cost_USD_total"),
        ("tool_executions_total", "gen_ai_execute_tool_duration_seconds_count"),
        ("acme_command_executions_total", "tachograph_command_duration_seconds_count"),
        ("acme_workflow_executions_total", "gen_ai_invoke_workflow_duration_seconds_count"),
        ("db_queries_total", "db_client_operation_duration_seconds_count"),
    ];
    for (projected, source) in pairs {
        let (projected_total, source_total) = (total(&text, projected), total(&text, source));
        assert!(source_total > 0.0, "{source}\n{text}");
        assert_eq!(projected_total, source_total, "{projected} of {source}\n{text}");
    }
    let looked_up = total(&text, "cache_hits_total") + total(&text, "cache_misses_total");
    assert_eq!(looked_up, 3.0);
    assert_eq!(total(&text, "acme_cache_hits_total") + total(&text, "acme_cache_misses_total"), looked_up);
}

#[test]
fn an_error_is_counted_once_for_each_component() {
    let pipeline = scraped_only(&[]).with_profiles([Profile::platform("acme").unwrap()]).build().unwrap();
    pipeline.telemetry().unwrap().scope(|| {
        record_error("queue_full", "ingest");
        AgentExecution::new("planner").run(|| record_error("bad_plan", "planner"));
        AgentExecution::new("planner").run(|| {
            let failed = Outcome::error("timeout");
            record_llm_request("openai", "gpt-4o", Duration::from_secs(1), Usage::default(), failed);
        });
        record_api_request("GET", "/chat", 404, Duration::from_secs(1));
        record_api_request("GET", "/chat", 500, Duration::from_secs(1));
    });
    let text = pipeline.prometheus_text().unwrap();
    let errors = [("queue_full", "ingest"), ("bad_plan", "agent"), ("timeout", "llm"), ("500", "http")];
    for (error_type, component) in errors {
        let labels = [("error_type", error_type), ("component", component)];
        assert_eq!(value(&text, "acme_errors_total", &labels), 1.0);
    }
    assert_eq!(total(&text, "acme_errors_total"), 4.0, "{text}");
}

#[test]
fn tokens_are_told_apart_by_agent_where_a_profile_asks_for_it() {
    for opt_in in ["", "gen_ai_latest_experimental", "gen_ai_latest_experimental/dup"] {
        let variables = [("OTEL_SEMCONV_STABILITY_OPT_IN", opt_in)];
        let plain = scraped(scraped_only(&variables));
        let platform = Profile::platform("acme").unwrap();
        let text = scraped(scraped_only(&variables).with_profiles([Profile::classic(), platform]));

        let openai = |agent| value(&text, "acme_agent_tokens_total", &[("agent_id", agent), ("platform", "openai")]);
        assert_eq!([openai("planner"), openai("writer")], [210.0, 50.0], "{opt_in}");
        assert_eq!(total(&text, "acme_agent_tokens_total"), total(&plain, "llm_tokens_used_total"), "{opt_in}");
        assert_eq!(total(&text, "llm_tokens_used_total"), total(&plain, "llm_tokens_used_total"), "{opt_in}");

        let streams = ["gen_ai_client_token_usage_sum", "gen_ai_client_inference_usage_input_tokens_total"];
        for stream in streams {
            let with_agent = |text: &str| {
                let series = series(text, stream);
                series.into_iter().filter(|(labels, _)| labels.contains_key("gen_ai_agent_name")).count()
            };
            assert_eq!(with_agent(&plain), 0, "{stream}");
            assert_eq!(with_agent(&text) > 0, !series(&text, stream).is_empty(), "{stream}");
            assert_eq!(total(&text, stream), total(&plain, stream), "{stream}");
        }
    }
}

#[test]
fn code_decides_whether_tokens_have_their_agent() {
    let agents = |builder: Builder| {
        let text = scraped(builder);
        let series = series(&text, "gen_ai_client_token_usage_count");
        series.iter().filter(|(labels, _)| labels.contains_key("gen_ai_agent_name")).count()
    };
    let platform = || scraped_only(&[]).with_profiles([Profile::platform("acme").unwrap()]);
    assert!(agents(platform()) > 0);
    assert_eq!(agents(platform().with_agent_on_tokens(false)), 0);
    assert!(agents(scraped_only(&[]).with_agent_on_tokens(true)) > 0);
    // Nobody looks at the profile.
    assert_eq!(agents(platform().with_metric_names(MetricNames::OpenTelemetry)), 0);
}

#[test]
fn variables_choose_names_and_profiles() {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/names.toml");
    fs::write(path, format!("prefix = \"file\"\n{HTTP}")).unwrap();
    let has = |variables: &[(&str, &str)]| {
        let text = scraped(scraped_only(variables));
        let names = [
            "http_server_request_duration_seconds_count",
            "http_request_duration_seconds_count",
            "Acme_api_requests_total",
            "file_http_requests_total",
        ];
        names.map(|name| !series(&text, name).is_empty())
    };
    let (names, profiles) = ("TACHOGRAPH_METRIC_NAMES", "TACHOGRAPH_PROFILES");
    let all = format!("classic, platform:Acme ,,{path}");
    assert_eq!(has(&[]), [true, true, false, false]);
    assert_eq!(has(&[(names, "otel")]), [true, false, false, false]);
    assert_eq!(has(&[(names, "Classic")]), [false, true, false, false]);
    assert_eq!(has(&[(names, "both"), (profiles, "platform:Acme")]), [true, false, true, false]);
    assert_eq!(has(&[(profiles, all.as_str())]), [true, true, true, true]);
    assert_eq!(has(&[(names, "otel"), (profiles, all.as_str())]), [true, false, false, false]);
}

#[test]
fn code_beats_the_variables() {
    let builder = scraped_only(&[("TACHOGRAPH_METRIC_NAMES", "otel"), ("TACHOGRAPH_PROFILES", "/no/such/file")]);
    let text = scraped(builder.with_metric_names(MetricNames::Classic).with_profiles([Profile::classic()]));
    assert!(!series(&text, "http_requests_total").is_empty());
    assert!(series(&text, "http_server_request_duration_seconds_count").is_empty());
    let text = scraped(scraped_only(&[]).with_profiles([]));
    assert!(series(&text, "http_requests_total").is_empty());
}

#[test]
fn a_stream_of_another_kind_gives_no_series() {
    let toml = ["count", "sum", "value", "histogram"].map(|take| {
        let total = if matches!(take, "count" | "sum") { "_total" } else { "" };
        format!(
            "[families.by_{take}{total}]\nhelp = \"H.\"\n{take} = [\"counter\", \"updown\", \"gauge\", \"histogram\"]\n"
        )
    });
    let profile = Profile::from_toml(&toml.concat()).unwrap();
    let pipeline = scraped_only(&[]).with_profiles([profile]).build().unwrap();
    let meter = pipeline.telemetry().unwrap().meter();
    meter.u64_counter("counter").build().add(1, &[]);
    meter.i64_up_down_counter("updown").build().add(20, &[]);
    meter.u64_gauge("gauge").build().record(300, &[]);
    meter.u64_histogram("histogram").build().record(4000, &[]);
    let text = pipeline.prometheus_text().unwrap();
    let names = ["by_count_total", "by_sum_total", "by_value", "by_histogram_sum"];
    assert_eq!(names.map(|name| value(&text, name, &[])), [2.0, 4001.0, 320.0, 4000.0], "{text}");
}
