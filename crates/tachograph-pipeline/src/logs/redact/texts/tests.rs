use proptest::prelude::*;

use super::*;

fn cleaned(text: &str) -> String {
    let mut text = text.to_owned();
    redact(&mut text, 0, false);
    text
}

#[test]
fn secrets_in_texts_are_gone_and_the_rest_stays() {
    for (text, clean) in [
        ("Authorization: Bearer abc.DEF-123_x~+/== next", "Authorization: Bearer [redacted] next"),
        ("BEARER  abc123", "BEARER  [redacted]"),
        ("authorization=Basic dXNlcjpwYXNz;", "authorization=Basic [redacted];"),
        ("key sk-proj-abcdefgh_ijklmnop is bad", "key [redacted] is bad"),
        ("\"sk-abcdefghijklmnop\"", "\"[redacted]\""),
        ("\u{1b}[2m=\u{1b}[0msk-abcdefghijklmnop", "\u{1b}[2m=\u{1b}[0m[redacted]"),
        ("ghp_0123456789abcdef01 AKIAABCDEFGHIJKLMNOP", "[redacted] [redacted]"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig.", "jwt [redacted]"),
        ("postgres://app:hunter2@db:5432/x", "postgres://app:[redacted]@db:5432/x"),
        ("redis://:p@ss@cache é", "redis://:[redacted]@cache é"),
        ("amqp://u:pa/ss#1@host/v", "amqp://u:[redacted]@host/v"),
        ("é postgres://a:b@c é https://d:é@f é", "é postgres://a:[redacted]@c é https://d:[redacted]@f é"),
    ] {
        assert_eq!(cleaned(text), clean);
    }
}

#[test]
fn what_is_no_secret_stays() {
    for text in [
        "",
        "the bearer of news, bearer none",
        "basic authentication failed",
        "sk-learn and task-abcdefghijklmnopqrst and disk-0123456789abcdefgh",
        "http://localhost:8080/path?mail=a@b.c",
        "https://example.org/a:b@c",
        "https://user@example.org:80/",
        "eyJust a word",
        "a :// b : // c ::: x://",
        "http://[::1]:80/a",
        "mailto:a@b time 12:30:45 é:é@é",
        "msk-abcdefghijklmnopqrst",
    ] {
        assert_eq!(cleaned(text), text);
    }
}

#[test]
fn a_secret_that_the_cut_goes_through_is_gone_as_well() {
    let cut = |text: &str| {
        let mut text = text.to_owned();
        redact(&mut text, 0, true);
        text
    };
    assert_eq!(cut("to postgres://app:hun"), "to postgres://app:[redacted]");
    assert_eq!(cut("to http://localhost:80"), "to http://localhost:80");
    assert_eq!(cut("key sk-abc"), "key [redacted]");
    assert_eq!(cut("key sk-abc is"), "key sk-abc is");
}

#[test]
fn what_stood_before_is_not_touched() {
    let mut text = "sk-abcdefghijklmnop sk-abcdefghijklmnop".to_owned();
    redact(&mut text, 20, false);
    assert_eq!(text, "sk-abcdefghijklmnop [redacted]");
}

proptest! {
    #[test]
    fn any_text_is_taken_and_a_second_pass_changes_nothing(text in "(://|[:@/ ]|Bearer |sk-|eyJ|\\PC|[a-z0-9]{0,20}|\u{1b}\\[0m){0,40}", cut: bool) {
        let mut once = text;
        redact(&mut once, 0, cut);
        prop_assert!(!once.contains("Bearer abcdef"));
        let mut twice = once.clone();
        redact(&mut twice, 0, cut);
        // A password that became a marker is redacted to the same marker.
        prop_assert_eq!(once, twice);
    }
}
