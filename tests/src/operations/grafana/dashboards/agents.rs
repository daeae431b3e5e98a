//! Agents: their runs, the tools that they call, and how many steps it takes them.

use super::{Dashboard, Panel, Variable, increase, mean, quantile, rate, ratio, unit};

const AGENT: &str = "{{job}} {{gen_ai_agent_name}}";
const CLASSIC_AGENT: &str = "{{job}} {{type}}";
const TOOL: &str = "{{job}} {{gen_ai_tool_name}}";
const CLASSIC_TOOL: &str = "{{job}} {{tool_name}}";

pub(super) fn dashboard() -> Dashboard {
    let about =
        "Runs of agents: how many, how long, how many fail, which tools they call and how often, and what they cost.";
    Dashboard::new("agents", "agents", about)
        .with_variable(
            Variable::values(
                "agent",
                "Agent",
                "gen_ai_invoke_agent_duration_seconds_count{SERVICE}",
                "gen_ai_agent_name",
            )
            .classic("agent_executions_total{SERVICE}", "type"),
        )
        .with_row("Runs", runs())
        .with_row("Steps", steps())
        .with_row("Tools", tools())
        .with_row("Workflows and commands", workflows())
}

fn runs() -> Vec<Panel> {
    let executions = "agent_executions_total{SERVICE,type=~\"$agent\"}";
    let failed = "agent_executions_total{SERVICE,type=~\"$agent\",status=\"error\"}";
    let duration = "gen_ai_invoke_agent_duration_seconds{SERVICE,gen_ai_agent_name=~\"$agent\"}";
    let classic_duration = "agent_execution_duration_seconds{SERVICE,type=~\"$agent\"}";
    let by = "job, gen_ai_agent_name";
    vec![
        Panel::timeseries("Runs", unit::OPERATIONS, "Runs that ended, by agent.")
            .query("job_agent:agent_runs:rate15m{JOB,gen_ai_agent_name=~\"$agent\"}", AGENT)
            .classic(rate("job, type", executions), CLASSIC_AGENT),
        Panel::timeseries(
            "Failed runs",
            unit::RATIO,
            "Part of the runs that failed, by agent. Those that were given up are none of them.",
        )
        .query("job_agent:agent_errors:ratio_rate15m{JOB,gen_ai_agent_name=~\"$agent\"}", AGENT)
        .classic(ratio(&rate("job, type", failed), &rate("job, type", executions)), CLASSIC_AGENT)
        .bound("AgentFailuresHigh")
        .failures(),
        Panel::timeseries("Runs under way", unit::NUMBER, "Runs that have begun and not ended.")
            .query(
                "sum by (job) (tachograph_operations_active{SERVICE,tachograph_operation_kind=\"agent\"})",
                "{{job}}",
            )
            .classic("sum by (job) (active_agents{SERVICE})", "{{job}}"),
        Panel::timeseries("Time of runs (median)", unit::SECONDS, "Half of the runs take no longer.")
            .query(quantile(50, by, duration), AGENT)
            .classic(quantile(50, "job, type", classic_duration), CLASSIC_AGENT),
        Panel::timeseries("Time of runs (p95)", unit::SECONDS, "19 runs of 20 take no longer.")
            .query("job_agent:agent_run_duration_seconds:p95_15m{JOB,gen_ai_agent_name=~\"$agent\"}", AGENT)
            .classic(quantile(95, "job, type", classic_duration), CLASSIC_AGENT),
        Panel::timeseries(
            "Failures by class",
            unit::OPERATIONS,
            "Failed runs by the class of the error, those that were given up included.",
        )
        .query(
            rate(
                "job, gen_ai_agent_name, error_type",
                "gen_ai_invoke_agent_duration_seconds_count{SERVICE,gen_ai_agent_name=~\"$agent\",error_type!=\"\"}",
            ),
            "{{job}} {{gen_ai_agent_name}} {{error_type}}",
        )
        .classic(
            rate("job, type, error_type", "agent_errors_total{SERVICE,type=~\"$agent\"}"),
            "{{job}} {{type}} {{error_type}}",
        )
        .failures(),
    ]
}

fn steps() -> Vec<Panel> {
    let of =
        |part: &str| format!("tachograph_request_operations_{part}{{SERVICE,tachograph_operation_kind=~\"llm|tool\"");
    let by = "job, http_route, tachograph_operation_kind";
    let all = increase(by, &format!("{}}}", of("count")));
    let few = increase(by, &format!("{},le=~\"50(\\\\.0)?\"}}", of("bucket")));
    vec![
        Panel::timeseries(
            "Tools of a run",
            unit::NUMBER,
            "Calls of tools for each run, on average. Agents that go in circles call many.",
        )
        .query("job_agent:agent_tool_calls:per_run15m{JOB,gen_ai_agent_name=~\"$agent\"}", AGENT)
        .classic(
            format!(
                "{} / ({} > 0)",
                rate("job", "tool_executions_total{SERVICE}"),
                rate("job", "agent_executions_total{SERVICE}")
            ),
            "{{job}}",
        )
        .bound("AgentToolCallsHigh"),
        Panel::timeseries("Model calls of a run", unit::NUMBER, "Calls to models for each run, on average.")
            .query("job:agent_model_calls:per_run15m{JOB}", "{{job}}")
            .classic(
                format!(
                    "{} / ({} > 0)",
                    rate("job", "llm_requests_total{SERVICE}"),
                    rate("job", "agent_executions_total{SERVICE}")
                ),
                "{{job}}",
            )
            .bound("AgentModelCallsHigh"),
        Panel::stat(
            "Requests out of control",
            unit::NUMBER,
            "Requests with more than 50 calls to models, or of tools, in the time that is looked at.",
        )
        .query(format!("{all} - {few}"), "{{job}} {{http_route}} {{tachograph_operation_kind}}")
        .bound("RequestOutOfControl")
        .wide(8),
        Panel::timeseries(
            "Operations of a request",
            unit::NUMBER,
            "What one request sets off, on average, by kind. Requests without any are not in it.",
        )
        .query(
            mean("job, tachograph_operation_kind", "tachograph_request_operations{SERVICE}"),
            "{{job}} {{tachograph_operation_kind}}",
        )
        .wide(12),
        Panel::timeseries("Time of operations of a request", unit::SECONDS, "How long they take together, on average.")
            .query(
                mean("job, tachograph_operation_kind", "tachograph_request_operations_duration_seconds{SERVICE}"),
                "{{job}} {{tachograph_operation_kind}}",
            )
            .wide(12),
    ]
}

fn tools() -> Vec<Panel> {
    let executions = "tool_executions_total{SERVICE}";
    vec![
        Panel::timeseries("Calls of tools", unit::OPERATIONS, "Calls that ended, by tool.")
            .query("job_tool:tool_calls:rate15m{JOB}", TOOL)
            .classic(rate("job, tool_name", executions), CLASSIC_TOOL),
        Panel::timeseries("Failed calls of tools", unit::RATIO, "Part of the calls that failed, by tool.")
            .query("job_tool:tool_errors:ratio_rate15m{JOB}", TOOL)
            .classic(
                ratio(
                    &rate("job, tool_name", "tool_executions_total{SERVICE,status=\"error\"}"),
                    &rate("job, tool_name", executions),
                ),
                CLASSIC_TOOL,
            )
            .bound("ToolFailuresHigh")
            .failures(),
        Panel::timeseries("Time of tools (p95)", unit::SECONDS, "19 calls of 20 take no longer, by tool.")
            .query("job_tool:tool_duration_seconds:p95_15m{JOB}", TOOL)
            .classic(quantile(95, "job, tool_name", "tool_execution_duration_seconds{SERVICE}"), CLASSIC_TOOL),
    ]
}

fn workflows() -> Vec<Panel> {
    let workflow = "{{job}} {{gen_ai_workflow_name}}";
    let command = "{{job}} {{tachograph_command_name}}";
    vec![
        Panel::timeseries("Workflows", unit::OPERATIONS, "Workflows that ended.")
            .query(
                rate("job, gen_ai_workflow_name", "gen_ai_invoke_workflow_duration_seconds_count{SERVICE}"),
                workflow,
            )
            .wide(6),
        Panel::timeseries("Time of workflows (p95)", unit::SECONDS, "19 workflows of 20 take no longer.")
            .query(
                quantile(95, "job, gen_ai_workflow_name", "gen_ai_invoke_workflow_duration_seconds{SERVICE}"),
                workflow,
            )
            .wide(6),
        Panel::timeseries("Commands", unit::OPERATIONS, "Commands that ended.")
            .query(rate("job, tachograph_command_name", "tachograph_command_duration_seconds_count{SERVICE}"), command)
            .wide(6),
        Panel::timeseries("Time of commands (p95)", unit::SECONDS, "19 commands of 20 take no longer.")
            .query(
                quantile(95, "job, tachograph_command_name", "tachograph_command_duration_seconds{SERVICE}"),
                command,
            )
            .wide(6),
    ]
}
