//! What the service tells of itself: figures that are those of its metrics, traces, health while what it depends on comes and goes, and
//! the page in a browser.

mod health;

use serde_json::Value;
use tests::components::{exposition::Samples, page, poll};

use crate::service::Service;

impl Service {
    /// What a monitoring endpoint answers.
    fn told(&self, path: &str) -> Value {
        self.get(&format!("/monitoring/{path}")).json().unwrap()
    }

    /// The statistics once `requests` requests are in them, and nothing is under way.
    fn stats_after(&self, requests: u64) -> Value {
        let stats = || self.told("stats")["data"].clone();
        poll::until(&format!("{requests} requests to be counted"), stats, |stats| {
            stats["total_requests"] == requests && stats["active_requests"] == 0
        })
    }
}

/// A service that was asked five times: three answers, one by a model that has had enough, and one question that is none.
fn asked() -> Service {
    let service = Service::start(&[]);
    for question in
        ["What is helium used for?", "What is helium used for, and what is 5 km in miles?", "What is 12 * (3 + 4)?"]
    {
        service.ask(question);
    }
    let limited = service.post("/api/chat").body(r#"{"question": "Please give me a rate limit"}"#).send().unwrap();
    assert_eq!(limited.status(), 429);
    assert_eq!(service.post("/api/chat").body("{").send().unwrap().status(), 400);
    service
}

#[test]
fn figures_are_those_of_the_metrics() {
    let service = asked();
    let samples = Samples::parse(&service.scrape_after(5));
    let stats = service.stats_after(5);
    let sum = |name: &str, labels: &[(&str, &str)]| samples.sum(name, labels).unwrap_or_default();
    let number =
        |pointer: &str| stats.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("{pointer}: {stats}"));
    let chat = [("endpoint", "/api/chat")];
    for (pointer, expected) in [
        ("/total_requests", sum("http_requests_total", &[])),
        ("/recent_requests_5min", 5.0),
        (
            "/errors_4xx",
            sum("http_requests_total", &[("status", "400")]) + sum("http_requests_total", &[("status", "429")]),
        ),
        ("/errors_5xx", 0.0),
        ("/rate_limit_hits", sum("tachograph_requests_rate_limited_total", &[])),
        ("/endpoints/POST ~1api~1chat/calls", sum("http_request_duration_seconds_count", &chat)),
        ("/agents/researcher/calls", sum("agent_executions_total", &[])),
        ("/agents/researcher/errors", sum("agent_executions_total", &[("status", "error")])),
        ("/llm/calls", sum("llm_requests_total", &[])),
        ("/llm/errors", sum("llm_requests_total", &[("status", "error")])),
        ("/llm/input_tokens", sum("llm_tokens_used_total", &[("type", "input")])),
        ("/llm/output_tokens", sum("llm_tokens_used_total", &[("type", "output")])),
        ("/llm/models/stand-in~1stand-in-1/calls", sum("llm_requests_total", &[])),
        ("/tools/search/calls", sum("tool_executions_total", &[("tool_name", "search")])),
        ("/tools/convert/calls", sum("tool_executions_total", &[("tool_name", "convert")])),
        ("/databases/SELECT element_articles/calls", sum("db_queries_total", &[("operation", "SELECT")])),
        ("/caches/searches/hits", sum("cache_hits_total", &[])),
        ("/caches/searches/misses", sum("cache_misses_total", &[])),
    ] {
        assert_eq!(number(pointer), expected, "{pointer}");
    }
    for (pointer, expected) in [
        ("/llm/cost_usd", sum("llm_cost_usd_total", &[])),
        ("/agents/researcher/cost_usd", sum("llm_cost_usd_total", &[])),
        (
            "/endpoints/POST ~1api~1chat/avg_response_time",
            sum("http_request_duration_seconds_sum", &chat) * 1000.0
                / sum("http_request_duration_seconds_count", &chat),
        ),
    ] {
        assert!((number(pointer) - expected).abs() <= 0.001, "{pointer}: {} and {expected}", number(pointer));
    }
    assert_eq!((number("/caches/searches/hits"), number("/llm/errors")), (1.0, 1.0));
    // Between the fastest and the slowest there is the median.
    let chat = &stats["endpoints"]["POST /api/chat"];
    let [p50, p95, p99] = ["p50", "p95", "p99"].map(|q| chat[q].as_f64().unwrap());
    assert!(0.0 < p50 && p50 <= p95 && p95 <= p99, "{chat}");
    assert!(chat["last_called"].as_str().unwrap().starts_with("20"));

    let history = service.told("stats/history?minutes=10&step=10");
    let points = history["data"]["points"].as_array().unwrap();
    let all = |field: &str| points.iter().map(|point| point[field].as_f64().unwrap()).sum::<f64>();
    assert_eq!((all("requests"), all("llm_calls"), all("agent_runs")), (5.0, number("/llm/calls"), 4.0));
    let one = service.told("stats/history?endpoint=POST%20/api/chat");
    let calls = one["data"]["points"].as_array().unwrap().iter().map(|point| point["calls"].as_u64().unwrap());
    assert_eq!(calls.sum::<u64>(), 5);
}

#[test]
fn the_machine_and_the_process_are_told() {
    let service = Service::start(&[]);
    let system = poll::until(
        "a second sample",
        || service.told("stats")["data"]["current_system"].clone(),
        |system| system["cpu_percent"].is_f64(),
    );
    for (field, most) in [
        ("cpu_percent", 100.0),
        ("memory_percent", 100.0),
        ("disk_usage_percent", 100.0),
        ("process_cpu_percent", 100.0),
        ("cpu_count", 4096.0),
        ("memory_used_mb", 1e8),
        ("memory_available_mb", 1e8),
        ("process_memory_mb", 1e4),
    ] {
        let value = system[field].as_f64().unwrap_or_else(|| panic!("{field}: {system}"));
        assert!((0.0..=most).contains(&value), "{field}: {value}");
    }
    assert!(system["process_memory_mb"].as_f64().unwrap() > 1.0 && system["cpu_count"].as_f64().unwrap() > 0.0);
    let info = service.told("info");
    assert_eq!(info["app"]["name"], "agent_service");
    let (total, used) = (info["memory"]["total_gb"].as_f64().unwrap(), info["memory"]["used_gb"].as_f64().unwrap());
    assert!(total > 0.0 && used <= total, "{info}");
    assert!(info["disk"]["total_gb"].as_f64().unwrap() > 0.0);
    let scrape = service.get("/monitoring/metrics").text().unwrap();
    assert!(Samples::parse(&scrape).sum("memory_usage_bytes", &[]).unwrap() > 1e6);
}

#[test]
fn traces_are_kept_without_what_was_asked() {
    let service = Service::start(&[]);
    let answer = service.ask("What is helium used for?");
    let failed = service.post("/api/chat").body(r#"{"question": "Please give me a server error"}"#).send().unwrap();
    assert!(failed.status().is_server_error());
    let trace = poll::until(
        "the trace to be kept",
        || service.told(&format!("traces/{}", answer.trace())),
        |trace| trace["success"] == true,
    );
    let trace = &trace["data"];
    let spans = trace["spans"].as_array().unwrap();
    let category = |of: &str| spans.iter().filter(|span| span["category"] == of).count();
    let told: Vec<_> =
        ["http", "agent", "llm", "http_client", "tool", "cache", "db"].map(|of| (of, category(of))).into();
    assert_eq!(told, [("http", 1), ("agent", 1), ("llm", 2), ("http_client", 2), ("tool", 1), ("cache", 2), ("db", 1)]);
    assert_eq!(trace["spans"][0]["name"], "POST /api/chat");
    assert_eq!(trace["input_tokens"].as_u64(), Some(answer.tokens.input));
    assert_eq!(trace["output_tokens"].as_u64(), Some(answer.tokens.output));
    assert!(trace["cost_usd"].as_f64().unwrap() > 0.0);
    assert_eq!((&trace["agents"][0], &trace["models"][0]), (&"researcher".into(), &"stand-in-1".into()));
    let is_below = |span: &Value| {
        span["parent_span_id"].is_null() || spans.iter().any(|above| above["span_id"] == span["parent_span_id"])
    };
    assert!(spans.iter().all(is_below), "{trace}");

    let listed = |kind: &str| service.told(&format!("traces?kind={kind}"))["data"].clone();
    let lists = poll::until("both traces", || listed("failed"), |failed| failed["seen"] == 2);
    assert_eq!(lists["traces"].as_array().unwrap().len(), 1, "{lists}");
    assert!(lists["traces"][0]["errors"].as_u64().unwrap() >= 1);
    assert_eq!(listed("latest")["traces"].as_array().unwrap().len(), 2);
    assert_eq!(listed("slowest")["traces"].as_array().unwrap().len(), 2);
    for path in ["traces", &format!("traces/{}", answer.trace()), "stats", "health", "info"] {
        let text = service.get(&format!("/monitoring/{path}")).text().unwrap();
        assert!(!text.contains("helium") && !text.contains("superconducting"), "{path}: {text}");
    }
}

#[test]
fn the_page_shows_people_what_the_endpoints_answer() {
    let service = asked();
    service.stats_after(5);
    poll::until("the traces", || service.told("traces")["data"]["seen"].clone(), |seen| *seen == 5);
    let out = tempfile::tempdir().unwrap();
    let url = format!("http://{}/monitoring/", service.address());
    let Some(said) = page::check(&url, out.path(), &[]) else { return };
    assert!(said.contains("facts hold, 0 do not"), "{said}");
    let pictures = std::fs::read_dir(out.path()).unwrap().filter_map(Result::ok);
    let pictures: Vec<_> = pictures.filter(|picture| picture.metadata().is_ok_and(|it| it.len() > 10_000)).collect();
    assert!(pictures.len() >= 8, "both themes at both widths, with and without a trace: {pictures:?}");
}
