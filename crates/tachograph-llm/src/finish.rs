//! Why a model stopped.

use std::fmt;

use crate::bounded::{SHORT, bounded};

/// Why the model stopped: the conventions' name for it and the provider's own.
///
/// ```
/// use tachograph_llm::{FinishKind, FinishReason};
/// let reason = FinishReason::new("max_tokens");
/// assert_eq!(reason.kind(), FinishKind::Length);
/// assert_eq!(reason.as_str(), "length");
/// assert_eq!(reason.original(), "max_tokens");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishReason {
    kind: FinishKind,
    original: Box<str>,
}

/// The reasons of the GenAI conventions (`finish_reason` of the output messages' schema).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FinishKind {
    /// The model had said all, or came to a stop sequence.
    Stop,
    /// The limit of tokens or of the context was reached.
    Length,
    /// A filter, a guardrail or the model's own refusal cut the answer.
    ContentFilter,
    /// The model asks for tools.
    ToolCall,
    /// The conversation was compacted.
    Compaction,
    /// The generation failed.
    Error,
    /// The conventions have no name for it.
    Other,
}

impl FinishReason {
    /// The reason that a provider gives in its own words, at most 64 bytes of them.
    #[must_use]
    pub fn new(original: &str) -> Self {
        Self { kind: FinishKind::of(original), original: bounded(original, SHORT).into() }
    }

    /// The provider's words, with a meaning that they have only in their place.
    pub(crate) fn with_kind(kind: FinishKind, original: &str) -> Self {
        Self { kind, original: bounded(original, SHORT).into() }
    }

    /// Which of the conventions' reasons it is.
    #[must_use]
    pub const fn kind(&self) -> FinishKind {
        self.kind
    }

    /// The conventions' name; the provider's own where they have none.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self.kind {
            FinishKind::Stop => "stop",
            FinishKind::Length => "length",
            FinishKind::ContentFilter => "content_filter",
            FinishKind::ToolCall => "tool_call",
            FinishKind::Compaction => "compaction",
            FinishKind::Error => "error",
            FinishKind::Other => &self.original,
        }
    }

    /// The provider's own name.
    #[must_use]
    pub fn original(&self) -> &str {
        &self.original
    }
}

impl fmt::Display for FinishReason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FinishKind {
    /// Providers differ in case and in words, and never use one word for two things: one table serves all.
    fn of(original: &str) -> Self {
        const NAMES: [(&str, FinishKind); 38] = [
            ("stop", FinishKind::Stop),
            ("end_turn", FinishKind::Stop),
            ("stop_sequence", FinishKind::Stop),
            ("completed", FinishKind::Stop),
            ("complete", FinishKind::Stop),
            ("eos", FinishKind::Stop),
            ("length", FinishKind::Length),
            ("max_tokens", FinishKind::Length),
            ("max_output_tokens", FinishKind::Length),
            ("model_length", FinishKind::Length),
            ("model_context_window_exceeded", FinishKind::Length),
            ("content_filter", FinishKind::ContentFilter),
            ("content_filtered", FinishKind::ContentFilter),
            ("guardrail_intervened", FinishKind::ContentFilter),
            ("refusal", FinishKind::ContentFilter),
            ("safety", FinishKind::ContentFilter),
            ("recitation", FinishKind::ContentFilter),
            ("blocklist", FinishKind::ContentFilter),
            ("prohibited_content", FinishKind::ContentFilter),
            ("spii", FinishKind::ContentFilter),
            ("image_safety", FinishKind::ContentFilter),
            ("image_prohibited_content", FinishKind::ContentFilter),
            ("image_recitation", FinishKind::ContentFilter),
            ("model_armor", FinishKind::ContentFilter),
            ("tool_call", FinishKind::ToolCall),
            ("tool_calls", FinishKind::ToolCall),
            ("tool_use", FinishKind::ToolCall),
            ("function_call", FinishKind::ToolCall),
            ("compaction", FinishKind::Compaction),
            ("error", FinishKind::Error),
            ("failed", FinishKind::Error),
            ("insufficient_system_resource", FinishKind::Error),
            ("malformed_function_call", FinishKind::Error),
            ("malformed_model_output", FinishKind::Error),
            ("malformed_tool_use", FinishKind::Error),
            ("malformed_response", FinishKind::Error),
            ("unexpected_tool_call", FinishKind::Error),
            ("too_many_tool_calls", FinishKind::Error),
        ];
        let known = NAMES.iter().find(|(name, _)| original.eq_ignore_ascii_case(name));
        known.map_or(Self::Other, |(_, kind)| *kind)
    }
}
