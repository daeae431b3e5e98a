//! `Converse` and `ConverseStream`, after <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html> and
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>. Neither says which model answered.

use serde_json::{Value, json};
use tachograph::Usage;

use super::{
    Answer, Finish,
    answer::Block,
    event_stream,
    piece::{Piece, figures},
};

pub(super) fn told(usage: Usage) -> Usage {
    let mut told = Usage::default();
    (told.input, told.output) = (usage.input, usage.output);
    (told.cache_read, told.cache_write) = (usage.cache_read, usage.cache_write);
    told
}

pub(super) fn whole(answer: &Answer) -> Value {
    let content: Vec<Value> = answer
        .blocks()
        .into_iter()
        .map(|block| match block {
            Block::Thoughts(texts) => json!({"reasoningContent": {"reasoningText": {"text": texts.concat()}}}),
            Block::Words(texts) => json!({"text": texts.concat()}),
            Block::Call(call) => {
                json!({"toolUse": {"toolUseId": call.id, "name": call.name, "input": call.arguments}})
            }
        })
        .collect();
    json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": finish(answer.finish),
        "usage": usage(&answer.usage),
        "metrics": {"latencyMs": 12},
    })
}

pub(super) fn stream(answer: &Answer) -> Vec<Piece> {
    let mut pieces = vec![event("messageStart", &json!({"role": "assistant"}))];
    for (index, block) in answer.blocks().into_iter().enumerate() {
        let deltas: Vec<Value> = match block {
            Block::Thoughts(texts) => texts.iter().map(|text| json!({"reasoningContent": {"text": text}})).collect(),
            Block::Words(texts) => texts.iter().map(|text| json!({"text": text})).collect(),
            Block::Call(call) => {
                let start = json!({"toolUse": {"toolUseId": call.id, "name": call.name}});
                pieces.push(event("contentBlockStart", &json!({"contentBlockIndex": index, "start": start})));
                call.pieces().iter().map(|piece| json!({"toolUse": {"input": piece}})).collect()
            }
        };
        let delta = |delta| event("contentBlockDelta", &json!({"contentBlockIndex": index, "delta": delta}));
        pieces.extend(deltas.into_iter().map(delta));
        pieces.push(event("contentBlockStop", &json!({"contentBlockIndex": index})));
    }
    pieces.push(event("messageStop", &json!({"stopReason": finish(answer.finish)})));
    let metadata = json!({"usage": usage(&answer.usage), "metrics": {"latencyMs": 12}});
    pieces.push(event("metadata", &metadata).telling(told(answer.usage)));
    pieces
}

fn event(name: &str, payload: &Value) -> Piece {
    let headers = [(":event-type", name), (":content-type", "application/json"), (":message-type", "event")];
    Piece::new(event_stream::message(&headers, payload.to_string().as_bytes()))
}

/// What was read from the cache and what was written to it are counted apart from the input; the total has all.
fn usage(usage: &Usage) -> Value {
    let cached = usage.cache_read.unwrap_or(0) + usage.cache_write.unwrap_or(0);
    figures([
        ("inputTokens", usage.input.map(|input| input.saturating_sub(cached))),
        ("outputTokens", usage.output),
        ("totalTokens", usage.total()),
        ("cacheReadInputTokens", usage.cache_read),
        ("cacheWriteInputTokens", usage.cache_write),
    ])
}

fn finish(finish: Finish) -> &'static str {
    finish.among(["end_turn", "max_tokens", "tool_use", "guardrail_intervened"])
}
