//! The texts of an event, one behind the other, each within its limit and without secrets.

use std::fmt::{self, Write as _};

use crate::logs::redact::redact;

/// The longest message, in bytes.
pub(super) const MAX_MESSAGE: usize = 16 * 1024;
/// The longest value of a field, in bytes.
pub(super) const MAX_VALUE: usize = 8 * 1024;

/// Where a text lies.
#[derive(Clone, Copy, Debug)]
pub(in crate::logs) struct Text {
    start: usize,
    end: usize,
    /// The bytes that it had, where it was cut.
    pub(in crate::logs) cut: Option<usize>,
}

#[derive(Debug, Default)]
pub(in crate::logs) struct Texts {
    all: String,
}

impl Texts {
    /// Formats a text and keeps its first `limit` bytes. A value that fails to be formatted is kept as far as it came.
    pub(in crate::logs) fn take(&mut self, text: fmt::Arguments<'_>, limit: usize) -> Text {
        let start = self.all.len();
        let mut bounded = Bounded { all: &mut self.all, end: start + limit, total: 0, full: false };
        let _ = bounded.write_fmt(text);
        let cut = bounded.full.then_some(bounded.total);
        redact(&mut self.all, start, cut.is_some());
        Text { start, end: self.all.len(), cut }
    }

    pub(in crate::logs) fn get(&self, text: Text) -> &str {
        &self.all[text.start..text.end]
    }

    pub(super) fn clear(&mut self) {
        self.all.clear();
    }

    pub(super) fn capacity(&self) -> usize {
        self.all.capacity()
    }
}

/// Takes what there is room for and counts the rest.
struct Bounded<'a> {
    all: &'a mut String,
    end: usize,
    total: usize,
    full: bool,
}

impl fmt::Write for Bounded<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.total = self.total.saturating_add(text.len());
        if self.full {
            return Ok(());
        }
        let room = self.end - self.all.len();
        self.full = text.len() > room;
        self.all.push_str(&text[..text.floor_char_boundary(room.min(text.len()))]);
        Ok(())
    }
}
