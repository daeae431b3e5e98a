//! Chat completions, after <https://platform.openai.com/docs/api-reference/chat>.

use serde_json::{Value, json};
use tachograph::Usage;

use super::{
    Answer, Asked, Finish,
    answer::Block,
    piece::{Piece, figures},
};

pub(super) fn told(mut usage: Usage) -> Usage {
    usage.cache_write_1h = None;
    usage
}

pub(super) fn whole(asked: &Asked, answer: &Answer) -> Value {
    let calls: Vec<Value> = answer
        .tool_calls
        .iter()
        .map(|call| {
            let function = json!({"name": call.name, "arguments": call.arguments.to_string()});
            json!({"id": call.id, "type": "function", "function": function})
        })
        .collect();
    let mut message = json!({"role": "assistant", "content": answer.text(), "refusal": null});
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    if !answer.thoughts.is_empty() {
        message["reasoning_content"] = answer.thoughts.concat().into();
    }
    let choice = json!({"index": 0, "message": message, "logprobs": null, "finish_reason": finish(answer.finish)});
    let mut body = document("chat.completion", asked, answer, json!([choice]));
    body["usage"] = usage(&answer.usage);
    body
}

pub(super) fn stream(asked: &Asked, answer: &Answer) -> Vec<Piece> {
    let mut stream = Stream { asked, answer, words: 0, pieces: Vec::new() };
    stream.delta(json!({"role": "assistant", "content": ""}), None);
    let mut calls = 0;
    for block in answer.blocks() {
        match block {
            Block::Thoughts(texts) => {
                texts.iter().for_each(|text| stream.delta(json!({"reasoning_content": text}), None))
            }
            Block::Words(texts) => {
                for text in texts {
                    stream.words += 1;
                    stream.delta(json!({"content": text}), None);
                }
            }
            Block::Call(call) => {
                let function = json!({"name": call.name, "arguments": ""});
                let head = json!({"index": calls, "id": call.id, "type": "function", "function": function});
                stream.delta(json!({"tool_calls": [head]}), None);
                for piece in call.pieces() {
                    let more = json!({"index": calls, "function": {"arguments": piece}});
                    stream.delta(json!({"tool_calls": [more]}), None);
                }
                calls += 1;
            }
        }
    }
    stream.delta(json!({}), Some(finish(answer.finish)));
    if asked.includes_usage() {
        let mut last = document("chat.completion.chunk", asked, answer, json!([]));
        last["usage"] = usage(&answer.usage);
        stream.pieces.push(Piece::data(last).telling(told(answer.usage)));
    }
    stream.pieces.push(Piece::data("[DONE]"));
    stream.pieces
}

struct Stream<'a> {
    asked: &'a Asked,
    answer: &'a Answer,
    /// Words so far.
    words: usize,
    pieces: Vec<Piece>,
}

impl Stream<'_> {
    fn delta(&mut self, delta: Value, finish: Option<&str>) {
        let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish});
        let mut chunk = document("chat.completion.chunk", self.asked, self.answer, json!([choice]));
        let mut so_far = Usage::default();
        if self.asked.counts_on_the_way() {
            let reasoning = self.answer.usage.reasoning.unwrap_or(0);
            so_far.input = self.answer.usage.input;
            so_far.output = self.answer.visible_output_after(self.words).map(|output| output + reasoning);
            chunk["usage"] = usage(&so_far);
        } else if self.asked.includes_usage() {
            chunk["usage"] = Value::Null;
        }
        self.pieces.push(Piece::data(chunk).telling(so_far));
    }
}

fn document(object: &str, asked: &Asked, answer: &Answer, choices: Value) -> Value {
    json!({
        "id": answer.id,
        "object": object,
        "created": 1_760_000_000,
        "model": answer.model.as_ref().unwrap_or(&asked.model),
        "service_tier": "default",
        "system_fingerprint": "fp_stand_in",
        "choices": choices,
    })
}

fn usage(usage: &Usage) -> Value {
    let mut counts =
        figures([("prompt_tokens", usage.input), ("completion_tokens", usage.output), ("total_tokens", usage.total())]);
    let input = figures([
        ("cached_tokens", usage.cache_read),
        ("cache_write_tokens", usage.cache_write),
        ("audio_tokens", usage.input_audio),
    ]);
    let output = figures([("reasoning_tokens", usage.reasoning), ("audio_tokens", usage.output_audio)]);
    for (name, details) in [("prompt_tokens_details", input), ("completion_tokens_details", output)] {
        if details != json!({}) {
            counts[name] = details;
        }
    }
    counts
}

fn finish(finish: Finish) -> &'static str {
    finish.among(["stop", "length", "tool_calls", "content_filter"])
}
