use super::{Frame, Sink};

/// Bytes of a text that stay when an event is shortened; ids, names and error codes are shorter.
const KEPT_OF_A_TEXT: usize = 256;

/// Bytes that stay of numbers in a row, such as those of an embedding; no figure that matters is in such a row.
const KEPT_OF_NUMBERS: usize = 64;

/// An event that came in more than one piece, or that is longer than its limit.
#[derive(Clone, Debug)]
pub(super) struct Assembly {
    bytes: Vec<u8>,
    limit: usize,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Whole,
    /// The event outgrew its limit: long texts are cut.
    Shortened(Shortener),
    /// Even shortened it is too long: the rest of it goes by.
    Lost,
}

impl Assembly {
    pub(super) fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, state: State::Whole }
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && matches!(self.state, State::Whole)
    }

    pub(super) fn extend(&mut self, piece: &[u8]) {
        match &mut self.state {
            State::Whole if piece.len() <= self.limit.saturating_sub(self.bytes.len()) => {
                self.bytes.extend_from_slice(piece);
            }
            State::Whole => {
                let mut shortener = Shortener::default();
                let head = std::mem::take(&mut self.bytes);
                shortener.copy(&head, &mut self.bytes, self.limit);
                shortener.copy(piece, &mut self.bytes, self.limit);
                self.state = State::Shortened(shortener);
            }
            State::Shortened(shortener) => shortener.copy(piece, &mut self.bytes, self.limit),
            State::Lost => return,
        }
        if matches!(&self.state, State::Shortened(shortener) if shortener.full) {
            self.bytes = Vec::new();
            self.state = State::Lost;
        }
    }

    /// Hands on what was assembled and starts anew.
    pub(super) fn emit(&mut self, sink: &mut impl Sink) {
        match self.state {
            State::Whole if self.bytes.is_empty() => {}
            State::Whole => sink.frame(Frame::of(&self.bytes)),
            State::Shortened(_) => {
                sink.losses().shortened += 1;
                sink.frame(Frame::of(&self.bytes));
            }
            State::Lost => sink.losses().skipped += 1,
        }
        self.clear();
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.state = State::Whole;
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Copies JSON and leaves out the ends of long texts and of long rows of numbers in it.
///
/// A cut of a text falls between characters and between escapes, and never between the two halves of a surrogate pair. A row of numbers is
/// cut before a comma.
#[derive(Clone, Copy, Debug, Default)]
struct Shortener {
    in_text: bool,
    /// Bytes of the current text, or of the current row of numbers, so far.
    length: usize,
    /// From here to its end the text or the row is left out.
    cutting: bool,
    escape: Escape,
    /// The last escape was the first half of a surrogate pair.
    after_high_surrogate: bool,
    full: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum Escape {
    #[default]
    None,
    Begun,
    /// Digits that are still to come, and what the ones so far say.
    Unicode(u8, u32),
}

impl Shortener {
    fn copy(&mut self, from: &[u8], to: &mut Vec<u8>, limit: usize) {
        for &byte in from {
            if self.full {
                return;
            }
            let was_cut_row = self.cutting && !self.in_text;
            if self.keeps(byte) {
                if was_cut_row && !matches!(byte, b']' | b'}') {
                    // Something else follows the numbers, and the comma before it was left out.
                    to.push(b',');
                }
                self.full = to.len() >= limit;
                to.push(byte);
            }
        }
    }

    fn keeps_outside(&mut self, byte: u8) -> bool {
        let is_of_row =
            matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E' | b',') || byte.is_ascii_whitespace();
        if is_of_row {
            self.length += 1;
            self.cutting |= self.length > KEPT_OF_NUMBERS && byte == b',';
            return !self.cutting;
        }
        self.in_text = byte == b'"';
        self.length = 0;
        self.cutting = false;
        true
    }

    fn keeps(&mut self, byte: u8) -> bool {
        if !self.in_text {
            return self.keeps_outside(byte);
        }
        self.length += 1;
        match self.escape {
            Escape::Begun => self.escape = if byte == b'u' { Escape::Unicode(4, 0) } else { Escape::None },
            Escape::Unicode(left, code) => {
                let code = code << 4 | char::from(byte).to_digit(16).unwrap_or_default();
                self.after_high_surrogate = left == 1 && (0xD800..0xDC00).contains(&code);
                self.escape = if left == 1 { Escape::None } else { Escape::Unicode(left - 1, code) };
            }
            Escape::None if byte == b'"' => {
                self.in_text = false;
                self.length = 0;
                self.cutting = false;
                return true;
            }
            Escape::None => {
                let continues_a_character = byte & 0xC0 == 0x80 || self.after_high_surrogate;
                self.cutting |= self.length > KEPT_OF_A_TEXT && !continues_a_character;
                self.after_high_surrogate = false;
                if byte == b'\\' {
                    self.escape = Escape::Begun;
                }
            }
        }
        !self.cutting
    }
}
