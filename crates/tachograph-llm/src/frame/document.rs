use memchr::memchr2;

use super::{Frame, Sink, assembly::Assembly};
use crate::Limits;

/// A JSON body: one object, or objects in an array.
///
/// An object is handed on when its last brace is there, which may be long before the body ends.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    limits: Limits,
    partial: Assembly,
    /// Open braces and brackets of the current object; 0 between objects.
    depth: usize,
    in_text: bool,
    escaped: bool,
    in_array: bool,
}

impl Document {
    pub(super) fn new(limits: Limits) -> Self {
        let partial = Assembly::new(limits.body);
        Self { limits, partial, depth: 0, in_text: false, escaped: false, in_array: false }
    }

    pub(super) fn push(&mut self, chunk: &[u8], sink: &mut impl Sink) {
        let mut rest = chunk;
        loop {
            if self.depth == 0 {
                let Some(start) = self.start_of_object(rest) else { return };
                rest = &rest[start..];
            }
            let Some(length) = self.end_of_object(rest) else {
                self.partial.extend(rest);
                return;
            };
            let (object, after) = rest.split_at(length);
            if self.partial.is_empty() && length <= self.limit() {
                sink.frame(Frame::of(object));
            } else {
                self.partial.extend(object);
                self.partial.emit(sink);
            }
            rest = after;
        }
    }

    /// A body that broke off inside an object has lost that object.
    pub(super) fn finish(&mut self, sink: &mut impl Sink) {
        self.depth = 0;
        self.in_text = false;
        self.escaped = false;
        self.partial.emit(sink);
    }

    fn limit(&self) -> usize {
        if self.in_array { self.limits.event } else { self.limits.body }
    }

    fn start_of_object(&mut self, bytes: &[u8]) -> Option<usize> {
        for (at, &byte) in bytes.iter().enumerate() {
            match byte {
                b'{' => return Some(at),
                b'[' => {
                    self.in_array = true;
                    self.partial.set_limit(self.limits.event);
                }
                _ => {}
            }
        }
        None
    }

    /// The number of bytes up to and with the object's last brace; `None` when it is not here yet.
    fn end_of_object(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            if self.in_text && !self.escaped {
                at += memchr2(b'"', b'\\', &bytes[at..])?;
            }
            let byte = bytes[at];
            at += 1;
            if self.escaped {
                self.escaped = false;
            } else if self.in_text {
                self.escaped = byte == b'\\';
                self.in_text = self.escaped;
            } else {
                match byte {
                    b'"' => self.in_text = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
                if self.depth == 0 {
                    return Some(at);
                }
            }
        }
        None
    }
}
