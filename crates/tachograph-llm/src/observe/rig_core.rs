//! `rig-core`. As of 0.44 all its providers keep one contract for the figures: the input has the cached tokens, read and written, and the output
//! has the reasoning. Anthropic's and Gemini's are added up there; Gemini's are zero where none were reported.

use rig_core::{
    completion::{CompletionResponse, FinishReason as Reason, Usage},
    embeddings::EmbeddingResponse,
    message::{AssistantContent, ToolCall},
    streaming::{Item, PartKind, StreamEvent},
};
use tachograph_core::{Call, LlmRequest};

use super::{LlmResponse, counts::Counts, gathered};
use crate::{FinishReason, state::State};

impl LlmResponse for CompletionResponse {
    fn observe(&self, call: &Call<LlmRequest>) {
        gathered::whole(call, |state| {
            state.id(self.response_id());
            state.model(self.model());
            for part in &self.choice {
                write_part(part, state);
            }
            write_reason(self.finish_reason(), state);
            if self.error.is_some() {
                // It is prose.
                state.error("_OTHER");
            }
            write_usage(&self.usage, state);
        });
    }
}

/// The tokens are not among the items: they come with the response that the stream is folded into (`CompletionStream::finish`), which is
/// to be observed too.
impl LlmResponse for Item<StreamEvent> {
    fn observe(&self, call: &Call<LlmRequest>) {
        if let Self::Event(event) = self {
            event.observe(call);
        }
    }
}

/// As an [`Item`] that holds it.
impl LlmResponse for StreamEvent {
    fn observe(&self, call: &Call<LlmRequest>) {
        gathered::item(call, |state| match self {
            Self::Start { part, kind: PartKind::ToolCall, name } => {
                state.tool_call(0, key(part.index()), None, name.as_deref());
            }
            Self::Text { text, .. } => state.text(0, text),
            Self::Reasoning { text, .. } => state.reasoning(0, text),
            Self::Arguments { part, json } => {
                state.output(!json.is_empty());
                let at = state.known_call(key(part.index()));
                state.more_arguments(at, json);
            }
            // All of a text came before.
            Self::End { part, content: AssistantContent::ToolCall(call) } => {
                let had_output = state.has_output;
                write_call(key(part.index()), call, state);
                state.has_output = had_output;
            }
            Self::End { content, .. } => state.output(matches!(content, AssistantContent::Image(_))),
            Self::Start { .. } => {}
        });
    }
}

impl LlmResponse for EmbeddingResponse {
    fn observe(&self, call: &Call<LlmRequest>) {
        gathered::whole(call, |state| {
            state.id(self.response_id.as_deref());
            state.model(self.model.as_deref());
            write_usage(&self.usage, state);
        });
    }
}

fn key(part: usize) -> Option<u64> {
    u64::try_from(part).ok()
}

fn write_part(part: &AssistantContent, state: &mut State) {
    match part {
        AssistantContent::Text(text) => state.text(0, &text.text),
        AssistantContent::Reasoning(reasoning) => state.reasoning(0, &reasoning.text),
        AssistantContent::ToolCall(call) => write_call(None, call, state),
        _ => {}
    }
}

fn write_call(key: Option<u64>, call: &ToolCall, state: &mut State) {
    let at = state.tool_call(0, key, Some(&call.id.wire()), Some(&call.function.name));
    let arguments = match &call.function.invalid_arguments {
        Some(text) => serde_json::Result::Ok(text.clone()),
        None => serde_json::to_string(&call.function.arguments),
    };
    state.all_arguments(at, &arguments.unwrap_or_default());
}

fn write_reason(reason: Option<Reason>, state: &mut State) {
    let reason = match &reason {
        Some(Reason::Stop) => "stop",
        Some(Reason::Length) => "length",
        Some(Reason::ToolCalls) => "tool_calls",
        Some(Reason::ContentFilter) => "content_filter",
        Some(Reason::Other(reason)) => reason,
        _ => return,
    };
    state.finish(0, FinishReason::new(reason));
}

fn write_usage(figures: &Usage, state: &mut State) {
    let counts = Counts {
        input: figures.input_tokens,
        output: figures.output_tokens,
        total: figures.total_tokens,
        cache_read: figures.cached_input_tokens,
        cache_write: figures.cache_creation_input_tokens,
        reasoning: figures.reasoning_tokens,
        ..Counts::default()
    };
    state.usage(counts.usage());
    // A cost with all its parts is not the provider's but computed there, from prices without a tier.
    let reported = figures.cost.filter(|cost| cost.cache_read.is_none() || cost.cache_write.is_none());
    state.cost(reported.map(|cost| cost.total));
}
