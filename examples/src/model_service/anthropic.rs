//! Messages, after <https://docs.anthropic.com/en/api/messages> and <https://docs.anthropic.com/en/docs/build-with-claude/streaming>.

use serde_json::{Value, json};
use tachograph::Usage;

use super::{
    Answer, Asked, Finish,
    answer::Block,
    piece::{Piece, figures},
};

/// Output that `message_start` reports, before there is any to speak of.
const OUTPUT_AT_START: u64 = 1;

pub(super) fn told(mut usage: Usage) -> Usage {
    usage.input_audio = None;
    usage.output_audio = None;
    usage
}

pub(super) fn whole(asked: &Asked, answer: &Answer) -> Value {
    let mut message = message(asked, answer);
    message["content"] = answer.blocks().into_iter().map(content).collect();
    message["stop_reason"] = finish(answer.finish).into();
    message["usage"] = usage(&answer.usage);
    message
}

pub(super) fn stream(asked: &Asked, answer: &Answer) -> Vec<Piece> {
    let mut at_start = answer.usage;
    at_start.output = at_start.output.map(|output| output.min(OUTPUT_AT_START));
    at_start.reasoning = None;
    let mut begun = message(asked, answer);
    begun["usage"] = usage(&at_start);
    let begun = Piece::named("message_start", &json!({"message": begun})).telling(told(at_start));

    let mut pieces = vec![begun, Piece::named("ping", &json!({}))];
    for (index, block) in answer.blocks().into_iter().enumerate() {
        let (empty, deltas): (Value, Vec<Value>) = match block {
            Block::Thoughts(texts) => {
                let deltas = texts.iter().map(|text| json!({"type": "thinking_delta", "thinking": text})).collect();
                (json!({"type": "thinking", "thinking": "", "signature": ""}), deltas)
            }
            Block::Words(texts) => {
                let deltas = texts.iter().map(|text| json!({"type": "text_delta", "text": text})).collect();
                (json!({"type": "text", "text": ""}), deltas)
            }
            Block::Call(call) => {
                let pieces = call.pieces();
                let deltas = pieces.iter().map(|piece| json!({"type": "input_json_delta", "partial_json": piece}));
                (json!({"type": "tool_use", "id": call.id, "name": call.name, "input": {}}), deltas.collect())
            }
        };
        pieces.push(Piece::named("content_block_start", &json!({"index": index, "content_block": empty})));
        let delta = |delta| Piece::named("content_block_delta", &json!({"index": index, "delta": delta}));
        pieces.extend(deltas.into_iter().map(delta));
        pieces.push(Piece::named("content_block_stop", &json!({"index": index})));
    }
    let end =
        json!({"delta": {"stop_reason": finish(answer.finish), "stop_sequence": null}, "usage": usage(&answer.usage)});
    pieces.push(Piece::named("message_delta", &end).telling(told(answer.usage)));
    pieces.push(Piece::named("message_stop", &json!({})));
    pieces
}

/// A message that says nothing yet.
fn message(asked: &Asked, answer: &Answer) -> Value {
    json!({
        "type": "message",
        "id": answer.id,
        "role": "assistant",
        "model": answer.model.as_ref().unwrap_or(&asked.model),
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
    })
}

fn content(block: Block<'_>) -> Value {
    match block {
        Block::Thoughts(texts) => json!({"type": "thinking", "thinking": texts.concat(), "signature": "c2lnbmVk"}),
        Block::Words(texts) => json!({"type": "text", "text": texts.concat()}),
        Block::Call(call) => json!({"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments}),
    }
}

/// What was read from the cache and what was written to it are counted apart from the input.
fn usage(usage: &Usage) -> Value {
    let [read, written, for_an_hour] =
        [usage.cache_read, usage.cache_write, usage.cache_write_1h].map(|tokens| tokens.unwrap_or(0));
    let mut counts = figures([
        ("input_tokens", usage.input.map(|input| input.saturating_sub(read + written))),
        ("cache_read_input_tokens", usage.cache_read),
        ("cache_creation_input_tokens", usage.cache_write),
        ("output_tokens", usage.output),
    ]);
    if usage.cache_write_1h.is_some() {
        let for_minutes = written.saturating_sub(for_an_hour);
        counts["cache_creation"] =
            json!({"ephemeral_5m_input_tokens": for_minutes, "ephemeral_1h_input_tokens": for_an_hour});
    }
    if let Some(reasoning) = usage.reasoning {
        counts["output_tokens_details"] = json!({"thinking_tokens": reasoning});
    }
    counts["service_tier"] = "standard".into();
    counts
}

fn finish(finish: Finish) -> &'static str {
    finish.among(["end_turn", "max_tokens", "tool_use", "refusal"])
}
