//! Answers that do not arrive, and requests that do not either.

use std::time::{Duration, Instant};

use prost::Message;
use tachograph_testing::otlp::{Answer, OtlpServer, Signal};

use crate::clients::{PROTOBUF, call_spans, large, post, post_spans, spans};

#[tokio::test]
async fn what_was_taken_in_and_not_answered_for_is_known_over_both_protocols() {
    for answer in [Answer::reset(), Answer::half()] {
        let server = OtlpServer::start();
        server.next(2, answer.but_takes_it_in());
        assert!(post_spans(&server, 3).await.is_err());
        assert!(call_spans(&server, 4).await.is_err());
        post_spans(&server, 5).await.unwrap();
        call_spans(&server, 6).await.unwrap();
        let traces = server.counts().traces;
        assert_eq!((traces.accepted, traces.unanswered), (18, 7));
    }
}

#[tokio::test]
async fn a_refusal_that_takes_it_in_is_an_answer() {
    let server = OtlpServer::start();
    server.next(1, Answer::unavailable().but_takes_it_in()).next(1, Answer::reset());
    assert_eq!(post_spans(&server, 2).await.unwrap().status(), 503);
    assert!(post_spans(&server, 2).await.is_err());
    let traces = server.counts().traces;
    assert_eq!((traces.accepted, traces.unanswered), (2, 0));
}

#[tokio::test]
async fn connections_are_reset_before_they_are_read_from_and_then_no_more() {
    let server = OtlpServer::start();
    server.reset_connections(2);
    assert!(post_spans(&server, 1).await.is_err());
    assert!(post_spans(&server, 1).await.is_err());
    post_spans(&server, 1).await.unwrap();
    let counts = server.counts();
    assert_eq!((counts.reset_connections, counts.connections, counts.traces.attempts), (2, 3, 1));
}

#[tokio::test]
async fn a_request_is_cut_within_its_body_over_both_protocols() {
    let server = OtlpServer::start();
    server.on(Signal::Traces).next(2, Answer::cut());
    let body = large(3_000_000).encode_to_vec();
    assert!(post(&server, "/v1/traces", &[PROTOBUF], body).await.is_err());
    assert!(call_spans(&server, 1).await.is_err());
    post(&server, "/v1/traces", &[PROTOBUF], spans(1).encode_to_vec()).await.unwrap();
    let counts = server.counts();
    assert_eq!((counts.cut, counts.traces.attempts, counts.traces.received, counts.refused), (2, 1, 1, 0));
    assert_eq!(server.script_left(), 0);
}

#[tokio::test]
async fn each_request_has_the_time_of_its_arrival() {
    let server = OtlpServer::start();
    let delay = Duration::from_millis(50);
    server.next(1, Answer::accept().after(delay));
    let before = Instant::now();
    post_spans(&server, 1).await.unwrap();
    post_spans(&server, 1).await.unwrap();
    let requests = server.requests();
    assert!(before <= requests[0].at && requests[0].at + delay <= requests[1].at && requests[1].at <= Instant::now());
}
