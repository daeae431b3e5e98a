//! Server-sent events, after <https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation>.
//!
//! Only `data` counts: every provider repeats the name of an event in its data. Unlike a browser, the end of the body hands on an event that
//! lacks its blank line: servers forget it, and the last event is the one with the usage.

use memchr::memchr2;

use super::{Frame, Sink, assembly::Assembly};
use crate::Limits;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The longest thing that must be seen of a line to know what it is: `data: `.
const HEAD: usize = 6;

#[derive(Clone, Debug)]
pub(crate) struct Sse {
    limit: usize,
    /// The data of the event, where it could not stay in the chunk.
    data: Assembly,
    /// Whether the event has a data line already, be it an empty one.
    has_data: bool,
    line: Line,
    /// The last chunk ended in a carriage return: a line feed at the start of the next one belongs to it.
    after_carriage_return: bool,
    /// Bytes of a byte order mark seen at the start of the body; `None` once the body has begun.
    mark: Option<usize>,
}

/// How much is known of the line that the last chunk ended in.
#[derive(Clone, Copy, Debug)]
enum Line {
    /// Too little yet: these bytes, this many of them. None: no line is open.
    Head([u8; HEAD], usize),
    Data,
    Ignored,
}

const NO_LINE: Line = Line::Head([0; HEAD], 0);

impl Sse {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limit: limits.event,
            data: Assembly::new(limits.event),
            has_data: false,
            line: NO_LINE,
            after_carriage_return: false,
            mark: Some(0),
        }
    }

    pub(super) fn push(&mut self, chunk: &[u8], sink: &mut impl Sink) {
        let mut rest = self.without_mark(chunk);
        if self.after_carriage_return && !rest.is_empty() {
            self.after_carriage_return = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        // The event's only data line so far, where it lies in the chunk.
        let mut held: Option<&[u8]> = None;
        while let Some(end) = memchr2(b'\n', b'\r', rest) {
            let line = &rest[..end];
            if matches!(self.line, Line::Head(_, 0)) {
                self.whole_line(line, &mut held, sink);
            } else {
                self.part_of_line(line);
                self.end_of_line(sink);
            }
            let ended_by = rest[end];
            rest = &rest[end + 1..];
            if ended_by == b'\r' {
                self.after_carriage_return = rest.is_empty();
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
            }
        }
        if let Some(line) = held {
            self.data_piece(line);
        }
        self.part_of_line(rest);
    }

    pub(super) fn finish(&mut self, sink: &mut impl Sink) {
        self.end_of_line(sink);
        self.dispatch(sink);
    }

    fn without_mark<'c>(&mut self, chunk: &'c [u8]) -> &'c [u8] {
        let Some(seen) = self.mark else { return chunk };
        let awaited = &BYTE_ORDER_MARK[seen..];
        if let Some(rest) = chunk.strip_prefix(awaited) {
            self.mark = None;
            rest
        } else if awaited.starts_with(chunk) {
            self.mark = Some(seen + chunk.len());
            &[]
        } else {
            // What looked like a mark was none; the line that it began can be no data line.
            self.mark = None;
            self.part_of_line(&BYTE_ORDER_MARK[..seen]);
            chunk
        }
    }

    /// A line that lies whole in the chunk.
    fn whole_line<'c>(&mut self, line: &'c [u8], held: &mut Option<&'c [u8]>, sink: &mut impl Sink) {
        if line.is_empty() {
            match held.take() {
                Some([]) => {}
                Some(data) => sink.frame(Frame::of(data)),
                None => self.dispatch(sink),
            }
        } else if let Some(data) = data_of(line) {
            if let Some(first) = held.take() {
                self.data_piece(first);
            }
            if self.has_data || data.len() > self.limit {
                self.data_piece(data);
            } else {
                *held = Some(data);
            }
        }
    }

    /// A whole data line, or the known beginning of one.
    fn data_piece(&mut self, piece: &[u8]) {
        if self.has_data {
            self.data.extend(b"\n");
        }
        self.has_data = true;
        self.data.extend(piece);
    }

    fn part_of_line(&mut self, mut part: &[u8]) {
        if let Line::Head(head, length) = &mut self.line {
            let missing = part.len().min(HEAD - *length);
            head[*length..*length + missing].copy_from_slice(&part[..missing]);
            *length += missing;
            part = &part[missing..];
            if *length == HEAD {
                let head = *head;
                self.line = self.begin_line(&head);
            }
        }
        if matches!(self.line, Line::Data) {
            self.data.extend(part);
        }
    }

    fn begin_line(&mut self, head: &[u8]) -> Line {
        match data_of(head) {
            Some(data) => {
                self.data_piece(data);
                Line::Data
            }
            None => Line::Ignored,
        }
    }

    fn end_of_line(&mut self, sink: &mut impl Sink) {
        match self.line {
            Line::Head(_, 0) => self.dispatch(sink),
            Line::Head(head, length) => {
                self.begin_line(&head[..length]);
            }
            Line::Data | Line::Ignored => {}
        }
        self.line = NO_LINE;
    }

    fn dispatch(&mut self, sink: &mut impl Sink) {
        if std::mem::take(&mut self.has_data) {
            self.data.emit(sink);
        }
    }
}

/// The value of a `data` field; one space after the colon is not part of it.
fn data_of(line: &[u8]) -> Option<&[u8]> {
    match line.strip_prefix(b"data")? {
        [] => Some(&[]),
        [b':', b' ', value @ ..] | [b':', value @ ..] => Some(value),
        _ => None,
    }
}
