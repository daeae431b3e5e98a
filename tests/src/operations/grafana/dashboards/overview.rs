//! Whether all is well, in one look.

use super::{Dashboard, HEALTH, Panel, Words, quantile, rate, ratio, unit};

const UP: Words = &[("0", "down", "red"), ("1", "up", "green")];

pub(super) fn dashboard() -> Dashboard {
    let about = "Whether services are there, what they do, how well, and what it costs. The other dashboards tell why.";
    Dashboard::new("overview", "overview", about)
        .with_row("Services", services())
        .with_row("Requests", requests())
        .with_row("Agents and models", agents_and_models())
}

fn services() -> Vec<Panel> {
    vec![
        Panel::stat("Up", unit::NUMBER, "Whether each instance can be scraped.")
            .query("min by (job, instance) (up{SERVICE})", "{{job}} {{instance}}")
            .alert("ServiceDown")
            .alert("ServiceAbsent")
            .words(UP),
        Panel::stat("Health", unit::NUMBER, "The worst of all health checks of each service.")
            .query("min by (job) (tachograph_system_health{SERVICE})", "{{job}}")
            .words(HEALTH),
        Panel::stat("Versions", unit::NUMBER, "Instances of each version that runs.")
            .query(
                "count by (job, service_version) (target_info{SERVICE,service_version!=\"\"})",
                "{{job}} {{service_version}}",
            )
            .alert("NewVersionSeen"),
        Panel::stat("Alerts", unit::NUMBER, "Alerts that fire, by tier.")
            .query("count by (severity) (ALERTS{JOB,alertstate=\"firing\"})", "{{severity}}")
            .failures(),
        Panel::table("Alerts that fire", unit::NUMBER, "What Prometheus finds wrong, the information tier included.")
            .query("sum by (alertname, severity, job, instance) (ALERTS{JOB,alertstate=\"firing\"})", "")
            .failures()
            .wide(24),
    ]
}

fn requests() -> Vec<Panel> {
    let failed = rate("job", "http_requests_total{SERVICE,status!~\"[1-4]..|cancelled\"}");
    vec![
        Panel::timeseries("Requests", unit::REQUESTS, "HTTP requests that each service answers.")
            .query("job:http_requests:rate5m{JOB}", "{{job}}")
            .classic(rate("job", "http_requests_total{SERVICE}"), "{{job}}"),
        Panel::timeseries(
            "Failed requests",
            unit::RATIO,
            "Part of the requests that failed: status 5xx, or none at all.",
        )
        .query("job:http_errors:ratio_rate5m{JOB}", "{{job}}")
        .classic(ratio(&failed, &rate("job", "http_requests_total{SERVICE}")), "{{job}}")
        .failures(),
        Panel::timeseries("Time of requests (p95)", unit::SECONDS, "19 requests of 20 take no longer.")
            .query("job:http_request_duration_seconds:p95_5m{JOB}", "{{job}}")
            .classic(quantile(95, "job", "http_request_duration_seconds{SERVICE}"), "{{job}}"),
    ]
}

fn agents_and_models() -> Vec<Panel> {
    let runs = "sum by (job) (job_agent:agent_runs:rate15m{JOB})";
    let calls = "sum by (job) (job_model:llm_requests:rate5m{JOB})";
    vec![
        Panel::timeseries("Agent runs", unit::OPERATIONS, "Runs that ended, of all agents.")
            .query(runs, "{{job}}")
            .classic(rate("job", "agent_executions_total{SERVICE}"), "{{job}}"),
        Panel::timeseries("Failed agent runs", unit::RATIO, "Part of the runs that failed.")
            .query(format!("sum by (job) (job_agent:agent_errors:rate15m{{JOB}}) / ({runs} > 0)"), "{{job}}")
            .classic(
                ratio(
                    &rate("job", "agent_executions_total{SERVICE,status=\"error\"}"),
                    &rate("job", "agent_executions_total{SERVICE}"),
                ),
                "{{job}}",
            )
            .failures(),
        Panel::timeseries("Calls to models", unit::REQUESTS, "Calls that ended, to all models.")
            .query(calls, "{{job}}")
            .classic(rate("job", "llm_requests_total{SERVICE}"), "{{job}}"),
        Panel::timeseries("Failed calls to models", unit::RATIO, "Part of the calls that failed.")
            .query(format!("sum by (job) (job_model:llm_errors:rate5m{{JOB}}) / ({calls} > 0)"), "{{job}}")
            .classic(
                ratio(
                    &rate("job", "llm_requests_total{SERVICE,status=\"error\"}"),
                    &rate("job", "llm_requests_total{SERVICE}"),
                ),
                "{{job}}",
            )
            .failures(),
        Panel::timeseries("Tokens", unit::COUNTS, "Tokens a second, of all models, in and out.")
            .query("sum by (job) (job_model:llm_tokens:rate5m{JOB})", "{{job}}")
            .classic(rate("job", "llm_tokens_used_total{SERVICE}"), "{{job}}"),
        Panel::timeseries(
            "Cost of an hour",
            unit::USD,
            "What models cost in the hour before, by published or own prices.",
        )
        .query("job:llm_cost_usd:increase1h{JOB}", "{{job}}")
        .classic(format!("3600 * {}", rate("job", "llm_cost_usd_total{SERVICE}")), "{{job}}"),
    ]
}
