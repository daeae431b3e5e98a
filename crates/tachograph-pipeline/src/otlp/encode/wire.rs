//! The wire format of protobuf: fields with their tags, lengths before their contents, and texts that are cut to a length.

use std::time::{SystemTime, UNIX_EPOCH};

/// Ends a text that was cut, and stands for what was left out.
pub(super) const CUT: &str = "…";

/// The lengths of open messages may take a few bytes more than they will in the end.
const SLACK: usize = 512;

/// A buffer that messages are appended to.
///
/// The length of a message is patched in when its end is known: the room kept for it is nearly always the right one, while a first
/// pass over the data for its size was measured at an eighth of all the encoding.
pub(super) struct Writer {
    buffer: Vec<u8>,
    ceiling: usize,
    longest_text: usize,
    /// Something did not fit below the ceiling and was left out: what was written since [`Writer::restart`] is of no use.
    overflown: bool,
    /// A text was cut, or a value replaced.
    pub(super) shortened: bool,
}

/// Bytes of `value` as a varint.
pub(super) const fn varint_len(value: usize) -> usize {
    // 1 + floor(log2(value) / 7), as 9/64 of the significant bits.
    ((usize::BITS - (value | 1).leading_zeros()) as usize * 9 + 64) / 64
}

/// Bytes of a field with a tag of one byte, a length, and `content` bytes.
pub(super) const fn field_len(content: usize) -> usize {
    1 + varint_len(content) + content
}

/// Like the OpenTelemetry exporters: what lies before 1970 is 1970.
pub(super) fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs().wrapping_mul(1_000_000_000).wrapping_add(u64::from(since.subsec_nanos()))
}

impl Writer {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        let buffer = Vec::with_capacity(capacity);
        Self { buffer, ceiling: usize::MAX, longest_text: usize::MAX, overflown: false, shortened: false }
    }

    /// Forgets what lies behind `start`. What comes next may take `budget` bytes, and texts `longest_text` bytes each.
    pub(super) fn restart(&mut self, start: usize, budget: usize, longest_text: usize) {
        self.buffer.truncate(start);
        self.ceiling = start.saturating_add(budget).saturating_add(SLACK);
        self.longest_text = longest_text;
        self.overflown = false;
        self.shortened = false;
    }

    /// Whether everything since `start` was written and takes no more than `budget`.
    pub(super) fn fits(&self, start: usize, budget: usize) -> bool {
        !self.overflown && self.buffer.len().saturating_sub(start) <= budget
    }

    pub(super) fn len(&self) -> usize {
        self.buffer.len()
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.buffer
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &[u8] {
        self.buffer.get(start..end).unwrap_or_default()
    }

    /// Keeps what lies behind `start` alone.
    pub(super) fn keep_from(&mut self, start: usize) {
        self.buffer.drain(..start.min(self.buffer.len()));
    }

    pub(super) fn into_inner(self) -> Vec<u8> {
        self.buffer
    }

    #[inline]
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        if self.buffer.len() + bytes.len() > self.ceiling {
            self.overflown = true;
            return;
        }
        self.buffer.extend_from_slice(bytes);
    }

    #[inline]
    pub(super) fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.buffer.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.buffer.push(value as u8);
    }

    /// A few bytes whose number is known to the compiler.
    #[inline]
    pub(super) fn raw<const N: usize>(&mut self, bytes: [u8; N]) {
        self.buffer.extend_from_slice(&bytes);
    }

    /// Tag and length of a field; its content is to follow.
    #[inline]
    pub(super) fn head(&mut self, tag: u8, length: usize) {
        if length < 0x80 {
            self.buffer.extend_from_slice(&[tag, length as u8]);
        } else {
            self.buffer.push(tag);
            self.varint(length as u64);
        }
    }

    /// A text or bytes, whatever their length; nothing if empty, as protobuf has it.
    #[inline]
    pub(super) fn field(&mut self, tag: u8, content: &[u8]) {
        if !content.is_empty() {
            self.head(tag, content.len());
            self.bytes(content);
        }
    }

    /// A number as a varint; nothing if zero.
    #[inline]
    pub(super) fn number(&mut self, tag: u8, value: u64) {
        if value != 0 {
            self.buffer.push(tag);
            self.varint(value);
        }
    }

    /// A number of eight bytes, also if zero.
    #[inline]
    pub(super) fn fixed64(&mut self, tag: u8, value: [u8; 8]) {
        let mut field = [tag; 9];
        field[1..].copy_from_slice(&value);
        self.buffer.extend_from_slice(&field);
    }

    /// A number of eight bytes; nothing if zero.
    #[inline]
    pub(super) fn number64(&mut self, tag: u8, value: u64) {
        if value != 0 {
            self.fixed64(tag, value.to_le_bytes());
        }
    }

    /// What of `text` may stay, and what comes after it.
    #[inline]
    pub(super) fn cut<'t>(&mut self, text: &'t str) -> (&'t str, &'static str) {
        if text.len() <= self.longest_text {
            return (text, "");
        }
        self.shortened = true;
        let end = text.floor_char_boundary(self.longest_text.saturating_sub(CUT.len()));
        (text.get(..end).unwrap_or_default(), CUT)
    }

    /// Whether bytes, which cannot be cut, may stay.
    pub(super) fn may_keep(&mut self, bytes: &[u8]) -> bool {
        let keep = bytes.len() <= self.longest_text;
        self.shortened |= !keep;
        keep
    }

    /// A message whose length is known at its end; `WIDTH` bytes are kept for it.
    #[inline]
    pub(super) fn message<const WIDTH: usize>(&mut self, tag: u8, content: impl FnOnce(&mut Self)) {
        if self.overflown || self.buffer.len() > self.ceiling {
            self.overflown = true;
            return;
        }
        self.buffer.push(tag);
        let start = self.buffer.len();
        self.buffer.extend_from_slice(&[0; WIDTH]);
        content(self);
        self.close::<WIDTH>(start);
    }

    /// Numbers one after another; nothing if there are none.
    pub(super) fn packed(&mut self, tag: u8, content: impl FnOnce(&mut Self)) {
        let before = self.buffer.len();
        self.message::<1>(tag, content);
        if self.buffer.len() == before + 2 {
            self.buffer.truncate(before);
        }
    }

    #[inline]
    fn close<const WIDTH: usize>(&mut self, start: usize) {
        let mut length = self.buffer.len().saturating_sub(start + WIDTH);
        let width = varint_len(length);
        if width != WIDTH {
            self.shift(start + WIDTH, start + width);
        }
        for byte in self.buffer.iter_mut().skip(start).take(width) {
            *byte = length as u8 | 0x80;
            length >>= 7;
        }
        if let Some(last) = self.buffer.get_mut(start + width - 1) {
            *last &= 0x7f;
        }
    }

    /// Moves what lies behind `from` so that it begins at `to`.
    #[cold]
    fn shift(&mut self, from: usize, to: usize) {
        let end = self.buffer.len();
        if to > from {
            self.buffer.resize(end + (to - from), 0);
        }
        self.buffer.copy_within(from..end, to);
        self.buffer.truncate(end - from + to);
    }
}
