//! What the self-test writes to the log: one line for what is wrong, and none when all is well.

#![cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
#![allow(clippy::unwrap_used, reason = "in tests an unwrap is the assertion")]

use std::io;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tachograph_pipeline::{Builder, Settings};
use tachograph_testing::otlp::OtlpServer;

const LONG: Duration = Duration::from_secs(60);

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn lines(&self, with: &str) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains(with)).map(str::to_owned).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LONG);
        thread::sleep(Duration::from_millis(2));
    }
}

// One test, because a process has one subscriber, and this is about the time before it.
#[test]
fn what_is_wrong_is_one_line_for_all_signals_though_the_subscriber_came_later_and_what_is_well_is_none() {
    let builder = |endpoint: &str| Builder::new().with_settings(Settings::default()).with_otlp_endpoint(endpoint);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let pipeline = builder(&format!("http://{nobody}")).build().unwrap();
    wait_until(|| pipeline.health().logs.diagnosis.is_some());

    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    wait_until(|| !log.lines(&nobody).is_empty());

    let server = OtlpServer::start();
    let well = builder(&server.http_endpoint()).build().unwrap();
    let address = server.http_address().to_string();
    wait_until(|| log.lines(&address).iter().filter(|line| line.contains("takes exports")).count() == 3);
    drop(well);

    let [line] = &log.lines("nobody listens")[..] else { panic!("{:?}", log.lines("")) };
    assert!(line.contains("WARN") && line.contains("traces, metrics, logs") && line.contains(&nobody), "{line}");
    let of_well = log.lines(&address);
    assert!(of_well.iter().all(|line| line.contains("DEBUG")), "{of_well:?}");
}
