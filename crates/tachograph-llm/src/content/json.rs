//! JSON whose texts, keys and numbers are redacted one by one.
//!
//! A redaction sees every text without its escapes, and the JSON stays JSON whatever it puts in the text's place. What tells a secret is
//! often the key before it: a value is shown a second time as `key="value"`.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// What is nested deeper is recorded as a text: few readers of JSON go deeper.
const MAX_DEPTH: usize = 64;

/// Longer texts are no secrets that only their key tells.
const MAX_SECRET: usize = 1024;

/// Goes over a JSON text once, from left to right and without recursion. The text may break off anywhere.
pub(super) struct Walk<'r> {
    redact: &'r dyn Fn(&str) -> String,
    with_keys: bool,
    /// What is longer is not gone over to its end.
    limit: usize,
    out: String,
    /// The last key.
    key: Option<String>,
    depth: usize,
    is_whole: bool,
}

impl<'r> Walk<'r> {
    pub(super) fn new(redact: &'r dyn Fn(&str) -> String, with_keys: bool, limit: usize) -> Self {
        Self { redact, with_keys, limit, out: String::new(), key: None, depth: 0, is_whole: false }
    }

    /// The JSON value, if it was one, is whole, and is no longer than it may be.
    pub(super) fn value(&self) -> Option<Box<RawValue>> {
        self.is_whole.then(|| RawValue::from_string(self.out.clone()).ok())?
    }

    /// What was gone over, as far as that came.
    pub(super) fn text(&self) -> &str {
        &self.out
    }

    pub(super) fn over(mut self, json: &str) -> Self {
        let mut rest = json.trim_ascii_start();
        let mut deepest = 0;
        while let Some(&first) = rest.as_bytes().first() {
            if self.out.len() > self.limit {
                return self;
            }
            rest = match first {
                b'"' => self.text_token(rest),
                b'-' | b'0'..=b'9' => self.number(rest),
                _ => self.other(rest),
            };
            deepest = deepest.max(self.depth);
            rest = rest.trim_ascii_start();
        }
        self.is_whole = self.out.len() <= self.limit && deepest <= MAX_DEPTH;
        self
    }

    /// A text or a key; gives what follows it.
    fn text_token<'t>(&mut self, from: &'t str) -> &'t str {
        let end = closing_quote(&from.as_bytes()[1..]).map(|end| end + 1);
        let token = &from[..end.map_or(from.len(), |end| end + 1)];
        let rest = &from[token.len()..];
        let text = decoded(token, end.is_none());
        let redacted = (self.redact)(&text);
        if rest.trim_ascii_start().starts_with(':') {
            self.push_text(&redacted);
            self.key = Some(redacted);
        } else {
            let redacted = if redacted == text { self.with_key(&quoted(&text)).unwrap_or(redacted) } else { redacted };
            self.push_text(&redacted);
        }
        rest
    }

    fn number<'t>(&mut self, from: &'t str) -> &'t str {
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let (number, rest) = from.split_at(from.bytes().take_while(|byte| is_part(byte)).count());
        let redacted = (self.redact)(number);
        if redacted != number {
            self.push_text(&redacted);
        } else if let Some(redacted) = self.with_key(number) {
            self.push_text(&redacted);
        } else {
            self.out.push_str(number);
        }
        rest
    }

    fn other<'t>(&mut self, from: &'t str) -> &'t str {
        let end = from.ceil_char_boundary(1);
        match from.as_bytes()[0] {
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.out.push_str(&from[..end]);
        &from[end..]
    }

    /// What is to stand for a value of which its key says that it is secret.
    fn with_key(&self, value: &str) -> Option<String> {
        let key = self.key.as_ref().filter(|_| self.with_keys && value.len() <= MAX_SECRET)?;
        let pair = format!("{key}={value}");
        let redacted = (self.redact)(&pair);
        if redacted == pair {
            return None;
        }
        // The key is recorded already.
        let value = redacted.get(key.len()..).and_then(|rest| rest.strip_prefix('=')).unwrap_or(&redacted);
        Some(serde_json::from_str(value).unwrap_or_else(|_| value.to_owned()))
    }

    fn push_text(&mut self, text: &str) {
        // A text that alone is too long makes the whole too long, and is cut with it.
        let end = text.floor_char_boundary(self.limit.saturating_add(1).saturating_sub(self.out.len()));
        self.out.push_str(&quoted(if end < text.len() { &text[..end] } else { text }));
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// Where the text ends that these bytes are in.
fn closing_quote(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// The text of a token that begins with a quote, and ends with one unless it broke off.
fn decoded(token: &str, broke_off: bool) -> Cow<'_, str> {
    let mut inner = &token[1..];
    if !broke_off {
        inner = &inner[..inner.len() - 1];
    }
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    // What broke off may end in a piece of an escape, or of two that are one character.
    for _ in 0..3 {
        if let Ok(text) = serde_json::from_str::<String>(&format!("\"{inner}\"")) {
            return Cow::Owned(text);
        }
        match inner.rfind('\\') {
            Some(at) if broke_off && inner.len() - at <= 6 => inner = &inner[..at],
            _ => break,
        }
    }
    Cow::Borrowed(inner)
}
