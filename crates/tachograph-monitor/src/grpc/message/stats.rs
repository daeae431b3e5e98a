//! Statistics.

use std::collections::{BTreeMap, HashMap};

use super::{super::generated as message, milliseconds, seconds, timestamp};
use crate::stats::{
    AgentStats, CacheStats, CallStats, CurrentSystem, DatabaseStats, EndpointStats, LlmStats, ModelStats, Summary,
};

fn each<'a, T, M: From<&'a T>>(named: &'a BTreeMap<String, T>) -> HashMap<String, M> {
    named.iter().map(|(name, stats)| (name.clone(), stats.into())).collect()
}

impl From<&Summary> for message::Summary {
    fn from(summary: &Summary) -> Self {
        let omitted = summary.omitted.iter();
        Self {
            uptime: seconds(summary.uptime_seconds),
            total_requests: summary.total_requests,
            recent_requests_5min: summary.recent_requests_5min,
            requests_per_second: summary.requests_per_second,
            error_rate_percent: summary.error_rate_percent,
            recent_error_rate_percent: summary.recent_error_rate_percent,
            errors_4xx: summary.errors_4xx,
            errors_5xx: summary.errors_5xx,
            cancelled_requests: summary.cancelled_requests,
            rate_limit_hits: summary.rate_limit_hits,
            avg_response_time: milliseconds(summary.avg_response_time_ms),
            recent_avg_response_time: milliseconds(summary.recent_avg_response_time_ms),
            active_requests: summary.active_requests,
            active_operations: summary.active_operations.clone().into_iter().collect(),
            active_users: summary.active_users,
            database_connections: summary.database_connections,
            current_system: Some((&summary.current_system).into()),
            endpoints: each(&summary.endpoints),
            agents: each(&summary.agents),
            llm: Some((&summary.llm).into()),
            tools: each(&summary.tools),
            workflows: each(&summary.workflows),
            commands: each(&summary.commands),
            rpc: each(&summary.rpc),
            databases: each(&summary.databases),
            caches: each(&summary.caches),
            http_clients: each(&summary.http_clients),
            rpc_clients: each(&summary.rpc_clients),
            omitted: omitted.map(|(group, omitted)| ((*group).to_owned(), *omitted as u64)).collect(),
            metrics_error: summary.metrics_error.clone(),
            timestamp: timestamp(&summary.timestamp),
        }
    }
}

impl From<&CallStats> for message::CallStats {
    fn from(calls: &CallStats) -> Self {
        Self {
            calls: calls.calls,
            errors: calls.errors,
            cancelled: calls.cancelled,
            error_rate: calls.error_rate,
            avg_response_time: milliseconds(calls.avg_response_time),
            p50: milliseconds(calls.p50),
            p95: milliseconds(calls.p95),
            p99: milliseconds(calls.p99),
            last_called: calls.last_called.as_deref().and_then(timestamp),
        }
    }
}

impl From<&EndpointStats> for message::EndpointStats {
    fn from(endpoint: &EndpointStats) -> Self {
        let EndpointStats { calls, errors_4xx, errors_5xx } = endpoint;
        Self { calls: Some(calls.into()), errors_4xx: *errors_4xx, errors_5xx: *errors_5xx }
    }
}

impl From<&AgentStats> for message::AgentStats {
    fn from(agent: &AgentStats) -> Self {
        Self { calls: Some((&agent.calls).into()), cost_usd: agent.cost_usd }
    }
}

impl From<&LlmStats> for message::LlmStats {
    fn from(llm: &LlmStats) -> Self {
        Self {
            calls: Some((&llm.calls).into()),
            input_tokens: llm.input_tokens,
            output_tokens: llm.output_tokens,
            cost_usd: llm.cost_usd,
            unpriced_calls: llm.unpriced_calls,
            models: each(&llm.models),
        }
    }
}

impl From<&ModelStats> for message::ModelStats {
    fn from(model: &ModelStats) -> Self {
        Self {
            calls: Some((&model.calls).into()),
            provider: model.provider.clone(),
            model: model.model.clone(),
            input_tokens: model.input_tokens,
            output_tokens: model.output_tokens,
            cost_usd: model.cost_usd,
        }
    }
}

impl From<&DatabaseStats> for message::DatabaseStats {
    fn from(database: &DatabaseStats) -> Self {
        Self { calls: Some((&database.calls).into()), system: database.system.clone() }
    }
}

impl From<&CacheStats> for message::CacheStats {
    fn from(cache: &CacheStats) -> Self {
        let &CacheStats { hits, misses, hit_rate, operations, entries } = cache;
        Self { hits, misses, hit_rate, operations, entries }
    }
}

impl From<&CurrentSystem> for message::CurrentSystem {
    fn from(system: &CurrentSystem) -> Self {
        Self {
            cpu_percent: system.cpu_percent,
            cpu_count: system.cpu_count,
            memory_percent: system.memory_percent,
            memory_used_mb: system.memory_used_mb,
            memory_available_mb: system.memory_available_mb,
            disk_usage_percent: system.disk_usage_percent,
            process_cpu_percent: system.process_cpu_percent,
            process_memory_mb: system.process_memory_mb,
            timestamp: system.timestamp.as_deref().and_then(timestamp),
        }
    }
}
