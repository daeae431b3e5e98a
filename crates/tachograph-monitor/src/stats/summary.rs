//! The statistics at one moment, as `/stats` shows them and Rust code can ask for them.

mod build;

use std::collections::BTreeMap;

use serde::Serialize;

use super::rounding;

/// All that is known of the calls of the process. Counts are since its start; times are in milliseconds, rates in percent.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// How long the application has been running, in whole seconds.
    pub uptime_seconds: u64,
    /// The same as people read it: `1 day, 2:30:45`.
    pub uptime_human: String,
    /// HTTP requests that ended.
    pub total_requests: u64,
    /// Of these, in the last five minutes (and at most five seconds more).
    pub recent_requests_5min: u64,
    /// HTTP requests per second in the last minute.
    #[serde(serialize_with = "rounding::three")]
    pub requests_per_second: f64,
    /// Percent of all HTTP requests that failed: with a status from 500 on, or without an answer. The mistakes of clients and
    /// requests that they gave up are not among them.
    #[serde(serialize_with = "rounding::two")]
    pub error_rate_percent: f64,
    /// The same in the last five minutes.
    #[serde(serialize_with = "rounding::two")]
    pub recent_error_rate_percent: f64,
    /// HTTP requests answered with a status from 400 to 499.
    pub errors_4xx: u64,
    /// HTTP requests answered with a status from 500 to 599.
    pub errors_5xx: u64,
    /// HTTP requests that their clients gave up.
    pub cancelled_requests: u64,
    /// Requests that were refused because there were too many: HTTP 429, gRPC `RESOURCE_EXHAUSTED`.
    pub rate_limit_hits: u64,
    /// Mean time to answer an HTTP request.
    #[serde(serialize_with = "rounding::three_if_any")]
    pub avg_response_time_ms: Option<f64>,
    /// The same in the last five minutes.
    #[serde(serialize_with = "rounding::three_if_any")]
    pub recent_avg_response_time_ms: Option<f64>,
    /// HTTP requests in flight.
    pub active_requests: i64,
    /// Other operations in flight, by kind.
    pub active_operations: BTreeMap<String, i64>,
    /// What [`set_active_users`](tachograph_core::set_active_users) said last.
    pub active_users: Option<u64>,
    /// What [`set_database_connections`](tachograph_core::set_database_connections) said last.
    pub database_connections: Option<u64>,
    /// The machine and the process.
    pub current_system: CurrentSystem,
    /// HTTP endpoints, as `GET /api/chat`.
    pub endpoints: BTreeMap<String, EndpointStats>,
    /// Agents by name.
    pub agents: BTreeMap<String, AgentStats>,
    /// Calls to models.
    pub llm: LlmStats,
    /// Tools by name.
    pub tools: BTreeMap<String, CallStats>,
    /// Workflows by name.
    pub workflows: BTreeMap<String, CallStats>,
    /// Commands by name.
    pub commands: BTreeMap<String, CallStats>,
    /// RPCs that are served, as `pkg.Service/Method`.
    pub rpc: BTreeMap<String, CallStats>,
    /// Database operations, as `SELECT articles`.
    pub databases: BTreeMap<String, DatabaseStats>,
    /// Caches by name.
    pub caches: BTreeMap<String, CacheStats>,
    /// Hosts that HTTP requests go to, as `POST api.openai.com`.
    pub http_clients: BTreeMap<String, CallStats>,
    /// RPCs that are called.
    pub rpc_clients: BTreeMap<String, CallStats>,
    /// How many names of a group were left out because there are more than 1,000; groups that are whole are not named.
    pub omitted: BTreeMap<&'static str, usize>,
    /// Why the metrics could not be read the last time, if they could not: then all this is older than it should be.
    pub metrics_error: Option<String>,
    /// When the metrics were read that all this is made of, in RFC 3339.
    pub timestamp: String,
}

/// Calls of one name. The percentiles come from histogram buckets: each lies in the bucket in which the true one lies, and is
/// off by less than that bucket is wide, with the bounds of the conventions for HTTP at most by a factor of 2.5.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CallStats {
    /// Calls that ended.
    pub calls: u64,
    /// Of these, failed.
    pub errors: u64,
    /// Of these, given up.
    pub cancelled: u64,
    /// Percent of the calls that failed.
    #[serde(serialize_with = "rounding::two")]
    pub error_rate: f64,
    /// Mean duration in milliseconds; `None` without calls.
    #[serde(serialize_with = "rounding::three_if_any")]
    pub avg_response_time: Option<f64>,
    /// Median of the duration in milliseconds.
    #[serde(serialize_with = "rounding::three_if_any")]
    pub p50: Option<f64>,
    /// 95th percentile of the duration in milliseconds.
    #[serde(serialize_with = "rounding::three_if_any")]
    pub p95: Option<f64>,
    /// 99th percentile of the duration in milliseconds.
    #[serde(serialize_with = "rounding::three_if_any")]
    pub p99: Option<f64>,
    /// When the last call ended, in RFC 3339, right to about a second; `None` where that was before anybody looked.
    pub last_called: Option<String>,
}

/// An HTTP endpoint.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EndpointStats {
    /// Its requests.
    #[serde(flatten)]
    pub calls: CallStats,
    /// Answered with a status from 400 to 499. They are no errors.
    pub errors_4xx: u64,
    /// Answered with a status from 500 to 599.
    pub errors_5xx: u64,
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AgentStats {
    /// Its runs.
    #[serde(flatten)]
    pub calls: CallStats,
    /// What its calls to models cost, in US dollars, as far as prices are known.
    #[serde(serialize_with = "rounding::dollars")]
    pub cost_usd: f64,
}

/// All calls to models.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LlmStats {
    /// The calls.
    #[serde(flatten)]
    pub calls: CallStats,
    /// Tokens that went in, cached ones included.
    pub input_tokens: u64,
    /// Tokens that came out, reasoning included.
    pub output_tokens: u64,
    /// What that cost, in US dollars, as far as prices are known.
    #[serde(serialize_with = "rounding::dollars")]
    pub cost_usd: f64,
    /// Calls with tokens whose price is not known.
    pub unpriced_calls: u64,
    /// The same of each model, as `openai/gpt-4o`.
    pub models: BTreeMap<String, ModelStats>,
}

/// A model.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ModelStats {
    /// Calls to it.
    #[serde(flatten)]
    pub calls: CallStats,
    /// Who provides it.
    pub provider: String,
    /// Its name, as asked for.
    pub model: String,
    /// Tokens that went in, cached ones included.
    pub input_tokens: u64,
    /// Tokens that came out, reasoning included.
    pub output_tokens: u64,
    /// What that cost, in US dollars, as far as prices are known.
    #[serde(serialize_with = "rounding::dollars")]
    pub cost_usd: f64,
}

/// What a database is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DatabaseStats {
    /// The operations.
    #[serde(flatten)]
    pub calls: CallStats,
    /// The product: `postgresql`, `sqlite`, `redis`.
    pub system: String,
}

/// A cache.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CacheStats {
    /// Look-ups that found a value.
    pub hits: u64,
    /// Look-ups that found none.
    pub misses: u64,
    /// Percent of the look-ups that found a value; `None` without look-ups.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub hit_rate: Option<f64>,
    /// Operations of every sort, look-ups included.
    pub operations: u64,
    /// Entries in it now, where it tells.
    pub entries: Option<u64>,
}

/// The machine and the process at the last sample; all `None` before the first, and without the feature that samples.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CurrentSystem {
    /// Load of the processors that the process may use, from 0 to 100.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub cpu_percent: Option<f64>,
    /// How many these are; a fraction where a quota says so.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub cpu_count: Option<f64>,
    /// Memory in use, from 0 to 100.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub memory_percent: Option<f64>,
    /// The same in megabytes of 2^20 bytes.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub memory_used_mb: Option<f64>,
    /// What can be had without swapping.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub memory_available_mb: Option<f64>,
    /// The watched file system in use, from 0 to 100.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub disk_usage_percent: Option<f64>,
    /// Load that this process puts on the processors, from 0 to 100.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub process_cpu_percent: Option<f64>,
    /// Resident memory of this process in megabytes.
    #[serde(serialize_with = "rounding::two_if_any")]
    pub process_memory_mb: Option<f64>,
    /// When it was sampled, in RFC 3339.
    pub timestamp: Option<String>,
}
