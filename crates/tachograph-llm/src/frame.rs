//! Cutting a body into events, whatever the chunks are that it comes in.
//!
//! | module | framing |
//! |---|---|
//! | [`document`] | JSON: one object, or an array of objects |
//! | [`sse`] | server-sent events |
//! | [`lines`] | one JSON object a line |
//! | [`event_stream`] | binary messages of AWS |
//! | [`assembly`] | an event that is not complete yet, and the limit of its length |
//!
//! An event that lies whole in one chunk is handed on as it lies there; only what spans chunks is copied.

mod assembly;
mod document;
mod event_stream;
mod lines;
mod sse;

use self::{document::Document, event_stream::EventStream, lines::Lines, sse::Sse};
use crate::{Framing, Limits, losses::Losses};

/// One event of a body.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Frame<'a> {
    /// The name that the framing gives the event: a header of the binary framing, empty in all others.
    pub(crate) name: &'a [u8],
    /// Whether the framing itself says that this is an error.
    pub(crate) exception: bool,
    /// The event, usually JSON.
    pub(crate) data: &'a [u8],
}

impl<'a> Frame<'a> {
    fn of(data: &'a [u8]) -> Self {
        Self { data, ..Self::default() }
    }
}

/// Takes events.
pub(crate) trait Sink {
    fn frame(&mut self, frame: Frame<'_>);

    fn losses(&mut self) -> &mut Losses;
}

/// Cuts one body.
#[derive(Clone, Debug)]
pub(crate) enum Framer {
    Document(Document),
    Sse(Sse),
    Lines(Lines),
    EventStream(EventStream),
}

impl Framer {
    pub(crate) fn new(framing: Framing, limits: Limits) -> Self {
        match framing {
            Framing::Json => Self::Document(Document::new(limits)),
            Framing::Sse => Self::Sse(Sse::new(limits)),
            Framing::Ndjson => Self::Lines(Lines::new(limits)),
            Framing::EventStream => Self::EventStream(EventStream::new(limits)),
        }
    }

    pub(crate) fn push(&mut self, chunk: &[u8], sink: &mut impl Sink) {
        match self {
            Self::Document(framer) => framer.push(chunk, sink),
            Self::Sse(framer) => framer.push(chunk, sink),
            Self::Lines(framer) => framer.push(chunk, sink),
            Self::EventStream(framer) => framer.push(chunk, sink),
        }
    }

    /// The body ended: hands on an event that lacks only its end mark.
    pub(crate) fn finish(&mut self, sink: &mut impl Sink) {
        match self {
            Self::Document(framer) => framer.finish(sink),
            Self::Sse(framer) => framer.finish(sink),
            Self::Lines(framer) => framer.finish(sink),
            Self::EventStream(framer) => framer.finish(sink),
        }
    }
}
