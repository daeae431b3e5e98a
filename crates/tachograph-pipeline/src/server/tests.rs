//! The limits, which are too long to be waited for where the server is tested as a whole.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use tachograph_core::source::{Scrape, ScrapeError, ScrapeRequest, ScrapeResponse};

use super::connections::Limits;
use super::running::PrometheusServer;

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(100);

/// As many bytes.
struct Zeros(usize);

impl Scrape for Zeros {
    fn scrape(&self, _: &ScrapeRequest<'_>) -> Result<ScrapeResponse, ScrapeError> {
        Ok(ScrapeResponse { content_type: "text/plain".into(), content_encoding: None, body: vec![b'0'; self.0] })
    }
}

fn server(scrape: impl Scrape + 'static, limits: Limits) -> PrometheusServer {
    PrometheusServer::serve(TcpListener::bind("127.0.0.1:0").unwrap(), Arc::new(scrape), limits).unwrap()
}

fn connect(address: SocketAddr, sent: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    stream
}

/// Everything until the server closes; a reset is a close.
fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut read = Vec::new();
    match stream.read_to_end(&mut read) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("not closed: {error}"),
        _ => read,
    }
}

fn get(address: SocketAddr) -> String {
    let stream = connect(address, "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    String::from_utf8(rest(stream)).unwrap()
}

#[test]
fn who_sends_no_whole_head_is_disconnected() {
    let server = server(Zeros(1), Limits { head: SHORT, ..Limits::default() });
    for sent in ["", "GET /metrics HTTP/1.1\r\nhost: x\r\n"] {
        assert!(!String::from_utf8(rest(connect(server.address(), sent))).unwrap().contains("200 OK"));
    }
}

#[test]
fn a_connection_that_idles_after_its_answer_is_closed() {
    let server = server(Zeros(1), Limits { head: SHORT, ..Limits::default() });
    let answer = rest(connect(server.address(), "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n"));
    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n") && answer.ends_with(b"\r\n\r\n0"), "{answer:?}");
}

#[test]
fn a_head_without_end_is_refused() {
    let server = server(Zeros(1), Limits::default());
    let mut stream = connect(server.address(), "GET /metrics HTTP/1.1\r\n");
    let header = format!("x: {}\r\n", "y".repeat(1000));
    // The server may have closed before all is written.
    let _ = (0..100).try_for_each(|_| stream.write_all(header.as_bytes()));
    assert!(!rest(stream).starts_with(b"HTTP/1.1 200"));
}

#[test]
fn who_does_not_read_the_answer_is_disconnected_in_the_middle_of_it() {
    // More than the buffers of both sides hold.
    let size = 64 << 20;
    let server = server(Zeros(size), Limits { connections: 1, write: SHORT, ..Limits::default() });
    let dawdler = connect(server.address(), "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n");
    // There is room for one: this is answered when the other has been thrown out.
    let head = connect(server.address(), "HEAD /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert!(rest(head).starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert!(rest(dawdler).len() < size);
}

#[test]
fn who_finds_it_full_waits_and_is_served() {
    let server = server(Zeros(1), Limits { connections: 2, head: SHORT, ..Limits::default() });
    let _idle = [connect(server.address(), ""), connect(server.address(), "")];
    assert!(get(server.address()).starts_with("HTTP/1.1 200 OK\r\n"));
}

/// Panics.
struct Panics;

impl Scrape for Panics {
    fn scrape(&self, _: &ScrapeRequest<'_>) -> Result<ScrapeResponse, ScrapeError> {
        panic!("on purpose")
    }
}

#[test]
fn a_panic_of_the_source_is_503_each_time() {
    let server = server(Panics, Limits::default());
    for _ in 0..3 {
        let answer = get(server.address());
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("panicked"), "{answer}");
    }
}
