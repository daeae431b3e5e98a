//! A runtime of the application that ends while exports are under way: the pipeline has its own.

use std::sync::Arc;
use std::time::Duration;

use tachograph_testing::otlp::{Answer, OtlpServer, Signal};
use tokio::runtime::Builder;

use crate::balance::{report_of, watched};
use crate::rig::{LONG, PROTOCOLS, Rig};
use crate::side_by_side::side_by_side;

const SLOW: Duration = Duration::from_millis(200);

/// What is done about the end of the runtime.
#[derive(Clone, Copy, Debug)]
enum Ends {
    Dropped,
    InTheBackground,
    WithATimeout,
}

#[test]
fn a_runtime_that_ends_while_exports_are_under_way_takes_nothing_with_it() {
    let all = [Ends::Dropped, Ends::InTheBackground, Ends::WithATimeout];
    let runs = PROTOCOLS.into_iter().flat_map(|protocol| all.map(|ends| (protocol, ends)));
    side_by_side(runs, |(protocol, ends)| {
        let rig = Arc::new(Rig::new(OtlpServer::start(), protocol, &[]));
        // What is under way when the runtime ends fails first and has to be tried again. No reset: over gRPC that ends the requests beside
        // it as well.
        rig.script(|on| on.next(1, Answer::unavailable().after(SLOW)).next(1, Answer::half().after(SLOW)));
        let report = watched(&rig, || {
            let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            let task = Arc::clone(&rig);
            drop(runtime.spawn(async move {
                task.record(0, 10);
                // The flush goes on, whoever waited for it.
                let _ = task.pipeline.force_flush(LONG).await;
                panic!("the runtime has ended before the exports");
            }));
            for signal in Signal::ALL {
                rig.server.attempted_at_least(signal, 1).wait();
            }
            match ends {
                Ends::Dropped => drop(runtime),
                Ends::InTheBackground => runtime.shutdown_background(),
                Ends::WithATimeout => runtime.shutdown_timeout(LONG),
            }
            rig.record(10, 10);
            rig.end()
        });
        let report = report.into_result().unwrap();
        for signal in Signal::ALL {
            let report = report_of(&report, signal);
            assert_eq!((report.exported, report.lost), (report.created, 0), "{protocol}, {ends:?}: {report}");
        }
        assert_eq!((report.traces.exported, report.logs.exported), (20, 20), "{protocol}, {ends:?}");
    });
}

#[test]
fn a_shutdown_that_nobody_waits_for_any_more_is_carried_out() {
    for protocol in PROTOCOLS {
        let rig = Arc::new(Rig::new(OtlpServer::start(), protocol, &[]));
        rig.server.from_now_on(Answer::accept().after(SLOW));
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let task = Arc::clone(&rig);
        drop(runtime.spawn(async move {
            task.record(0, 10);
            let _ = task.pipeline.shutdown(LONG).await;
        }));
        // Begins it, and ends before it does.
        runtime.block_on(rig.server.attempted_at_least(Signal::Logs, 1).into_future());
        drop(runtime);
        rig.server.accepted_at_least(Signal::Traces, 10).wait();
        // Says that it is done already, with the numbers of now.
        assert!(rig.pipeline.shutdown_blocking(LONG).already_shut_down, "{protocol}");
        let start = std::time::Instant::now();
        while rig.pipeline.health().traces.exported < 10 || rig.pipeline.health().logs.exported < 10 {
            assert!(start.elapsed() < LONG, "{protocol}: {:?}", rig.pipeline.health());
            std::thread::yield_now();
        }
    }
}
