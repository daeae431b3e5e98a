use std::error::Error;

use opentelemetry::Context;
use proptest::prelude::*;
use tachograph_core::{Ids, context};
use tracing_subscriber::fmt::format::DefaultFields;

use super::*;
use crate::logs::printed::{printed, subscriber};

/// What stands behind the time.
fn told(body: impl FnOnce()) -> String {
    let text = printed(DetailedFormat::new().with_redacted_keys(["iban"]), body);
    let (time, rest) = text.split_at(24);
    assert!(time.ends_with('Z') && rest.starts_with(' '), "{text}");
    rest.to_owned()
}

#[test]
fn a_line_says_when_who_where_and_what() {
    let mut line = 0;
    let text = told(|| {
        let context = context::with_request_id(&Context::new(), "r-1");
        let _context = Ids::new().conversation("c 7").user("u-42").on(&context).attach();
        line = line!() + 1;
        tracing::warn!(target: "shop", answer = 42, ratio = 0.5, ok = false, name = "a b", word = "w", "no answer yet");
    });
    let file = file!();
    assert_eq!(
        text,
        format!(
            "  WARNING shop {file}:{line}: no answer yet answer=42 ratio=0.5 ok=false name=\"a b\" word=w request_id=r-1 \
             user_id=u-42 gen_ai.conversation.id=\"c 7\"\n"
        )
    );
}

#[test]
fn an_error_stands_with_its_causes_on_lines_of_their_own() {
    #[derive(Debug, thiserror::Error)]
    #[error("payment failed\nERROR forged")]
    struct Outer(#[source] std::io::Error);
    let text = told(|| {
        let error = Outer(std::io::Error::other("no way"));
        tracing::error!(critical = true, error = &error as &(dyn Error + 'static), "stopped");
    });
    assert!(text.starts_with(" CRITICAL "), "{text}");
    assert!(
        text.ends_with(": stopped\n    exception: payment failed\\nERROR forged\n    caused by: no way\n"),
        "{text}"
    );
}

#[test]
fn secrets_are_hidden() {
    let text = told(|| {
        let _ids = Ids::new().with("api_key", "hunter0").on(&Context::new()).attach();
        tracing::info!(password = "hunter1", iban = 5, url = "redis://:hunter2@cache", "Bearer hunter3");
    });
    assert!(
        text.ends_with(
            ": Bearer [redacted] password=[redacted] iban=[redacted] url=redis://:[redacted]@cache api_key=[redacted]\n"
        ),
        "{text}"
    );
}

#[test]
fn what_is_huge_is_cut() {
    let text = told(|| tracing::info!(text = "x".repeat(10_000), "{}", "m".repeat(20_000)));
    assert!(text.contains("m…[cut, 20000 bytes] text=x"));
    assert!(text.ends_with("x…[cut, 10000 bytes]\n") && text.len() < 25_000);
}

#[test]
fn there_are_colours_on_a_terminal_alone() {
    let event = || tracing::error!(answer = 42, "é \u{1b}[32m \u{202e}");
    let (dispatch, writes) = subscriber(DetailedFormat::new(), DefaultFields::new(), true);
    tracing::dispatcher::with_default(&dispatch, event);
    let coloured = writes.all().concat();
    assert!(coloured.contains("\u{1b}[31m   ERROR\u{1b}[0m") && coloured.contains("\u{1b}[3manswer\u{1b}[0m=42"));
    assert!(coloured.contains(" é \\u{1b}[32m \\u{202e} "), "{coloured}");
    assert!(!printed(DetailedFormat::new(), event).contains('\u{1b}'));
    let colours = ["CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG", "TRACE"].map(colour);
    assert_eq!(colours, ["1;31", "31", "33", "32", "34", "35"]);
}

proptest! {
    #[test]
    fn no_value_forges_a_line(text in "[\\PC\0-\u{1f}\u{7f}-\u{9f}\u{2028}\u{2029}\u{202e}\"=]{0,60}") {
        let printed = told(|| {
            let _ids = Ids::new().with(text.clone(), text.clone()).on(&Context::new()).attach();
            tracing::info!(text, shape = ?text, shown = %text, "{text}");
        });
        let line = printed.strip_suffix('\n').unwrap();
        prop_assert!(!line.contains(|char: char| char.is_control() || matches!(char, '\u{2028}' | '\u{2029}' | '\u{202e}')), "{line}");
    }
}
