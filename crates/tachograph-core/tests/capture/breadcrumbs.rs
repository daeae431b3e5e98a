use std::{
    fmt,
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use opentelemetry::Context;
use tachograph_core::{
    AgentExecution, Breadcrumb, CommandExecution, DbQuery, HttpRequest, LlmRequest, ToolExecution, breadcrumb,
    breadcrumbs, capture_error, capture_message, context, event::Severity,
};

use crate::{errors::ShopError, recorded::Recorded};

fn request() -> HttpRequest {
    HttpRequest::new("GET", "/")
}

#[test]
fn notes_of_a_request_are_told_with_its_error_whoever_below_left_them() {
    let recorded = Recorded::new();
    recorded.scope(|| {
        request().run(|| {
            breadcrumb("start", "1");
            AgentExecution::new("a").run(|| ToolExecution::new("t").run(|| breadcrumb("tool", "2")));
            LlmRequest::new("p", "m").run(|| {
                Breadcrumb::new("llm", "3").with_severity(Severity::Warn).with_data("tokens", 7).leave();
            });
            thread::scope(|scope| {
                scope.spawn(context::carry_fn(|| breadcrumb("thread", "4")));
            });
            capture_error(&ShopError::Closed);
        });
    });
    let told = recorded.one();
    assert_eq!(told.crumbs(), ["1", "2", "3", "4"]);
    let third = &told.crumbs[2];
    assert_eq!((third.category(), third.severity()), ("llm", Severity::Warn));
    assert_eq!(third.data().collect::<Vec<_>>(), [("tokens", "7")]);
    assert_eq!(told.get("tachograph.breadcrumbs.dropped"), None);
    assert!(told.crumbs.is_sorted_by_key(Breadcrumb::time));
}

#[test]
fn no_request_sees_the_notes_of_another_and_nothing_outlives_its_call() {
    let recorded = Recorded::new();
    recorded.scope(|| {
        breadcrumb("outside", "of all");
        capture_message(Severity::Info, "before");
        let ended = request().start();
        let context = ended.context();
        {
            let _call = ended.enter();
            breadcrumb("first", "1");
        }
        ended.succeed();
        {
            let _late = context.attach();
            breadcrumb("late", "2");
            assert!(!breadcrumbs::is_kept());
            capture_message(Severity::Info, "late");
        }
        request().run(|| capture_message(Severity::Info, "second").report());
        // A request that is answered inside of another, as in one process that calls itself.
        request().run(|| {
            breadcrumb("outer", "3");
            request().run(|| {
                breadcrumb("inner", "4");
                capture_message(Severity::Info, "inner");
            });
            capture_message(Severity::Info, "outer");
        });
    });
    let told = recorded.told();
    let crumbs: Vec<_> = told.iter().map(|told| (told.message.as_str(), told.crumbs())).collect();
    let none = Vec::<&str>::new;
    assert_eq!(
        crumbs,
        [("before", none()), ("late", none()), ("second", none()), ("inner", vec!["4"]), ("outer", vec!["3"])]
    );
}

#[test]
fn requests_at_the_same_time_keep_apart() {
    let recorded = Recorded::new();
    let together = Barrier::new(8);
    thread::scope(|scope| {
        for number in 0..8 {
            let (recorded, together) = (&recorded, &together);
            scope.spawn(move || {
                recorded.scope(|| {
                    request().run(|| {
                        for step in 0..20 {
                            together.wait();
                            breadcrumb("step", format_args!("{number}/{step}"));
                        }
                        capture_message(Severity::Info, number.to_string());
                    });
                });
            });
        }
    });
    for told in recorded.told() {
        let expected: Vec<_> = (0..20).map(|step| format!("{}/{step}", told.message)).collect();
        assert_eq!(told.crumbs(), expected);
    }
    assert_eq!(recorded.told().len(), 8);
}

#[test]
fn a_trail_that_many_write_to_loses_nothing_but_what_is_over_its_limit() {
    let recorded = Recorded::new();
    recorded.scope(|| {
        breadcrumbs::scope(|| {
            thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(context::carry_fn(|| (0..100).for_each(|step| breadcrumb("step", step))));
                }
            });
            capture_error(&ShopError::Closed);
        });
    });
    let told = recorded.one();
    assert_eq!(told.crumbs.len(), 32);
    assert_eq!(told.get("tachograph.breadcrumbs.dropped").as_deref(), Some("768"));
}

#[test]
fn a_trail_keeps_the_latest_and_counts_those_that_gave_way() {
    let recorded = Recorded::new();
    recorded.scope(|| {
        request().run(|| {
            (0..33).for_each(|step| breadcrumb("step", step));
            capture_error(&ShopError::Closed);
        });
    });
    let told = recorded.one();
    let expected: Vec<_> = (1..33).map(|step| step.to_string()).collect();
    assert_eq!(told.crumbs(), expected);
    assert_eq!(told.get("tachograph.breadcrumbs.dropped").as_deref(), Some("1"));
}

#[test]
fn a_note_is_bounded() {
    let crumb = Breadcrumb::new("é".repeat(100), "é".repeat(1000));
    assert_eq!((crumb.category().len(), crumb.message().len()), (64, 256));
    let crumb = (0..20).fold(crumb, |crumb, number| crumb.with_data(format!("{number:0100}"), "v".repeat(100)));
    assert_eq!(crumb.data().count(), 8);
    assert!(crumb.data().all(|(name, value)| (name.len(), value.len()) == (64, 64)));
}

#[test]
fn the_outermost_agent_or_command_has_the_trail_where_there_is_no_request() {
    let recorded = Recorded::new();
    recorded.scope(|| {
        CommandExecution::new("c").run(|| {
            AgentExecution::new("a").run(|| breadcrumb("in", "agent"));
            capture_error(&ShopError::Closed);
        });
        DbQuery::new("SELECT", "t").run(|| {
            breadcrumb("in", "query");
            capture_error(&ShopError::Closed);
        });
    });
    let told = recorded.told();
    assert_eq!(told[0].crumbs(), ["agent"]);
    assert!(told[1].crumbs().is_empty(), "a query alone has no trail");
}

#[test]
fn a_scope_inside_of_a_call_goes_before_it_and_one_outside_gives_way_to_requests_alone() {
    let recorded = Recorded::new();
    let crumbs = || breadcrumbs::current().0.iter().map(|crumb| crumb.message().to_owned()).collect::<Vec<_>>();
    recorded.scope(|| {
        request().run(|| {
            breadcrumb("in", "request");
            breadcrumbs::scope(|| {
                assert!(crumbs().is_empty());
                ToolExecution::new("t").run(|| breadcrumb("in", "scope"));
                assert_eq!(crumbs(), ["scope"]);
                breadcrumbs::scope(|| assert!(crumbs().is_empty()));
            });
            assert_eq!(crumbs(), ["request"]);
        });
        breadcrumbs::scope(|| {
            AgentExecution::new("a").run(|| breadcrumb("in", "agent"));
            assert_eq!(crumbs(), ["agent"]);
            request().run(|| assert!(crumbs().is_empty()));
        });
    });
}

#[test]
fn a_note_that_nobody_keeps_is_not_formatted() {
    struct Counted<'a>(&'a AtomicUsize);
    impl fmt::Display for Counted<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fetch_add(1, Ordering::Relaxed);
            // A message that leaves a note itself does not wait for itself.
            breadcrumb("nested", "note");
            f.write_str("counted")
        }
    }
    let count = AtomicUsize::new(0);
    breadcrumb("c", Counted(&count));
    breadcrumbs::scope(|| breadcrumb("c", Counted(&count)));
    assert_eq!(count.load(Ordering::Relaxed), 0, "nothing is in force");
    let recorded = Recorded::new();
    recorded.scope(|| request().run(|| breadcrumb("c", Counted(&count))));
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[test]
fn a_scope_follows_the_context_that_is_made_with_it() {
    let recorded = Arc::new(Recorded::new());
    recorded.scope(|| {
        let context = breadcrumbs::on(&Context::current());
        let first = context::carry_in(&context, async { breadcrumb("in", "future") });
        futures_like(first);
        let _context = context.attach();
        capture_error(&ShopError::Closed);
    });
    assert_eq!(recorded.one().crumbs(), ["future"]);
}

/// Polls a future that is ready at once.
fn futures_like(future: impl Future<Output = ()>) {
    let mut task = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(std::pin::pin!(future).poll(&mut task).is_ready());
}
