//! `InvokeModelWithResponseStream`, after
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_PayloadPart.html>: the events of the model's own API, in base64.
//!
//! Those of Anthropic and of models that answer like OpenAI's are read. Of all others the figures are, which Bedrock adds to the last event.

use serde::Deserialize;
use tachograph_core::Usage;

use super::{anthropic, openai_chat};
use crate::{
    Format,
    json::{Count, Object, Text, parse},
    state::State,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Chunk<'a> {
    #[serde(borrow)]
    bytes: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Event {
    #[serde(rename = "amazon-bedrock-invocationMetrics")]
    metrics: Object<Metrics>,
}

/// The input is counted without what was read from the cache and written to it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metrics {
    input_token_count: Count,
    output_token_count: Count,
    cache_read_input_token_count: Count,
    cache_write_input_token_count: Count,
}

pub(super) fn read(chunk: &[u8], state: &mut State) -> Option<()> {
    let chunk: Chunk<'_> = parse(chunk)?;
    let event = decode(chunk.bytes.get()?)?;
    match Format::detect(None, &event) {
        Some(Format::Anthropic) => anthropic::read(&event, state)?,
        Some(Format::OpenAiChat) => openai_chat::read(&event, state)?,
        _ => {}
    }
    if let Some(metrics) = parse::<Event>(&event)?.metrics.0 {
        if state.response.usage.is_none() {
            state.usage(usage(&metrics));
        }
        state.end();
    }
    Some(())
}

fn usage(metrics: &Metrics) -> Usage {
    let (read, written) = (metrics.cache_read_input_token_count.0, metrics.cache_write_input_token_count.0);
    let inputs = [metrics.input_token_count.0, read, written];
    let mut usage = Usage::default();
    usage.input = inputs.into_iter().flatten().reduce(u64::saturating_add);
    usage.output = metrics.output_token_count.0;
    usage.cache_read = read;
    usage.cache_write = written;
    usage
}

/// The bytes of a base64 text; `None` where it has other characters.
fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').as_bytes();
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    for group in text.chunks(4) {
        let mut bits = 0;
        for &digit in group {
            bits = bits << 6 | value(digit)?;
        }
        let [_, decoded @ ..] = (bits << (6 * (4 - group.len()))).to_be_bytes();
        bytes.extend_from_slice(&decoded[..group.len() * 6 / 8]);
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}
