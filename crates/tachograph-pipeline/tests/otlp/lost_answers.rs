//! A receiver that takes a request in and whose answer does not arrive: the client cannot know, and sends again. What the receiver has
//! more than the client says is to the item what was in the requests without an answer.

use std::time::Duration;

use tachograph_testing::otlp::{Answer, OtlpServer, Signal};

use crate::balance::{health_of, watched};
use crate::rig::{BRISK, PROTOCOLS, Rig};
use crate::side_by_side::side_by_side;

#[test]
fn what_arrived_twice_is_what_was_not_answered_for() {
    for protocol in PROTOCOLS {
        for answer in [Answer::reset(), Answer::half()] {
            let rig = Rig::new(OtlpServer::start(), protocol, &[]);
            rig.script(|on| on.next(2, answer.clone().but_takes_it_in()));
            rig.record(0, 5);
            watched(&rig, || rig.flush()).into_result().unwrap();
            let (health, counts) = (rig.pipeline.health(), rig.server.counts());
            for signal in Signal::ALL {
                let (it, counts) = (health_of(&health, signal), counts.of(signal));
                assert_eq!((it.exported, it.failed.total()), (it.created, 0), "{protocol}, {signal}: {it:?}");
                assert_eq!((counts.requests, counts.attempts), (1, 3), "{protocol}, {signal}");
                let expected = (3 * it.created, 2 * it.created);
                assert_eq!((counts.accepted, counts.unanswered), expected, "{protocol}, {signal}");
            }
            rig.end();
        }
    }
}

#[test]
fn what_was_taken_in_without_any_answer_is_not_said_to_be_exported() {
    let late = Answer::accept().after(Duration::from_secs(3600));
    let answers = [Answer::reset(), Answer::half(), Answer::hang(), late];
    let runs = PROTOCOLS.into_iter().flat_map(|protocol| answers.clone().map(|answer| (protocol, answer)));
    side_by_side(runs, |(protocol, answer)| {
        let rig = Rig::new(OtlpServer::start(), protocol, BRISK);
        rig.server.from_now_on(answer.but_takes_it_in());
        rig.record(0, 5);
        let report = watched(&rig, || rig.flush());
        assert!(report.into_result().is_err(), "{protocol}");
        let report = rig.end();
        for signal in Signal::ALL {
            let counts = *rig.server.counts().of(signal);
            assert_eq!(counts.accepted, counts.unanswered, "{protocol}, {signal}");
        }
        assert_eq!((report.traces.exported, report.traces.failed.total()), (0, 5), "{protocol}: {report}");
        let arrived = rig.server.counts().traces.accepted;
        assert!(arrived > 0 && arrived.is_multiple_of(5), "{protocol}: {arrived}");
    });
}
