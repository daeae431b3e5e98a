//! What the built-in patterns take out, and what they leave in.

use std::error::Error;

use tachograph_core::{ContentKind, Redact};
use tachograph_llm::content::{Pattern, Patterns};

fn redacted(text: &str) -> String {
    Patterns::all().redact(ContentKind::Prompt, text).into_owned()
}

#[test]
fn keys_and_tokens_by_their_form() {
    // In pieces, so that nobody takes them for real ones.
    let digits = "0123456789";
    for (prefix, rest) in [
        ("sk-", "abcdefghij0123456789"),
        ("sk-proj-", "AbC_dEf-0123456789abcdef"),
        ("sk-ant-api03-", "AbC_dEf-0123456789abcdef"),
        ("sk-or-v1-", "0123456789abcdef0123456789abcdef"),
        ("sk_live_", "0123456789abcdef"),
        ("AKIA", "IOSFODNN7EXAMPLE"),
        ("ASIA", "IOSFODNN7EXAMPLE"),
        ("ghp_", "0123456789abcdefghijABCDEFGHIJ012345"),
        ("ghs_", "0123456789abcdefghijABCDEFGHIJ012345"),
        ("github_pat_", "11ABCDEFG0123456789_abcdefghij"),
        ("glpat-", "0123456789abcdefghij"),
        ("xoxb-", "0123456789-abcdefghij"),
        ("xapp-", "1-A0123-0123456789-abcdef"),
        ("AIza", "SyA0123456789abcdefghijABCDEFGHIJ-_0"),
        ("ya29.", "a0123456789abcdefghij"),
        ("hf_", "abcdefghijABCDEFGHIJ0123"),
        ("gsk_", "abcdefghijABCDEFGHIJ0123"),
        ("xai-", "abcdefghijABCDEFGHIJ0123"),
        ("SG.", "0123456789abcdef-_.0123456789abcdef-_"),
        ("eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        ("https://hooks.slack.com/services/", "T0/B0/x1"),
    ] {
        let key = format!("{prefix}{rest}");
        for text in [
            key.clone(),
            format!("use {key} now"),
            format!("密钥{key}。"),
            format!("\"{key}\""),
            format!("a\\n{key}\\n"),
            format!("[{key}]"),
        ] {
            let expected = text.replace(&key, "[key]");
            // The escape before a key goes with it or stays: the key must go.
            let redacted = redacted(&text);
            assert_eq!(redacted, expected, "{text}");
        }
    }
    assert_eq!(redacted(&format!("{digits} sk-")), format!("{digits} sk-"));
}

#[test]
fn private_keys() {
    let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----";
    assert_eq!(redacted(&format!("a\n{pem}\nb {pem}")), "a\n[key]\nb [key]");
    assert_eq!(redacted("-----BEGIN OPENSSH PRIVATE KEY-----\\nb3BlbnNz\\n"), "[key]", "the end is missing");
    let public = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----";
    assert_eq!(redacted(public), public);
}

#[test]
fn the_beginning_of_a_web_token_at_the_end_of_a_text() {
    assert_eq!(redacted("token: eyJhbGciOiJIUzI1NiIsInR5cCI6"), "token: [key]");
    assert_eq!(redacted("see eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIi"), "see [key]");
}

#[test]
fn what_stands_behind_its_name() {
    for (text, expected) in [
        ("password=hunter2", "password=[key]"),
        ("PASSWORD = hunter2 rest", "PASSWORD = [key] rest"),
        ("db_password: hunter2", "db_password: [key]"),
        (r#"{"password":"correct horse", "user":"ann"}"#, r#"{"password":"[key]", "user":"ann"}"#),
        (r#""api_key": "a\"b", "n": 1"#, r#""api_key": "[key]", "n": 1"#),
        ("'secret' => 'x y'", "'secret' => '[key]'"),
        ("apiKey=abc&user=ann", "apiKey=[key]&user=ann"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "aws_secret_access_key = [key]"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI", "AWS_SECRET_ACCESS_KEY=[key]"),
        ("secretAccessKey: 'wJalr'", "secretAccessKey: '[key]'"),
        ("client_secret=x1", "client_secret=[key]"),
        ("refresh_token: 1//0gabc", "refresh_token: [key]"),
        (r#""token": "a1b2c3d4e5f6""#, r#""token": "[key]""#),
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer [key]"),
        (r#"{"authorization":"Basic YW5uOnB3"}"#, r#"{"authorization":"Basic [key]"}"#),
        ("curl -H 'Authorization: token abcd'", "curl -H 'Authorization: token [key]'"),
        ("use bearer abc12345 here", "use bearer [key] here"),
        ("x-api-key: abcdef", "x-api-key: [key]"),
        ("postgres://ann:hunter2@db:5432/x", "postgres://ann:[key]@db:5432/x"),
        ("redis://:hunter2@cache", "redis://:[key]@cache"),
        ("\\\"password\\\":\\\"hunter2\\\"", "\\\"password\\\":\\\"[key]"),
    ] {
        assert_eq!(redacted(text), expected);
        // Once more changes nothing.
        assert_eq!(redacted(expected), expected);
    }
}

#[test]
fn emails() {
    for mail in [
        "ann@example.com",
        "ann.lee+tag@mail.example.co.uk",
        "müller@bücher.example",
        "o'neil_1@x-y.org",
        "ann%40example.com",
    ] {
        for (before, after) in
            [("", ""), ("mailto:", " now"), ("<", ">"), ("写信给", "。谢谢"), ("(", ")."), ("\"", "\"")]
        {
            assert_eq!(redacted(&format!("{before}{mail}{after}")), format!("{before}[email]{after}"));
        }
    }
    assert_eq!(redacted("a@example.com,b@example.com"), "[email],[email]");
}

#[test]
fn cards() {
    for card in [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111\u{a0}1111\u{a0}1111\u{a0}1111",
        "5500005555555559",
        "2223003122003222",
        "378282246310005",
        "3782 822463 10005",
        "6011111111111117",
        "3530 1113 3330 0000",
        "30569309025904",
        "6212345678901232",
        "4222222222222",
    ] {
        for (before, after) in [
            ("", ""),
            ("card: ", "."),
            ("#", " 12/27 123"),
            ("no. 12 ", " 5"),
            ("卡号", "。"),
            ("\\n", "\\n"),
            ("{\"n\":", "}"),
        ] {
            assert_eq!(redacted(&format!("{before}{card}{after}")), format!("{before}[card]{after}"));
        }
    }
    assert_eq!(redacted("4111111111111111 5500005555555559"), "[card] [card]");
}

#[test]
fn account_numbers() {
    for account in [
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "GB29 NWBK 6016 1331 9268 19",
        "NO9386011117947",
        "FR1420041010050500013M02606",
    ] {
        for (before, after) in [("", ""), ("IBAN: ", "."), ("an ", " BIS MORGEN 12"), ("账号", "，")] {
            assert_eq!(redacted(&format!("{before}{account}{after}")), format!("{before}[iban]{after}"));
        }
    }
}

#[test]
fn phone_numbers() {
    for phone in [
        "+14155552671",
        "+1 415 555 2671",
        "+1 (415) 555-2671",
        "+49 30 1234567",
        "+49 (0)170 1234567",
        "+44 20 7946 0958",
        "+86 138 1234 5678",
        "+91 98765 43210",
        "0049 170 1234567",
        "(415) 555-2671",
        "415-555-2671",
        "415.555.2671",
        "1-800-555-0199",
        "030 1234567",
        "0170/1234567",
        "(030) 123 45 67",
        "020 7946 0958",
        "01 23 45 67 89",
        "06.12.34.56.78",
        "03-1234-5678",
        "(02) 9374 4000",
        "138 1234 5678",
        "(11) 91234-5678",
    ] {
        for (before, after) in
            [("", ""), ("call ", " now"), ("tel:", "."), ("(", ")"), ("电话", "。"), ("a\\n", "\\nb"), ("\"", "\"")]
        {
            assert_eq!(redacted(&format!("{before}{phone}{after}")), format!("{before}[phone]{after}"));
        }
    }
}

#[test]
fn numbers_that_follow_each_other_are_found_one_by_one() {
    for (text, expected) in [
        ("DE89 3704 0044 0532 0130 00 DE89 3704 0044 0532 0130 00 x", "[iban] [iban] x"),
        ("AB12 CDEF DE89 3704 0044 0532 0130 00", "AB12 CDEF [iban]"),
        ("+49 170 7654321 2024 invoices", "[phone] 2024 invoices"),
        ("+49 170 7654321 +49 170 7654321", "[phone] [phone]"),
        ("+49 170 7654321 4111 1111 1111 1111", "[phone] [card]"),
        ("030 1234567 0170 1234567 020 7946 0958", "[phone] [phone] [phone]"),
        ("1 030 1234567", "1 [phone]"),
        ("415-555-2671 415-555-2672", "[phone] [phone]"),
        ("4111 1111 1111 1111 5500 0055 5555 5559", "[card] [card]"),
    ] {
        assert_eq!(redacted(text), expected);
    }
}

#[test]
fn what_only_looks_like_it_stays() {
    for text in [
        // Dates and times.
        "2024-01-02",
        "2024-01-02T03:04:05.678Z",
        "01.02.2024 10:30",
        "02/01/2024 03:04",
        "20240102030405",
        "2024-01-02 03:04:05.123456",
        // Versions and addresses.
        "1.2.3",
        "10.20.30-beta.4",
        "192.168.100.200",
        "127.0.0.1:8080",
        "v2024.10.11-1234",
        // Ids.
        "550e8400-e29b-41d4-a716-446655440000",
        "01234567-0123-4123-8123-012345678901",
        "1700000000",
        "1700000000000",
        "1700000000000000",
        "1234567890123456",
        "call_0123456789abcdef",
        "0123456789",
        "resp_68af4030592c81938ec0a5fbab4a3e9f05438e46b5f69a3b",
        "0xdeadbeef0123456789",
        "4111111111111112",
        "9111111111111111",
        "41111111111111111111111",
        "0.4111111111111111",
        "a4111111111111111",
        "4111111111111111b",
        "DE88370400440532013000",
        "AB12CDEF34567890",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        // Sums and figures.
        "1,234,567,890.12",
        "100 000 000",
        "1 234 567 890",
        "3.14159265358979",
        "12:30:45",
        "-33.8688197, 151.2092955",
        "100-200-300",
        "+1.5e10",
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
        // Code and prose.
        "fn login(user: &str, password: &str) -> bool",
        "def f(api_key: Optional[str] = None):",
        "password: string;",
        "max_tokens: 4096",
        "\"input_tokens\": 123456789012",
        "\"token\": \"hello\"",
        "the bearer of this letter",
        "bearer certificates",
        "the secretary: Jane",
        "passwordless = true",
        "risk-management-and-mitigation-strategies",
        "sk-learn-is-a-long-name-of-a-library",
        "task-0123456789",
        "@decorator",
        "a @ b",
        "user@localhost",
        "pkg@1.2.3",
        "https://example.org:8080/a@b",
        "https://example.org/path?q=1",
        "SELECT * FROM t WHERE a = 1",
        "password = ${PASSWORD}",
        "secret: {\"a\"",
        "",
    ] {
        assert_eq!(redacted(text), text);
        let within = format!("see {text} there");
        assert_eq!(redacted(&within), within);
    }
}

#[test]
fn patterns_are_left_out_and_added_one_by_one() {
    let text = "a@example.com 4111111111111111 +14155552671 password=x DE89370400440532013000 E-123456";
    let patterns = Patterns::all().without(Pattern::Email).without(Pattern::Key).with("employee", r"E-\d{6}").unwrap();
    assert_eq!(patterns.redact(ContentKind::Prompt, text), "a@example.com [card] [phone] password=x [iban] [employee]");
    let rest = Pattern::ALL.into_iter().fold(patterns, Patterns::without);
    assert_eq!(rest.redact(ContentKind::Prompt, text), text.replace("E-123456", "[employee]"));
    assert_eq!(
        format!("{:?}", Patterns::all().without(Pattern::Key).with("employee", "E").unwrap()),
        r#"Patterns { built_in: [Email, Iban, Card, Phone], own: ["[employee]"] }"#
    );
}

#[test]
fn a_text_with_nothing_in_it_is_not_copied() {
    let text = "Nothing to see in this text of some words, 3 numbers and 1 sk- prefix: a@b, 12345678901234.";
    let patterns = Patterns::all();
    assert!(matches!(patterns.redact(ContentKind::Prompt, text), std::borrow::Cow::Borrowed(_)));
}

#[test]
fn a_pattern_that_cannot_be_used_is_named() {
    let error = Patterns::all().with("employee", "(").unwrap_err();
    assert_eq!(error.to_string(), "the pattern `employee` is no regular expression that can be used");
    assert!(error.source().unwrap().to_string().contains("unclosed group"));
    let error = Patterns::all().with("nothing", "x*").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the pattern `nothing` matches the empty text, and so everywhere: let it match something"
    );
    assert!(error.source().is_none());
}
