//! Clients that go away, and many at once.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
};

use serde_json::json;
use tests::components::exposition::Samples;

use crate::{
    asked::{Asked, Stores},
    service::Service,
};

/// Sends a question and leaves the answer to the caller.
pub(crate) fn send(service: &Service, path: &str, question: &str) -> TcpStream {
    let mut stream = TcpStream::connect(service.address()).unwrap();
    let body = json!({"question": question}).to_string();
    let length = body.len();
    write!(stream, "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
    stream
}

#[test]
fn a_client_that_goes_away_is_recorded_once_and_leaves_nothing_in_flight() {
    let service = Service::start(&[]);
    let waiting = send(&service, "/api/chat", "What is helium used for? Answer slowly");
    service.wait_for_active_requests();
    drop(waiting);
    let samples = Samples::parse(&service.scrape_after(1));
    let cancelled = [("endpoint", "/api/chat"), ("status", "cancelled")];
    assert_eq!(samples.sum("http_requests_total", &cancelled), Some(1.0));
    given_up(&samples, 1.0);

    // This one goes away in the middle of a streamed answer.
    let mut reading = send(&service, "/api/chat/stream", "What is helium used for? Answer slowly");
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains("data: ") {
        let mut piece = [0; 1024];
        let length = reading.read(&mut piece).unwrap();
        assert_ne!(length, 0, "the stream ended: {}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&piece[..length]);
    }
    drop(reading);
    let samples = Samples::parse(&service.scrape_after(2));
    let streamed = [("endpoint", "/api/chat/stream"), ("status", "200")];
    assert_eq!(samples.sum("http_requests_total", &streamed), Some(1.0));
    let given_up_late = [("http_route", "/api/chat/stream"), ("error_type", "cancelled")];
    assert_eq!(samples.sum("http_server_request_duration_seconds_count", &given_up_late), Some(1.0));
    given_up(&samples, 2.0);
}

fn given_up(samples: &Samples, times: f64) {
    assert_eq!(samples.sum("agent_errors_total", &[("error_type", "cancelled")]), Some(times));
    assert_eq!(samples.sum("agent_executions_total", &[]), Some(times));
    assert_eq!(samples.sum("llm_requests_total", &[("status", "error")]), Some(times));
    assert_eq!(samples.sum("tachograph_operations_active", &[]), Some(0.0));
}

#[test]
fn many_clients_at_once_are_counted_as_one_after_the_other() {
    let service = Service::start(&[]);
    let mut asked = Asked::default();
    // So that the others find it in the cache, whoever comes first.
    asked.ask(&service, "What is helium used for?");
    let others = thread::scope(|scope| {
        let ask_alone = || {
            let mut asked = Asked::default();
            for _ in 0..5 {
                asked.ask(&service, "What is helium used for?");
                asked.ask(&service, "What is 12 * (3 + 4)?");
                asked.stream(&service, "What is 6 * 7?");
            }
            asked
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask_alone)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    others.into_iter().for_each(|others| asked.add(others));
    let samples = Samples::parse(&service.scrape_after(asked.requests()));
    assert_eq!(asked.requests(), 121);
    asked.assert_counted(&samples, Stores::Embedded);
}
