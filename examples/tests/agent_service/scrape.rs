//! Metrics as text, and the endpoints beside them.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tests::components::{exposition::Samples, promtool};

use crate::{
    asked::{Asked, Stores},
    service::Service,
};

/// The semantic conventions name gauges so, which is not to promtool's taste.
const NAMED_BY_CONVENTION: [&str; 4] = [
    "db_client_connection_count",
    "process_thread_count",
    "process_unix_file_descriptor_count",
    "system_cpu_logical_count",
];

#[test]
fn both_families_of_names_show_what_was_asked() {
    let service = Service::start(&[]);
    let asked = Asked::of_each_sort(&service);
    let samples = Samples::parse(&service.scrape_after(asked.requests()));
    asked.assert_counted(&samples, Stores::Embedded);
    assert_eq!(samples.sum("app_info", &[("version", env!("CARGO_PKG_VERSION"))]), Some(1.0));
    assert_eq!(samples.sum("target_info", &[("service_name", "agent_service")]), Some(1.0));
    assert_eq!(service.stderr(), "");
}

#[test]
fn body_sizes_are_those_of_the_wire() {
    let service = Service::start(&[]);
    let body = json!({"question": "What is helium used for?"}).to_string();
    let sent = body.len();
    let received = service.post("/api/chat").body(body).send().unwrap().bytes().unwrap().len();
    let samples = Samples::parse(&service.scrape_after(1));
    for (name, bytes) in [
        ("http_request_size_bytes_sum", sent),
        ("http_server_request_body_size_bytes_sum", sent),
        ("http_response_size_bytes_sum", received),
        ("http_server_response_body_size_bytes_sum", received),
    ] {
        assert_eq!(samples.sum(name, &[]), Some(bytes as f64), "{name}");
    }
}

#[test]
fn promtool_finds_nothing_in_the_scraped_text_but_names_of_the_conventions() {
    let service = Service::start(&[]);
    let asked = Asked::of_each_sort(&service);
    let text = service.scrape_after(asked.requests());
    let Some(said) = promtool::check_metrics(&text) else { return };
    let suffix = "non-histogram and non-summary metrics should not have \"_count\" suffix";
    let expected: Vec<_> = NAMED_BY_CONVENTION.iter().map(|name| format!("{name} {suffix}")).collect();
    assert_eq!(said.lines().collect::<Vec<_>>(), expected, "{text}");
}

#[test]
fn the_monitoring_endpoints_answer_as_documented_and_are_not_counted() {
    let service = Service::start(&[]);
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let health: Value = service.get("/health").error_for_status().unwrap().json().unwrap();
    let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    assert_eq!(health["status"], "ok");
    let timestamp = health["timestamp"].as_f64().unwrap();
    assert!((before..=after).contains(&timestamp), "{before} {timestamp} {after}");
    for (path, expected) in [
        ("/monitoring/health/live", json!({"status": "alive"})),
        ("/monitoring/health/ready", json!({"status": "ready"})),
    ] {
        let response = service.get(path);
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
        assert_eq!(response.json::<Value>().unwrap(), expected, "{path}");
    }
    let metrics = service.get("/monitoring/metrics");
    assert_eq!(metrics.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let samples = Samples::parse(&metrics.text().unwrap());
    assert_eq!(samples.sum("http_requests_total", &[]), None);
    assert_eq!(samples.sum("http_server_request_duration_seconds_count", &[]), None);
}
