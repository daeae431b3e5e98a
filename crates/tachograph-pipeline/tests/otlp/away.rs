//! A receiver that goes away while there is something to send, and comes back.

use std::collections::HashSet;
use std::thread;
use std::time::Instant;

use tachograph_pipeline::SignalHealth;
use tachograph_testing::otlp::{OtlpServer, Signal};

use crate::balance::{assert_told_alike, report_of, watched};
use crate::rig::{BRISK, LONG, PROTOCOLS, Rig};
use crate::side_by_side::side_by_side;

#[test]
fn what_was_made_while_the_receiver_was_away_is_lost_and_counted_and_the_rest_arrives_once() {
    side_by_side(PROTOCOLS, |protocol| {
        let rig = Rig::new(OtlpServer::start(), protocol, BRISK);
        watched(&rig, || {
            for round in 0..5 {
                match round % 2 {
                    0 => rig.server.accept_connections(),
                    _ => rig.server.refuse_connections(),
                }
                rig.record(round * 10, 10);
                let report = rig.flush();
                assert_eq!(report.into_result().is_ok(), round % 2 == 0, "{protocol}, round {round}");
            }
            rig.server.accept_connections();
        });
        let report = rig.end();
        for signal in [Signal::Traces, Signal::Logs] {
            let report = report_of(&report, signal);
            assert_eq!((report.exported, report.failed.total(), report.lost), (30, 20, 0), "{protocol}: {report}");
        }
        let names: Vec<String> = rig.server.spans().into_iter().map(|span| span.name).collect();
        let there = (0..50).filter(|item| item / 10 % 2 == 0).map(|item| format!("item {item}"));
        assert_eq!(names, there.collect::<Vec<_>>(), "{protocol}");
    });
}

const BATCH: u64 = 32;
/// Under way at once.
const EXPORTS: u64 = 4;
const TIMES_AWAY: u64 = 3;
const BUSY: &[(&str, &str)] = &[
    ("OTEL_BSP_MAX_QUEUE_SIZE", "256"),
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "32"),
    ("OTEL_BLRP_MAX_QUEUE_SIZE", "256"),
    ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "32"),
];

/// Exports are tried again until the receiver is back, so what is lost is what found the queue full meanwhile. Connections end in the
/// middle of requests: some that were taken in have no answer and are sent again, no more than can be under way.
#[test]
fn under_load_all_that_leaves_the_queue_arrives_and_twice_at_most_what_was_under_way() {
    for protocol in PROTOCOLS {
        let rig = Rig::new(OtlpServer::start(), protocol, BUSY);
        watched(&rig, || send_while_it_comes_and_goes(&rig));
        rig.server.accept_connections();
        let report = rig.pipeline.shutdown_blocking(LONG);
        assert_told_alike(&rig, &report);
        let under_way = TIMES_AWAY * EXPORTS * BATCH;
        for signal in [Signal::Traces, Signal::Logs] {
            let (report, counts) = (report_of(&report, signal), *rig.server.counts().of(signal));
            assert_eq!(report.failed.total(), 0, "{protocol}, {signal}: {report}");
            assert!(report.lost > 0, "{protocol}, {signal}: {report}");
            let twice = counts.accepted - report.exported;
            assert!(twice <= under_way, "{protocol}, {signal}: {twice} more than {report}");
        }
        let spans = rig.server.spans();
        assert_eq!(rig.server.counts().forgotten, 0);
        let once: HashSet<&[u8]> = spans.iter().map(|span| span.span_id.as_slice()).collect();
        assert_eq!(once.len() as u64, report.traces.exported, "{protocol}: {report}");
    }
}

fn send_while_it_comes_and_goes(rig: &Rig) {
    let start = Instant::now();
    let mut item = 0;
    let mut record_until = |ended: &dyn Fn() -> bool| {
        while !ended() {
            assert!(start.elapsed() < LONG, "{:?}", rig.pipeline.health());
            rig.record_with(item % 50, "");
            item += 1;
            thread::yield_now();
        }
    };
    let dropped = |it: SignalHealth| it.dropped.queue_full;
    for _ in 0..TIMES_AWAY {
        let target = rig.server.counts().traces.accepted + 300;
        record_until(&|| rig.server.counts().traces.accepted >= target);
        rig.server.refuse_connections();
        let before = rig.pipeline.health();
        let (traces, logs) = (dropped(before.traces), dropped(before.logs));
        record_until(&|| {
            let now = rig.pipeline.health();
            dropped(now.traces) > traces + 50 && dropped(now.logs) > logs + 50
        });
        rig.server.accept_connections();
    }
}
