//! `genai`. What its figures mean, as of 0.7.2:
//!
//! | adapter | input and cache | output and reasoning |
//! |---|---|---|
//! | OpenAI, its responses, everything compatible | cached within the input | reasoning within the output; for xAI it is added up there |
//! | Anthropic, MiniMax | added up there; but not in a stream whose cache figures come without an input | within |
//! | Gemini | within; tool use prompts added up there | added up there; no output at all where there was only reasoning |
//! | Bedrock (Converse) | **apart**: the input is what was neither read from the cache nor written to it | no reasoning reported |
//! | Ollama, Cohere | no cache reported | no reasoning reported |
//!
//! A zero is often a figure that was not reported. The end of a stream does not say which adapter it is from: there the sizes decide.

use genai::{
    ModelIden,
    chat::{ChatResponse, ChatStreamEvent, ContentPart, MessageContent, StopReason, ToolCall, Usage},
    embed::EmbedResponse,
};
use serde_json::Value;
use tachograph_core::{Call, LlmRequest};

use super::{LlmResponse, counts::Counts, gathered};
use crate::{FinishKind, FinishReason, state::State};

impl LlmResponse for ChatResponse {
    fn observe(&self, call: &Call<LlmRequest>) {
        gathered::whole(call, |state| {
            state.id(self.response_id.as_deref());
            state.model(Some(&self.provider_model_iden.model_name));
            state.reasoning(0, self.reasoning_content.as_deref().unwrap_or_default());
            write_content(&self.content, state);
            write_reason(self.stop_reason.as_ref(), state);
            state.usage(usage(&self.usage, is_bedrock(&self.model_iden)));
        });
    }
}

/// The tokens of a stream come with its end, and only where the request asked for them: `ChatOptions::with_capture_usage(true)`.
impl LlmResponse for ChatStreamEvent {
    fn observe(&self, call: &Call<LlmRequest>) {
        gathered::item(call, |state| match self {
            Self::Chunk(chunk) => state.text(0, &chunk.content),
            Self::ReasoningChunk(chunk) => state.reasoning(0, &chunk.content),
            Self::ToolCallChunk(chunk) => write_call_chunk(&chunk.tool_call, state),
            Self::End(end) => {
                state.id(end.captured_response_id.as_deref());
                write_reason(end.captured_stop_reason.as_ref(), state);
                state.usage(end.captured_usage.as_ref().map(|figures| usage(figures, false)).unwrap_or_default());
                state.end();
            }
            Self::Start | Self::ThoughtSignatureChunk(_) | Self::Heartbeat => {}
        });
    }
}

impl LlmResponse for EmbedResponse {
    fn observe(&self, call: &Call<LlmRequest>) {
        gathered::whole(call, |state| {
            state.model(Some(&self.provider_model_iden.model_name));
            state.usage(usage(&self.usage, is_bedrock(&self.model_iden)));
        });
    }
}

fn write_content(content: &MessageContent, state: &mut State) {
    for part in content.parts() {
        match part {
            ContentPart::Text(text) => state.text(0, text),
            ContentPart::ReasoningContent(text) => state.reasoning(0, text),
            ContentPart::ToolCall(call) => {
                let at = state.tool_call(0, None, Some(&call.call_id), Some(&call.fn_name));
                write_arguments(&call.fn_arguments, |arguments| state.all_arguments(at, arguments));
            }
            _ => {}
        }
    }
}

/// Adapters differ: a chunk brings the next piece of the arguments, or all pieces so far, and only the first need have the id.
fn write_call_chunk(chunk: &ToolCall, state: &mut State) {
    let id = Some(chunk.call_id.as_str()).filter(|id| !id.is_empty());
    let known = match id {
        Some(id) => state.response.tool_calls.iter().rposition(|call| call.id.as_deref() == Some(id)),
        None => state.response.tool_calls.len().checked_sub(1),
    };
    state.output(true);
    let at = known.or_else(|| state.tool_call(0, None, id, Some(&chunk.fn_name)));
    let so_far = at.and_then(|at| state.response.tool_calls.get(at)?.arguments.clone()).unwrap_or_default();
    write_arguments(&chunk.fn_arguments, |arguments| {
        if arguments.starts_with(&so_far.text) {
            state.all_arguments(at, arguments);
        } else {
            state.more_arguments(at, arguments);
        }
    });
}

/// Arguments are a value, or the text of one that is not complete.
fn write_arguments(arguments: &Value, write: impl FnOnce(&str)) {
    match arguments {
        Value::Null => {}
        Value::String(text) => write(text),
        value => write(&value.to_string()),
    }
}

/// Some providers have one word for both ends, and the client passes it on: an answer that stopped with calls of tools asks for them.
fn write_reason(reason: Option<&StopReason>, state: &mut State) {
    let Some(reason) = reason.map(|reason| FinishReason::new(reason.raw())) else { return };
    let asks_for_tools = reason.kind() == FinishKind::Stop && !state.response.tool_calls.is_empty();
    let reason = if asks_for_tools { FinishReason::with_kind(FinishKind::ToolCall, reason.original()) } else { reason };
    state.finish(0, reason);
}

fn is_bedrock(model: &ModelIden) -> bool {
    model.adapter_kind.as_lower_str().starts_with("bedrock")
}

fn usage(figures: &Usage, is_cache_apart: bool) -> tachograph_core::Usage {
    let tokens = |figure: Option<i32>| figure.and_then(|tokens| u64::try_from(tokens).ok());
    let input = figures.prompt_tokens_details.as_ref();
    let output = figures.completion_tokens_details.as_ref();
    let writes = input.and_then(|details| details.cache_creation_details.as_ref());
    Counts {
        input: tokens(figures.prompt_tokens),
        output: tokens(figures.completion_tokens),
        total: tokens(figures.total_tokens),
        cache_read: input.and_then(|details| tokens(details.cached_tokens)),
        cache_write: input.and_then(|details| tokens(details.cache_creation_tokens)),
        cache_write_1h: writes.and_then(|writes| tokens(writes.ephemeral_1h_tokens)),
        input_audio: input.and_then(|details| tokens(details.audio_tokens)),
        reasoning: output.and_then(|details| tokens(details.reasoning_tokens)),
        output_audio: output.and_then(|details| tokens(details.audio_tokens)),
        is_cache_apart,
    }
    .usage()
}
