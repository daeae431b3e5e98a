//! Built-in patterns for what must not be recorded.

mod card;
mod iban;
mod key;
mod phone;

use std::{borrow::Cow, error::Error, fmt, ops::Range, sync::LazyLock};

use regex::Regex;
use tachograph_core::{ContentKind, Redact};

/// Finds what must not be recorded: ranges in order that do not overlap.
type Rule = fn(&str) -> Vec<Range<usize>>;

/// Something that the built-in patterns recognise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pattern {
    /// Keys and tokens by their form (OpenAI, Anthropic, AWS, GitHub, GitLab, Slack, Google, Stripe, Hugging Face and others; JSON web
    /// tokens; private keys in PEM), and whatever stands behind `password=`, `api_key:`, `Authorization:`, `Bearer` or in
    /// `scheme://user:…@host`. Recorded as `[key]`.
    Key,
    /// E-mail addresses: `[email]`.
    Email,
    /// International bank account numbers whose check digits are right: `[iban]`.
    Iban,
    /// Numbers of payment cards, plain or in groups, whose check digit is right: `[card]`.
    Card,
    /// Phone numbers, international ones (`+49 30 …`) and common national forms that are written in groups: `[phone]`. Plain digits are
    /// none.
    Phone,
}

impl Pattern {
    /// Every pattern, in the order in which they are looked for.
    pub const ALL: [Self; 5] = [Self::Key, Self::Email, Self::Iban, Self::Card, Self::Phone];

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    const fn replacement(self) -> &'static str {
        match self {
            Self::Key => "[key]",
            Self::Email => "[email]",
            Self::Iban => "[iban]",
            Self::Card => "[card]",
            Self::Phone => "[phone]",
        }
    }

    const fn rules(self) -> &'static [Rule] {
        match self {
            Self::Key => &key::RULES,
            Self::Email => &[emails],
            Self::Iban => &[iban::find],
            Self::Card => &[card::find],
            Self::Phone => &[phone::find],
        }
    }
}

/// Takes keys, e-mail addresses, card numbers, phone numbers and account numbers out of content.
///
/// They are recognised by their form: this lowers the risk, and no list of patterns ends it. It takes time in proportion to the length of
/// the text, whatever is in it.
///
/// ```
/// use tachograph_core::{ContentKind, ContentPolicy};
/// use tachograph_llm::content::{Pattern, Patterns};
///
/// let patterns = Patterns::all().without(Pattern::Email).with("employee", r"\bE-\d{6}\b")?;
/// let policy = ContentPolicy::all().with_redaction(patterns);
/// let text = "E-123456 paid with 4111 1111 1111 1111, password=hunter2, call +1 415 555 2671 or a@example.com";
/// assert_eq!(
///     policy.redact(ContentKind::Prompt, text),
///     "[employee] paid with [card], password=[key] call [phone] or a@example.com"
/// );
/// # Ok::<(), tachograph_llm::content::PatternError>(())
/// ```
#[derive(Clone)]
pub struct Patterns {
    built_in: u8,
    /// With the texts that take the matches' places.
    own: Vec<(String, Regex)>,
}

impl Patterns {
    /// All built-in patterns.
    #[must_use]
    pub fn all() -> Self {
        key::prepare();
        Self { built_in: Pattern::ALL.into_iter().fold(0, |bits, pattern| bits | pattern.bit()), own: Vec::new() }
    }

    /// All patterns so far, but this one.
    #[must_use]
    pub fn without(mut self, pattern: Pattern) -> Self {
        self.built_in &= !pattern.bit();
        self
    }

    /// A pattern of one's own, in the syntax of the crate `regex`. What it matches is recorded as `[name]`.
    ///
    /// # Errors
    ///
    /// The expression is none, is too large, or matches the empty text.
    pub fn with(mut self, name: &str, regex: &str) -> Result<Self, PatternError> {
        let error = |cause| PatternError { name: name.to_owned(), cause };
        let regex = Regex::new(regex).map_err(|cause| error(Some(cause)))?;
        if regex.is_match("") {
            return Err(error(None));
        }
        self.own.push((format!("[{name}]"), regex));
        Ok(self)
    }
}

impl Redact for Patterns {
    fn redact<'a>(&self, _: ContentKind, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for pattern in Pattern::ALL.into_iter().filter(|pattern| self.built_in & pattern.bit() != 0) {
            for rule in pattern.rules() {
                let found = rule(&text);
                replace(&mut text, &found, pattern.replacement());
            }
        }
        for (replacement, regex) in &self.own {
            let found: Vec<_> = regex.find_iter(&text).map(|found| found.range()).collect();
            replace(&mut text, &found, replacement);
        }
        text
    }
}

impl fmt::Debug for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let built_in = Pattern::ALL.into_iter().filter(|pattern| self.built_in & pattern.bit() != 0);
        let own = self.own.iter().map(|(name, _)| name);
        f.debug_struct("Patterns")
            .field("built_in", &built_in.collect::<Vec<_>>())
            .field("own", &own.collect::<Vec<_>>())
            .finish()
    }
}

/// A pattern that cannot be used.
#[derive(Debug)]
pub struct PatternError {
    name: String,
    /// None: it matches the empty text.
    cause: Option<regex::Error>,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(_) => write!(f, "the pattern `{}` is no regular expression that can be used", self.name),
            None => write!(
                f,
                "the pattern `{}` matches the empty text, and so everywhere: let it match something",
                self.name
            ),
        }
    }
}

impl Error for PatternError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as &(dyn Error + 'static))
    }
}

/// Puts the replacement in the place of each range. They are in order and do not overlap.
fn replace(text: &mut Cow<'_, str>, ranges: &[Range<usize>], replacement: &str) {
    if ranges.is_empty() {
        return;
    }
    let mut replaced = String::with_capacity(text.len());
    let mut end = 0;
    for range in ranges {
        replaced.push_str(&text[end..range.start]);
        replaced.push_str(replacement);
        end = range.end;
    }
    replaced.push_str(&text[end..]);
    *text = Cow::Owned(replaced);
}

/// A built-in expression, compiled once. That they all compile is tested.
struct Expression(LazyLock<Option<Regex>>);

impl Expression {
    const fn new(compile: fn() -> Option<Regex>) -> Self {
        Self(LazyLock::new(compile))
    }

    /// Where it matches first, from this place on.
    fn find_at(&self, text: &str, from: usize) -> Option<Range<usize>> {
        self.0.as_ref()?.find_at(text, from).map(|found| found.range())
    }

    /// What begins at this place and matches, for an expression that is tied to the beginning of a text: the first group, or all of it.
    fn match_at(&self, text: &str, at: usize) -> Option<Range<usize>> {
        let regex = self.0.as_ref()?;
        let found = match regex.captures_len() {
            1 => regex.find(&text[at..])?,
            _ => regex.captures(&text[at..])?.iter().skip(1).flatten().next()?,
        };
        Some(at + found.start()..at + found.end())
    }
}

/// Letters of the Latin script alone: other scripts are written without spaces before an address.
static EMAIL: Expression = Expression::new(|| {
    Regex::new(r"[A-Za-z0-9\u{C0}-\u{24F}._%+'-]+(?:@|%40)(?:[A-Za-z0-9\u{C0}-\u{24F}-]+\.)+[A-Za-z\u{C0}-\u{24F}]{2,}")
        .ok()
});

fn emails(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let may_have_one = memchr::memchr(b'@', bytes).is_some() || memchr::memmem::find(bytes, b"%40").is_some();
    let mut found = Vec::new();
    let mut from = 0;
    while may_have_one && let Some(range) = EMAIL.find_at(text, from) {
        from = range.end;
        found.push(range);
    }
    found
}

/// Digits among the bytes.
fn digits(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| byte.is_ascii_digit()).count()
}

/// Whether a word goes on at this place from the left. The letter of an escape (`\n`) is none of a word.
fn continues_word(text: &str, at: usize) -> bool {
    match text.as_bytes()[..at] {
        [.., b'\\', b'n' | b'r' | b't'] => false,
        [.., last] => last.is_ascii_alphanumeric() || last == b'_',
        [] => false,
    }
}
