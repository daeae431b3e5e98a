//! `Converse` and `ConverseStream`, and errors of all of Bedrock, after
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html> and
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>.
//!
//! The model and the id of the request are not in the body: they stand in the address and in `x-amzn-requestid`.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use tachograph_core::Usage;

use super::{Unread, Weight, bedrock_invoke};
use crate::{
    FinishReason,
    frame::Frame,
    json::{Count, List, Object, Text, parse},
    state::State,
};

pub(super) fn weigh(frame: Frame<'_>, unread: Unread) -> Weight {
    match frame.name {
        _ if frame.exception => Weight::All,
        b"contentBlockDelta" if unread.text && unread.arguments => Weight::Nothing,
        b"contentBlockStop" | b"messageStart" => Weight::Nothing,
        _ => Weight::All,
    }
}

/// An event of a stream or a whole answer: no field means two things.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Body<'a> {
    content_block_index: Count,
    #[serde(borrow)]
    start: Object<Block<'a>>,
    delta: Object<Block<'a>>,
    output: Object<Output<'a>>,
    stop_reason: Text<'a>,
    usage: Object<Counts<'a>>,
    service_tier: Object<Tier<'a>>,
    /// Of an error body.
    #[serde(rename = "__type")]
    error: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Output<'a> {
    #[serde(borrow)]
    message: Object<Message<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Message<'a> {
    #[serde(borrow)]
    content: List<Block<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Block<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    reasoning_content: Object<Reasoning<'a>>,
    tool_use: Object<ToolUse<'a>>,
}

/// A block of an answer has its text in an object, a piece of a stream has it at once.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Reasoning<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    reasoning_text: Object<ReasoningText<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct ReasoningText<'a> {
    #[serde(borrow)]
    text: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct ToolUse<'a> {
    #[serde(borrow)]
    tool_use_id: Text<'a>,
    name: Text<'a>,
    /// Any value in an answer, a piece of text in a stream.
    input: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Tier<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
}

/// The input is counted without what was read from the cache and written to it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Counts<'a> {
    input_tokens: Count,
    output_tokens: Count,
    cache_read_input_tokens: Count,
    cache_write_input_tokens: Count,
    #[serde(borrow)]
    cache_details: List<CacheDetail<'a>>,
}

/// What was written to the cache to stay there for the same time.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct CacheDetail<'a> {
    #[serde(borrow)]
    ttl: Text<'a>,
    input_tokens: Count,
}

pub(super) fn read(frame: Frame<'_>, state: &mut State) -> Option<()> {
    if frame.exception {
        state.error(std::str::from_utf8(frame.name).unwrap_or_default());
        state.end();
        return Some(());
    }
    if frame.name == b"chunk" {
        return bedrock_invoke::read(frame.data, state);
    }
    let body: Body<'_> = parse(frame.data)?;
    let index = body.content_block_index.0;
    for block in [body.start.0, body.delta.0].into_iter().flatten() {
        read_block(index, &block, state);
    }
    for block in body.output.0.unwrap_or_default().message.0.unwrap_or_default().content.0 {
        read_block(None, &block, state);
    }
    if let Some(counts) = &body.usage.0 {
        state.usage(usage(counts));
    }
    state.service_tier(body.service_tier.0.unwrap_or_default().r#type.get());
    if let Some(reason) = body.stop_reason.get() {
        state.finish(0, FinishReason::new(reason));
    }
    if let Some(error) = body.error.get() {
        // A shape's name may come with its namespace before it.
        state.error(error.rsplit('#').next().unwrap_or(error));
    }
    if frame.name == b"metadata" {
        state.end();
    }
    Some(())
}

fn read_block(index: Option<u64>, block: &Block<'_>, state: &mut State) {
    state.text(0, block.text.get().unwrap_or_default());
    if let Some(reasoning) = &block.reasoning_content.0 {
        // It may be encrypted and have no text.
        state.output(true);
        let whole = reasoning.reasoning_text.0.as_ref().and_then(|whole| whole.text.get());
        state.reasoning(0, reasoning.text.get().or(whole).unwrap_or_default());
    }
    let Some(tool) = &block.tool_use.0 else { return };
    let at = state.tool_call(0, index, tool.tool_use_id.get(), tool.name.get());
    let Some(input) = tool.input.map(RawValue::get) else { return };
    match serde_json::from_str::<Cow<'_, str>>(input) {
        Ok(piece) => state.more_arguments(at, &piece),
        Err(_) => state.all_arguments(at, input),
    }
}

fn usage(counts: &Counts<'_>) -> Usage {
    let inputs = [&counts.input_tokens, &counts.cache_read_input_tokens, &counts.cache_write_input_tokens];
    let mut usage = Usage::default();
    usage.input = inputs.into_iter().filter_map(|count| count.0).reduce(u64::saturating_add);
    usage.output = counts.output_tokens.0;
    usage.cache_read = counts.cache_read_input_tokens.0;
    usage.cache_write = counts.cache_write_input_tokens.0;
    let hourly = counts.cache_details.0.iter().filter(|detail| detail.ttl.get() == Some("1h"));
    usage.cache_write_1h = hourly.filter_map(|detail| detail.input_tokens.0).reduce(u64::saturating_add);
    usage
}
