//! The past as points, for charts.

use std::time::SystemTime;

use serde::Serialize;
use tachograph_core::source::SystemState;

use super::{reading::Totals, rounding};

/// How wide the points of a history are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Ten seconds; kept for an hour.
    TenSeconds,
    /// A minute; kept for as long as the history goes back.
    #[default]
    Minute,
}

impl Step {
    /// The width in seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        match self {
            Self::TenSeconds => 10,
            Self::Minute => 60,
        }
    }

    pub(super) const fn seconds_as_float(self) -> f64 {
        match self {
            Self::TenSeconds => 10.0,
            Self::Minute => 60.0,
        }
    }
}

/// What a series is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SeriesKind {
    /// An HTTP endpoint, as `GET /api/chat`.
    Endpoint,
    /// An agent, by its name.
    Agent,
    /// A model, as `openai/gpt-4o`.
    Model,
    /// A tool, by its name.
    Tool,
    /// A workflow, by its name.
    Workflow,
    /// A command, by its name.
    Command,
    /// An RPC that is served, as `pkg.Service/Method`.
    Rpc,
    /// An RPC that is called.
    RpcClient,
    /// A host that HTTP requests go to, as `POST api.openai.com`.
    HttpClient,
    /// What a database is asked for, as `SELECT articles`.
    Database,
}

impl SeriesKind {
    pub(super) const COUNT: usize = Self::Database as usize + 1;

    /// Whether each minute is kept, and not only the last call.
    pub(super) const fn has_history(self) -> bool {
        matches!(self, Self::Endpoint | Self::Agent | Self::Model | Self::Tool)
    }

    /// The word of the kind: `endpoint`, `agent`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::Agent => "agent",
            Self::Model => "model",
            Self::Tool => "tool",
            Self::Workflow => "workflow",
            Self::Command => "command",
            Self::Rpc => "rpc",
            Self::RpcClient => "rpc_client",
            Self::HttpClient => "http_client",
            Self::Database => "database",
        }
    }
}

/// What happened in one interval. Counts are of the interval; gauges are the last value in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HistoryPoint {
    /// Start of the interval, in Unix seconds.
    pub timestamp: u64,
    /// How many seconds of the interval are covered: fewer at the start of the process and in the last point, which is still filling.
    #[serde(serialize_with = "rounding::three")]
    pub seconds: f64,
    /// HTTP requests that ended.
    pub requests: u64,
    /// Of these, with a status from 400 to 499.
    pub errors_4xx: u64,
    /// Of these, with a status from 500 to 599.
    pub errors_5xx: u64,
    /// Of these, given up by the client.
    pub cancelled: u64,
    /// Requests that were refused because there were too many.
    pub rate_limit_hits: u64,
    /// HTTP requests per second.
    #[serde(serialize_with = "rounding::three")]
    pub requests_per_second: f64,
    /// Percent of the HTTP requests that failed.
    #[serde(serialize_with = "rounding::two")]
    pub error_rate_percent: f64,
    /// Mean duration of the HTTP requests in milliseconds.
    #[serde(serialize_with = "rounding::three_if_any")]
    pub avg_response_time_ms: Option<f64>,
    /// Median of the same.
    #[serde(serialize_with = "rounding::three_if_any")]
    pub p50_ms: Option<f64>,
    /// 95th percentile of the same.
    #[serde(serialize_with = "rounding::three_if_any")]
    pub p95_ms: Option<f64>,
    /// 99th percentile of the same.
    #[serde(serialize_with = "rounding::three_if_any")]
    pub p99_ms: Option<f64>,
    /// HTTP requests in flight.
    pub active_requests: i64,
    /// Agent runs that ended.
    pub agent_runs: u64,
    /// Of these, failed.
    pub agent_errors: u64,
    /// 95th percentile of their duration in milliseconds.
    #[serde(serialize_with = "rounding::three_if_any")]
    pub agent_p95_ms: Option<f64>,
    /// Calls to models that ended.
    pub llm_calls: u64,
    /// Of these, failed.
    pub llm_errors: u64,
    /// 95th percentile of their duration in milliseconds.
    #[serde(serialize_with = "rounding::three_if_any")]
    pub llm_p95_ms: Option<f64>,
    /// Tokens that went to models.
    pub input_tokens: u64,
    /// Tokens that came from them.
    pub output_tokens: u64,
    /// What that cost, in US dollars, as far as prices are known.
    #[serde(serialize_with = "rounding::dollars")]
    pub cost_usd: f64,
    /// Tool executions that ended.
    pub tool_runs: u64,
    /// Of these, failed.
    pub tool_errors: u64,
    /// Database operations that ended.
    pub db_queries: u64,
    /// Of these, failed.
    pub db_errors: u64,
    /// 95th percentile of their duration in milliseconds.
    #[serde(serialize_with = "rounding::three_if_any")]
    pub db_p95_ms: Option<f64>,
    /// Cache look-ups that found a value.
    pub cache_hits: u64,
    /// Cache look-ups that found none.
    pub cache_misses: u64,
    /// Load of the processors, from 0 to 100.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub cpu_percent: Option<f64>,
    /// Memory in use, from 0 to 100.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub memory_percent: Option<f64>,
    /// The watched file system in use, from 0 to 100.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub disk_usage_percent: Option<f64>,
    /// Resident memory of the process in megabytes of 2^20 bytes.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub process_memory_mb: Option<f64>,
}

/// What happened to one endpoint, agent, model or tool in one minute.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SeriesPoint {
    /// Start of the minute, in Unix seconds.
    pub timestamp: u64,
    /// How many seconds of it are over.
    pub seconds: f64,
    /// Calls that ended.
    pub calls: u64,
    /// Of these, failed.
    pub errors: u64,
    /// Their mean duration in milliseconds.
    #[serde(serialize_with = "rounding::three_if_any")]
    pub avg_response_time_ms: Option<f64>,
}

impl SeriesPoint {
    #[allow(clippy::cast_precision_loss, reason = "sixty at most")]
    pub(super) fn empty(timestamp: u64, covered: u64) -> Self {
        Self { timestamp, seconds: covered as f64, calls: 0, errors: 0, avg_response_time_ms: None }
    }
}

/// What is known at one moment.
pub(super) struct Moment<'a> {
    pub(super) at: SystemTime,
    pub(super) totals: &'a Totals,
    pub(super) system: Option<SystemState>,
}

impl Moment<'_> {
    /// What happened since `begun`, when `before` had been counted.
    #[allow(clippy::cast_precision_loss, reason = "a rate of more than 2^53 calls")]
    pub(super) fn since(&self, timestamp: u64, begun: SystemTime, before: &Totals) -> HistoryPoint {
        let Totals { http, agents, models, tools, databases, .. } = self.totals;
        let http = http.since(&before.http);
        let (agents, models) = (agents.since(&before.agents), models.since(&before.models));
        let (tools, databases) = (tools.since(&before.tools), databases.since(&before.databases));
        let seconds = self.at.duration_since(begun).unwrap_or_default().as_secs_f64();
        let new = |count: fn(&Totals) -> u64| count(self.totals).saturating_sub(count(before));
        HistoryPoint {
            timestamp,
            seconds,
            requests: http.calls,
            errors_4xx: http.client_errors,
            errors_5xx: http.server_errors,
            cancelled: http.cancelled,
            rate_limit_hits: new(|totals| totals.rate_limited),
            requests_per_second: if seconds > 0.0 { http.calls as f64 / seconds } else { 0.0 },
            error_rate_percent: http.error_rate(),
            avg_response_time_ms: http.mean_ms(),
            p50_ms: http.quantile_ms(0.5),
            p95_ms: http.quantile_ms(0.95),
            p99_ms: http.quantile_ms(0.99),
            active_requests: self.totals.active_requests,
            agent_runs: agents.calls,
            agent_errors: agents.errors,
            agent_p95_ms: agents.quantile_ms(0.95),
            llm_calls: models.calls,
            llm_errors: models.errors,
            llm_p95_ms: models.quantile_ms(0.95),
            input_tokens: new(|totals| totals.input_tokens),
            output_tokens: new(|totals| totals.output_tokens),
            cost_usd: (self.totals.cost_usd - before.cost_usd).max(0.0),
            tool_runs: tools.calls,
            tool_errors: tools.errors,
            db_queries: databases.calls,
            db_errors: databases.errors,
            db_p95_ms: databases.quantile_ms(0.95),
            cache_hits: new(|totals| totals.cache_hits),
            cache_misses: new(|totals| totals.cache_misses),
            cpu_percent: self.system.and_then(|system| system.cpu_percent),
            memory_percent: self.system.map(|system| crate::info::percent_of(system.memory.used, system.memory.total)),
            disk_usage_percent: self
                .system
                .and_then(|system| system.disk)
                .map(|disk| crate::info::percent_of(disk.used, disk.total)),
            process_memory_mb: self.system.map(|system| crate::info::megabytes(system.process_memory)),
        }
    }
}
