use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use tachograph_core::{AgentExecution, ExceptionSignal, Policy, capture_error, capture_message, event::Severity};

use crate::{errors::ShopError, recorded::Recorded};

#[test]
fn the_span_has_the_event_of_old_unless_logs_alone_are_asked_for() {
    for (policy, on_span) in [
        (Policy::default(), true),
        (Policy::default().with_exception_signal(ExceptionSignal::LogsAndSpanEvents), true),
        (Policy::default().with_exception_signal(ExceptionSignal::Logs), false),
    ] {
        let recorded = Recorded::with(policy);
        recorded.scope(|| {
            AgentExecution::new("a").run(|| {
                capture_error(&ShopError::Closed).user("u-1").tag("a", "b");
                capture_message(Severity::Error, "m");
            });
        });
        let spans = recorded.spans();
        let events: Vec<_> = spans[0].events.iter().collect();
        assert_eq!(events.len(), usize::from(on_span));
        if let [event] = events[..] {
            let keys: Vec<_> = event.attributes.iter().map(|it| it.key.as_str()).collect();
            assert_eq!(event.name, "exception");
            assert_eq!(keys[..2], ["exception.type", "exception.message"]);
            assert!(keys.iter().all(|key| key.starts_with("exception.")), "{keys:?}");
        }
        assert_eq!(recorded.told().len(), 2, "the log record is there in any case");
    }
}

#[test]
fn the_span_has_it_although_nobody_wants_the_log_record() {
    let recorded = Recorded::deaf();
    recorded.scope(|| AgentExecution::new("a").run(|| capture_error(&ShopError::Closed).report()));
    assert_eq!(recorded.spans()[0].events.len(), 1);
}

#[test]
fn below_a_span_that_is_not_recorded_there_is_the_log_record_alone() {
    let recorded = Recorded::new();
    let remote =
        SpanContext::new(TraceId::from(1), SpanId::from(2), TraceFlags::default(), true, TraceState::default());
    let _context = Context::new().with_remote_span_context(remote).attach();
    recorded.scope(|| AgentExecution::new("a").run(|| capture_error(&ShopError::Closed).report()));
    assert!(recorded.spans().is_empty());
    assert_eq!(recorded.one().trace, Some(TraceId::from(1).to_string()));
}
