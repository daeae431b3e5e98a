//! The names of metrics and labels in an expression.
//!
//! A scanner and no parser: Prometheus itself has accepted the expressions. It knows what may follow a word, which is enough to tell a
//! metric from a function, a keyword or a label.

use std::collections::BTreeSet;

/// Words that are no metrics.
const KEYWORDS: [&str; 7] = ["and", "or", "unless", "bool", "offset", "inf", "nan"];

/// Words before a list of labels in parentheses.
const BEFORE_LABELS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// The function that makes a label, which its first text names.
const LABEL_FUNCTION: &str = "label_replace";

/// One selector.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selector {
    /// The name, or the regular expression that stands for it; empty without either.
    pub name: String,
    /// Whether the name is a regular expression.
    pub is_pattern: bool,
    /// The labels that are matched, with the values of equality matchers.
    pub matched: BTreeSet<(String, Option<String>)>,
}

/// What an expression speaks of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names {
    /// Its selectors.
    pub selectors: BTreeSet<Selector>,
    /// Labels that it groups or joins by.
    pub grouped: BTreeSet<String>,
    /// Labels that it makes.
    pub made: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    /// Everything else, character by character; operators of matchers as a whole.
    Sign(String),
}

impl Names {
    /// Reads an expression.
    pub fn of(expression: &str) -> Self {
        let tokens = tokens(expression);
        let mut names = Self::default();
        let sign = |at: usize, wanted: &str| matches!(tokens.get(at), Some(Token::Sign(sign)) if sign == wanted);
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                Token::Word(word) if BEFORE_LABELS.contains(&word.as_str()) && sign(at + 1, "(") => {
                    at += 2;
                    while !sign(at, ")") {
                        if let Some(Token::Word(label)) = tokens.get(at) {
                            names.grouped.insert(label.clone());
                        }
                        at += 1;
                    }
                }
                Token::Word(word) if KEYWORDS.contains(&word.as_str()) || BEFORE_LABELS.contains(&word.as_str()) => {}
                Token::Word(word) if sign(at + 1, "(") => {
                    if word == LABEL_FUNCTION {
                        names.made.extend(first_text(&tokens[at..]));
                    }
                }
                // Nothing but an aggregation stands before these two: `sum by (job) (…)`.
                Token::Word(_) if matches!(tokens.get(at + 1), Some(Token::Word(next)) if next == "by" || next == "without") =>
                    {}
                Token::Word(word) => {
                    let mut selector = Selector { name: word.clone(), ..Selector::default() };
                    if sign(at + 1, "{") {
                        at = matchers(&tokens, at + 1, &mut selector);
                    }
                    names.selectors.insert(selector);
                }
                Token::Sign(brace) if brace == "{" => {
                    let mut selector = Selector::default();
                    at = matchers(&tokens, at, &mut selector);
                    names.selectors.insert(selector);
                }
                Token::Sign(bracket) if bracket == "[" => {
                    while !sign(at, "]") {
                        at += 1;
                    }
                }
                Token::Sign(_) | Token::Text(_) => {}
            }
            at += 1;
        }
        names
    }
}

/// Reads `{…}` from the brace at `at`, and gives the place of the other brace.
fn matchers(tokens: &[Token], mut at: usize, selector: &mut Selector) -> usize {
    loop {
        at += 1;
        match &tokens[at..] {
            [Token::Sign(end), ..] if end == "}" => return at,
            [Token::Word(label), Token::Sign(operator), Token::Text(value), ..] => {
                if label == "__name__" && operator.starts_with('=') {
                    selector.name.clone_from(value);
                    selector.is_pattern = operator == "=~";
                } else if label != "__name__" {
                    // A label that has to be empty need not exist.
                    let value = (operator == "=" && !value.is_empty()).then(|| value.clone());
                    selector.matched.insert((label.clone(), value));
                }
                at += 2;
            }
            [Token::Sign(comma), ..] if comma == "," => {}
            rest => panic!("no matcher: {rest:?}"),
        }
    }
}

/// The first text at the depth of the call's own arguments.
fn first_text(call: &[Token]) -> Option<String> {
    let mut depth = 0;
    call.iter().find_map(|token| {
        match token {
            Token::Sign(sign) if sign == "(" || sign == "{" => depth += 1,
            Token::Sign(sign) if sign == ")" || sign == "}" => depth -= 1,
            Token::Text(text) if depth == 1 => return Some(text.clone()),
            _ => {}
        }
        None
    })
}

fn tokens(expression: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = expression;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' | '\'' => {
                let (text, length) = quoted(rest, c);
                tokens.push(Token::Text(text));
                length
            }
            'a'..='z' | 'A'..='Z' | '_' | ':' => {
                let length =
                    rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':').unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..length].to_owned()));
                length
            }
            // A number or a duration, whose letters are no word.
            '0'..='9' => rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len()),
            '=' | '!' if rest[1..].starts_with(['=', '~']) => {
                tokens.push(Token::Sign(rest[..2].to_owned()));
                2
            }
            c => {
                if !c.is_whitespace() {
                    tokens.push(Token::Sign(c.to_string()));
                }
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    tokens
}

/// The text between the quotes, and how long it is with them.
fn quoted(rest: &str, quote: char) -> (String, usize) {
    let mut text = String::new();
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => {
                text.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            c if c == quote => return (text, at + 1),
            c => text.push(c),
        }
    }
    panic!("a text without an end: {rest}")
}

#[cfg(test)]
mod tests;
