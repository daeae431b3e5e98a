//! Is telemetry delivered?

use tachograph_core::source::{ExportState, SignalExport};

use super::Verdict;
use crate::answer::rfc_3339;

pub(super) fn judge(state: &ExportState) -> Verdict {
    let exported = || state.signals.iter().filter(|signal| signal.has_exporter);
    let failing = exported().filter(|signal| signal.failing).map(failure);
    let dropping = exported().filter(|signal| signal.dropping && !signal.failing);
    let dropping =
        dropping.map(|signal| format!("{} are dropped, because their export does not keep up", signal.signal));
    let mut failing: Vec<String> = failing.chain(dropping).collect();
    // What is wrong is known before the first export fails, and signals may share it.
    for diagnosis in exported().filter_map(|signal| signal.diagnosis.as_ref()) {
        if !failing.contains(diagnosis) {
            failing.push(diagnosis.clone());
        }
    }
    let losses = losses(state);
    let told = |first: String| [vec![first], losses].concat().join("; ");
    if !failing.is_empty() {
        return Verdict::degraded(told(failing.join("; ")));
    }
    let signals: Vec<&str> = exported().map(|signal| signal.signal).collect();
    let first = if signals.is_empty() {
        "nothing is exported".to_owned()
    } else {
        format!("exported without errors: {}", signals.join(", "))
    };
    Verdict::healthy().with_message(told(first))
}

fn failure(signal: &SignalExport) -> String {
    let SignalExport { signal: name, endpoint, last_error, last_success, .. } = signal;
    let to = endpoint.as_ref().map_or_else(String::new, |endpoint| format!(" to {endpoint}"));
    let error = last_error.as_deref().unwrap_or("no reason was given");
    let since = last_success.map_or_else(|| "never yet".to_owned(), rfc_3339);
    format!("{name} cannot be exported{to}: {error} (last success: {since})")
}

/// What is gone for good, which nobody can mend by now, and what waits on disk.
fn losses(state: &ExportState) -> Vec<String> {
    let of_signals = state.signals.iter().filter(|signal| signal.has_exporter && signal.failed > 0);
    let mut losses: Vec<String> = of_signals.map(loss).collect();
    let on_disk = state.signals.iter().filter(|signal| signal.spooled > 0);
    losses
        .extend(on_disk.map(|signal| {
            format!("{} of {} are on disk until the receiver takes them", signal.spooled, signal.signal)
        }));
    if !state.overflowing_instruments.is_empty() {
        let instruments = state.overflowing_instruments.join(", ");
        losses.push(format!("more attribute sets than their limit, those above it are added up: {instruments}"));
    }
    losses
}

fn loss(signal: &SignalExport) -> String {
    let SignalExport { signal: name, failed, failed_by_reason, .. } = signal;
    let reasons: Vec<String> = failed_by_reason.iter().map(|(reason, count)| format!("{reason}: {count}")).collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    format!("{failed} of {name} lost since the start{reasons}")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn signal(signal: &'static str) -> SignalExport {
        SignalExport { signal, has_exporter: true, ..SignalExport::default() }
    }

    fn failing() -> SignalExport {
        SignalExport {
            endpoint: Some("http://collector:4317".to_owned()),
            failing: true,
            last_error: Some("connection refused".to_owned()),
            last_success: Some(UNIX_EPOCH + Duration::from_millis(1_764_000_000_250)),
            ..signal("traces")
        }
    }

    fn of(signals: impl Into<Vec<SignalExport>>) -> ExportState {
        ExportState { signals: signals.into(), ..ExportState::default() }
    }

    #[test]
    fn a_signal_whose_last_export_failed_is_degraded_and_named() {
        let told = judge(&of([failing(), signal("metrics")]));
        let traces = "traces cannot be exported to http://collector:4317: connection refused \
            (last success: 2025-11-24T16:00:00.250Z)";
        assert_eq!(told, Verdict::degraded(traces));
        let metrics = SignalExport { failing: true, ..signal("metrics") };
        let metrics_told = "metrics cannot be exported: no reason was given (last success: never yet)";
        assert_eq!(judge(&of([failing(), metrics])), Verdict::degraded(format!("{traces}; {metrics_told}")));
    }

    #[test]
    fn what_the_self_test_found_is_told_once_and_degrades_before_an_export_fails() {
        let wrong = "OTLP endpoint http://collector:4318 speaks HTTP, and OTEL_EXPORTER_OTLP_PROTOCOL says grpc";
        let found = |name| SignalExport { diagnosis: Some(wrong.to_owned()), ..signal(name) };
        assert_eq!(judge(&of([found("traces"), found("metrics")])), Verdict::degraded(wrong));
        let both = SignalExport { diagnosis: Some(wrong.to_owned()), ..failing() };
        let told = judge(&of([both]));
        assert_eq!(told, Verdict::degraded(format!("{}; {wrong}", failure(&failing()))));
    }

    #[test]
    fn a_signal_of_which_items_are_dropped_is_degraded() {
        let dropping = SignalExport { dropping: true, failed: 3, ..signal("traces") };
        let told = "traces are dropped, because their export does not keep up; 3 of traces lost since the start";
        assert_eq!(judge(&of([dropping.clone(), signal("metrics")])), Verdict::degraded(told));
        // One reason is enough.
        let failing = judge(&of([SignalExport { failing: true, ..dropping }]));
        assert!(!format!("{failing:?}").contains("keep up"), "{failing:?}");
    }

    #[test]
    fn loss_is_told_and_is_no_issue() {
        let state = ExportState {
            signals: vec![
                SignalExport {
                    failed: 12,
                    failed_by_reason: vec![("timed_out", 2), ("queue_full", 10)],
                    ..signal("traces")
                },
                SignalExport { failed: 1, ..signal("metrics") },
            ],
            overflowing_instruments: vec!["http.server.request.duration".to_owned(), "jobs".to_owned()],
            ..ExportState::default()
        };
        let told = "exported without errors: traces, metrics; 12 of traces lost since the start (timed_out: 2, \
            queue_full: 10); 1 of metrics lost since the start; more attribute sets than \
            their limit, those above it are added up: http.server.request.duration, jobs";
        assert_eq!(judge(&state), Verdict::healthy().with_message(told));
    }

    #[test]
    fn what_has_no_exporter_does_not_fail() {
        let off = SignalExport { has_exporter: false, failed: 3, ..failing() };
        assert_eq!(judge(&of([off])), Verdict::healthy().with_message("nothing is exported"));
    }
}
