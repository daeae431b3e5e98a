//! Recognising an event that differs from an earlier one in its texts alone.
//!
//! The events of a stream repeat each other but for the next few words (and for one or two more texts, such as a time or padding). Comparing
//! is several times as fast as searching for keys, and as safe: where the bytes outside the texts are the same, the keys and all other
//! values are the same.

use memchr::memchr2;

/// More texts than this do not change from one ordinary event to the next.
const MAX_TEXTS: usize = 4;

/// After so many events without a match there is no use in looking for a pattern.
const MAX_MISSES: u8 = 16;

/// An event, and where in it the texts are that may be different.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pattern {
    event: Vec<u8>,
    /// From the first byte of a text to its closing quote.
    texts: [(usize, usize); MAX_TEXTS],
    count: usize,
    is_set: bool,
    misses: u8,
}

impl Pattern {
    /// Whether the event has all that the pattern's event has, and nothing else.
    pub(crate) fn matches(&mut self, event: &[u8]) -> bool {
        let matches = self.is_set && self.compare(event).is_some();
        if matches {
            self.misses = 0;
        }
        matches
    }

    fn compare(&self, event: &[u8]) -> Option<()> {
        let (mut from, mut rest) = (0, event);
        for &(start, end) in &self.texts[..self.count] {
            rest = rest.strip_prefix(&self.event[from..start])?;
            rest = &rest[closing_quote(rest)?..];
            from = end;
        }
        (rest == &self.event[from..]).then_some(())
    }

    /// Makes a pattern of this event and the last one, if they differ in texts alone.
    pub(crate) fn learn(&mut self, event: &[u8]) {
        if self.misses >= MAX_MISSES {
            return;
        }
        self.misses += 1;
        self.is_set = self.find_texts(event).is_some();
        if !self.is_set {
            self.event.clear();
            self.event.extend_from_slice(event);
        }
    }

    fn find_texts(&mut self, event: &[u8]) -> Option<()> {
        self.count = 0;
        let (mut here, mut there) = (0, 0);
        loop {
            let (known, new) = (&self.event[here..], &event[there..]);
            let same = known.iter().zip(new).take_while(|(known, new)| known == new).count();
            if same == known.len() && same == new.len() {
                return Some(());
            }
            // The text in which they part begins with the last quote that they share, and is a value.
            let quote = memchr::memrchr(b'"', &known[..same])?;
            if !known[..quote].trim_ascii_end().ends_with(b":") {
                return None;
            }
            let start = quote + 1;
            let end = start + closing_quote(&known[start..])?;
            *self.texts.get_mut(self.count)? = (here + start, here + end);
            self.count += 1;
            there += start + closing_quote(&new[start..])?;
            here += end;
        }
    }
}

/// Where the text ends that these bytes are in.
fn closing_quote(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}
