//! `generateContent`, after <https://ai.google.dev/api/generate-content>.

use serde_json::{Value, json};
use tachograph::Usage;

use super::{
    Answer, Asked, Finish, Mode,
    answer::Block,
    piece::{Piece, figures},
};

pub(super) fn told(usage: Usage) -> Usage {
    let mut told = Usage::default();
    (told.input, told.output) = (usage.input, usage.output);
    (told.cache_read, told.reasoning) = (usage.cache_read, usage.reasoning);
    told
}

pub(super) fn whole(asked: &Asked, answer: &Answer) -> Value {
    let parts: Vec<Value> = answer
        .blocks()
        .into_iter()
        .map(|block| match block {
            Block::Thoughts(texts) => thought(&texts.concat()),
            Block::Words(texts) => json!({"text": texts.concat()}),
            Block::Call(_) => part(block),
        })
        .collect();
    document(asked, answer, parts, Some(answer.finish), answer.visible_output())
}

/// Every event has the figures so far: all thoughts from the start, the candidates as they come.
pub(super) fn stream(asked: &Asked, answer: &Answer) -> Vec<Piece> {
    let mut parts = Vec::new();
    for block in answer.blocks() {
        match block {
            Block::Thoughts(texts) => parts.extend(texts.iter().map(|text| (thought(text), 0))),
            Block::Words(texts) => parts.extend((1..).zip(texts).map(|(at, text)| (json!({"text": text}), at))),
            Block::Call(_) => parts.push((part(block), answer.words.len())),
        }
    }
    // The last event has the reason and is followed by nothing.
    parts.push((json!({"text": ""}), usize::MAX));
    let last = parts.len() - 1;
    let events = parts.into_iter().enumerate().map(|(at, (part, words))| {
        let candidates = answer.visible_output_after(words);
        let event = document(asked, answer, vec![part], (at == last).then_some(answer.finish), candidates);
        let mut so_far = answer.usage;
        so_far.output = candidates.map(|candidates| candidates + so_far.reasoning.unwrap_or(0));
        let piece = match asked.mode {
            Mode::Array => {
                let (before, after) = (if at == 0 { "[" } else { ",\n" }, if at == last { "]" } else { "" });
                Piece::new(format!("{before}{event}{after}"))
            }
            Mode::Stream | Mode::Whole => Piece::data(event),
        };
        piece.telling(told(so_far))
    });
    events.collect()
}

fn thought(text: &str) -> Value {
    json!({"text": text, "thought": true})
}

fn part(block: Block<'_>) -> Value {
    match block {
        Block::Call(call) => json!({"functionCall": {"id": call.id, "name": call.name, "args": call.arguments}}),
        Block::Thoughts(texts) | Block::Words(texts) => json!({"text": texts.concat()}),
    }
}

fn document(asked: &Asked, answer: &Answer, parts: Vec<Value>, finish: Option<Finish>, output: Option<u64>) -> Value {
    let mut candidate = json!({"index": 0, "content": {"role": "model", "parts": parts}});
    if let Some(finish) = finish {
        // There is none of its own for an answer that asks for tools.
        candidate["finishReason"] = finish.among(["STOP", "MAX_TOKENS", "STOP", "SAFETY"]).into();
    }
    json!({
        "candidates": [candidate],
        "usageMetadata": usage(&answer.usage, output),
        "modelVersion": answer.model.as_ref().unwrap_or(&asked.model),
        "responseId": answer.id,
    })
}

/// Thoughts are counted apart from the candidates, and the total has both.
fn usage(usage: &Usage, candidates: Option<u64>) -> Value {
    let total = [usage.input, candidates, usage.reasoning].into_iter().flatten().sum();
    figures([
        ("promptTokenCount", usage.input),
        ("cachedContentTokenCount", usage.cache_read),
        ("candidatesTokenCount", candidates),
        ("thoughtsTokenCount", usage.reasoning),
        ("totalTokenCount", Some(total)),
    ])
}
