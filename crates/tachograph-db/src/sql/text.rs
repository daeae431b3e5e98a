//! The text of a statement without its literals, bounded, and with lists of values of any length written as one.

use super::{
    MAX_TEXT,
    keyword::Keyword,
    token::{Kind, Token},
};

/// A list whose length depends on the data.
#[derive(Clone, Copy)]
struct List {
    /// The level of parentheses that its items stand on.
    depth: usize,
    /// Items are single values (`IN (1, 2)`), not rows alone (`VALUES (1), (2)`).
    of_values: bool,
    /// The first item is written; further ones are not.
    seen: bool,
    /// A comma was read that is written only before something that is no item.
    comma: bool,
    /// The type of a value follows (`$1::uuid`).
    cast: bool,
}

#[derive(Default)]
pub(super) struct Text {
    out: String,
    full: bool,
    depth: usize,
    lists: Vec<List>,
    /// The level that ends what is left out.
    omitted_to: Option<usize>,
    before: Option<Keyword>,
}

impl Text {
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// Adds a token; a hidden one as `?`.
    pub(super) fn push(&mut self, token: &Token<'_>, hidden: bool) {
        let before = self.before.take();
        if self.full {
            return;
        }
        if let Kind::Word(word) = token.kind {
            self.before = Some(word);
        }
        match token.text {
            _ if token.kind != Kind::Punct => self.other(token, hidden),
            "(" | "[" => self.open(token, before),
            ")" | "]" => self.close(token),
            _ => self.other(token, hidden),
        }
        if self.before == Some(Keyword::Values) && self.omitted_to.is_none() {
            self.lists.push(List { depth: self.depth, of_values: false, seen: false, comma: false, cast: false });
        }
    }

    fn open(&mut self, token: &Token<'_>, before: Option<Keyword>) {
        let depth = self.depth;
        self.depth += 1;
        if self.omitted_to.is_some() {
            return;
        }
        match self.current(depth) {
            Some(list) if list.seen && list.comma => {
                list.comma = false;
                self.omitted_to = Some(depth);
                return;
            }
            // A function of which the argument is a value: no list of values.
            Some(list) if list.seen => self.end_list(),
            _ => {}
        }
        self.write(token.spaced, token.text);
        if matches!(before, Some(Keyword::In | Keyword::Array)) {
            self.lists.push(List { depth: depth + 1, of_values: true, seen: false, comma: false, cast: false });
        }
    }

    fn close(&mut self, token: &Token<'_>) {
        let omitted = self.omitted_to.is_some();
        if !omitted && self.current(self.depth).is_some() {
            // The comma that waits belongs to items that are left out.
            self.lists.pop();
        }
        self.depth = self.depth.saturating_sub(1);
        let depth = self.depth;
        if self.omitted_to.is_some_and(|outer| outer >= depth) {
            self.omitted_to = None;
        } else if !omitted {
            self.write(token.spaced, token.text);
        }
        if self.omitted_to.is_none()
            && let Some(list) = self.current(depth)
        {
            list.seen = true;
        }
    }

    fn other(&mut self, token: &Token<'_>, hidden: bool) {
        if self.omitted_to.is_some() {
            return;
        }
        let is_value = hidden
            || matches!(token.kind, Kind::Placeholder | Kind::Word(Keyword::Null | Keyword::True | Keyword::False));
        let depth = self.depth;
        if let Some(list) = self.current(depth) {
            match token.text {
                "," if list.seen && !list.comma => {
                    list.comma = true;
                    return;
                }
                // The sign of a number.
                "-" | "+" if list.of_values && (list.comma || !list.seen) => return,
                "::" if list.of_values && list.seen && !list.comma => {
                    list.cast = true;
                    return;
                }
                _ if list.cast => {
                    list.cast = false;
                    return;
                }
                _ if is_value && list.of_values && list.seen && list.comma => {
                    list.comma = false;
                    return;
                }
                _ if is_value && list.of_values && !list.seen => {
                    list.seen = true;
                    return self.write(token.spaced, "?");
                }
                _ => self.end_list(),
            }
        }
        self.write(token.spaced, if hidden { "?" } else { token.text });
    }

    /// The list whose items stand on this level.
    fn current(&mut self, depth: usize) -> Option<&mut List> {
        self.lists.last_mut().filter(|list| list.depth == depth)
    }

    /// What comes is no item: it is written, and what follows.
    fn end_list(&mut self) {
        if let Some(list) = self.lists.pop()
            && list.comma
        {
            self.write(false, ",");
        }
    }

    fn write(&mut self, spaced: bool, text: &str) {
        let space = usize::from(spaced && !self.out.is_empty());
        if self.out.len() + space + text.len() > MAX_TEXT {
            self.full = true;
            return;
        }
        if space > 0 {
            self.out.push(' ');
        }
        self.out.push_str(text);
    }
}
