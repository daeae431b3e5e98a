mod access;

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use http_body_util::BodyExt as _;
use opentelemetry::{
    KeyValue, SpanId, TraceFlags, TraceId,
    trace::{SpanContext, SpanKind, Status, TraceState},
};
use serde_json::{Value, json};
use tachograph_core::{
    semconv::{attribute as attr, metric},
    source::{DiskState, EndedSpan, MemoryState, ObserveSpans as _, ReadSystem, SystemState},
};
use tower::ServiceExt as _;

use super::*;
use crate::{
    application::Application,
    links::Links,
    stats::{Stats, tests::metrics::Metrics},
    traces::Traces,
};

struct Machine;

impl ReadSystem for Machine {
    fn system_state(&self) -> Option<SystemState> {
        Some(SystemState {
            at: UNIX_EPOCH + Duration::from_millis(1_764_000_000_250),
            cpu_percent: Some(12.345),
            cpu_count: 1.5,
            memory: MemoryState { total: 8 << 30, available: 6 << 30, used: 2 << 30 },
            disk: Some(DiskState { total: 100 << 30, free: 40 << 30, used: 50 << 30 }),
            process_cpu_percent: Some(3.0),
            process_memory: 64 << 20,
        })
    }
}

fn busy() -> (Arc<Metrics>, Stats) {
    let metrics = Arc::new(Metrics::default());
    let application = Application::new("shop").with_version(Some("1.2.3")).with_environment(Some("production"));
    let stats =
        Stats::builder(metrics.clone()).with_application(application).with_system(Arc::new(Machine)).without_thread();
    stats.refresh();
    let request = |status| {
        [(attr::HTTP_REQUEST_METHOD, "GET"), (attr::HTTP_ROUTE, "/a"), (attr::HTTP_RESPONSE_STATUS_CODE, status)]
    };
    metrics.record(metric::HTTP_DURATION, &request("200"), &[0.2; 6]);
    metrics.record(metric::HTTP_DURATION, &request("404"), &[0.2; 3]);
    metrics.record(metric::HTTP_DURATION, &request("500"), &[0.2]);
    metrics.add(metric::RATE_LIMITED, &[(attr::HTTP_ROUTE, "/a")], 4.0);
    metrics.record(metric::AGENT_DURATION, &[(attr::GEN_AI_AGENT_NAME, "clerk")], &[1.0]);
    metrics.record(metric::TOOL_DURATION, &[(attr::GEN_AI_TOOL_NAME, "search")], &[0.5]);
    let model = [(attr::GEN_AI_PROVIDER_NAME, "openai"), (attr::GEN_AI_REQUEST_MODEL, "gpt-4o")];
    metrics.record(metric::LLM_DURATION, &model, &[0.4, 0.4]);
    metrics.add(metric::LLM_COST, &model, 0.0123);
    metrics.set(metric::USERS_ACTIVE, &[], 7.0);
    stats.refresh();
    (metrics, stats)
}

async fn ask_with(monitoring: &Monitoring, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
    let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    let app: Router = monitoring.clone().router();
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    (head.status, head.headers, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

async fn ask(monitoring: &Monitoring, path: &str) -> (StatusCode, Value) {
    let (status, headers, text) = ask_with(monitoring, path, &[]).await;
    assert_eq!(headers["cache-control"], "no-store", "{path}");
    assert_eq!(headers["content-type"], "application/json", "{path}");
    (status, serde_json::from_str(&text).unwrap())
}

/// The keys of an object, in the order in which they were written.
fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn sorted<'a>(names: &str, room: &'a mut String) -> Vec<&'a str> {
    names.clone_into(room);
    let mut names: Vec<_> = room.split_whitespace().collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn stats_have_every_field_of_their_shape_and_no_other() {
    let (_metrics, stats) = busy();
    let monitoring = Monitoring::new().with_stats(stats);
    let (status, answer) = ask(&monitoring, "/monitoring/stats").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((keys(&answer), &answer["success"]), (vec!["data", "success", "timestamp"], &Value::Bool(true)));
    assert!(answer["timestamp"].is_f64());
    let data = &answer["data"];
    let mut room = String::new();
    assert_eq!(
        keys(data),
        sorted(
            "uptime_seconds uptime_human total_requests recent_requests_5min requests_per_second error_rate_percent \
             recent_error_rate_percent errors_4xx errors_5xx cancelled_requests rate_limit_hits avg_response_time_ms \
             recent_avg_response_time_ms active_requests active_operations active_users database_connections current_system \
             endpoints agents llm tools workflows commands rpc databases caches http_clients rpc_clients omitted \
             metrics_error timestamp",
            &mut room
        )
    );
    assert_eq!(data["uptime_human"], "0:00:00");
    for (field, value) in [
        ("total_requests", json!(10)),
        ("recent_requests_5min", json!(10)),
        ("error_rate_percent", json!(10.0)),
        ("recent_error_rate_percent", json!(10.0)),
        ("errors_4xx", json!(3)),
        ("errors_5xx", json!(1)),
        ("rate_limit_hits", json!(4)),
        ("avg_response_time_ms", json!(200.0)),
        ("active_users", json!(7)),
        ("database_connections", Value::Null),
        ("metrics_error", Value::Null),
        ("omitted", json!({})),
    ] {
        assert_eq!(data[field], value, "{field}");
    }
    assert_eq!(
        data["current_system"],
        json!({
            "cpu_percent": 12.35, "cpu_count": 1.5, "memory_percent": 25.0, "memory_used_mb": 2048.0, "memory_available_mb": 6144.0,
            "disk_usage_percent": 50.0, "process_cpu_percent": 3.0, "process_memory_mb": 64.0, "timestamp": "2025-11-24T16:00:00.250Z",
        })
    );
    let calls = "calls errors cancelled error_rate avg_response_time p50 p95 p99 last_called";
    let endpoint = &data["endpoints"]["GET /a"];
    assert_eq!(keys(endpoint), sorted(&format!("{calls} errors_4xx errors_5xx"), &mut room));
    assert_eq!(
        (&endpoint["calls"], &endpoint["error_rate"], &endpoint["p99"]),
        (&json!(10), &json!(10.0), &json!(200.0))
    );
    assert!(endpoint["last_called"].as_str().unwrap().ends_with('Z'));
    assert_eq!(keys(&data["agents"]["clerk"]), sorted(&format!("{calls} cost_usd"), &mut room));
    assert_eq!(keys(&data["tools"]["search"]), sorted(calls, &mut room));
    let llm = "input_tokens output_tokens cost_usd";
    assert_eq!(keys(&data["llm"]), sorted(&format!("{calls} {llm} unpriced_calls models"), &mut room));
    let model = &data["llm"]["models"]["openai/gpt-4o"];
    assert_eq!(keys(model), sorted(&format!("{calls} {llm} provider model"), &mut room));
    assert_eq!(
        (&model["cost_usd"], &model["provider"], &model["model"]),
        (&json!(0.0123), &json!("openai"), &json!("gpt-4o"))
    );
}

#[tokio::test]
async fn the_history_has_every_field_of_its_shape_and_no_other() {
    let (_metrics, stats) = busy();
    let monitoring = Monitoring::new().with_stats(stats);
    for (query, minutes, step) in [("", 60, 60), ("?minutes=5&step=10", 5, 10), ("?step=60&minutes=1440", 1440, 60)] {
        let (status, answer) = ask(&monitoring, &format!("/monitoring/stats/history{query}")).await;
        assert_eq!((status, &answer["success"]), (StatusCode::OK, &Value::Bool(true)), "{query}");
        let data = &answer["data"];
        assert_eq!(keys(data), ["minutes", "points", "step_seconds"]);
        assert_eq!((&data["minutes"], &data["step_seconds"]), (&json!(minutes), &json!(step)));
        let point = data["points"].as_array().unwrap().last().unwrap();
        let mut room = String::new();
        assert_eq!(
            keys(point),
            sorted(
                "timestamp seconds requests errors_4xx errors_5xx cancelled rate_limit_hits requests_per_second \
                 error_rate_percent avg_response_time_ms p50_ms p95_ms p99_ms active_requests agent_runs agent_errors \
                 agent_p95_ms llm_calls llm_errors llm_p95_ms input_tokens output_tokens cost_usd tool_runs tool_errors \
                 db_queries db_errors db_p95_ms cache_hits cache_misses cpu_percent memory_percent disk_usage_percent \
                 process_memory_mb",
                &mut room
            )
        );
        assert_eq!(
            (&point["requests"], &point["cpu_percent"], &point["db_p95_ms"]),
            (&json!(10), &json!(12.35), &Value::Null)
        );
    }
}

#[tokio::test]
async fn one_endpoint_agent_model_or_tool_has_its_own_history() {
    let (_metrics, stats) = busy();
    let monitoring = Monitoring::new().with_stats(stats);
    for (query, kind, name, calls) in [
        ("endpoint=GET%20/a", "endpoint", "GET /a", 10),
        ("agent=clerk", "agent", "clerk", 1),
        ("model=openai/gpt-4o", "model", "openai/gpt-4o", 2),
        ("tool=search", "tool", "search", 1),
    ] {
        let (status, answer) = ask(&monitoring, &format!("/monitoring/stats/history?minutes=3&{query}")).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let data = &answer["data"];
        assert_eq!(data["of"], json!({"kind": kind, "name": name}));
        let points = data["points"].as_array().unwrap();
        assert_eq!(keys(&points[0]), ["avg_response_time_ms", "calls", "errors", "seconds", "timestamp"]);
        assert_eq!(points.iter().map(|point| point["calls"].as_u64().unwrap()).sum::<u64>(), calls);
    }
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told_with_what_to_mend() {
    let (_metrics, stats) = busy();
    let monitoring = Monitoring::new().with_stats(stats).with_traces(Traces::new());
    for (path, status, told) in [
        ("/stats/history?minutes=0", 400, "`minutes` is a whole number from 1 to 10080, not 0"),
        ("/stats/history?minutes=-1", 400, "minutes"),
        ("/stats/history?minutes=99999999999999999999", 400, "minutes"),
        ("/stats/history?step=7", 400, "`step` is 10 or 60 seconds, not 7"),
        ("/stats/history?endpoint=GET%20/b", 404, "no endpoint \"GET /b\" was called"),
        ("/stats/history?agent=a&tool=b", 400, "one of `endpoint`, `agent`, `model` and `tool` at a time"),
        ("/traces?kind=fastest", 400, "unknown variant `fastest`"),
        ("/traces?limit=many", 400, "limit"),
        ("/traces/none", 400, "32 hexadecimal digits"),
        ("/traces/0000000000000000000000000000000a", 404, "is not kept"),
    ] {
        let (code, answer) = ask(&monitoring, &format!("/monitoring{path}")).await;
        assert_eq!((code.as_u16(), keys(&answer)), (status, vec!["error", "success", "timestamp"]), "{path}");
        assert_eq!(answer["success"], false);
        let error = answer["error"].as_str().unwrap();
        assert!(error.contains(told), "{path}: {error}");
    }
}

#[tokio::test]
async fn without_sources_it_is_said_that_there_are_none() {
    let monitoring = Monitoring::new().with_application(Application::new("shop"));
    for (path, told) in [
        ("/stats", "no source of metrics"),
        ("/stats/history", "no source of metrics"),
        ("/traces", "no source of spans"),
    ] {
        let (code, answer) = ask(&monitoring, &format!("/monitoring{path}")).await;
        assert_eq!(code, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer["error"].as_str().unwrap().contains(told), "{answer}");
    }
    let (code, info) = ask(&monitoring, "/monitoring/info").await;
    assert_eq!((code, &info["app"]["name"], &info["cpu"]["percent"]), (StatusCode::OK, &json!("shop"), &Value::Null));
}

#[tokio::test]
async fn info_has_every_field_of_its_shape_and_no_other() {
    let (_metrics, stats) = busy();
    let (_, info) = ask(&Monitoring::new().with_stats(stats), "/monitoring/info").await;
    assert_eq!(keys(&info), ["app", "cpu", "disk", "memory", "timestamp", "uptime_seconds"]);
    assert_eq!(info["app"], json!({"name": "shop", "version": "1.2.3", "environment": "production"}));
    assert_eq!(info["cpu"], json!({"percent": 12.35, "count": 1.5}));
    assert_eq!(info["memory"], json!({"total_gb": 8.0, "available_gb": 6.0, "used_gb": 2.0, "percent": 25.0}));
    assert_eq!(info["disk"], json!({"total_gb": 100.0, "used_gb": 50.0, "free_gb": 40.0, "percent": 50.0}));
}

fn one_trace(traces: &Traces) -> String {
    let trace = TraceId::from(0xab12_u128);
    let context = SpanContext::new(trace, SpanId::from(1), TraceFlags::SAMPLED, false, TraceState::NONE);
    let start = std::time::SystemTime::now();
    let span = EndedSpan {
        context: &context,
        parent: SpanId::INVALID,
        parent_is_remote: false,
        kind: SpanKind::Server,
        name: "GET /<b>",
        start,
        end: start + Duration::from_millis(25),
        attributes: &[KeyValue::new(attr::HTTP_REQUEST_METHOD, "GET")],
        events: &[],
        status: &Status::Unset,
    };
    traces.spans_ended(&mut [span].into_iter());
    trace.to_string()
}

#[tokio::test]
async fn traces_have_every_field_of_their_shape_and_links() {
    let traces = Traces::new();
    let id = one_trace(&traces);
    let monitoring = Monitoring::new()
        .with_traces(traces)
        .with_log_link("https://logs.example/?q={trace_id}")
        .unwrap()
        .with_trace_link("https://traces.example/{trace_id}")
        .unwrap();
    for kind in ["latest", "slowest", "failed"] {
        let (status, answer) = ask(&monitoring, &format!("/monitoring/traces?kind={kind}")).await;
        let data = &answer["data"];
        assert_eq!((status, keys(data)), (StatusCode::OK, vec!["kept", "kind", "seen", "traces"]));
        assert_eq!((&data["kind"], &data["seen"], &data["kept"]), (&json!(kind), &json!(1), &json!(1)));
        assert_eq!(data["traces"].as_array().unwrap().len(), usize::from(kind != "failed"));
    }
    let (_, answer) = ask(&monitoring, "/monitoring/traces").await;
    let mut room = String::new();
    let summary = "trace_id name kind category start duration_ms spans omitted_spans errors status error_type agents models \
                   input_tokens output_tokens cost_usd";
    assert_eq!(keys(&answer["data"]["traces"][0]), sorted(summary, &mut room));
    let (_, answer) = ask(&monitoring, &format!("/monitoring/traces/{id}")).await;
    let trace = &answer["data"];
    assert_eq!(keys(trace), sorted(&format!("{summary} links"), &mut room));
    assert_eq!(trace["name"], "GET /<b>");
    assert_eq!(
        trace["links"],
        json!({"logs": format!("https://logs.example/?q={id}"), "trace": format!("https://traces.example/{id}")})
    );
    assert_eq!(
        keys(&trace["spans"][0]),
        sorted(
            "span_id parent_span_id parent_is_remote name kind category start_offset_ms duration_ms status error_type message \
             attributes events",
            &mut room
        )
    );
    let mut without = monitoring;
    without.links = Links::default();
    let (_, plain) = ask(&without, &format!("/monitoring/traces/{id}")).await;
    assert_eq!(plain["data"]["links"], json!({}));
}

#[tokio::test]
async fn the_page_stands_at_the_prefix() {
    let monitoring = Monitoring::new().with_prefix("/ops/tachograph").unwrap();
    let (status, headers, text) = ask_with(&monitoring, "/ops/tachograph/", &[]).await;
    assert_eq!((status, &headers["content-type"]), (StatusCode::OK, &"text/html; charset=utf-8".parse().unwrap()));
    assert!(headers["content-security-policy"].to_str().unwrap().contains("script-src 'self';"));
    let from_elsewhere = ["src=\"http", "href=\"http", "src=\"//", "href=\"//"];
    assert!(text.contains("assets/page.js") && from_elsewhere.iter().all(|it| !text.contains(it)), "{text}");
    for (asset, content_type) in
        [("page.js", "text/javascript; charset=utf-8"), ("page.css", "text/css; charset=utf-8")]
    {
        let (status, headers, text) = ask_with(&monitoring, &format!("/ops/tachograph/assets/{asset}"), &[]).await;
        assert_eq!((status, &headers["content-type"]), (StatusCode::OK, &content_type.parse().unwrap()));
        assert!(text.len() > 1000);
    }
    let (status, headers, _) = ask_with(&monitoring, "/ops/tachograph", &[]).await;
    assert_eq!((status, &headers["location"]), (StatusCode::PERMANENT_REDIRECT, &"tachograph/".parse().unwrap()));
    let root = Monitoring::new().with_prefix("").unwrap();
    assert_eq!(ask_with(&root, "/", &[]).await.0, StatusCode::OK);
    assert!(ask_with(&root, "/health", &[]).await.2.starts_with(r#"{"status":"ok""#));
}
