//! The server for scrapes, as scrapers see it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use opentelemetry::metrics::MeterProvider as _;
use tachograph_pipeline::{Builder, Error, NameTranslation, Pipeline};

use crate::{LONG, builder, hang_in_a_callback};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// What a scrape waits for the one before it.
const TURN: Duration = Duration::from_secs(5);

fn any_port() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

fn scraped_only() -> Builder {
    builder(&[("OTEL_METRICS_EXPORTER", "prometheus"), ("OTEL_TRACES_EXPORTER", "none")])
}

fn served() -> Pipeline {
    scraped_only().with_prometheus_server(any_port()).build().unwrap()
}

/// An answer taken apart.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

/// One request on a connection of its own; `headers` are whole lines.
fn ask(address: SocketAddr, request: &str, headers: &[&str]) -> Answer {
    let mut stream = connect(address);
    let lines: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    write!(stream, "{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{lines}\r\n").unwrap();
    let mut read = Vec::new();
    stream.read_to_end(&mut read).unwrap();
    let end = read.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(read[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: read[end + 4..].to_vec() }
}

fn scrape(address: SocketAddr) -> Answer {
    ask(address, "GET /metrics", &[])
}

#[test]
fn metrics_are_served_at_the_port_that_it_tells() {
    let pipeline = served();
    pipeline.telemetry().unwrap().meter().u64_counter("calls").build().add(2, &[]);
    let address = pipeline.prometheus_address().unwrap();
    assert!(address.ip().is_loopback() && address.port() != 0);
    let answer = scrape(address);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(TEXT)));
    assert_eq!(answer.text(), pipeline.prometheus_text().unwrap());
    assert!(answer.text().contains("calls_total"));
    assert_eq!(scraped_only().build().unwrap().prometheus_address(), None);
}

#[test]
fn each_scraper_gets_the_type_it_asks_for() {
    let pipeline = served();
    let address = pipeline.prometheus_address().unwrap();
    let prometheus_2 = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                        text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    let prometheus_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                        application/openmetrics-text;version=0.0.1;q=0.5,\
                        text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    let open_escaped = format!("{OPEN}; escaping=underscores");
    let cases = [
        (prometheus_2, OPEN),
        (prometheus_3, open_escaped.as_str()),
        ("*/*", TEXT),
        ("text/plain", TEXT),
        ("text/*;q=0.5, application/*;q=0.4", TEXT),
        ("application/*", OPEN),
        ("text/plain;q=0.3, application/openmetrics-text;q=0.7", OPEN),
        ("text/plain;version=1.0.0", "text/plain; version=1.0.0; charset=utf-8"),
        ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", TEXT),
        (";;;\"", TEXT),
        ("text/html,*/*;q=0.8", TEXT),
    ];
    for (accept, expected) in cases {
        for method in ["GET", "HEAD"] {
            let answer = ask(address, &format!("{method} /metrics"), &[&format!("accept: {accept}")]);
            assert_eq!((answer.status, answer.header("content-type")), (200, Some(expected)), "{accept}");
            assert_eq!(answer.header("vary"), Some("Accept, Accept-Encoding"));
            let is_open = answer.text().ends_with("# EOF\n");
            assert_eq!(
                is_open,
                method == "GET" && expected.starts_with(OPEN),
                "the body is what the head says: {accept}"
            );
        }
    }
    let several = ask(address, "GET /metrics", &["accept: text/plain;q=0.1", "accept: application/*"]);
    assert_eq!(several.header("content-type"), Some(OPEN));
    let odd = ask(address, "GET /metrics", &["accept: \u{fc}", "accept-encoding: \u{fc}"]);
    assert_eq!((odd.status, odd.header("content-type")), (200, Some(TEXT)));
}

#[test]
fn names_are_in_utf8_for_scrapers_that_ask_for_it() {
    let pipeline = scraped_only()
        .with_prometheus_server(any_port())
        .with_name_translation(NameTranslation::NoTranslation)
        .build()
        .unwrap();
    pipeline.telemetry().unwrap().meter().u64_counter("app.calls").build().add(1, &[]);
    let address = pipeline.prometheus_address().unwrap();
    for kind in ["text/plain", "application/openmetrics-text"] {
        let scrape = |scheme| {
            let accept = format!("accept: {kind};version=1.0.0;escaping={scheme}");
            let answer = ask(address, "GET /metrics", &[&accept]);
            let content_type = format!("{kind}; version=1.0.0; charset=utf-8; escaping=");
            let used = answer.header("content-type").unwrap().strip_prefix(&content_type).unwrap().to_owned();
            (used, answer.text().contains("{\"app.calls"))
        };
        assert_eq!(scrape("allow-utf-8"), ("allow-utf-8".to_owned(), true));
        assert_eq!(scrape("dots"), ("underscores".to_owned(), false));
    }
}

#[test]
fn gzip_unpacks_to_what_is_sent_without_it() {
    let pipeline = served();
    let address = pipeline.prometheus_address().unwrap();
    let counter = pipeline.telemetry().unwrap().meter().u64_counter("calls").build();
    for id in 0..100 {
        counter.add(1, &[opentelemetry::KeyValue::new("id", id)]);
    }
    let plain = scrape(address);
    assert_eq!(plain.header("content-encoding"), None);

    let packed = ask(address, "GET /metrics", &["accept-encoding: gzip"]);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() * 5 < plain.body.len(), "{} of {}", packed.body.len(), plain.body.len());
    let mut unpacked = Vec::new();
    GzDecoder::new(&packed.body[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);

    let head = ask(address, "HEAD /metrics", &["accept-encoding: gzip"]);
    assert_eq!(head.header("content-length"), Some(packed.body.len().to_string().as_str()));
    assert_eq!((head.header("content-encoding"), head.body.len()), (Some("gzip"), 0));
    let refused = ask(address, "GET /metrics", &["accept-encoding: br, gzip;q=0"]);
    assert_eq!((refused.header("content-encoding"), &refused.body), (None, &plain.body));
}

#[test]
fn other_paths_and_methods_are_told_where_the_metrics_are() {
    let pipeline = served();
    let address = pipeline.prometheus_address().unwrap();
    let root = ask(address, "GET /", &[]);
    assert_eq!((root.status, root.text()), (200, "metrics are at /metrics\n"));
    let missing = ask(address, "GET /stats", &[]);
    assert_eq!(missing.status, 404);
    assert!(missing.text().contains("/metrics"));
    assert_eq!(ask(address, "GET /metrics?name=up", &[]).status, 200);
    for request in ["POST /metrics", "PUT /", "DELETE /metrics", "BREW /metrics"] {
        let answer = ask(address, request, &[]);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{request}");
    }
}

#[test]
fn a_body_in_a_request_is_ignored() {
    let pipeline = served();
    let mut stream = connect(pipeline.prometheus_address().unwrap());
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 999999999\r\n\r\nfirst").unwrap();
    let mut start = [0; 15];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
}

#[test]
fn ten_scrapers_at_once_all_get_the_whole_text() {
    let pipeline = served();
    let address = pipeline.prometheus_address().unwrap();
    let counter = pipeline.telemetry().unwrap().meter().u64_counter("calls").build();
    counter.add(1, &[]);
    thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let answer = scrape(address);
                    assert_eq!(answer.status, 200);
                    assert!(answer.text().contains("calls_total") && answer.text().ends_with('\n'));
                }
            });
        }
    });
    assert_eq!(pipeline.health().scrape_failures, 0);
}

#[test]
fn a_client_that_dawdles_does_not_hold_up_another() {
    let pipeline = served();
    let address = pipeline.prometheus_address().unwrap();
    let dawdlers: Vec<_> = (0..10).map(|_| connect(address)).collect();
    for mut dawdler in &dawdlers {
        dawdler.write_all(b"GET /metrics HTTP/1.1\r\nho").unwrap();
    }
    let start = Instant::now();
    assert_eq!(scrape(address).status, 200);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn behind_a_callback_that_hangs_scrapes_fail_in_time_and_afterwards_they_work() {
    let pipeline = served();
    let address = pipeline.prometheus_address().unwrap();
    let (started, let_go) = hang_in_a_callback(&pipeline);

    thread::scope(|scope| {
        let hanging = scope.spawn(|| scrape(address));
        started.recv_timeout(LONG).unwrap();
        let begun = Instant::now();
        // Through the server's line and, beside it, by the handle: neither gets a turn.
        let waiting: Vec<_> = (0..4).map(|_| scope.spawn(|| scrape(address))).collect();
        let beside = scope.spawn(|| pipeline.prometheus_text());
        assert_eq!(ask(address, "GET /", &[]).status, 200, "the server itself does not hang");
        for answer in waiting {
            let answer = answer.join().unwrap();
            assert_eq!(answer.status, 503);
            assert!(answer.text().contains("has been running for") && answer.text().contains("callback"));
            assert_eq!(answer.header("vary"), Some("Accept, Accept-Encoding"));
        }
        assert!(beside.join().unwrap().unwrap_err().to_string().contains("callback"));
        assert!(begun.elapsed() < 2 * TURN, "{:?}", begun.elapsed());
        assert_eq!(pipeline.health().scrape_failures, 5);
        drop(let_go);
        assert_eq!(hanging.join().unwrap().status, 200);
    });
    let answer = scrape(address);
    assert!(answer.status == 200 && answer.text().contains("slow"), "{answer:?}");
    assert_eq!(pipeline.health().scrape_failures, 5);
}

#[test]
fn a_callback_that_panics_costs_its_metric_and_nothing_else() {
    let pipeline = served();
    let meter = pipeline.meter_provider().unwrap().meter("app");
    meter.u64_counter("before").build().add(1, &[]);
    let _gauge = meter.u64_observable_gauge("fragile").with_callback(|_| panic!("on purpose")).build();
    for panics in 1..=2 {
        let answer = scrape(pipeline.prometheus_address().unwrap());
        assert!(answer.status == 200 && answer.text().contains("before_total"), "{answer:?}");
        assert_eq!(pipeline.health().callback_panics, panics);
    }
    assert_eq!(pipeline.health().scrape_failures, 0);
}

#[test]
fn it_serves_the_last_numbers_after_a_shutdown_until_the_pipeline_is_dropped() {
    let pipeline = served();
    let address = pipeline.prometheus_address().unwrap();
    pipeline.telemetry().unwrap().meter().u64_counter("calls").build().add(7, &[]);
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert!(scrape(address).text().lines().any(|line| line.starts_with("calls_total") && line.ends_with(" 7")));
    // An open connection does not keep the port, and ends with it.
    let mut idle = connect(address);
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    idle.read_exact(&mut [0]).unwrap();
    drop(pipeline);
    assert!(TcpStream::connect(address).is_err());
    TcpListener::bind(address).unwrap();
    let ended = idle.read_to_end(&mut Vec::new());
    assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
}

#[test]
fn a_pipeline_dropped_while_a_callback_hangs_frees_the_port_at_once() {
    let pipeline = served();
    let address = pipeline.prometheus_address().unwrap();
    let (started, let_go) = hang_in_a_callback(&pipeline);
    let mut hanging = connect(address);
    hanging.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    started.recv_timeout(LONG).unwrap();
    let begun = Instant::now();
    drop(pipeline);
    assert!(begun.elapsed() < LONG / 2, "{:?}", begun.elapsed());
    TcpListener::bind(address).unwrap();
    drop(let_go);
}

#[test]
fn a_port_that_is_taken_is_an_error_with_address_and_setting() {
    let taken = TcpListener::bind(any_port()).unwrap();
    let address = taken.local_addr().unwrap();
    let error = scraped_only().with_prometheus_server(address).build().unwrap_err();
    assert!(matches!(error, Error::ServerAddress { .. }));
    let message = error.to_string();
    assert!(message.contains(&address.to_string()) && message.contains("with_prometheus_server"), "{message}");

    let port = address.port().to_string();
    let variables =
        [("OTEL_METRICS_EXPORTER", "none"), ("OTEL_TRACES_EXPORTER", "none"), ("OTEL_EXPORTER_PROMETHEUS_PORT", &port)];
    let message = builder(&variables).build().unwrap_err().to_string();
    assert!(message.contains("127.0.0.1:") && message.contains("OTEL_EXPORTER_PROMETHEUS_PORT"), "{message}");
}

#[test]
fn an_address_of_another_machine_is_an_error() {
    // Reserved for documentation: nobody has it.
    let variables = [("OTEL_EXPORTER_PROMETHEUS_HOST", "192.0.2.1"), ("OTEL_EXPORTER_PROMETHEUS_PORT", "0")];
    let message = builder(&variables).build().unwrap_err().to_string();
    assert!(message.contains("192.0.2.1:0") && message.contains("OTEL_EXPORTER_PROMETHEUS_HOST"), "{message}");
}

#[test]
fn the_environment_starts_it_and_code_decides_where() {
    let none = [("OTEL_METRICS_EXPORTER", "prometheus"), ("OTEL_TRACES_EXPORTER", "none")];
    let with = |more: &[(&'static str, &'static str)]| builder(&[&none[..], more].concat());
    let address = |builder: Builder| builder.build().unwrap().prometheus_address();

    assert_eq!(address(with(&[])), None, "asking for scrapes alone starts no server");
    let port = ("OTEL_EXPORTER_PROMETHEUS_PORT", "0");
    assert!(address(with(&[port])).unwrap().ip().is_loopback());
    for host in ["localhost", "LOCALHOST", "127.0.0.1"] {
        assert_eq!(address(with(&[port, ("OTEL_EXPORTER_PROMETHEUS_HOST", host)])).unwrap().ip(), Ipv4Addr::LOCALHOST);
    }
    let taken = TcpListener::bind(any_port()).unwrap().local_addr().unwrap();
    let far = [("OTEL_EXPORTER_PROMETHEUS_HOST", "192.0.2.1")];
    assert_eq!(address(with(&far).with_prometheus_server(taken)), Some(taken));
    assert_eq!(address(with(&far).with_disabled(true)), None);
}
