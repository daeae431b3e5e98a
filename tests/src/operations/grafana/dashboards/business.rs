//! What services are for: use, cost for each use, and the application's own metrics.

use super::{Dashboard, Panel, Variable, increase, rate, unit};

/// Families that are not the application's own. What Prometheus records has no instance, and is not found anyway.
const KNOWN: &str = "(active_(agents|requests)|agent_(errors|execution|executions)|app_info|cache_(hits|misses)|db_(client|queries|query)|gen_ai|http|llm|memory_usage|otel|otelcol|process|rpc|scrape|system|tachograph|target|tool_(execution|executions)|up)(_.+)?";

pub(super) fn dashboard() -> Dashboard {
    let about = "How much services are used, what one use costs, and the metrics that applications make themselves.";
    let own = |suffix: &str| format!("{{SERVICE,__name__=~\".+{suffix}\",__name__!~\"{KNOWN}\"}}");
    Dashboard::new("business", "business", about)
        .with_variable(Variable::values("counter", "Own counters", &own("_total"), "__name__").present())
        .with_variable(Variable::values("histogram", "Own histograms", &own("_bucket"), "__name__").present())
        .with_row("In 24 hours", day())
        .with_row("Use", used())
        .with_row("What one use costs", costs())
        .with_row("The application's own metrics", own_metrics())
}

fn day() -> Vec<Panel> {
    vec![
        Panel::stat(
            "Requests in 24 hours",
            unit::NUMBER,
            "HTTP requests that were answered, as the daily summary tells them.",
        )
        .query("sum by (job) (increase(http_server_request_duration_seconds_count{SERVICE}[1d]))", "{{job}}")
        .classic("sum by (job) (increase(http_requests_total{SERVICE}[1d]))", "{{job}}")
        .alert("DailySummary"),
        Panel::stat("Failed in 24 hours", unit::RATIO, "Part of them.")
            .query("job:slo_http_errors:ratio_rate1d{JOB}", "{{job}}")
            .without_classic()
            .failures(),
        Panel::stat("Cost in 24 hours", unit::USD, "Of all models.")
            .query("job:llm_cost_usd:increase1d{JOB}", "{{job}}")
            .classic("sum by (job) (increase(llm_cost_usd_total{SERVICE}[1d]))", "{{job}}"),
        Panel::stat("Users", unit::NUMBER, "What set_active_users said last, over all instances.")
            .query("sum by (job) (tachograph_users_active{SERVICE})", "{{job}}"),
    ]
}

fn used() -> Vec<Panel> {
    let runs = "gen_ai_invoke_agent_duration_seconds_count{SERVICE,error_type=\"\"}";
    vec![
        Panel::stat("Agent runs", unit::NUMBER, "That ended well, in the time that is looked at.")
            .query(increase("job, gen_ai_agent_name", runs), "{{job}} {{gen_ai_agent_name}}")
            .classic(increase("job, type", "agent_executions_total{SERVICE,status=\"success\"}"), "{{job}} {{type}}"),
        Panel::stat("Requests by route", unit::NUMBER, "In the time that is looked at.")
            .query(
                increase("job, http_route", "http_server_request_duration_seconds_count{SERVICE}"),
                "{{job}} {{http_route}}",
            )
            .classic(increase("job, endpoint", "http_requests_total{SERVICE}"), "{{job}} {{endpoint}}"),
        Panel::stat("Tools", unit::NUMBER, "Calls of each tool, in the time that is looked at.")
            .query(
                increase("job, gen_ai_tool_name", "gen_ai_execute_tool_duration_seconds_count{SERVICE}"),
                "{{job}} {{gen_ai_tool_name}}",
            )
            .classic(increase("job, tool_name", "tool_executions_total{SERVICE}"), "{{job}} {{tool_name}}"),
        Panel::stat(
            "Connections to databases",
            unit::NUMBER,
            "What set_database_connections said last, over all instances.",
        )
        .query("sum by (job) (tachograph_database_connections{SERVICE})", "{{job}}"),
    ]
}

fn costs() -> Vec<Panel> {
    let per = |part: &str, whole: &str| format!("{} / ({} > 0)", rate("job", part), rate("job", whole));
    let cost = "tachograph_llm_cost_USD_total{SERVICE}";
    let classic_cost = "llm_cost_usd_total{SERVICE}";
    vec![
        Panel::timeseries("Cost of a request", unit::USD, "What models cost for each HTTP request, on average.")
            .query(per(cost, "http_server_request_duration_seconds_count{SERVICE}"), "{{job}}")
            .classic(per(classic_cost, "http_requests_total{SERVICE}"), "{{job}}"),
        Panel::timeseries("Cost of an agent run", unit::USD, "What models cost for each run, on average.")
            .query(per(cost, "gen_ai_invoke_agent_duration_seconds_count{SERVICE}"), "{{job}}")
            .classic(per(classic_cost, "agent_executions_total{SERVICE}"), "{{job}}"),
        Panel::timeseries("Tokens of an agent run", unit::NUMBER, "In and out, on average.")
            .query(
                per("gen_ai_client_token_usage_sum{SERVICE}", "gen_ai_invoke_agent_duration_seconds_count{SERVICE}"),
                "{{job}}",
            )
            .classic(per("llm_tokens_used_total{SERVICE}", "agent_executions_total{SERVICE}"), "{{job}}"),
    ]
}

fn own_metrics() -> Vec<Panel> {
    vec![
        Panel::timeseries("$counter", unit::COUNTS, "A counter that the application made, per second. There is a panel for each that is chosen above.")
            .query(rate("job", "{SERVICE,__name__=~\"$counter\"}"), "{{job}}")
            .repeated("counter"),
        Panel::timeseries("$histogram (p95)", unit::NUMBER, "A histogram that the application made: 19 values of 20 are no greater. There is a panel for each that is chosen above.")
            .query(
                format!("histogram_quantile(0.95, {})", rate("job, le", "{SERVICE,__name__=~\"$histogram\"}")),
                "{{job}}",
            )
            .repeated("histogram"),
    ]
}
