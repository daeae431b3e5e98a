//! Keys, tokens and passwords: by their own form, or by what stands before them.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{Expression, Rule};

/// In the order in which they are looked for: what has a form of its own first.
pub(super) const RULES: [Rule; 6] = [private_keys, tokens, authorizations, assigned, short_lived, in_addresses];

/// Compiles the expressions, so that the first call to a model does not wait for it.
pub(super) fn prepare() {
    for expression in [&HINT, &TOKEN, &PRIVATE_KEY, &AUTHORIZATION, &ASSIGNED, &NAMED_TOKEN, &IN_ADDRESS] {
        LazyLock::force(&expression.0);
    }
}

/// Plain texts, one of which is in every token and private key. Found many times as fast as the tokens themselves.
static HINT: Expression = Expression::new(|| {
    Regex::new(
        r"sk-|k_live_|k_test_|gh[oprsu]_|github_pat_|glpat-|xox|xapp-|AKIA|ASIA|ABIA|ACCA|AIza|ya29\.|GOCSPX-|hf_|xai-|pplx-|gsk_|r8_|npm_|SG\.|hooks\.slack|eyJ|-----BEGIN",
    )
    .ok()
});

/// A letter before the token may be that of an escape in a text that is JSON.
static TOKEN: Expression = Expression::new(|| {
    let forms = [
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
        r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
        r"https://hooks\.slack\.com/services/[A-Za-z0-9/_-]+",
        // A JSON web token, and the beginning of one where the text ends.
        r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)?",
        r"eyJ[A-Za-z0-9_-]{16,}\.?\z",
    ];
    Regex::new(&format!(r"(?:(?-u:\b)|\\[nrt])({})", forms.join("|"))).ok()
});

/// With the end missing it goes on to the end of the text.
static PRIVATE_KEY: Expression = Expression::new(|| {
    Regex::new(
        r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
    )
    .ok()
});

static AUTHORIZATION: Expression = Expression::new(|| {
    Regex::new(concat!(
        r#"(?i-u:authorization)\\*["']?\s*[:=]\s*\\*["']?(?i-u:(?:bearer|basic|token|digest|apikey)\s+)?([^\s"',\\]{4,})"#,
        r"|(?-u:\b)(?i-u:bearer)\s+([A-Za-z0-9._~+/=-]{8,})",
    ))
    .ok()
});

/// What follows the name: the sign, and the value with quotes or without.
const VALUE: &str = concat!(
    r#"\\*["']?\s*(?:=>|:=|[:=])\s*"#,
    r#"(?:\\*"((?:\\.|[^"\\\n])+)|\\*'([^'\n]+)|([^\s"'&{\[(<$,;\\][^\s"'&]*))"#
);

static ASSIGNED: Expression = Expression::new(|| {
    let names = "passw(?:or)?d|passphrase|pwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|(?:auth|access|refresh|id|bearer)[_-]?token";
    let rest = "s?[0-9]*(?:[_-][A-Za-z0-9_-]{0,32}|[A-Z][A-Za-z0-9]{0,32})?";
    Regex::new(&format!("(?i-u:{names})(?-u:{rest}){VALUE}")).ok()
});

/// What else is called a token is often one of a language model.
static NAMED_TOKEN: Expression = Expression::new(|| Regex::new(&format!("(?i-u:token){VALUE}")).ok());

/// `scheme://user:password@host`.
static IN_ADDRESS: Expression = Expression::new(|| Regex::new(r#"://[^\s/:@"']*:([^\s/@"']+)@"#).ok());

fn private_keys(text: &str) -> Vec<Range<usize>> {
    if HINT.is_match(text) { PRIVATE_KEY.find(text).collect() } else { Vec::new() }
}

fn tokens(text: &str) -> Vec<Range<usize>> {
    // Words with dashes begin with `sk-` too.
    let is_key = |token: &str| !token.starts_with("sk-") || has_digit(token);
    if HINT.is_match(text) {
        TOKEN.find_group(text).filter(|range| is_key(&text[range.clone()])).collect()
    } else {
        Vec::new()
    }
}

fn authorizations(text: &str) -> Vec<Range<usize>> {
    // "Bearer" is a word of prose too.
    let is_token = |range: &Range<usize>| {
        let token = &text[range.clone()];
        let is_prose = text[..range.start].trim_ascii_end().to_ascii_lowercase().ends_with("bearer");
        !is_prose || has_digit(token) || token.len() >= 24
    };
    AUTHORIZATION.find_group(text).filter(is_token).collect()
}

fn assigned(text: &str) -> Vec<Range<usize>> {
    ASSIGNED.find_group(text).filter(|range| !is_type(text, range)).collect()
}

fn short_lived(text: &str) -> Vec<Range<usize>> {
    let is_token =
        |value: &str| value.len() >= 12 && has_digit(value) && value.bytes().any(|byte| byte.is_ascii_alphabetic());
    NAMED_TOKEN.find_group(text).filter(|range| is_token(&text[range.clone()])).collect()
}

fn in_addresses(text: &str) -> Vec<Range<usize>> {
    IN_ADDRESS.find_group(text).collect()
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether a value without quotes is what a program says of a parameter, `password: str`, and no password.
fn is_type(text: &str, range: &Range<usize>) -> bool {
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
    let is_quoted = text[..range.start].ends_with(['"', '\'']);
    let value = text[range.clone()].trim_start_matches('&');
    let word = value.split(|character: char| !character.is_ascii_alphanumeric()).next().unwrap_or_default();
    !is_quoted && WORDS.contains(&word)
}
