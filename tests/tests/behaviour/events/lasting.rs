//! Responses that are meant to last.

use std::time::{Duration, Instant};

use opentelemetry::Value;
use tachograph::{CallEvents, HttpClientRequest, HttpRequest, Kind, Policy, RpcClientCall, RpcServerCall, SlowCalls};

use super::sink::Telling;

const LIMIT: Duration = Duration::from_millis(20);

fn telling() -> Telling {
    let slow = Kind::ALL.iter().fold(SlowCalls::none(), |slow, kind| slow.with(*kind, LIMIT));
    Telling::with(Policy::default().with_slow_calls(slow).with_call_events(CallEvents::all()))
}

/// Lets the time of the threshold pass, and a little more.
fn pass() {
    let began = Instant::now();
    while began.elapsed() <= LIMIT {
        std::thread::yield_now();
    }
}

#[test]
fn a_response_that_lasts_is_as_slow_as_its_beginning() {
    macro_rules! each {
        ($($operation:expr),*) => { $( {
            let telling = telling();
            telling.test.scope(|| {
                let call = $operation.start();
                pass();
                call.response_lasts();
                pass();
                pass();
                call.succeed();
            });
            let told = telling.told();
            assert_eq!(told.len(), 2, "{told:#?}");
            let milliseconds = |index: usize| match told[index].attributes["duration_ms"] {
                Value::F64(milliseconds) => milliseconds,
                ref other => panic!("{other:?}"),
            };
            let (whole, until_it_began) = (milliseconds(0), milliseconds(1));
            assert!(until_it_began > 20.0 && whole - until_it_began > 40.0, "{told:#?}");
        } )* };
    }
    each!(
        HttpRequest::new("GET", "/events"),
        HttpClientRequest::new("GET", "example.com"),
        RpcServerCall::new("grpc", "a/b"),
        RpcClientCall::new("grpc", "a/b")
    );
}

#[test]
fn a_response_that_begins_at_once_may_last() {
    let tried = (0..100).find_map(|_| {
        let telling = telling();
        let began = Instant::now();
        let call = telling.test.scope(|| HttpRequest::new("GET", "/events").start());
        call.response_lasts();
        // Whatever else the machine does may take as long.
        let at_once = began.elapsed() < LIMIT;
        pass();
        call.succeed();
        at_once.then(|| telling.names())
    });
    assert_eq!(tried.expect("it begins at once, for once"), ["request_completed"]);
}
