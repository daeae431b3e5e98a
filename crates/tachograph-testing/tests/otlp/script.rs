//! Which answer a request gets.

use std::time::Duration;

use prost::Message;
use tachograph_testing::otlp::{Answer, OtlpServer, Signal};
use tonic::Code;

use crate::clients::{PROTOBUF, call_logs, call_spans, metrics, post, post_spans};

async fn statuses(server: &OtlpServer, requests: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..requests {
        statuses.push(post_spans(server, 1).await.unwrap().status().as_u16());
    }
    statuses
}

#[tokio::test]
async fn the_next_requests_follow_the_script_and_then_all_is_well() {
    let server = OtlpServer::start();
    server.next(2, Answer::unavailable()).next(1, Answer::too_many_requests());
    assert_eq!(server.script_left(), 3);
    assert_eq!(statuses(&server, 4).await, [503, 503, 429, 200]);
    assert_eq!(server.script_left(), 0);
}

#[tokio::test]
async fn an_answer_for_afterwards_holds_until_told_otherwise() {
    let server = OtlpServer::start();
    server.next(1, Answer::accept()).afterwards(Answer::unavailable());
    assert_eq!(statuses(&server, 3).await, [200, 503, 503]);
    server.from_now_on(Answer::accept());
    assert_eq!(statuses(&server, 2).await, [200, 200]);
}

#[tokio::test]
async fn from_now_on_forgets_what_was_scripted() {
    let server = OtlpServer::start();
    server.next(5, Answer::unavailable()).on(Signal::Traces).next(5, Answer::invalid()).afterwards(Answer::invalid());
    server.from_now_on(Answer::too_many_requests());
    assert_eq!(statuses(&server, 2).await, [429, 429]);
    assert_eq!(server.script_left(), 0);
}

#[tokio::test]
async fn one_script_holds_for_both_protocols() {
    let server = OtlpServer::start();
    server.next(2, Answer::unavailable());
    assert_eq!(statuses(&server, 1).await, [503]);
    assert_eq!(call_spans(&server, 1).await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(statuses(&server, 1).await, [200]);
}

#[tokio::test]
async fn a_script_of_one_signal_leaves_the_others_alone() {
    let server = OtlpServer::start();
    server.on(Signal::Traces).next(1, Answer::invalid()).afterwards(Answer::unavailable());
    server.next(1, Answer::too_many_requests());
    let metrics = post(&server, "/v1/metrics", &[PROTOBUF], metrics(1).encode_to_vec()).await.unwrap();
    assert_eq!(metrics.status(), 429);
    call_logs(&server, 1).await.unwrap();
    assert_eq!(statuses(&server, 2).await, [400, 503]);
    server.on(Signal::Traces).from_now_on(Answer::accept());
    assert_eq!(statuses(&server, 1).await, [200]);

    server.from_now_on(Answer::unavailable()).on(Signal::Traces).afterwards(Answer::invalid());
    assert_eq!(statuses(&server, 1).await, [400]);
    assert_eq!(call_logs(&server, 1).await.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn what_is_waited_for_is_awaited_in_a_runtime_or_on_a_thread() {
    let server = OtlpServer::start();
    let (received, accepted) =
        (server.received_at_least(Signal::Traces, 5), server.accepted_at_least(Signal::Traces, 2));
    let attempts = server.attempted_at_least(Signal::Traces, 2);
    server.next(1, Answer::unavailable());
    let waiting = std::thread::spawn(move || received.wait());
    post_spans(&server, 3).await.unwrap();
    post_spans(&server, 2).await.unwrap();
    assert_eq!(accepted.await.traces.accepted, 2);
    assert_eq!(attempts.await.traces.attempts, 2);
    assert_eq!(waiting.join().unwrap().traces.received, 5);
    assert_eq!(server.until(|counts| counts.connections == 2).await.refused, 0);
}

#[test]
fn what_never_comes_fails_with_what_came_instead() {
    let server = OtlpServer::start();
    let until = server.received_at_least(Signal::Logs, 1).within(Duration::from_millis(10));
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| until.wait())).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("script.rs") && message.contains("1 items of logs received"), "{message}");
    assert!(message.contains("connections: 0"), "{message}");
}

#[tokio::test]
async fn old_requests_are_forgotten_and_counted_when_the_memory_is_full() {
    let one = crate::clients::spans(1).encode_to_vec().len();
    let server = OtlpServer::builder().with_memory(2 * one).start();
    for _ in 0..5 {
        post_spans(&server, 1).await.unwrap();
    }
    assert_eq!((server.requests().len(), server.counts().forgotten), (2, 3));
    assert_eq!(server.counts().traces.accepted, 5);
}
