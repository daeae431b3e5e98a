//! What goes wrong, where, and of which class.

use super::{Dashboard, Panel, increase, rate, unit};

pub(super) fn dashboard() -> Dashboard {
    let about = "Failures of every kind of call by the class of their error, what callers gave up, and errors that applications report.";
    Dashboard::new("errors", "errors", about)
        .with_row("All kinds", all())
        .with_row("What is served", served())
        .with_row("Agents, models, tools", ai())
        .with_row("What services stand on", below())
}

/// A duration histogram's calls that ended with an error, or were given up.
fn failed(histogram: &str) -> String {
    format!("{histogram}_count{{SERVICE,error_type!=\"\"}}")
}

fn panel(title: &'static str, description: &'static str, histogram: &str, by: &str) -> Panel {
    let legend: String = by.split(", ").map(|label| format!("{{{{{label}}}}} ")).collect();
    Panel::timeseries(title, unit::OPERATIONS, description)
        .query(rate(by, &failed(histogram)), legend.trim_end())
        .failures()
}

fn all() -> Vec<Panel> {
    let total = |name: &str| increase("job, error_type", &format!("{name}{{SERVICE,error_type!=\"\"}}"));
    let durations = [
        ("agent", "gen_ai_invoke_agent_duration_seconds_count"),
        ("cache", "tachograph_cache_operation_duration_seconds_count"),
        ("database", "db_client_operation_duration_seconds_count"),
        ("gRPC", "rpc_server_call_duration_seconds_count"),
        ("HTTP", "http_server_request_duration_seconds_count"),
        ("model", "gen_ai_client_operation_duration_seconds_count"),
        ("tool", "gen_ai_execute_tool_duration_seconds_count"),
    ];
    let labelled: Vec<_> = durations
        .into_iter()
        .map(|(kind, name)| format!("label_replace({}, \"call\", \"{kind}\", \"\", \"\")", total(name)))
        .collect();
    vec![
        Panel::table(
            "Failures",
            unit::NUMBER,
            "Calls that failed or were given up in the time that is looked at, by service, kind and class.",
        )
        .query(format!("topk(50, {}) > 0", labelled.join(" or ")), "")
        .without_classic()
        .failures()
        .wide(12),
        Panel::timeseries(
            "Errors that applications report",
            unit::COUNTS,
            "What record_error and capture_error were told, by component and class.",
        )
        .query(
            rate("job, tachograph_component, error_type", "tachograph_errors_total{SERVICE}"),
            "{{job}} {{tachograph_component}} {{error_type}}",
        )
        .failures()
        .wide(12),
    ]
}

fn served() -> Vec<Panel> {
    vec![
        panel(
            "HTTP requests",
            "By route and class: the status, or what happened instead.",
            "http_server_request_duration_seconds",
            "job, http_route, error_type",
        )
        .classic(
            rate("job, endpoint, status", "http_requests_total{SERVICE,status!~\"[1-3]..\"}"),
            "{{job}} {{endpoint}} {{status}}",
        )
        .alert("HttpErrorRateHigh")
        .wide(12),
        Panel::timeseries("gRPC calls", unit::OPERATIONS, "By method and status.")
            .query(
                rate(
                    "job, rpc_method, rpc_status_code",
                    "rpc_server_call_duration_seconds_count{SERVICE,rpc_status_code!=\"OK\"}",
                ),
                "{{job}} {{rpc_method}} {{rpc_status_code}}",
            )
            .failures()
            .wide(12),
    ]
}

fn ai() -> Vec<Panel> {
    vec![
        panel(
            "Agents",
            "Runs by agent and class.",
            "gen_ai_invoke_agent_duration_seconds",
            "job, gen_ai_agent_name, error_type",
        )
        .classic(rate("job, type, error_type", "agent_errors_total{SERVICE}"), "{{job}} {{type}} {{error_type}}")
        .alert("AgentFailuresHigh"),
        panel(
            "Models",
            "Calls by model and class.",
            "gen_ai_client_operation_duration_seconds",
            "job, gen_ai_request_model, error_type",
        )
        .classic(rate("job, model", "llm_requests_total{SERVICE,status=\"error\"}"), "{{job}} {{model}}")
        .alert("LlmErrorsHigh"),
        panel(
            "Tools",
            "Calls by tool and class.",
            "gen_ai_execute_tool_duration_seconds",
            "job, gen_ai_tool_name, error_type",
        )
        .classic(rate("job, tool_name", "tool_executions_total{SERVICE,status=\"error\"}"), "{{job}} {{tool_name}}")
        .alert("ToolFailuresHigh"),
    ]
}

fn below() -> Vec<Panel> {
    vec![
        panel(
            "Databases",
            "Operations by table and class.",
            "db_client_operation_duration_seconds",
            "job, db_operation_name, db_collection_name, error_type",
        )
        .without_classic(),
        panel(
            "Caches",
            "Operations by cache and class.",
            "tachograph_cache_operation_duration_seconds",
            "job, tachograph_cache_name, error_type",
        ),
        panel(
            "Outgoing HTTP requests",
            "By host and class.",
            "http_client_request_duration_seconds",
            "job, server_address, error_type",
        ),
    ]
}
