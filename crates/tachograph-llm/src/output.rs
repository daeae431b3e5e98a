use crate::{FinishReason, bounded::bounded};

/// What the model put out in one choice, as much of it as [`Capture`](crate::Capture) keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutputMessage {
    /// Texts, reasoning and tool calls in the order in which they came, at most 128 of them.
    ///
    /// Pieces of a text that follow each other are one part, whatever blocks the provider cut them into; what comes after a tool call is a
    /// part of its own. Pictures, audio, and tools that the provider runs itself are not among them.
    pub parts: Vec<OutputPart>,
    /// Why the model stopped in this choice, if it has.
    pub finish_reason: Option<FinishReason>,
}

/// A part of an [`OutputMessage`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputPart {
    /// Text for the reader of the answer; also a refusal.
    Text(Kept),
    /// Reasoning, or the provider's summary of it.
    Reasoning(Kept),
    /// Index of the call in [`Response::tool_calls`](crate::Response::tool_calls).
    ToolCall(usize),
}

/// The beginning of a text, and how long the whole was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kept {
    /// The beginning, or all of it. It ends between two characters.
    pub text: String,
    /// Bytes of the whole, kept or not. Of an event that outgrew its [`Limits`](crate::Limits) only what was left of it counts.
    pub bytes: usize,
}

impl Kept {
    /// Whether something is missing at the end.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.text.len() < self.bytes
    }

    /// More of the text, of which this many bytes may still be kept. What follows a cut is not kept, however short it is.
    pub(crate) fn push(&mut self, piece: &str, room: usize) {
        if !self.is_cut() {
            self.text.push_str(bounded(piece, room));
        }
        self.bytes = self.bytes.saturating_add(piece.len());
    }
}
