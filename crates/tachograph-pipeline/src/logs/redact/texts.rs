//! Secrets inside of texts, by their form: one pass over the bytes, without a regular expression.

use std::ops::Range;

use super::REDACTED;

/// How the keys of usual providers begin, and how many characters must follow.
const KEYS: [(&str, usize); 17] = [
    ("sk-", 16),
    ("sk_live_", 10),
    ("sk_test_", 10),
    ("rk_live_", 10),
    ("ghp_", 16),
    ("gho_", 16),
    ("ghs_", 16),
    ("ghu_", 16),
    ("github_pat_", 16),
    ("glpat-", 16),
    ("gsk_", 16),
    ("hf_", 16),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xai-", 16),
    ("AIza", 30),
    ("AKIA", 16),
];
/// The shortest token after `Bearer` that is one, and no English word.
const BEARER: usize = 6;
/// The shortest base64 after `Basic`.
const BASIC: usize = 8;
/// How far a password that breaks the rules of URLs is looked for.
const SLOPPY: usize = 256;

/// Takes the secrets out of `text` from `start` on. `cut` says that the text ends before its true end, so that what may be the
/// beginning of a secret there is one.
///
/// Gone are what follows `Bearer` and `Basic`, keys such as `sk-…`, `ghp_…` and `AKIA…`, JSON web tokens, and passwords in URLs
/// (`scheme://user:password@`).
pub(in crate::logs) fn redact(text: &mut String, start: usize, cut: bool) {
    let Some(mut secret) = find(text.as_bytes(), start, cut) else { return };
    let mut clean = String::with_capacity(text.len() - start);
    let mut done = start;
    loop {
        // Secrets begin and end beside ASCII, so these are borders of characters.
        clean.push_str(&text[done..secret.start]);
        clean.push_str(REDACTED);
        done = secret.end;
        match find(text.as_bytes(), done, cut) {
            Some(next) => secret = next,
            None => break,
        }
    }
    clean.push_str(&text[done..]);
    text.truncate(start);
    text.push_str(&clean);
}

/// The next secret at or after `start`.
fn find(text: &[u8], start: usize, cut: bool) -> Option<Range<usize>> {
    (start..text.len()).find_map(|at| match text[at] {
        b':' => text[at..].starts_with(b"://").then(|| password(text, at + 3, cut)).flatten(),
        b'B' | b'b' | b's' | b'r' | b'g' | b'h' | b'x' | b'A' | b'e' if begins_word(text, start, at) => {
            header(text, at).or_else(|| key(text, at, cut)).or_else(|| web_token(text, at))
        }
        _ => None,
    })
}

/// Whether a word begins here. The escape sequences of a terminal end in a letter, and do not belong to a word.
fn begins_word(text: &[u8], start: usize, at: usize) -> bool {
    let before = &text[start..at];
    match before.last() {
        Some(b'm') => {
            let digits =
                before[..before.len() - 1].iter().rev().take(8).take_while(|byte| matches!(byte, b'0'..=b'9' | b';'));
            let sequence = &before[..before.len() - 1 - digits.count()];
            sequence.ends_with(b"\x1b[")
        }
        Some(byte) => !byte.is_ascii_alphanumeric() && byte.is_ascii(),
        None => true,
    }
}

fn length_of(text: &[u8], accepted: impl Fn(u8) -> bool) -> usize {
    text.iter().take_while(|byte| accepted(**byte)).count()
}

fn header(text: &[u8], at: usize) -> Option<Range<usize>> {
    let scheme =
        |name: &str| text[at..].get(..name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()));
    let value = |after: usize| {
        let from = after + length_of(&text[after..], |byte| byte == b' ');
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        from..from + length_of(&text[from..], token)
    };
    if scheme("bearer ") {
        let token = value(at + "bearer ".len());
        return (token.len() >= BEARER).then_some(token);
    }
    if scheme("basic ") {
        let credentials = value(at + "basic ".len());
        let coded = text[credentials.clone()]
            .iter()
            .any(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'=');
        return (credentials.len() >= BASIC && coded).then_some(credentials);
    }
    None
}

fn key(text: &[u8], at: usize, cut: bool) -> Option<Range<usize>> {
    KEYS.iter().find_map(|(prefix, least)| {
        let rest = text[at..].strip_prefix(prefix.as_bytes())?;
        let length = length_of(rest, |byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        let whole = length >= *least || (cut && length == rest.len());
        whole.then(|| at..at + prefix.len() + length)
    })
}

/// A JSON web token: a header that begins with `{"`, a dot, and more.
fn web_token(text: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = &text[at..];
    let length = length_of(rest, |byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (rest.starts_with(b"eyJ") && length >= 20 && rest[..length].contains(&b'.')).then(|| at..at + length)
}

/// The password of the authority that begins at `from`.
fn password(text: &[u8], from: usize, cut: bool) -> Option<Range<usize>> {
    let is_end = |byte: u8| byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"'<>`".contains(&byte);
    let authority = length_of(&text[from..], |byte| !is_end(byte) && !b"/?#\\".contains(&byte));
    let authority = &text[from..from + authority];
    let colon = from + authority.iter().position(|byte| *byte == b':')?;
    if let Some(at) = authority.iter().rposition(|byte| *byte == b'@') {
        return (colon < from + at).then_some(colon + 1..from + at);
    }
    let after = &authority[colon + 1 - from..];
    if after.iter().all(u8::is_ascii_digit) && !after.is_empty() {
        return None;
    }
    if cut && from + authority.len() == text.len() {
        return Some(colon + 1..text.len());
    }
    // A password with a `/` or `#` in it, which should have been encoded.
    let end = colon + 1 + text[colon + 1..].iter().take(SLOPPY).take_while(|byte| !is_end(**byte)).count();
    let at = text[colon + 1..end].iter().rposition(|byte| *byte == b'@')?;
    Some(colon + 1..colon + 1 + at)
}

#[cfg(test)]
mod tests;
