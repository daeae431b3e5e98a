//! Deciding what an event is without parsing it.
//!
//! A key in its quotes occurs nowhere inside a JSON text, because the quotes would be escaped there. So a plain search for the bytes says
//! whether some object of the event has the key.

use std::sync::LazyLock;

use memchr::{memchr, memmem::Finder};

/// A key whose presence decides about an event.
pub(crate) struct Key(LazyLock<Finder<'static>>);

impl Key {
    /// A key of which `finder` finds the name with its quotes.
    pub(crate) const fn new(finder: fn() -> Finder<'static>) -> Self {
        Self(LazyLock::new(finder))
    }

    /// Whether an object of the event has the key with a value that says something: not `null`, `false` or an empty array.
    pub(crate) fn is_set(&self, event: &[u8]) -> bool {
        let finder = &*self.0;
        let mut rest = event;
        while let Some(at) = finder.find(rest) {
            rest = &rest[at + finder.needle().len()..];
            if let Some(value) = rest.trim_ascii_start().strip_prefix(b":")
                && says_something(value.trim_ascii_start())
            {
                return true;
            }
        }
        false
    }
}

fn says_something(value: &[u8]) -> bool {
    match value {
        [b'n' | b'f', ..] => false,
        [b'[', elements @ ..] => !elements.trim_ascii_start().starts_with(b"]"),
        _ => true,
    }
}

/// The value of `type` where it is the first key of the event, as it is with the providers themselves.
pub(crate) fn leading_type(event: &[u8]) -> Option<&[u8]> {
    let key = event.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start().strip_prefix(b"\"type\"")?;
    let value = key.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    memchr(b'"', value).map(|end| &value[..end])
}
