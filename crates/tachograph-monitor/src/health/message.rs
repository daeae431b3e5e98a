//! Messages of checks as they may be shown.

use std::{
    any::Any,
    error::Error,
    fmt::{self, Write as _},
    mem,
};

/// In characters, the `…` at the cut included.
const LIMIT: usize = 500;

/// The text without what could break a line or turn it around, and not too long. No more is made of it than is kept.
pub(super) fn clean(text: impl fmt::Display) -> String {
    let mut kept = Kept { text: String::new(), chars: 0, cut: false };
    // Fails when there is enough, or when the text could not be made: then what there is of it has to do.
    let _ = write!(kept, "{text:#}");
    if kept.cut {
        kept.text.pop();
        kept.text.push('…');
    }
    let trimmed = kept.text.trim();
    if trimmed.is_empty() { "no message".to_owned() } else { trimmed.to_owned() }
}

struct Kept {
    text: String,
    chars: usize,
    cut: bool,
}

impl fmt::Write for Kept {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if self.chars == LIMIT {
                self.cut = true;
                return Err(fmt::Error);
            }
            self.text.push(shown(c));
            self.chars += 1;
        }
        Ok(())
    }
}

fn shown(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' => ' ',
        // Separators of lines, and what turns the direction of the text that follows.
        '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

/// An error with its causes, those left out that the one before them repeats.
pub(super) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    // Nothing keeps an error from being its own cause.
    for _ in 0..16 {
        let Some(error) = cause else { break };
        let told = error.to_string();
        if !text.contains(&told) {
            let _ = write!(text, ": {told}");
        }
        cause = error.source();
    }
    text
}

/// What a panic said.
pub(super) fn of_panic(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(text) => format!("panicked: {text}"),
        Err(payload) => match payload.downcast::<&'static str>() {
            Ok(text) => format!("panicked: {text}"),
            Err(payload) => {
                // Dropping a value of nobody knows which type could panic once more.
                mem::forget(payload);
                "panicked".to_owned()
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use std::{io, panic::catch_unwind};

    use super::*;

    #[test]
    fn what_breaks_lines_is_replaced() {
        assert_eq!(clean(" a\nb\tc\r\n"), "a b c");
        assert_eq!(clean("a\u{1b}[31m\0b\u{7f}\u{85}"), "a\u{fffd}[31m\u{fffd}b\u{fffd}\u{fffd}");
        assert_eq!(clean("a\u{202e}b\u{2066}c\u{2028}d"), "a\u{fffd}b\u{fffd}c\u{fffd}d");
        assert_eq!(clean("größe ✓ \u{200d}"), "größe ✓ \u{200d}");
        for blank in ["", " \n "] {
            assert_eq!(clean(blank), "no message");
        }
    }

    #[test]
    fn a_long_text_is_cut_at_500_characters_and_says_so() {
        assert_eq!(clean("ä".repeat(500)), "ä".repeat(500));
        assert_eq!(clean("ä".repeat(501)), "ä".repeat(499) + "…");
        let megabyte = clean("\u{1}".repeat(1 << 20));
        assert_eq!(megabyte, "\u{fffd}".repeat(499) + "…");
    }

    #[test]
    fn no_more_of_a_text_is_made_than_is_kept() {
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("again ")?;
                }
            }
        }
        assert!(clean(Endless).starts_with("again again"));
    }

    #[test]
    fn causes_are_told_once() {
        #[derive(Debug)]
        struct Outer(&'static str, io::Error);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }
        impl Error for Outer {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&self.1)
            }
        }
        assert_eq!(with_causes(&Outer("cannot connect", io::Error::other("refused"))), "cannot connect: refused");
        assert_eq!(with_causes(&Outer("io: refused", io::Error::other("refused"))), "io: refused");
    }

    #[test]
    fn a_panic_is_told_by_its_message() {
        let told = |panic: fn()| of_panic(catch_unwind(panic).unwrap_err());
        assert_eq!(told(|| panic!("at {}", 7)), "panicked: at 7");
        assert_eq!(told(|| panic!("plain")), "panicked: plain");
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("in drop");
            }
        }
        assert_eq!(told(|| std::panic::panic_any(Bomb)), "panicked");
    }
}
