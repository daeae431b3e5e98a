//! When a request is sent again: by the receiver's own record of arrivals, and only ever as "not earlier".

use std::time::{Duration, Instant, SystemTime};

use tachograph_pipeline::Protocol;
use tachograph_testing::otlp::{Answer, OtlpServer, Signal};

use crate::balance::{health_of, watched};
use crate::rig::{BRISK, LONG, PROTOCOLS, Rig};
use crate::side_by_side::side_by_side;

/// Two clocks are compared where a date is given.
const CLOCKS: Duration = Duration::from_millis(20);

fn patient(protocol: Protocol) -> Rig {
    Rig::new(OtlpServer::start(), protocol, &[])
}

/// When the requests of a signal arrived.
fn arrivals(rig: &Rig, signal: Signal) -> Vec<Instant> {
    rig.server.requests().into_iter().filter(|request| request.signal == signal).map(|request| request.at).collect()
}

/// Everything is delivered with attempts that are at least so far apart.
fn assert_delivered_after(rig: &Rig, apart: &[Duration], what: &str) {
    rig.record(0, 3);
    watched(rig, || rig.flush()).into_result().unwrap();
    for signal in Signal::ALL {
        let arrivals = arrivals(rig, signal);
        assert_eq!(arrivals.len(), apart.len() + 1, "{what}, {signal}");
        for (pair, apart) in arrivals.windows(2).zip(apart) {
            assert!(pair[1] - pair[0] >= *apart, "{what}, {signal}: {:?}, not {apart:?}", pair[1] - pair[0]);
        }
    }
    let report = rig.end();
    assert_eq!((report.traces.exported, report.logs.exported), (3, 3), "{what}: {report}");
}

#[test]
fn the_wait_that_a_receiver_asks_for_is_kept_over_grpc() {
    let wait = Duration::from_millis(300);
    for answer in [Answer::unavailable(), Answer::too_many_requests()] {
        let rig = patient(Protocol::Grpc);
        rig.script(|on| on.next(2, answer.clone().retry_after(wait)));
        assert_delivered_after(&rig, &[wait, wait], "RetryInfo");
    }
}

#[test]
fn the_seconds_that_a_receiver_asks_for_are_kept_over_http() {
    let wait = Duration::from_secs(1);
    for answer in [Answer::unavailable(), Answer::too_many_requests()] {
        let rig = patient(Protocol::HttpProtobuf);
        rig.script(|on| on.next(1, answer.clone().retry_after(wait)));
        assert_delivered_after(&rig, &[wait], "Retry-After in seconds");
    }
}

#[test]
fn the_date_that_a_receiver_names_is_kept_over_http() {
    let rig = patient(Protocol::HttpProtobuf);
    let (now, instant) = (SystemTime::now(), Instant::now());
    // A date has whole seconds.
    let date = httpdate::HttpDate::from(now + Duration::from_secs(2));
    let ahead = SystemTime::from(date).duration_since(now).unwrap();
    let answer = Answer::unavailable().with_header("retry-after", &date.to_string());
    rig.script(|on| on.next(1, answer.clone()));
    assert_delivered_after(&rig, &[Duration::ZERO], "Retry-After as a date");
    for signal in Signal::ALL {
        let second = arrivals(&rig, signal)[1].saturating_duration_since(instant);
        assert!(second + CLOCKS >= ahead, "{signal}: {second:?}, not {ahead:?}");
    }
}

#[test]
fn without_a_wish_of_the_receiver_waits_grow() {
    // Each by chance, and no less than half of 100 ms, 200 ms and 400 ms.
    let apart = [50, 100, 200].map(Duration::from_millis);
    for protocol in PROTOCOLS {
        let rig = patient(protocol);
        rig.script(|on| on.next(3, Answer::unavailable()));
        assert_delivered_after(&rig, &apart, "back-off");
    }
}

#[test]
fn a_short_wish_does_not_shorten_the_back_off() {
    let rig = patient(Protocol::Grpc);
    rig.script(|on| on.next(2, Answer::unavailable().retry_after(Duration::ZERO)));
    assert_delivered_after(&rig, &[50, 100].map(Duration::from_millis), "RetryInfo of 0 s");
}

/// Did it wait, it would be until the flush is out of time: the client has ten minutes, and the receiver wants an hour.
#[test]
fn a_wait_that_is_longer_than_the_time_that_is_left_is_not_begun() {
    let hour = Duration::from_secs(3600);
    let date = httpdate::fmt_http_date(SystemTime::now() + hour);
    let at = Answer::too_many_requests().with_header("retry-after", &date);
    let cases = [
        (Protocol::Grpc, Answer::unavailable().retry_after(hour)),
        (Protocol::Grpc, Answer::too_many_requests().retry_after(hour)),
        (Protocol::HttpProtobuf, Answer::unavailable().retry_after(hour)),
        (Protocol::HttpProtobuf, at),
    ];
    for (protocol, answer) in cases {
        let rig = patient(protocol);
        rig.script(|on| on.next(1, answer.clone()));
        rig.record(0, 3);
        let report = watched(&rig, || rig.flush());
        assert!(!report.timed_out() && report.elapsed < LONG / 2, "{protocol}: {report}");
        for signal in Signal::ALL {
            let health = rig.pipeline.health();
            let it = health_of(&health, signal);
            assert_eq!((it.failed.error, it.exported), (it.created, 0), "{protocol}, {signal}: {it:?}");
            assert_eq!(rig.server.counts().of(signal).attempts, 1, "{protocol}, {signal}");
        }
        rig.end();
    }
}

#[test]
fn an_attempt_that_is_cut_off_does_not_hide_why_the_one_before_failed() {
    side_by_side(PROTOCOLS, |protocol| {
        let rig = Rig::new(OtlpServer::start(), protocol, BRISK);
        rig.script(|on| on.next(1, Answer::unavailable()).afterwards(Answer::hang()));
        rig.record(0, 3);
        let report = watched(&rig, || rig.flush());
        assert_eq!((report.traces.failed.error, report.traces.failed.total()), (3, 3), "{protocol}: {report}");
        let error = rig.pipeline.health().traces.last_error.unwrap();
        assert!(error.contains("navailable; at last no answer within 4s"), "{protocol}: {error}");
    });
}

#[test]
fn once_a_shutdown_has_begun_three_attempts_are_made_and_the_rest_of_the_time_is_not_used_up() {
    for protocol in PROTOCOLS {
        let rig = patient(protocol);
        rig.server.from_now_on(Answer::unavailable());
        rig.record(0, 3);
        let report = watched(&rig, || rig.end());
        assert!(!report.timed_out(), "{protocol}: {report}");
        for signal in Signal::ALL {
            assert_eq!(rig.server.counts().of(signal).attempts, 3, "{protocol}, {signal}: {report}");
        }
    }
}
