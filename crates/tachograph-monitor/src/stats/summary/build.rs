//! A summary out of a reading and its past.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use tachograph_core::source::SystemState;

use super::{
    AgentStats, CacheStats, CallStats, CurrentSystem, DatabaseStats, EndpointStats, LlmStats, ModelStats, Summary,
};
use crate::{
    answer::rfc_3339,
    application,
    info::{megabytes, percent_of},
    stats::{
        history::SeriesKind,
        names::Names,
        reading::Reading,
        tally::{Tally, percent},
        timeline::Timeline,
    },
};

impl Summary {
    pub(crate) fn new(
        uptime: Duration,
        at: SystemTime,
        reading: &Reading,
        timeline: &Timeline,
        system: Option<SystemState>,
    ) -> Self {
        let totals = &reading.totals;
        let (http, recent) = (&totals.http, timeline.recent().five_minutes());
        let last = |kind, name: &str| timeline.last_called(kind, name);
        let plain = |kind, names: &Names<Tally>| -> BTreeMap<String, CallStats> {
            names.iter().map(|(name, tally)| (name.to_owned(), CallStats::new(tally, last(kind, name)))).collect()
        };
        Self {
            uptime_seconds: uptime.as_secs(),
            uptime_human: application::in_words(uptime),
            total_requests: http.calls,
            recent_requests_5min: recent.calls,
            requests_per_second: timeline.recent().minute().per_second(),
            error_rate_percent: http.error_rate(),
            recent_error_rate_percent: recent.error_rate(),
            errors_4xx: http.client_errors,
            errors_5xx: http.server_errors,
            cancelled_requests: http.cancelled,
            rate_limit_hits: totals.rate_limited,
            avg_response_time_ms: http.mean_ms(),
            recent_avg_response_time_ms: recent.mean().map(|seconds| seconds * 1000.0),
            active_requests: totals.active_requests,
            active_operations: reading.active_operations.clone(),
            active_users: reading.active_users.map(whole),
            database_connections: reading.database_connections.map(whole),
            current_system: system.map_or_else(CurrentSystem::default, |system| CurrentSystem::new(&system)),
            endpoints: each(&reading.endpoints, |name, tally| EndpointStats {
                calls: CallStats::new(tally, last(SeriesKind::Endpoint, name)),
                errors_4xx: tally.client_errors,
                errors_5xx: tally.server_errors,
            }),
            agents: each(&reading.agents, |name, agent| AgentStats {
                calls: CallStats::new(&agent.calls, last(SeriesKind::Agent, name)),
                cost_usd: agent.cost_usd,
            }),
            llm: llm(reading, timeline),
            tools: plain(SeriesKind::Tool, &reading.tools),
            workflows: plain(SeriesKind::Workflow, &reading.workflows),
            commands: plain(SeriesKind::Command, &reading.commands),
            rpc: plain(SeriesKind::Rpc, &reading.rpc),
            databases: each(&reading.databases, |name, database| DatabaseStats {
                calls: CallStats::new(&database.calls, last(SeriesKind::Database, name)),
                system: database.system.clone(),
            }),
            caches: each(&reading.caches, |_, cache| CacheStats {
                hits: cache.hits,
                misses: cache.misses,
                hit_rate: (cache.hits + cache.misses > 0).then(|| percent(cache.hits, cache.hits + cache.misses)),
                operations: cache.operations,
                entries: cache.entries.map(whole),
            }),
            http_clients: plain(SeriesKind::HttpClient, &reading.http_clients),
            rpc_clients: plain(SeriesKind::RpcClient, &reading.rpc_clients),
            omitted: reading.omitted().into_iter().filter(|(_, omitted)| *omitted > 0).collect(),
            metrics_error: None,
            timestamp: rfc_3339(at),
        }
    }
}

fn llm(reading: &Reading, timeline: &Timeline) -> LlmStats {
    let totals = &reading.totals;
    let last = |name: &str| timeline.last_called(SeriesKind::Model, name);
    let last_of_all = reading.models.iter().filter_map(|(name, _)| last(name)).max();
    LlmStats {
        calls: CallStats::new(&totals.models, last_of_all),
        input_tokens: totals.input_tokens,
        output_tokens: totals.output_tokens,
        cost_usd: totals.cost_usd,
        unpriced_calls: totals.unpriced,
        models: each(&reading.models, |name, model| ModelStats {
            calls: CallStats::new(&model.calls, last(name)),
            provider: model.provider.clone(),
            model: model.name.clone(),
            input_tokens: model.input_tokens,
            output_tokens: model.output_tokens,
            cost_usd: model.cost_usd,
        }),
    }
}

fn each<T, S>(names: &Names<T>, stats: impl Fn(&str, &T) -> S) -> BTreeMap<String, S> {
    names.iter().map(|(name, value)| (name.to_owned(), stats(name, value))).collect()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, or garbage of the application's")]
fn whole(value: f64) -> u64 {
    value.max(0.0) as u64
}

impl CallStats {
    fn new(tally: &Tally, last_called: Option<SystemTime>) -> Self {
        Self {
            calls: tally.calls,
            errors: tally.errors,
            cancelled: tally.cancelled,
            error_rate: tally.error_rate(),
            avg_response_time: tally.mean_ms(),
            p50: tally.quantile_ms(0.5),
            p95: tally.quantile_ms(0.95),
            p99: tally.quantile_ms(0.99),
            last_called: last_called.map(rfc_3339),
        }
    }
}

impl CurrentSystem {
    fn new(system: &SystemState) -> Self {
        let SystemState { memory, disk, .. } = system;
        Self {
            cpu_percent: system.cpu_percent,
            cpu_count: Some(system.cpu_count),
            memory_percent: Some(percent_of(memory.used, memory.total)),
            memory_used_mb: Some(megabytes(memory.used)),
            memory_available_mb: Some(megabytes(memory.available)),
            disk_usage_percent: disk.map(|disk| percent_of(disk.used, disk.total)),
            process_cpu_percent: system.process_cpu_percent,
            process_memory_mb: Some(megabytes(system.process_memory)),
            timestamp: Some(rfc_3339(system.at)),
        }
    }
}
