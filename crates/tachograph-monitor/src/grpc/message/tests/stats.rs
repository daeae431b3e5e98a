//! Every field with a value of its own, so that none can be taken for another.

use std::collections::{BTreeMap, HashMap};

use super::super::super::generated as message;
use crate::stats::{
    AgentStats, CacheStats, CallStats, CurrentSystem, DatabaseStats, EndpointStats, LlmStats, ModelStats, Summary,
};

const AT: &str = "2025-11-24T16:00:00.250Z";

fn at() -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: 1_764_000_000, nanos: 250_000_000 })
}

fn ms(milliseconds: i32) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds: 0, nanos: milliseconds * 1_000_000 })
}

fn calls(calls: u64) -> CallStats {
    CallStats {
        calls,
        errors: 2,
        cancelled: 3,
        error_rate: 4.5,
        avg_response_time: Some(5.0),
        p50: Some(6.0),
        p95: Some(7.0),
        p99: None,
        last_called: Some(AT.to_owned()),
    }
}

fn told(calls: u64) -> Option<message::CallStats> {
    Some(message::CallStats {
        calls,
        errors: 2,
        cancelled: 3,
        error_rate: 4.5,
        avg_response_time: ms(5),
        p50: ms(6),
        p95: ms(7),
        p99: None,
        last_called: at(),
    })
}

fn one<T, M: FromIterator<(String, T)>>(value: T) -> M {
    [("a".to_owned(), value)].into_iter().collect()
}

fn system() -> CurrentSystem {
    CurrentSystem {
        cpu_percent: Some(1.0),
        cpu_count: Some(2.0),
        memory_percent: Some(3.0),
        memory_used_mb: Some(4.0),
        memory_available_mb: Some(5.0),
        disk_usage_percent: None,
        process_cpu_percent: Some(6.0),
        process_memory_mb: Some(7.0),
        timestamp: Some(AT.to_owned()),
    }
}

fn system_told() -> message::CurrentSystem {
    message::CurrentSystem {
        cpu_percent: Some(1.0),
        cpu_count: Some(2.0),
        memory_percent: Some(3.0),
        memory_used_mb: Some(4.0),
        memory_available_mb: Some(5.0),
        disk_usage_percent: None,
        process_cpu_percent: Some(6.0),
        process_memory_mb: Some(7.0),
        timestamp: at(),
    }
}

fn llm() -> LlmStats {
    let (provider, model) = ("openai".to_owned(), "gpt-4o".to_owned());
    LlmStats {
        calls: calls(31),
        input_tokens: 32,
        output_tokens: 33,
        cost_usd: 34.5,
        unpriced_calls: 35,
        models: one(ModelStats {
            calls: calls(36),
            provider,
            model,
            input_tokens: 37,
            output_tokens: 38,
            cost_usd: 39.5,
        }),
    }
}

fn llm_told() -> message::LlmStats {
    let (provider, model) = ("openai".to_owned(), "gpt-4o".to_owned());
    let calls = told(36);
    message::LlmStats {
        calls: told(31),
        input_tokens: 32,
        output_tokens: 33,
        cost_usd: 34.5,
        unpriced_calls: 35,
        models: one(message::ModelStats {
            calls,
            provider,
            model,
            input_tokens: 37,
            output_tokens: 38,
            cost_usd: 39.5,
        }),
    }
}

fn summary() -> Summary {
    Summary {
        uptime_seconds: 9_045,
        uptime_human: "2:30:45".to_owned(),
        total_requests: 1,
        recent_requests_5min: 2,
        requests_per_second: 3.5,
        error_rate_percent: 4.5,
        recent_error_rate_percent: 5.5,
        errors_4xx: 6,
        errors_5xx: 7,
        cancelled_requests: 8,
        rate_limit_hits: 9,
        avg_response_time_ms: Some(10.0),
        recent_avg_response_time_ms: Some(11.0),
        active_requests: -12,
        active_operations: one(-13),
        active_users: Some(0),
        database_connections: Some(15),
        current_system: system(),
        endpoints: one(EndpointStats { calls: calls(16), errors_4xx: 17, errors_5xx: 18 }),
        agents: one(AgentStats { calls: calls(19), cost_usd: 20.5 }),
        llm: llm(),
        tools: one(calls(21)),
        workflows: one(calls(22)),
        commands: one(calls(23)),
        rpc: one(calls(24)),
        databases: one(DatabaseStats { calls: calls(25), system: "sqlite".to_owned() }),
        caches: one(CacheStats { hits: 26, misses: 27, hit_rate: Some(28.5), operations: 29, entries: Some(30) }),
        http_clients: one(calls(40)),
        rpc_clients: one(calls(41)),
        omitted: BTreeMap::from([("endpoints", 42)]),
        metrics_error: Some("on purpose".to_owned()),
        timestamp: AT.to_owned(),
    }
}

#[test]
fn a_summary_is_told_whole() {
    let expected = message::Summary {
        uptime: Some(prost_types::Duration { seconds: 9_045, nanos: 0 }),
        total_requests: 1,
        recent_requests_5min: 2,
        requests_per_second: 3.5,
        error_rate_percent: 4.5,
        recent_error_rate_percent: 5.5,
        errors_4xx: 6,
        errors_5xx: 7,
        cancelled_requests: 8,
        rate_limit_hits: 9,
        avg_response_time: ms(10),
        recent_avg_response_time: ms(11),
        active_requests: -12,
        active_operations: one(-13),
        active_users: Some(0),
        database_connections: Some(15),
        current_system: Some(system_told()),
        endpoints: one(message::EndpointStats { calls: told(16), errors_4xx: 17, errors_5xx: 18 }),
        agents: one(message::AgentStats { calls: told(19), cost_usd: 20.5 }),
        llm: Some(llm_told()),
        tools: told(21).map(one).unwrap(),
        workflows: told(22).map(one).unwrap(),
        commands: told(23).map(one).unwrap(),
        rpc: told(24).map(one).unwrap(),
        databases: one(message::DatabaseStats { calls: told(25), system: "sqlite".to_owned() }),
        caches: one(message::CacheStats {
            hits: 26,
            misses: 27,
            hit_rate: Some(28.5),
            operations: 29,
            entries: Some(30),
        }),
        http_clients: told(40).map(one).unwrap(),
        rpc_clients: told(41).map(one).unwrap(),
        omitted: HashMap::from([("endpoints".to_owned(), 42)]),
        metrics_error: Some("on purpose".to_owned()),
        timestamp: at(),
    };
    assert_eq!(message::Summary::from(&summary()), expected);
}

#[test]
fn what_is_not_known_is_absent() {
    let unknown = Summary {
        avg_response_time_ms: None,
        recent_avg_response_time_ms: None,
        active_users: None,
        database_connections: None,
        current_system: CurrentSystem::default(),
        metrics_error: None,
        ..summary()
    };
    let told = message::Summary::from(&unknown);
    assert_eq!((told.avg_response_time, told.recent_avg_response_time), (None, None));
    assert_eq!((told.active_users, told.database_connections, told.metrics_error), (None, None, None));
    assert_eq!(told.current_system, Some(message::CurrentSystem::default()));
}
