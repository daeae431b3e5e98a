//! Keys, tokens and passwords: by their own form, or by what stands before them.

use std::{ops::Range, sync::LazyLock};

use memchr::memmem;
use regex::Regex;

use super::{Expression, Rule, continues_word};

/// As much of a value is looked at before all of it is: what is refused may hold the next name.
const BEGINNING_BYTES: usize = 64;

/// In the order in which they are looked for: what has a form of its own first.
pub(super) const RULES: [Rule; 3] = [formed, named, in_addresses];

/// Compiles the expressions, so that the first call to a model does not wait for it.
pub(super) fn prepare() {
    for expression in [&BEGINNING, &FORM, &NAME, &AUTHORIZATION, &BEARER, &ASSIGNED, &IN_ADDRESS] {
        LazyLock::force(&expression.0);
    }
}

/// What a key begins with. Plain texts are found many times as fast as the whole forms.
static BEGINNING: Expression = Expression::new(|| {
    let beginnings = [
        r"sk-|[prs]k_live_|[prs]k_test_|gh[oprsu]_|github_pat_|glpat-|xox|xapp-|AKIA|ASIA|ABIA|ACCA|AIza|ya29\.",
        r"GOCSPX-|hf_|xai-|pplx-|gsk_|r8_|npm_|SG\.|https://hooks\.slack|eyJ|-----BEGIN",
    ];
    Regex::new(&beginnings.join("|")).ok()
});

/// The whole forms. Where a form can fail after much was read, its parts are bounded.
static FORM: Expression = Expression::new(|| {
    let forms = [
        // The end of a private key may be missing.
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\z)",
        r"sk-[A-Za-z0-9_-]{16,}",
        r"[prs]k_(?:live|test)_[A-Za-z0-9]{10,}",
        r"gh[oprsu]_[A-Za-z0-9]{20,}",
        r"github_pat_[A-Za-z0-9_]{20,}",
        r"glpat-[A-Za-z0-9_-]{16,}",
        r"xox[abeoprs]-[A-Za-z0-9-]{10,}",
        r"xapp-[A-Za-z0-9-]{10,}",
        r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16,}",
        r"AIza[A-Za-z0-9_-]{30,}",
        r"ya29\.[A-Za-z0-9_-]{20,}",
        r"GOCSPX-[A-Za-z0-9_-]{20,}",
        r"(?:hf|gsk|r8|npm)_[A-Za-z0-9]{20,}",
        r"(?:xai|pplx)-[A-Za-z0-9]{20,}",
        r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}",
        r"https://hooks\.slack\.com/services/[A-Za-z0-9/_-]+",
        // A JSON web token, and the beginning of one where the text ends.
        r"eyJ[A-Za-z0-9_-]{8,512}\.eyJ[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)?",
        r"eyJ[A-Za-z0-9_-]{16,512}\.?\z",
    ];
    Regex::new(&format!("^(?:{})", forms.join("|"))).ok()
});

/// Names of secrets.
static NAME: Expression = Expression::new(|| {
    let names = [
        "passw(?:or)?d|passphrase|pwd|secret|api[_-]?key|private[_-]?key|access[_-]?(?:key|token)",
        "(?:auth|refresh|id|bearer)[_-]?token|token|authorization|bearer",
    ];
    Regex::new(&format!("(?i-u:{})", names.join("|"))).ok()
});

static AUTHORIZATION: Expression = Expression::new(|| {
    let scheme = "(?i-u:(?:bearer|basic|token|digest|apikey)[ ]+)?";
    Regex::new(&format!(r#"^\\*["']?\s*[:=]\s*\\*["']?{scheme}([^\s"',\\]{{4,}})"#)).ok()
});

static BEARER: Expression = Expression::new(|| Regex::new(r"^\s+([A-Za-z0-9._~+/=-]{8,})").ok());

/// From the name, to which more may be joined, to where the value begins.
static ASSIGNED: Expression = Expression::new(|| {
    let rest = "s?[0-9]*(?:[_-][A-Za-z0-9_-]{0,32}|[A-Z][A-Za-z0-9]{0,32})?";
    Regex::new(&format!(r#"^{rest}\\*["']?\s*(?:=>|:=|[:=])\s*"#)).ok()
});

/// `scheme://user:password@host`.
static IN_ADDRESS: Expression = Expression::new(|| Regex::new(r#"^://[^\s/:@"']*:([^\s/@"']+)@"#).ok());

fn formed(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(beginning) = BEGINNING.find_at(text, from) {
        from = beginning.end;
        if continues_word(text, beginning.start) {
            continue;
        }
        if let Some(range) = FORM.match_at(text, beginning.start) {
            from = range.end;
            // Words with dashes begin with `sk-` too.
            let key = &text[range.clone()];
            if !key.starts_with("sk-") || has_digit(key) {
                found.push(range);
            }
        }
    }
    found
}

fn named(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    while let Some(name) = NAME.find_at(text, from) {
        from = name.end;
        if let Some(range) = secret_of(text, &name) {
            from = range.end;
            found.push(range);
        }
    }
    found
}

/// The secret that a name announces.
fn secret_of(text: &str, name: &Range<usize>) -> Option<Range<usize>> {
    match text[name.clone()].to_ascii_lowercase().as_str() {
        "authorization" => AUTHORIZATION.match_at(text, name.end),
        // A word of prose too.
        "bearer" => {
            BEARER.match_at(text, name.end).filter(|range| range.len() >= 24 || has_digit(&text[range.clone()]))
        }
        // Language models have tokens of another sort.
        "token" => value(text, name.end, is_mixed),
        _ => value(text, name.end, |_| true),
    }
}

/// The value that is assigned to a name, up to its closing quote or without quotes up to a space. Its beginning must be that of a secret.
fn value(text: &str, name_end: usize, is_secret: fn(&str) -> bool) -> Option<Range<usize>> {
    let start = ASSIGNED.0.as_ref()?.find(&text[name_end..])?.end() + name_end;
    let opening = text[start..].trim_start_matches('\\');
    let quote = opening.chars().next().filter(|first| matches!(first, '"' | '\''));
    let start = if quote.is_some() { text.len() - opening.len() + 1 } else { start };
    let value = &text[start..];
    // What is written in a program: the type of a parameter, a variable, a structure.
    let is_code = quote.is_none()
        && (value.starts_with(['{', '[', '(', '<', '$', ',', ';', '\\', '&', '"', '\'']) || is_type(value));
    let beginning = &value[..value.floor_char_boundary(BEGINNING_BYTES)];
    if is_code || !is_secret(&beginning[..end_of_value(beginning, quote)]) {
        return None;
    }
    let length = end_of_value(value, quote);
    (length > 0).then_some(start..start + length)
}

/// Where the value ends.
fn end_of_value(text: &str, quote: Option<char>) -> usize {
    let ends_without_quotes = |next: char| next.is_whitespace() || matches!(next, '"' | '\'' | '&');
    quote.map_or_else(|| text.find(ends_without_quotes).unwrap_or(text.len()), |quote| closing(text, quote))
}

/// Where the quote is that closes a text, or its line ends.
fn closing(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    let ends = |next: char| {
        let ends = next == '\n' || next == quote && !is_escaped;
        is_escaped = next == '\\' && !is_escaped;
        ends
    };
    text.find(ends).unwrap_or(text.len())
}

/// Whether a value without quotes begins as what a program says of a parameter does, `password: str`.
fn is_type(value: &str) -> bool {
    const WORDS: [&str; 18] = [
        "str",
        "string",
        "String",
        "bytes",
        "int",
        "None",
        "null",
        "nil",
        "undefined",
        "true",
        "false",
        "Option",
        "Optional",
        "Any",
        "SecretStr",
        "SecretString",
        "required",
        "optional",
    ];
    let end = value.bytes().take(16).take_while(u8::is_ascii_alphanumeric).count();
    WORDS.contains(&&value[..end])
}

/// Whether it has the length and the signs of a token that somebody generated.
fn is_mixed(value: &str) -> bool {
    value.len() >= 12 && has_digit(value) && value.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

fn in_addresses(text: &str) -> Vec<Range<usize>> {
    let hits = memmem::find_iter(text.as_bytes(), b"://");
    hits.filter_map(|at| IN_ADDRESS.match_at(text, at)).collect()
}
