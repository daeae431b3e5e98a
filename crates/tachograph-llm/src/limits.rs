//! How much is kept.

/// How much memory one body may take.
///
/// An event that outgrows its limit is shortened first: the long texts and rows of numbers in it are cut, which leaves it readable (a body
/// with a large picture, a long answer or many embeddings keeps its usage). What is too long even then is left out and counted in [`Losses`](crate::Losses).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one event of a stream. 256 KiB unless told.
    pub event: usize,
    /// Bytes of a body that is one JSON object. 1 MiB unless told.
    pub body: usize,
}

impl Limits {
    /// Sets the bytes of one event of a stream.
    #[must_use]
    pub const fn with_event(mut self, bytes: usize) -> Self {
        self.event = bytes;
        self
    }

    /// Sets the bytes of a body that is one JSON object.
    #[must_use]
    pub const fn with_body(mut self, bytes: usize) -> Self {
        self.body = bytes;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { event: 256 * 1024, body: 1024 * 1024 }
    }
}

/// What of the content is kept: nothing unless told.
///
/// Content is what people wrote and what the model answered. It may be kept only where somebody decided so; names, ids and figures are
/// always read. An answer with many texts keeps at most sixteen times the limit of one of them, and the same holds for reasoning and
/// for arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capture {
    /// Most bytes of each text of the answer that are kept; 0 keeps none.
    pub text: usize,
    /// Most bytes of each piece of reasoning that are kept; 0 keeps none.
    pub reasoning: usize,
    /// Most bytes of the arguments of each tool call that are kept; 0 keeps none.
    pub tool_arguments: usize,
}

impl Capture {
    /// Keeps the answer's texts, at most this many bytes of each. Every event of a stream is then parsed.
    #[must_use]
    pub const fn with_text(mut self, bytes: usize) -> Self {
        self.text = bytes;
        self
    }

    /// Keeps the model's reasoning where the provider shows it, at most this many bytes of each piece. Every event of a stream is then
    /// parsed.
    #[must_use]
    pub const fn with_reasoning(mut self, bytes: usize) -> Self {
        self.reasoning = bytes;
        self
    }

    /// Keeps the arguments of tool calls, at most this many bytes of each.
    #[must_use]
    pub const fn with_tool_arguments(mut self, bytes: usize) -> Self {
        self.tool_arguments = bytes;
        self
    }
}
