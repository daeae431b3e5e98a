//! Scrapes under load: ten at once, in every format, while two threads record as fast as they can and new series never end.
//!
//! In a binary of its own, for it takes both processors and half a minute.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

mod checks;
mod watch;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::KeyValue;
use tachograph::{
    ExporterChoice, Outcome, Settings, Tachograph, Telemetry, Usage, record_agent_execution, record_api_request,
    record_cache_hit, record_cache_miss, record_llm_request, record_tool_execution,
};
use tests::components::http;
use tokio::runtime;

use self::{
    checks::{Scrape, Scraper},
    watch::Watch,
};

const DURATION: Duration = Duration::from_secs(30);
const SCRAPERS: usize = 10;
const RECORDERS: u64 = 2;
/// Series of each instrument. New ones come up all the time, and this many are reached within a moment.
const LIMIT: usize = 200;
/// How long anybody may stand still: scrapes wait for their turn, and the machine may be loaded.
const PATIENCE: Duration = Duration::from_secs(20);
/// When memory is measured for the first time: every series is there, every thread has worked.
const WARM: Duration = Duration::from_secs(10);

const FORMATS: [&str; 3] = [
    "text/plain;version=0.0.4",
    "application/openmetrics-text;version=1.0.0",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
];

/// One round of a recorder: something of every kind. The first two are a new series each time, until the limit.
fn record(telemetry: &Telemetry, recorder: u64, round: u64) {
    telemetry.scope(|| {
        let name = format!("agent-{recorder}-{round}");
        let outcome = if round.is_multiple_of(4) { Outcome::error("timeout") } else { Outcome::Success };
        record_agent_execution(name, Duration::from_millis(250), outcome);
        let attributes = [KeyValue::new("recorder", recorder as i64), KeyValue::new("round", round as i64)];
        telemetry.meter().u64_counter("soak.rounds").build().add(1, &attributes);

        record_llm_request("acme", "large", Duration::from_millis(500), Usage::new(12, 4), Outcome::Success);
        record_tool_execution("search", Duration::from_millis(125), Outcome::Success);
        record_api_request("GET", "/users/{id}", 200, Duration::from_millis(500));
        record_cache_hit("prices");
        record_cache_miss("prices");
    });
}

/// What all rounds together recorded.
fn totals(rounds: f64) -> [(&'static str, f64); 11] {
    [
        ("agent_executions_total", rounds),
        ("gen_ai_invoke_agent_duration_seconds_sum", 0.25 * rounds),
        ("soak_rounds_total", rounds),
        ("llm_requests_total", rounds),
        ("llm_tokens_used_total", 16.0 * rounds),
        ("gen_ai_client_operation_duration_seconds_sum", 0.5 * rounds),
        ("tool_execution_duration_seconds_sum", 0.125 * rounds),
        ("http_requests_total", rounds),
        ("http_server_request_duration_seconds_count", rounds),
        ("cache_hits_total", rounds),
        ("cache_misses_total", rounds),
    ]
}

/// Memory of this process in bytes.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * rustix::param::page_size()
}

#[test]
fn scrapes_under_load_stay_consistent_and_nothing_is_lost() {
    let telemetry = tachograph::builder()
        .with_settings(Settings::default())
        .with_traces_exporter(ExporterChoice::None)
        .with_metrics_exporter(ExporterChoice::None)
        .with_logs_exporter(ExporterChoice::None)
        // Their gauges are named like the counts of histograms, and go down.
        .with_system_metrics(false)
        .with_cardinality_limit(LIMIT)
        .build()
        .map(Tachograph::from)
        .unwrap();
    let server = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let listener = server.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}/monitoring/metrics", listener.local_addr().unwrap());
    let router = telemetry.monitoring().router();
    server.spawn(async { axum::serve(listener, router).await });

    let mut watch = Watch::new(PATIENCE);
    let rounds = Arc::new(AtomicU64::default());
    for recorder in 0..RECORDERS {
        let (telemetry, rounds) = (telemetry.telemetry().unwrap().clone(), Arc::clone(&rounds));
        let mut round = 0;
        watch.start(format!("recorder {recorder}"), move |worker| {
            worker.says("records");
            record(&telemetry, recorder, round);
            round += 1;
            rounds.fetch_add(1, Ordering::Relaxed);
        });
    }
    let largest = Arc::new(AtomicU64::default());
    for number in 0..SCRAPERS {
        let (client, url, largest) = (http::client(), url.clone(), Arc::clone(&largest));
        let mut scraper = Scraper::default();
        let accept = FORMATS[number % FORMATS.len()];
        watch.start(format!("scraper {number}"), move |worker| {
            worker.says("waits for an answer");
            let response = client.get(&url).header("accept", accept).send().unwrap();
            assert_eq!(response.status(), 200);
            let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
            assert!(content_type.starts_with(accept.split(';').next().unwrap()), "{content_type} for {accept}");
            worker.says("reads the body");
            let text = response.text().unwrap();
            worker.says("checks");
            assert_eq!(text.ends_with("# EOF\n"), content_type.starts_with("application/openmetrics-text"));
            scraper.take(&text);
            largest.fetch_max(text.len() as u64, Ordering::Relaxed);
        });
    }

    watch.for_duration(WARM);
    #[cfg(target_os = "linux")]
    let warm = resident();
    watch.for_duration(DURATION - WARM);
    #[cfg(target_os = "linux")]
    let end = resident();
    let state = watch.state();
    watch.finish();

    let text = telemetry.prometheus_text().unwrap();
    let scrape = Scrape::parse(&text);
    scrape.assert_names_agree();
    let rounds = rounds.load(Ordering::Relaxed) as f64;
    for (name, expected) in totals(rounds) {
        assert_eq!(scrape.sum(name), expected, "{name} after {rounds} rounds");
    }
    // All series were there after the first third; since then only texts came and went. Each of the scrapers and the server may
    // hold one more than then, twice as large as it is while it grows.
    #[cfg(target_os = "linux")]
    {
        let texts = 2 * (SCRAPERS + 1) * usize::try_from(largest.load(Ordering::Relaxed)).unwrap();
        assert!(end <= warm + texts, "resident {end} bytes, {warm} before, and texts may take {texts}\n{state}");
    }
}
