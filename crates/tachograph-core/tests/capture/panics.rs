use std::{
    panic::{self, AssertUnwindSafe},
    sync::Mutex,
};

use tachograph_core::{
    AgentExecution, Policy, breadcrumb,
    capture::{CapturedPanic, capture_panic},
    event::{Severity, Topic},
};

use crate::recorded::{Recorded, Told, series};

/// The hook is one for the process: tests of it take turns.
static HOOK: Mutex<()> = Mutex::new(());

fn with_hook(hook: impl Fn(&panic::PanicHookInfo<'_>) + Send + Sync + 'static, body: impl FnOnce()) {
    let _turn = HOOK.lock().unwrap();
    let this = std::thread::current().id();
    let before = panic::take_hook();
    // Tests that run at the same time panic too.
    panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == this {
            hook(info);
        }
    }));
    let caught = panic::catch_unwind(AssertUnwindSafe(body));
    panic::set_hook(before);
    caught.unwrap();
}

fn check(told: &Told) {
    assert_eq!((told.topic, told.severity, told.name), (Topic::Errors, Severity::Critical, "exception"));
    assert_eq!(told.get("exception.type").as_deref(), Some("panic"));
    assert!(told.get("code.file.path").unwrap().ends_with("panics.rs"));
    assert!(told.get("code.line.number").unwrap().parse::<u32>().unwrap() > 1);
    assert!(told.get("code.column.number").is_some());
    assert!(told.get("thread.name").unwrap().contains("panics::"));
    assert!(told.get("thread.id").unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(told.crumbs(), ["before"]);
}

#[test]
fn a_panic_is_a_critical_exception_in_its_context_and_its_call_is_recorded_once() {
    let recorded = Recorded::new();
    with_hook(capture_panic, || {
        let run = || {
            recorded.scope(|| {
                AgentExecution::new("a").run(|| -> () {
                    breadcrumb("step", "before");
                    panic!("out of {}", "sugar");
                });
            });
        };
        assert!(panic::catch_unwind(AssertUnwindSafe(run)).is_err());
    });
    let told = recorded.one();
    check(&told);
    assert_eq!(told.message, "out of sugar");
    assert_eq!(told.get("exception.message").as_deref(), Some("out of sugar"));
    let spans = recorded.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(told.trace, Some(spans[0].span_context.trace_id().to_string()));
    assert!(spans[0].attributes.iter().any(|it| it.key.as_str() == "error.type" && it.value.as_str() == "panic"));
    assert_eq!(spans[0].events.len(), 1, "the event of old");
    let counted = series([("error.type", "panic"), ("tachograph.operation.kind", "agent")], 1);
    assert_eq!(recorded.errors(), [counted], "marked as one that its call has as well");
}

#[test]
fn a_panic_that_was_taken_down_is_told_from_another_thread_in_its_own_context() {
    let recorded = Recorded::with(Policy::default().with_error_messages(false));
    let on_other_thread = |info: &panic::PanicHookInfo<'_>| {
        let captured = CapturedPanic::of(info);
        std::thread::spawn(move || captured.report()).join().unwrap();
    };
    with_hook(on_other_thread, || {
        let run = || {
            recorded.scope(|| {
                AgentExecution::new("a").run(|| -> () {
                    breadcrumb("step", "before");
                    panic::panic_any(7);
                });
            });
        };
        assert!(panic::catch_unwind(AssertUnwindSafe(run)).is_err());
    });
    let told = recorded.one();
    check(&told);
    assert_eq!((told.message.as_str(), told.get("exception.message")), ("panic", None), "messages are switched off");
    assert_eq!(told.trace, Some(recorded.spans()[0].span_context.trace_id().to_string()));
}

#[test]
fn a_panic_outside_of_everything_is_told_to_nobody() {
    with_hook(capture_panic, || assert!(panic::catch_unwind(|| panic!("alone")).is_err()));
}
