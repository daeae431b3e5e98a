//! Each fault × each protocol × each flavour of runtime, all three signals at once.

use std::sync::Arc;
use std::time::Instant;

use tachograph_pipeline::{Protocol, ShutdownReport};
use tachograph_testing::otlp::{Answer, OtlpServer, Signal};

use crate::balance::{assert_final, assert_told_alike, health_of, watched};
use crate::case::{Case, Fate, ITEMS, SECRET, cases};
use crate::flavour::Flavour;
use crate::rig::{LONG, PROTOCOLS, Rig};
use crate::side_by_side::side_by_side;

#[test]
fn each_fault_keeps_the_balance_without_a_runtime() {
    go_through(Flavour::Blocking, &PROTOCOLS);
}

#[test]
fn each_fault_keeps_the_balance_on_an_executor_that_is_not_tokios() {
    go_through(Flavour::OtherExecutor, &PROTOCOLS);
}

#[test]
fn each_fault_keeps_the_balance_on_a_runtime_of_the_current_thread() {
    go_through(Flavour::CurrentThread, &PROTOCOLS);
}

#[test]
fn each_fault_keeps_the_balance_on_a_runtime_of_many_threads() {
    go_through(Flavour::MultiThread, &PROTOCOLS);
}

#[test]
fn each_fault_keeps_the_balance_from_a_task_on_the_only_worker() {
    go_through(Flavour::OneWorker, &PROTOCOLS);
}

#[test]
fn each_fault_keeps_the_balance_from_a_task_that_blocks_the_only_worker() {
    go_through(Flavour::OneWorkerBlocked, &PROTOCOLS);
}

#[cfg(feature = "otlp-json")]
#[test]
fn each_fault_keeps_the_balance_in_json() {
    go_through(Flavour::CurrentThread, &[Protocol::HttpJson]);
}

fn go_through(flavour: Flavour, protocols: &[Protocol]) {
    let cases = cases();
    let runs = protocols.iter().flat_map(|protocol| cases.iter().map(|case| (case, *protocol, flavour)));
    side_by_side(runs, |(case, protocol, flavour)| {
        meet(case, protocol, flavour, &format!("{case:?} over {protocol}, {flavour:?}"));
    });
}

/// One export meets the fault; then all is well again, and so is the next export.
fn meet(case: &Case, protocol: Protocol, flavour: Flavour, name: &str) {
    let rig = Arc::new(Rig::new(OtlpServer::start(), protocol, case.variables));
    (case.script)(&rig.server);
    let report = watched(&rig, || {
        let rig = Arc::clone(&rig);
        flavour.run(async move {
            rig.record(0, ITEMS);
            flavour.flush(&rig).await
        })
    });
    assert_fate(&rig, case.fate(protocol), &report, name);

    rig.server.reset_connections(0).from_now_on(Answer::accept()).accept_connections();
    let before = rig.pipeline.health();
    let hasty = !case.variables.is_empty();
    let report = watched(&rig, || {
        let rig = Arc::clone(&rig);
        flavour.run(async move { recover(&rig, flavour, hasty).await })
    });
    let after = rig.pipeline.health();
    match hasty {
        false => assert_final(&rig, &report),
        // A request that was given up may arrive late, and be taken in by a receiver that is well again.
        true => assert_told_alike(&rig, &report),
    }
    for signal in Signal::ALL {
        let (before, after) = (health_of(&before, signal), health_of(&after, signal));
        assert!(after.exported - before.exported >= ITEMS, "{name}, {signal}: {after:?}");
        assert!(!after.failing && after.last_error.is_none(), "{name}, {signal}: {after:?}");
    }
}

/// Exports until all goes well, which is at once but for a client that is hasty on a loaded machine, and ends.
async fn recover(rig: &Arc<Rig>, flavour: Flavour, hasty: bool) -> ShutdownReport {
    let start = Instant::now();
    loop {
        rig.record(ITEMS, ITEMS);
        match flavour.flush(rig).await.into_result() {
            Ok(_) => break,
            Err(error) => assert!(hasty && start.elapsed() < LONG, "{error}"),
        }
    }
    flavour.shut_down(rig).await
}

fn assert_fate(rig: &Rig, fate: Fate, report: &ShutdownReport, name: &str) {
    let (health, counts) = (rig.pipeline.health(), rig.server.counts());
    for signal in Signal::ALL {
        let (it, counts) = (health_of(&health, signal), counts.of(signal));
        let name = format!("{name}, {signal}: {it:?}, {counts:?}");
        // Of metrics there are some of the pipeline's own.
        assert!(if signal == Signal::Metrics { it.created > ITEMS } else { it.created == ITEMS }, "{name}");
        assert_eq!(it.outstanding(), 0, "{name}");
        let (exported, failed) = match fate {
            Fate::Exported(_) => (it.created, 0),
            Fate::Failed(..) => (0, it.created),
            Fate::Rejected(items) => (it.created - items, items),
        };
        assert_eq!((it.exported, it.failed.total()), (exported, failed), "{name}");
        assert_eq!(it.failing, failed > 0, "{name}");
        let attempts = match fate {
            Fate::Exported(attempts) => Some(attempts),
            Fate::Failed(reason, attempts) => {
                assert_eq!(reason(&it.failed), failed, "{name}");
                attempts
            }
            Fate::Rejected(items) => {
                assert_eq!(it.failed.rejected, items, "{name}");
                assert!(it.last_error.as_deref().is_some_and(|error| error.contains("rejected 2 of")), "{name}");
                Some(1)
            }
        };
        assert!(attempts.is_none_or(|attempts| counts.attempts == attempts), "{name}");
        assert!(counts.requests <= 1, "the same bytes each time: {name}");
    }
    assert_eq!(report.clone().into_result().is_ok(), matches!(fate, Fate::Exported(_)), "{name}: {report}");
    assert!(!report.timed_out() || matches!(fate, Fate::Failed(..)), "{name}: {report}");
    assert!(!format!("{report} {report:?} {health:?}").contains(SECRET), "{name}: {report:?}");
}
