use tachograph_core::{AgentExecution, ToolExecution, capture_error, capture_message, event::Severity};

use crate::{
    errors::{ShopError, declined},
    recorded::{Recorded, series},
};

#[test]
fn an_error_counts_once_by_variant_and_operation() {
    let recorded = Recorded::new();
    recorded.scope(|| {
        capture_error(&declined()).operation("checkout");
        capture_error(&ShopError::Closed);
    });
    let mut errors = recorded.errors();
    errors.sort();
    assert_eq!(
        errors,
        [
            series([("error.type", "Closed")], 1),
            series([("error.type", "Declined"), ("tachograph.component", "checkout")], 1)
        ]
    );
}

#[test]
fn an_error_of_io_is_called_by_its_kind() {
    let recorded = Recorded::new();
    let error = std::io::Error::new(std::io::ErrorKind::TimedOut, "user 4711");
    recorded.scope(|| {
        capture_error(&error);
        capture_error(&error as &(dyn std::error::Error + Send + Sync));
    });
    assert_eq!(recorded.errors(), [series([("error.type", "TimedOut")], 2)]);
}

#[test]
fn it_counts_although_nobody_wants_the_event() {
    let recorded = Recorded::deaf();
    recorded.scope(|| capture_error(&ShopError::Closed));
    assert!(recorded.told().is_empty());
    assert_eq!(recorded.errors(), [series([("error.type", "Closed")], 1)]);
}

#[test]
fn a_call_fails_only_where_that_is_asked_for_and_then_the_count_says_its_kind() {
    for (fails, status) in [(false, "Unset"), (true, "Error")] {
        let recorded = Recorded::new();
        recorded.scope(|| {
            AgentExecution::new("outer").run(|| {
                ToolExecution::new("inner").run(|| {
                    let error = declined();
                    let capture = capture_error(&error);
                    if fails {
                        capture.fails_call();
                    }
                });
            });
        });
        let spans = recorded.spans();
        let shown = |name: &str| {
            let span = spans.iter().find(|span| span.name.ends_with(name)).unwrap();
            format!("{:?}", span.status).split(['(', ' ']).next().unwrap().to_owned()
        };
        assert_eq!((shown("inner").as_str(), shown("outer").as_str()), (status, "Unset"));
        let expected = match fails {
            true => series([("error.type", "Declined"), ("tachograph.operation.kind", "tool")], 1),
            false => series([("error.type", "Declined")], 1),
        };
        assert_eq!(recorded.errors(), [expected]);
    }
}

#[test]
fn a_message_fails_no_call() {
    let recorded = Recorded::new();
    recorded.scope(|| AgentExecution::new("a").run(|| capture_message(Severity::Error, "m").fails_call().report()));
    assert_eq!(recorded.spans()[0].status, opentelemetry::trace::Status::Unset);
}
