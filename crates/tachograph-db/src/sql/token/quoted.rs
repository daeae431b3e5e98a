//! What stands between quotes: the tokens in which literals are.

use super::{
    super::{
        dialect::{Backslash, Dialect, DoubleQuotes},
        keyword::Keyword,
    },
    Kind, Tokens, is_name_byte,
};

impl Tokens<'_> {
    /// The end of what is quoted by `quote`, which stands at `open`. `None` when there is none, or none that is certain.
    fn quoted(&self, open: usize, quote: u8, backslash: Backslash) -> Option<usize> {
        let body = open + 1;
        let mut at = body;
        loop {
            at = self.run(at, |byte| byte != quote && byte != b'\\');
            match self.byte(at)? {
                b'\\' => {
                    let end = self.run(at, |byte| byte == b'\\');
                    let odd = (end - at) % 2 == 1;
                    let before_quote = odd && self.byte(end) == Some(quote);
                    at = match backslash {
                        Backslash::Escape if before_quote => end + 1,
                        Backslash::Ambiguous if before_quote && !self.is_escape_clause(body, end) => return None,
                        _ => end,
                    };
                }
                _ if self.byte(at + 1) == Some(quote) => at += 2,
                _ => return Some(at + 1),
            }
        }
    }

    /// `ESCAPE '\'`, which PostgreSQL's way to read a string allows: nobody writes it for the other one.
    fn is_escape_clause(&self, body: usize, end: usize) -> bool {
        self.dialect == Dialect::PostgreSql
            && end == body + 1
            && self.last.is_some_and(|(kind, _)| kind == Kind::Word(Keyword::Escape))
            && self.byte(end + 1) != Some(b'\'')
    }

    /// Reads a string whose quote stands at `open`.
    pub(super) fn string(&mut self, open: usize, backslash: Backslash) -> Kind {
        match self.quoted(open, b'\'', backslash) {
            Some(end) => self.at = end,
            None => self.lost = true,
        }
        Kind::Literal
    }

    /// Reads what stands in double quotes.
    pub(super) fn double_quoted(&mut self) -> Kind {
        let backslash = match self.dialect.double_quotes() {
            DoubleQuotes::Identifier => Backslash::Plain,
            _ => self.dialect.backslash(),
        };
        let after_dot = self.last.is_some_and(|(kind, end)| kind == Kind::Punct && self.byte(end - 1) == Some(b'.'));
        let Some(end) = self.quoted(self.at, b'"', backslash) else {
            self.lost = true;
            return Kind::Literal;
        };
        self.at = end;
        let next = self.run(end, |byte| byte <= b' ');
        let before_dot =
            self.byte(next) == Some(b'.') && !self.byte(next + 1).is_some_and(|byte| byte.is_ascii_digit());
        match self.dialect.double_quotes() {
            DoubleQuotes::Identifier => Kind::Quoted,
            DoubleQuotes::Dubious if after_dot || before_dot => Kind::Quoted,
            DoubleQuotes::Dubious => Kind::Dubious,
            DoubleQuotes::Literal => Kind::Literal,
        }
    }

    /// Reads an identifier between `open` and `close`.
    pub(super) fn named(&mut self, close: u8) -> Kind {
        match self.quoted(self.at, close, Backslash::Plain) {
            Some(end) => {
                self.at = end;
                Kind::Quoted
            }
            None => {
                self.lost = true;
                Kind::Literal
            }
        }
    }

    /// Reads `$tag$…$tag$`, `$1`, `$name`.
    pub(super) fn dollar(&mut self) -> Kind {
        let start = self.at;
        let tag = self.run(start + 1, is_name_byte);
        let digits = self.byte(start + 1).is_some_and(|byte| byte.is_ascii_digit());
        if self.dialect.has_dollar_quotes() && !digits && self.byte(tag) == Some(b'$') {
            let delimiter = self.sql.get(start..=tag).unwrap_or("$");
            match self.sql.get(tag + 1..).and_then(|rest| rest.find(delimiter)) {
                Some(length) => self.at = tag + 1 + length + delimiter.len(),
                None => self.lost = true,
            }
            return Kind::Literal;
        }
        if tag == start + 1 {
            self.at = tag;
            return Kind::Punct;
        }
        if digits && !self.dialect.has_dollar_placeholders() {
            self.at = start + 1;
            return self.number();
        }
        self.at = tag;
        Kind::Placeholder
    }
}
