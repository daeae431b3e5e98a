//! The text of a statement as tokens. One pass from left to right, no recursion; every byte is looked at a bounded number of times.
//!
//! The one promise: what could be a part of a literal is inside of a token of kind [`Kind::Literal`] or [`Kind::Dubious`], or
//! belongs to no token.

mod quoted;

use super::{
    dialect::{Backslash, Dialect},
    keyword::Keyword,
};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or an unquoted identifier.
    Word(Keyword),
    /// A quoted identifier.
    Quoted,
    /// Something in double quotes that may be an identifier or a string.
    Dubious,
    /// A string, a number; or the rest of a text that can be read in more than one way.
    Literal,
    /// `$1`, `?`, `:name`, `@name`.
    Placeholder,
    /// Anything else: one character, or `::`.
    Punct,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    /// White space or a comment stands before it.
    pub(super) spaced: bool,
}

pub(super) struct Tokens<'t> {
    sql: &'t str,
    dialect: Dialect,
    at: usize,
    /// The kind and the end of the last token.
    last: Option<(Kind, usize)>,
    /// Nothing after this can be read with certainty.
    lost: bool,
}

impl<'t> Tokens<'t> {
    pub(super) fn of(sql: &'t str, dialect: Dialect) -> Self {
        Self { sql, dialect, at: 0, last: None, lost: false }
    }

    /// Where the last token ended.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.sql.as_bytes().get(at).copied()
    }

    fn rest(&self) -> &'t [u8] {
        self.sql.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The end of the run of bytes from `from` that `wanted` accepts.
    fn run(&self, from: usize, wanted: impl Fn(u8) -> bool) -> usize {
        let bytes = self.sql.as_bytes().get(from..).unwrap_or_default();
        from + bytes.iter().position(|byte| !wanted(*byte)).unwrap_or(bytes.len())
    }

    /// Goes on to the next token; true when something stood before it.
    fn skip_blanks(&mut self) -> bool {
        let start = self.at;
        loop {
            self.at = self.run(self.at, |byte| byte <= b' ' || byte == 0x7f);
            match self.rest() {
                [b'-', b'-', after @ ..] if self.starts_line_comment(after.first().copied()) => self.skip_line(),
                [b'#', ..] if self.dialect == Dialect::MySql => self.skip_line(),
                // MySQL runs what stands in such a comment.
                [b'/', b'*', b'!', ..] | [b'/', b'*', b'M', b'!', ..] if self.dialect == Dialect::MySql => {
                    self.lost = true;
                    break;
                }
                [b'/', b'*', ..] => self.skip_comment(),
                _ => break,
            }
        }
        self.at > start
    }

    fn starts_line_comment(&self, after: Option<u8>) -> bool {
        self.dialect != Dialect::MySql || after.is_none_or(|byte| byte <= b' ')
    }

    fn skip_line(&mut self) {
        self.at = self.run(self.at, |byte| byte != b'\n');
    }

    fn skip_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.rest() {
                [] => return,
                [b'/', b'*', ..] if depth == 0 || self.dialect.nests_comments() == Some(true) => {
                    depth += 1;
                    self.at += 2;
                }
                [b'/', b'*', ..] if self.dialect.nests_comments().is_none() => {
                    self.lost = true;
                    return;
                }
                [b'*', b'/', ..] => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    /// Reads a number; letters that cling to it go with it.
    fn number(&mut self) -> Kind {
        let hex = matches!(self.rest(), [b'0', b'x' | b'X', ..]);
        loop {
            self.at = self.run(self.at, is_name_byte);
            let exponent = !hex && matches!(self.byte(self.at.wrapping_sub(1)), Some(b'e' | b'E'));
            match self.rest() {
                [b'.', b'.', ..] => break,
                [b'.', next, ..] if is_name_start(*next) => break,
                [b'.', ..] => self.at += 1,
                [b'+' | b'-', next, ..] if exponent && next.is_ascii_digit() => self.at += 1,
                _ => break,
            }
        }
        Kind::Literal
    }

    /// Reads a word, or the string whose prefix it is.
    fn word(&mut self) -> Kind {
        let start = self.at;
        self.at = self.run(start, |byte| {
            is_name_byte(byte)
                || (byte == b'$' && self.dialect != Dialect::Other)
                || (byte == b'#' && self.dialect == Dialect::SqlServer)
        });
        let word = self.sql.get(start..self.at).unwrap_or_default();
        match self.byte(self.at) {
            Some(b'\'') => match word.as_bytes() {
                [b'e' | b'E'] if self.dialect == Dialect::PostgreSql => return self.string(self.at, Backslash::Escape),
                // Oracle's q'[…]' ends at its own bracket.
                [b'q' | b'Q'] | [b'n' | b'N', b'q' | b'Q'] if self.dialect == Dialect::Other => {
                    self.lost = true;
                    return Kind::Literal;
                }
                [b'b' | b'B' | b'e' | b'E' | b'n' | b'N' | b'r' | b'R' | b'x' | b'X'] => {
                    return self.string(self.at, self.dialect.backslash());
                }
                _ => {}
            },
            Some(b'&') if word.eq_ignore_ascii_case("u") && self.byte(self.at + 1) == Some(b'\'') => {
                return self.string(self.at + 1, self.dialect.backslash());
            }
            _ => {}
        }
        Kind::Word(Keyword::of(word))
    }

    fn read(&mut self, first: u8) -> Kind {
        let start = self.at;
        let second = self.byte(start + 1);
        let clings = self.last.is_some_and(|(kind, end)| end == start && matches!(kind, Kind::Word(_) | Kind::Quoted));
        match first {
            b'\'' => self.string(start, self.dialect.backslash()),
            b'"' => self.double_quoted(),
            b'`' if self.dialect.has_backticks() => self.named(b'`'),
            b'[' if self.dialect.has_bracket_names() => self.named(b']'),
            b'$' => self.dollar(),
            b'0'..=b'9' => self.number(),
            b'.' if !clings && second.is_some_and(|byte| byte.is_ascii_digit()) => self.number(),
            b'#' if self.dialect == Dialect::SqlServer => self.word(),
            b'#' if self.dialect == Dialect::Other => {
                self.lost = true;
                Kind::Literal
            }
            b'?' => {
                self.at += 1;
                if self.dialect == Dialect::Sqlite {
                    self.at = self.run(self.at, |byte| byte.is_ascii_digit());
                }
                Kind::Placeholder
            }
            b':' if second == Some(b':') => {
                self.at += 2;
                Kind::Punct
            }
            b':' | b'@' => {
                let name = self.run(start + 1, |byte| byte == b'@');
                if self.byte(name).is_some_and(is_name_start) {
                    self.at = self.run(name, is_name_byte);
                    Kind::Placeholder
                } else {
                    self.at += 1;
                    Kind::Punct
                }
            }
            _ if is_name_start(first) => self.word(),
            _ => {
                self.at += 1;
                Kind::Punct
            }
        }
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        if self.lost {
            return None;
        }
        let spaced = self.skip_blanks();
        let start = self.at;
        let first = self.byte(start)?;
        let kind = if self.lost { Kind::Literal } else { self.read(first) };
        if self.lost {
            self.at = self.sql.len();
        }
        self.last = Some((kind, self.at));
        Some(Token { kind, text: self.sql.get(start..self.at).unwrap_or_default(), spaced })
    }
}

/// Letters of other scripts are letters.
fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
