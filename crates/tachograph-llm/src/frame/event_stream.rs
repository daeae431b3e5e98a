//! The binary framing of AWS, after <https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html>.
//!
//! | part | bytes |
//! |---|---|
//! | length of the message, all parts counted | 4, big endian like all numbers here |
//! | length of the headers | 4 |
//! | checksum of these two | 4 |
//! | headers: length of the name (1), name, type (1), value | as said |
//! | payload | the rest |
//! | checksum of the message | 4 |
//!
//! The checksums are not verified: TLS did that already, and a wrong figure here costs one reading and no money.

use super::{Frame, Sink, assembly::Assembly};
use crate::Limits;

const PRELUDE: usize = 12;
const CHECKSUM: usize = 4;
/// No message is longer than this; a greater length means that this is another framing.
const MAX_MESSAGE: usize = 24 * 1024 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct EventStream {
    limit: usize,
    partial: Assembly,
    /// Bytes of a message that is too long which are still to come.
    skipping: usize,
    /// The lengths made no sense: there is no way to find the next message.
    lost: bool,
}

impl EventStream {
    pub(super) fn new(limits: Limits) -> Self {
        // A prelude must fit, or no message could ever be skipped.
        let limit = limits.event.max(PRELUDE);
        Self { limit, partial: Assembly::new(limit), skipping: 0, lost: false }
    }

    pub(super) fn push(&mut self, chunk: &[u8], sink: &mut impl Sink) {
        let mut rest = chunk;
        while !rest.is_empty() && !self.lost {
            if self.skipping > 0 {
                let gone = self.skipping.min(rest.len());
                self.skipping -= gone;
                rest = &rest[gone..];
                continue;
            }
            rest = if self.partial.is_empty() { self.begin_message(rest, sink) } else { self.go_on(rest, sink) };
        }
    }

    pub(super) fn finish(&mut self, sink: &mut impl Sink) {
        if !self.partial.is_empty() {
            sink.losses().malformed += 1;
        }
        self.partial.clear();
    }

    /// A message that begins in this chunk; gives back what follows it.
    fn begin_message<'c>(&mut self, rest: &'c [u8], sink: &mut impl Sink) -> &'c [u8] {
        let Some(prelude) = rest.first_chunk::<PRELUDE>() else {
            self.partial.extend(rest);
            return &[];
        };
        let Some(length) = self.message_length(prelude, sink) else { return rest };
        match rest.split_at_checked(length) {
            Some((message, after)) => {
                emit(message, sink);
                after
            }
            None => {
                self.partial.extend(rest);
                &[]
            }
        }
    }

    /// A message that began in an earlier chunk; gives back what follows it.
    fn go_on<'c>(&mut self, rest: &'c [u8], sink: &mut impl Sink) -> &'c [u8] {
        let wanted = match self.partial.bytes().first_chunk::<PRELUDE>() {
            None => PRELUDE,
            Some(prelude) => lengths(prelude).0,
        };
        let missing = wanted.saturating_sub(self.partial.bytes().len()).min(rest.len());
        let (piece, after) = rest.split_at(missing);
        self.partial.extend(piece);
        let have = self.partial.bytes().len();
        if have == PRELUDE {
            if let Some(prelude) = self.partial.bytes().first_chunk::<PRELUDE>().copied()
                && self.message_length(&prelude, sink).is_none()
            {
                self.skipping = self.skipping.saturating_sub(PRELUDE);
                self.partial.clear();
            }
        } else if have == wanted {
            emit(self.partial.bytes(), sink);
            self.partial.clear();
        }
        after
    }

    /// The length of a message that can be read; for others it is decided what happens instead.
    fn message_length(&mut self, prelude: &[u8; PRELUDE], sink: &mut impl Sink) -> Option<usize> {
        let (length, headers) = lengths(prelude);
        if length > MAX_MESSAGE || headers.saturating_add(PRELUDE + CHECKSUM) > length {
            self.lost = true;
            sink.losses().malformed += 1;
            return None;
        }
        if length > self.limit {
            self.skipping = length;
            sink.losses().skipped += 1;
            return None;
        }
        Some(length)
    }
}

/// Length of the message and of its headers.
fn lengths(prelude: &[u8; PRELUDE]) -> (usize, usize) {
    let number = |at: usize| u32::from_be_bytes([prelude[at], prelude[at + 1], prelude[at + 2], prelude[at + 3]]);
    (number(0) as usize, number(4) as usize)
}

fn emit(message: &[u8], sink: &mut impl Sink) {
    match read(message) {
        Some(frame) => sink.frame(frame),
        None => sink.losses().malformed += 1,
    }
}

fn read(message: &[u8]) -> Option<Frame<'_>> {
    let (_, headers_length) = lengths(message.first_chunk()?);
    let body = message.get(PRELUDE..message.len().checked_sub(CHECKSUM)?)?;
    let (mut headers, data) = body.split_at_checked(headers_length)?;
    let mut frame = Frame::of(data);
    while !headers.is_empty() {
        let (name, value, rest) = header(headers)?;
        match name {
            b":event-type" => frame.name = value,
            b":exception-type" | b":error-code" => {
                frame.exception = true;
                frame.name = value;
            }
            b":message-type" => frame.exception |= value != b"event",
            _ => {}
        }
        headers = rest;
    }
    Some(frame)
}

/// Name, value (of texts and bytes; empty for other types) and what follows.
fn header(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (&length, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked(length.into())?;
    let (&kind, rest) = rest.split_first()?;
    let fixed = match kind {
        0 | 1 => 0,
        2 => 1,
        3 => 2,
        4 => 4,
        5 | 8 => 8,
        9 => 16,
        6 | 7 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            let (value, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
            return Some((name, value, rest));
        }
        _ => return None,
    };
    Some((name, &[], rest.split_at_checked(fixed)?.1))
}
