use memchr::memchr;

use super::{Frame, Sink, assembly::Assembly};
use crate::Limits;

/// Newline-delimited JSON: every line that is not empty is an event.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    limit: usize,
    partial: Assembly,
}

impl Lines {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limit: limits.event, partial: Assembly::new(limits.event) }
    }

    pub(super) fn push(&mut self, chunk: &[u8], sink: &mut impl Sink) {
        let mut rest = chunk;
        while let Some(end) = memchr(b'\n', rest) {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            if self.partial.is_empty() && line.len() <= self.limit {
                let line = line.trim_ascii();
                if !line.is_empty() {
                    sink.frame(Frame::of(line));
                }
            } else {
                self.part_of_line(line);
                self.finish(sink);
            }
            rest = after;
        }
        self.part_of_line(rest);
    }

    fn part_of_line(&mut self, part: &[u8]) {
        self.partial.extend(if self.partial.is_empty() { part.trim_ascii_start() } else { part });
    }

    pub(super) fn finish(&mut self, sink: &mut impl Sink) {
        self.partial.emit(sink);
    }
}
