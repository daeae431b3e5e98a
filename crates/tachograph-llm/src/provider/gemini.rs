//! `generateContent`, after <https://ai.google.dev/api/generate-content>; Vertex AI sends the same.

use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::value::RawValue;
use tachograph_core::Usage;

use super::{Unread, Weight, error::ErrorCode};
use crate::{
    FinishKind, FinishReason,
    json::{Count, Lenient, List, Object, Text, parse},
    scan::Key,
    state::State,
};

static USAGE: Key = Key::new(|| Finder::new("\"usageMetadata\""));
static FINISH_REASON: Key = Key::new(|| Finder::new("\"finishReason\""));
static FUNCTION_CALL: Key = Key::new(|| Finder::new("\"functionCall\""));
static BLOCK_REASON: Key = Key::new(|| Finder::new("\"blockReason\""));
static ERROR: Key = Key::new(|| Finder::new("\"error\""));

pub(super) fn weigh(event: &[u8], unread: Unread) -> Weight {
    let matters = [&FINISH_REASON, &FUNCTION_CALL, &BLOCK_REASON, &ERROR];
    if !unread.text || matters.iter().any(|key| key.is_set(event)) {
        Weight::All
    } else if USAGE.is_set(event) {
        Weight::Figures
    } else {
        Weight::Nothing
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Body<'a> {
    #[serde(borrow)]
    response_id: Text<'a>,
    model_version: Text<'a>,
    candidates: List<Candidate<'a>>,
    prompt_feedback: Object<Feedback<'a>>,
    usage_metadata: Object<Counts<'a>>,
    error: Lenient<ErrorCode<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Candidate<'a> {
    index: Count,
    #[serde(borrow)]
    finish_reason: Text<'a>,
    content: Object<Content<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Content<'a> {
    #[serde(borrow)]
    parts: List<Part<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Part<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    thought: Lenient<bool>,
    function_call: Object<Call<'a>>,
    inline_data: Object<Nothing>,
}

/// An object of which only its being there matters.
#[derive(Debug, Default, Deserialize)]
struct Nothing {}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Call<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    name: Text<'a>,
    args: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Feedback<'a> {
    #[serde(borrow)]
    block_reason: Text<'a>,
}

/// The total is the sum of prompt, tool use, candidates and thoughts: none of the four is part of another.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Counts<'a> {
    /// With what was read from the cache.
    prompt_token_count: Count,
    cached_content_token_count: Count,
    tool_use_prompt_token_count: Count,
    candidates_token_count: Count,
    thoughts_token_count: Count,
    #[serde(borrow)]
    service_tier: Text<'a>,
    prompt_tokens_details: List<OfModality<'a>>,
    tool_use_prompt_tokens_details: List<OfModality<'a>>,
    candidates_tokens_details: List<OfModality<'a>>,
}

/// The part of a figure that is of one kind.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct OfModality<'a> {
    #[serde(borrow)]
    modality: Text<'a>,
    token_count: Count,
}

pub(super) fn read(event: &[u8], state: &mut State) -> Option<()> {
    let body: Body<'_> = parse(event)?;
    state.id(body.response_id.get());
    state.model(body.model_version.get());
    for candidate in body.candidates.0 {
        read_candidate(candidate, state);
    }
    if let Some(counts) = body.usage_metadata.0 {
        state.usage(usage(&counts));
        state.service_tier(counts.service_tier.get());
    }
    if let Some(reason) = body.prompt_feedback.0.unwrap_or_default().block_reason.get() {
        state.finish(0, FinishReason::with_kind(FinishKind::ContentFilter, reason));
    }
    if let Some(error) = body.error.0 {
        error.write(state);
        state.end();
    }
    Some(())
}

fn read_candidate(candidate: Candidate<'_>, state: &mut State) {
    let index = candidate.index.0.unwrap_or_default();
    for part in candidate.content.0.unwrap_or_default().parts.0 {
        let text = part.text.get().unwrap_or_default();
        if part.thought.0 == Some(true) {
            state.reasoning(index, text);
        } else {
            state.text(index, text);
        }
        state.output(part.inline_data.0.is_some());
        if let Some(call) = part.function_call.0 {
            let at = state.tool_call(index, None, call.id.get(), call.name.get());
            state.all_arguments(at, call.args.map(RawValue::get).unwrap_or_default());
        }
    }
    match candidate.finish_reason.get() {
        // Gemini has no reason of its own for an answer that is a tool call.
        Some("STOP") if !state.response.tool_calls.is_empty() => {
            state.finish(index, FinishReason::with_kind(FinishKind::ToolCall, "STOP"))
        }
        Some("FINISH_REASON_UNSPECIFIED") | None => {}
        Some(reason) => state.finish(index, FinishReason::new(reason)),
    }
}

fn usage(counts: &Counts<'_>) -> Usage {
    let sum = |figures: [Count; 2]| figures.into_iter().filter_map(|count| count.0).reduce(u64::saturating_add);
    let audio = |details: &[&List<OfModality<'_>>]| {
        let parts = details.iter().flat_map(|list| &list.0).filter(|part| part.modality.get() == Some("AUDIO"));
        parts.filter_map(|part| part.token_count.0).reduce(u64::saturating_add)
    };
    let mut usage = Usage::default();
    usage.input = sum([Lenient(counts.prompt_token_count.0), Lenient(counts.tool_use_prompt_token_count.0)]);
    usage.output = sum([Lenient(counts.candidates_token_count.0), Lenient(counts.thoughts_token_count.0)]);
    usage.cache_read = counts.cached_content_token_count.0;
    usage.reasoning = counts.thoughts_token_count.0;
    usage.input_audio = audio(&[&counts.prompt_tokens_details, &counts.tool_use_prompt_tokens_details]);
    usage.output_audio = audio(&[&counts.candidates_tokens_details]);
    usage
}
