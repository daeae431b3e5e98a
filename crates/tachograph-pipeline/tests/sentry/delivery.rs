use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::receiver::{Answer, OK, Receiver};
use crate::setup::{LONG, builder, dropped, sent, taken, within};

#[test]
fn a_receiver_that_is_away_hurts_nobody_and_losses_are_counted() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let pipeline = builder(&format!("http://key@{address}/1")).build().unwrap();
    sent(&pipeline, || (0..3).for_each(|_| tracing::error!("lost")));
    assert_eq!((dropped(&pipeline, "unreachable"), taken(&pipeline)), (3, 0));
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
}

#[test]
fn a_receiver_that_hangs_holds_up_neither_the_application_nor_the_shutdown() {
    let receiver = Receiver::start(Answer::Never);
    let pipeline = builder(&receiver.dsn()).build().unwrap();
    let start = Instant::now();
    within(&pipeline, || (0..150).for_each(|_| tracing::error!("lost")));
    assert_eq!(dropped(&pipeline, "queue_full"), 50, "100 may wait");
    let report = pipeline.shutdown_blocking(Duration::from_millis(300));
    // An exchange alone may take 5 s, and a hundred wait.
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    assert!(report.sentry_timed_out && report.timed_out());
    assert!(report.to_string().contains("Sentry") && report.into_result().is_err());
    let lost = dropped(&pipeline, "shut_down") + dropped(&pipeline, "unreachable");
    assert_eq!(lost, 100, "each once");
    within(&pipeline, || tracing::error!("late"));
    assert_eq!(dropped(&pipeline, "shut_down") + dropped(&pipeline, "unreachable"), 101);
}

#[test]
fn what_waits_is_sent_by_the_shutdown() {
    let receiver = Receiver::start(OK);
    let pipeline = builder(&receiver.dsn()).build().unwrap();
    within(&pipeline, || (0..20).for_each(|number| tracing::error!(number, "sent")));
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    let numbers: Vec<_> = receiver.events().iter().map(|event| event["extra"]["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..20).collect::<Vec<_>>());
    assert_eq!((taken(&pipeline), dropped(&pipeline, "shut_down")), (20, 0));
}

#[test]
fn a_receiver_that_has_enough_is_left_alone_and_one_that_refuses_is_asked_again() {
    for (answer, requests, counted) in [
        (Answer::With("429 Too Many Requests", "retry-after: 3600"), 1, ("rate_limited", 3)),
        (Answer::With("200 OK", "x-sentry-rate-limits: 3600:error:project"), 1, ("rate_limited", 2)),
        (Answer::With("400 Bad Request", "x-nothing: 1"), 3, ("refused", 3)),
        (Answer::With("503 Service Unavailable", "x-nothing: 1"), 3, ("unreachable", 3)),
    ] {
        let receiver = Receiver::start(answer);
        let pipeline = builder(&receiver.dsn()).build().unwrap();
        sent(&pipeline, || (0..3).for_each(|_| tracing::error!("one")));
        assert_eq!(receiver.requests().len(), requests);
        assert_eq!(dropped(&pipeline, counted.0), counted.1, "{counted:?}");
    }
}

#[test]
fn bytes_that_wait_are_bounded_too() {
    let receiver = Receiver::start(Answer::Never);
    let pipeline = builder(&receiver.dsn()).build().unwrap();
    let long = "x".repeat(8000);
    within(&pipeline, || {
        for _ in 0..90 {
            tracing::error!(a = long, b = long, c = long, d = long, e = long, f = long, g = long, h = long, "big");
        }
    });
    let lost = dropped(&pipeline, "queue_full");
    assert!((10..60).contains(&lost), "4 MiB have room for 64 of them: {lost}");
    let _ = pipeline.shutdown_blocking(Duration::ZERO);
}
