//! The support for real components itself: each starts, does its work, ends, and shows when something is wrong.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails it")]

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    process::Command,
    thread,
    time::Duration,
};

use serde_json::json;
use tests::{
    components::{Collector, Component, Postgres, Prometheus, Redis, collector::tree, http, jq, promtool, python},
    process::Process,
};

/// Answers every request with `metrics`, until the test process ends.
fn serve(metrics: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{metrics}",
        metrics.len()
    );
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // The request has no body: it ends with the first empty line.
            BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

#[test]
fn prometheus_scrapes_and_answers_queries() {
    let target = serve("# TYPE jobs_total counter\njobs_total{kind=\"a\"} 3\njobs_total{kind=\"b\"} 4\n");
    let Some(prometheus) = Prometheus::start(&[&target], "/metrics", "") else { return };
    let found = prometheus.wait_until("jobs_total", |found| found.len() == 2);
    assert!(found.iter().all(|sample| sample.labels["instance"] == target && sample.labels["job"] == "test"));
    let sum = prometheus.query("sum(jobs_total)");
    assert_eq!((sum.len(), sum[0].value), (1, 7.0));
    assert_eq!(prometheus.query("scalar(vector(2.5))")[0].value, 2.5);
    assert_eq!(prometheus.query("vector(2) > 3"), []);
    assert_eq!(prometheus.refused(), [""; 0]);
}

#[test]
fn prometheus_3_is_another_program_and_asks_as_it_is_told() {
    let target = serve("# TYPE jobs_total counter\njobs_total{kind=\"a\"} 3\n");
    let job = "scrape_protocols: [PrometheusText0.0.4]";
    let Some(prometheus) = Prometheus::start_as(Component::Prometheus3, &[&target], "/metrics", job, "") else {
        return;
    };
    prometheus.wait_until("jobs_total", |found| found.len() == 1);
    // A name in quotes is new with version 3.
    assert_eq!(prometheus.query("{\"jobs_total\"}")[0].value, 3.0);
    assert_eq!(prometheus.refused(), [""; 0]);
}

#[test]
fn what_prometheus_does_not_take_is_shown() {
    let broken = serve("jobs_total{kind=\"a} 3\n");
    // A sample of 1970 beside one of now.
    let old = serve("jobs_total 3 1000\nothers_total 4\n");
    let Some(prometheus) = Prometheus::start(&[&broken, &old], "/metrics", "") else { return };
    prometheus.wait_until("count_over_time(up[1m]) >= 2", |found| found.len() == 2);
    let refused = prometheus.refused();
    assert!(refused.iter().any(|line| line.contains(&broken) && line.contains("is down")), "{refused:?}");
    assert!(refused.iter().any(|line| line.contains("prometheus_target_scrapes_sample_out_of_")), "{refused:?}");
}

#[test]
fn promtool_tells_good_text_from_bad() {
    let good = "# HELP jobs_total Jobs done.\n# TYPE jobs_total counter\njobs_total 3\n";
    let Some(said) = promtool::check_metrics(good) else { return };
    assert_eq!(said, "");
    assert!(promtool::check_metrics("jobs_total{ 3\n").unwrap().contains("error"));
    assert!(promtool::check_metrics("# TYPE jobs counter\njobs 3\n").unwrap().contains("_total"));
}

#[test]
fn promtool_3_says_what_promtool_says() {
    let good = "# HELP jobs_total Jobs done.\n# TYPE jobs_total counter\njobs_total 3\n";
    let Some(said) = promtool::check_metrics_with(Component::Promtool3, good) else { return };
    assert_eq!(said, "");
    assert!(
        promtool::check_metrics_with(Component::Promtool3, "# TYPE jobs counter\njobs 3\n").unwrap().contains("_total")
    );
}

#[test]
fn python_reads_both_formats_and_refuses_what_is_none() {
    let text = "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{kind=\"a\\n\"} 3.5\nother NaN\n";
    let Some(read) = python::parse(text, python::Format::Text) else { return };
    let read = read.unwrap();
    assert_eq!((read[0].name.as_str(), read[0].kind.as_str(), read[0].help.as_str()), ("jobs", "counter", "Jobs."));
    assert_eq!((read[0].samples[0].name.as_str(), read[0].samples[0].value), ("jobs_total", 3.5));
    assert_eq!(read[0].samples[0].labels["kind"], "a\n");
    assert!(read[1].samples[0].value.is_nan());

    let refused = python::parse(text, python::Format::OpenMetrics).unwrap().unwrap_err();
    assert!(refused.contains("refused"), "{refused}");
    let metrics = "# TYPE busy_seconds counter\n# UNIT busy_seconds seconds\nbusy_seconds_total 3.5\n# EOF\n";
    let read = python::parse(metrics, python::Format::OpenMetrics).unwrap().unwrap();
    assert_eq!((read[0].unit.as_str(), read[0].samples[0].value), ("seconds", 3.5));
    assert!(python::parse(metrics.trim_end_matches("# EOF\n"), python::Format::OpenMetrics).unwrap().is_err());
}

#[test]
fn the_collector_writes_down_what_it_receives() {
    let Some(mut collector) = Collector::start() else { return };
    assert_eq!(collector.spans(), []);
    let span = |id: &str, parent: &str, name: &str, kind: u8, start: &str| {
        json!({"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": id, "parentSpanId": parent, "name": name, "kind": kind,
            "startTimeUnixNano": start, "endTimeUnixNano": "1700000000000000009",
            "attributes": [{"key": "n", "value": {"intValue": "7"}}]})
    };
    let spans = [
        span("b7ad6b7169203332", "b7ad6b7169203331", "SELECT jobs", 3, "1700000000000000002"),
        span("b7ad6b7169203331", "", "GET /jobs", 2, "1700000000000000001"),
    ];
    let request =
        json!({"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {"name": "s"}, "spans": spans}]}]});
    let client = http::client();
    let response = client.post(format!("{}/v1/traces", collector.http())).json(&request).send().unwrap();
    assert_eq!(response.status(), 200);
    let received = collector.wait_for_spans(|spans| spans.len() == 2);
    assert_eq!(tree(&received), "GET /jobs (server)\n  SELECT jobs (client)\n");
    assert_eq!((received[0].scope.name.as_str(), &received[0].attributes["n"]), ("s", &json!(7)));
    collector.stop();
    assert_eq!(collector.spans(), received);
    client.get(collector.http()).send().expect_err("it has ended");
}

#[test]
fn redis_answers() {
    let Some(redis) = Redis::start() else { return };
    let address = redis.url().strip_prefix("redis://").unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(b"PING\r\n").unwrap();
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line).unwrap();
    assert_eq!(line, "+PONG\r\n");
}

#[test]
fn postgres_listens_on_its_socket_and_leaves_nothing_behind() {
    let Some(postgres) = Postgres::start() else { return };
    let url = postgres.url();
    let (_, folder) = url.split_once("?host=").unwrap();
    let socket = std::path::Path::new(folder).join(".s.PGSQL.5432");
    std::os::unix::net::UnixStream::connect(&socket).unwrap();
    drop(postgres);
    std::os::unix::net::UnixStream::connect(&socket).unwrap_err();
    assert!(!std::path::Path::new(folder).exists());
}

#[test]
fn a_process_is_read_and_ended() {
    let mut shell = Command::new("sh");
    let mut process =
        Process::spawn(shell.args(["-c", "trap 'echo bye; exit 3' TERM; echo hello; while :; do sleep 0.01; done"]))
            .unwrap();
    assert_eq!(process.wait_for_line(|line| line.strip_prefix("hel").map(str::to_owned)), "lo");
    assert_eq!(process.stop().code(), Some(3));
    assert_eq!(process.stdout(), "hello\nbye\n");
    assert_eq!(process.find_line(|line| line.strip_prefix("no").map(str::to_owned)), None);
}

#[test]
#[should_panic(expected = "it does not end")]
fn a_process_that_does_not_end_is_a_failure() {
    let mut process = Process::spawn(Command::new("sleep").arg("1000")).unwrap();
    process.wait(Duration::from_millis(50));
}

#[test]
fn jq_reads_lines_and_refuses_what_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lines");
    std::fs::write(&file, "{\"a\":1}\n{\"a\":\"x\"}\n").unwrap();
    let Some(read) = jq::read(".a", &file) else { return };
    assert_eq!(read.unwrap(), [json!(1), json!("x")]);
    std::fs::write(&file, "{\"a\":1}\n{\"a\":\n").unwrap();
    assert!(jq::read(".a", &file).unwrap().unwrap_err().contains("parse error"));
}
