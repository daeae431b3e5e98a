use std::{error::Error, fmt, io};

use tachograph_core::{
    ContentPolicy, Policy, capture_error, capture_message,
    event::{Severity, Topic},
};

use crate::recorded::Recorded;

#[derive(Debug)]
pub(crate) enum ShopError {
    Declined { source: io::Error },
    Closed,
}

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Declined { .. } => "the card was declined",
            Self::Closed => "the shop is closed",
        })
    }
}

impl Error for ShopError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Declined { source } => Some(source),
            Self::Closed => None,
        }
    }
}

pub(crate) fn declined() -> ShopError {
    ShopError::Declined { source: io::Error::new(io::ErrorKind::TimedOut, io::Error::other("no route")) }
}

#[test]
fn an_error_is_one_exception_with_type_message_and_causes() {
    let recorded = Recorded::new();
    let error = declined();
    recorded.scope(|| capture_error(&error).user("u-1").tag("tenant", "acme").operation("checkout"));
    let told = recorded.one();
    assert_eq!((told.topic, told.severity, told.name), (Topic::Errors, Severity::Error, "exception"));
    assert_eq!(told.message, "the card was declined");
    assert_eq!(told.error.as_deref(), Some("the card was declined"));
    let type_name = told.get("exception.type").unwrap();
    assert!(type_name.ends_with("::errors::ShopError"), "{type_name}");
    assert_eq!(told.get("exception.message").as_deref(), Some("the card was declined"));
    assert_eq!(told.get("tachograph.exception.causes").as_deref(), Some("[\"no route\"]"));
    assert_eq!(told.get("user.id").as_deref(), Some("u-1"));
    assert_eq!(told.get("tachograph.tag.tenant").as_deref(), Some("acme"));
    assert_eq!(told.get("tachograph.component").as_deref(), Some("checkout"));
    assert_eq!(told.get("tachograph.capture.omitted"), None);
}

#[test]
fn errors_behind_dyn_are_taken_in_every_form() {
    let recorded = Recorded::new();
    recorded.scope(|| {
        let plain: Box<dyn Error> = Box::new(ShopError::Closed);
        let send: Box<dyn Error + Send> = Box::new(ShopError::Closed);
        let both: Box<dyn Error + Send + Sync> = Box::new(ShopError::Closed);
        capture_error(&*plain);
        capture_error(plain.as_ref());
        capture_error(&*send);
        capture_error(&*both);
        capture_error(declined().source().unwrap());
    });
    let told = recorded.told();
    let types: Vec<_> = told.iter().map(|told| told.get("exception.type").unwrap()).collect();
    assert_eq!(types[..4], ["Closed"; 4], "the variant is what is known of them");
    assert!(types[4].ends_with("io::error::Error"), "{types:?}");
}

#[test]
fn the_message_of_a_boxed_error_never_becomes_its_type() {
    /// As `anyhow` and its kin have it: `Debug` prints the message.
    struct Wrapped(&'static str);
    impl fmt::Debug for Wrapped {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }
    impl fmt::Display for Wrapped {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }
    impl Error for Wrapped {}
    for message in ["User4711", "Quota(user 4711)", "no such user", ""] {
        for boxed in [Box::<dyn Error>::from(message), Box::new(Wrapped(message))] {
            let recorded = Recorded::new();
            recorded.scope(|| capture_error(&*boxed));
            assert_eq!(recorded.one().get("exception.type"), None, "{message:?}");
            assert_eq!(recorded.errors()[0].0["error.type"], "_OTHER", "{message:?}");
        }
    }
}

#[test]
fn it_is_reported_once_whether_it_is_kept_dropped_or_told_to_report() {
    let recorded = Recorded::new();
    recorded.scope(|| {
        capture_error(&ShopError::Closed);
        capture_error(&ShopError::Closed).report();
        let kept = capture_error(&ShopError::Closed);
        assert_eq!(recorded.told().len(), 2, "not before it is dropped");
        drop(kept.tag("a", "b"));
    });
    assert_eq!(recorded.told().len(), 3);
    assert_eq!(recorded.errors()[0].1, 3);
}

#[test]
fn a_message_is_told_with_what_the_builder_has_and_is_no_error() {
    let recorded = Recorded::new();
    recorded
        .scope(|| capture_message(Severity::Warn, "the list is old").user("u-1").tag("list", "eu").operation("prices"));
    let told = recorded.one();
    assert_eq!((told.topic, told.severity, told.name), (Topic::Errors, Severity::Warn, "captured_message"));
    assert_eq!(told.message, "the list is old");
    for key in ["user.id", "tachograph.tag.list", "tachograph.component"] {
        assert!(told.get(key).is_some(), "{key}");
    }
    for key in ["exception.type", "exception.message", "exception.stacktrace"] {
        assert_eq!(told.get(key), None);
    }
    assert!(recorded.errors().is_empty());
}

#[test]
fn messages_are_recorded_unless_they_are_switched_off_by_name() {
    for (policy, shown) in [
        (Policy::default(), true),
        (Policy::default().with_content(ContentPolicy::none()), true),
        (Policy::default().with_error_messages(true), true),
        (Policy::default().with_error_messages(false), false),
    ] {
        let recorded = Recorded::with(policy);
        recorded.scope(|| capture_error(&declined()).report());
        recorded.scope(|| capture_error(&*Box::<dyn Error>::from("of 4711")).report());
        let told = recorded.told();
        assert_eq!(format!("{told:?}").contains("declined"), shown);
        assert_eq!(format!("{told:?}").contains("no route"), shown);
        assert_eq!(format!("{told:?}").contains("4711"), shown);
        // One of the two is required.
        assert_eq!(told[1].get("exception.type").is_some(), !shown);
    }
}

#[test]
fn an_error_that_panics_when_it_is_printed_hurts_nobody() {
    #[derive(Debug)]
    struct Broken;
    impl fmt::Display for Broken {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("an error that cannot be printed")
        }
    }
    impl Error for Broken {}
    let recorded = Recorded::new();
    recorded.scope(|| capture_error(&Broken).operation("x"));
    assert!(recorded.told().is_empty());
    assert_eq!(recorded.errors()[0].1, 1);
}
