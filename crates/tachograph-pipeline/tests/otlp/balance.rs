//! The law: what was made is delivered, lost for a reason, or still here; and the receiver says the same of what was delivered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tachograph_core::source::{ReadExport as _, SignalExport};
use tachograph_pipeline::{Pipeline, ShutdownReport, SignalHealth, SignalReport, TelemetryHealth};
use tachograph_testing::otlp::{OtlpServer, Signal};

use crate::rig::Rig;

/// Between two looks at a pipeline at work.
const PAUSE: Duration = Duration::from_millis(1);

pub(crate) fn health_of(health: &TelemetryHealth, signal: Signal) -> &SignalHealth {
    match signal {
        Signal::Traces => &health.traces,
        Signal::Metrics => &health.metrics,
        Signal::Logs => &health.logs,
    }
}

pub(crate) fn report_of(report: &ShutdownReport, signal: Signal) -> &SignalReport {
    match signal {
        Signal::Traces => &report.traces,
        Signal::Metrics => &report.metrics,
        Signal::Logs => &report.logs,
    }
}

fn state_of(pipeline: &Pipeline, signal: Signal) -> SignalExport {
    let state = pipeline.export_handle().unwrap().export_state();
    state.signals.into_iter().find(|it| it.signal == signal.to_string()).unwrap()
}

/// What holds at every moment. Nothing that is said to be exported is unknown to the receiver.
pub(crate) fn assert_now(pipeline: &Pipeline, server: &OtlpServer) {
    let health = pipeline.health();
    for signal in Signal::ALL {
        let it = health_of(&health, signal);
        let settled = it.exported + it.failed.total() + it.dropped.total();
        assert_eq!(it.created + it.recovered, settled + it.queued + it.in_flight + it.spooled, "{signal}: {it:?}");
        assert_eq!(it.outstanding(), it.queued + it.in_flight + it.spooled, "{signal}: {it:?}");
        let state = state_of(pipeline, signal);
        assert_eq!(state.created + state.recovered, state.exported + state.failed + state.outstanding, "{state:?}");
        assert_eq!(state.outstanding, state.queued + state.in_flight + state.spooled, "{state:?}");
        // Looked at last: it may have more by then, never less.
        let accepted = server.counts().of(signal).accepted;
        assert!(it.exported <= accepted && state.created >= it.created, "{signal}: {accepted} accepted, {it:?}");
    }
}

/// Looks again and again while `work` goes on.
pub(crate) fn watched<T>(rig: &Rig, work: impl FnOnce() -> T) -> T {
    struct End<'a>(&'a AtomicBool);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::SeqCst) {
                assert_now(&rig.pipeline, &rig.server);
                thread::park_timeout(PAUSE);
            }
        });
        // Also where the work panics.
        let _end = End(&ended);
        work()
    })
}

/// What holds after the end: nothing is outstanding, all that tell numbers tell the same, and what is exported is what the receiver
/// took in and answered for.
pub(crate) fn assert_final(rig: &Rig, report: &ShutdownReport) {
    assert_told_alike(rig, report);
    for signal in Signal::ALL {
        let (report, counts) = (report_of(report, signal), *rig.server.counts().of(signal));
        assert_eq!(report.exported, counts.accepted - counts.unanswered, "{signal}: {report}, {counts:?}");
    }
}

/// The same without the receiver, where it cannot know exactly.
pub(crate) fn assert_told_alike(rig: &Rig, report: &ShutdownReport) {
    assert_now(&rig.pipeline, &rig.server);
    let health = rig.pipeline.health();
    for signal in Signal::ALL {
        let (report, it, state) =
            (report_of(report, signal), health_of(&health, signal), state_of(&rig.pipeline, signal));
        assert_eq!((it.outstanding(), state.outstanding), (0, 0), "{signal}: {it:?}");
        assert_eq!((report.created, report.exported, report.failed), (it.created, it.exported, it.failed), "{signal}");
        assert_eq!(report.lost, it.dropped.total(), "{signal}: {report}");
        assert_eq!((state.created, state.exported), (it.created, it.exported), "{signal}: {state:?}");
        assert_eq!(state.failed, it.failed.total() + it.dropped.total(), "{signal}: {state:?}");
        let by_reason: u64 = state.failed_by_reason.iter().map(|(_, count)| count).sum();
        assert_eq!(by_reason, state.failed, "{signal}: {state:?}");
        assert_eq!(report.created, report.exported + report.failed.total() + report.lost, "{signal}: {report}");
    }
}
