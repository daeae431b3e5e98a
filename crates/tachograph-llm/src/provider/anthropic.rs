//! Messages, after <https://docs.anthropic.com/en/api/messages> and <https://docs.anthropic.com/en/docs/build-with-claude/streaming>.

use serde::Deserialize;
use serde_json::value::RawValue;
use tachograph_core::Usage;

use super::{Unread, Weight, error::ErrorCode};
use crate::{
    FinishReason,
    json::{Count, Lenient, List, Object, Text, parse},
    scan::leading_type,
    state::State,
};

/// What `delta` begins with where a tool call's arguments grow.
const INPUT_DELTA: &[u8] = b"\"input_json_delta\"";

pub(super) fn weigh(event: &[u8], unread: Unread) -> Weight {
    match leading_type(event) {
        Some(b"content_block_delta") if unread.text && unread.arguments => Weight::Nothing,
        Some(b"content_block_delta") if unread.text && memchr::memmem::find(event, INPUT_DELTA).is_none() => {
            Weight::Nothing
        }
        Some(b"content_block_stop" | b"ping") => Weight::Nothing,
        _ => Weight::All,
    }
}

/// An event of a stream or a whole message, which says so itself in `type`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Event<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    index: Count,
    message: Object<Message<'a>>,
    content_block: Object<Block<'a>>,
    delta: Object<Delta<'a>>,
    usage: Object<Counts<'a>>,
    error: Lenient<ErrorCode<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Message<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    model: Text<'a>,
    stop_reason: Text<'a>,
    content: List<Block<'a>>,
    usage: Object<Counts<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Block<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    text: Text<'a>,
    thinking: Text<'a>,
    id: Text<'a>,
    name: Text<'a>,
    input: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Delta<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    thinking: Text<'a>,
    partial_json: Text<'a>,
    stop_reason: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Counts<'a> {
    input_tokens: Count,
    cache_read_input_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_creation: Object<CacheCreation>,
    output_tokens: Count,
    output_tokens_details: Object<OutputDetails>,
    #[serde(borrow)]
    service_tier: Text<'a>,
}

/// What `cache_creation_input_tokens` consists of.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CacheCreation {
    ephemeral_1h_input_tokens: Count,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    thinking_tokens: Count,
}

/// The figures so far. `message_start` has those of the input, `message_delta` the output and sometimes the input again; all of them only
/// grow, so that a zero in the place of a figure that was known takes nothing away.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Input that was neither read from the cache nor written to it.
    uncached: Option<u64>,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
    cache_write_1h: Option<u64>,
    output: Option<u64>,
    thinking: Option<u64>,
}

impl Tally {
    fn add(&mut self, counts: &Counts<'_>) -> Usage {
        let details = counts.output_tokens_details.0.as_ref();
        let written = counts.cache_creation.0.as_ref();
        self.uncached = self.uncached.max(counts.input_tokens.0);
        self.cache_read = self.cache_read.max(counts.cache_read_input_tokens.0);
        self.cache_write = self.cache_write.max(counts.cache_creation_input_tokens.0);
        self.cache_write_1h = self.cache_write_1h.max(written.and_then(|written| written.ephemeral_1h_input_tokens.0));
        self.output = self.output.max(counts.output_tokens.0);
        self.thinking = self.thinking.max(details.and_then(|details| details.thinking_tokens.0));
        let inputs = [self.uncached, self.cache_read, self.cache_write];
        let mut usage = Usage::default();
        usage.input = inputs.into_iter().flatten().reduce(u64::saturating_add);
        usage.output = self.output;
        usage.cache_read = self.cache_read;
        usage.cache_write = self.cache_write;
        usage.cache_write_1h = self.cache_write_1h;
        usage.reasoning = self.thinking;
        usage
    }
}

pub(super) fn read(event: &[u8], state: &mut State) -> Option<()> {
    let Event { r#type: kind, index, message, content_block, delta, usage, error } = parse(event)?;
    if kind.get() == Some("message") {
        return parse(event).map(|message| read_message(message, state));
    }
    if let Some(message) = message.0 {
        read_message(message, state);
    }
    if let Some(block) = content_block.0 {
        read_block(index.0, &block, state);
    }
    if let Some(delta) = delta.0 {
        state.reasoning(0, delta.thinking.get().unwrap_or_default());
        state.text(0, delta.text.get().unwrap_or_default());
        if let Some(piece) = delta.partial_json.get() {
            // The block began with a tool call unless the provider runs the tool; then there is none with this index.
            let call = state.known_call(index.0);
            state.more_arguments(call, piece);
        }
        if let Some(reason) = delta.stop_reason.get() {
            state.finish(0, FinishReason::new(reason));
        }
    }
    if let Some(counts) = usage.0 {
        read_counts(&counts, state);
    }
    if let Some(error) = error.0 {
        error.write(state);
        state.end();
    }
    if kind.get() == Some("message_stop") {
        state.end();
    }
    Some(())
}

fn read_message(message: Message<'_>, state: &mut State) {
    state.id(message.id.get());
    state.model(message.model.get());
    for block in &message.content.0 {
        read_block(None, block, state);
    }
    if let Some(counts) = message.usage.0 {
        read_counts(&counts, state);
    }
    if let Some(reason) = message.stop_reason.get() {
        state.finish(0, FinishReason::new(reason));
    }
}

fn read_block(index: Option<u64>, block: &Block<'_>, state: &mut State) {
    match block.r#type.get() {
        Some("text") => state.text(0, block.text.get().unwrap_or_default()),
        Some("thinking") => state.reasoning(0, block.thinking.get().unwrap_or_default()),
        Some("tool_use") => {
            let call = state.tool_call(0, index, block.id.get(), block.name.get());
            // In a stream the block begins with an empty object, and the arguments follow.
            let input = block.input.map(RawValue::get).filter(|input| index.is_none() || *input != "{}");
            state.all_arguments(call, input.unwrap_or_default());
        }
        _ => {}
    }
}

fn read_counts(counts: &Counts<'_>, state: &mut State) {
    let usage = state.anthropic.add(counts);
    state.usage(usage);
    state.service_tier(counts.service_tier.get());
}
