//! `/api/chat`, after <https://docs.ollama.com/api/chat>. It knows neither a cache nor tokens of reasoning.

use serde_json::{Value, json};
use tachograph::Usage;

use super::{Answer, Asked, ToolCall, answer::Block, piece::Piece};

pub(super) fn told(usage: Usage) -> Usage {
    let mut told = Usage::default();
    (told.input, told.output) = (usage.input, usage.output);
    told
}

pub(super) fn whole(asked: &Asked, answer: &Answer) -> Value {
    let mut message = json!({"role": "assistant", "content": answer.text()});
    if !answer.thoughts.is_empty() {
        message["thinking"] = answer.thoughts.concat().into();
    }
    if !answer.tool_calls.is_empty() {
        message["tool_calls"] = answer.tool_calls.iter().map(call).collect();
    }
    last(asked, answer, message)
}

pub(super) fn stream(asked: &Asked, answer: &Answer) -> Vec<Piece> {
    let mut messages = Vec::new();
    for block in answer.blocks() {
        match block {
            Block::Thoughts(texts) => {
                messages.extend(texts.iter().map(|text| json!({"content": "", "thinking": text})))
            }
            Block::Words(texts) => messages.extend(texts.iter().map(|text| json!({"content": text}))),
            Block::Call(tool) => messages.push(json!({"content": "", "tool_calls": [call(tool)]})),
        }
    }
    let lines = messages.into_iter().map(|mut message| {
        message["role"] = "assistant".into();
        Piece::line(&document(asked, answer, message))
    });
    let last = last(asked, answer, json!({"role": "assistant", "content": ""}));
    lines.chain([Piece::line(&last).telling(told(answer.usage))]).collect()
}

fn call(call: &ToolCall) -> Value {
    json!({"id": call.id, "function": {"name": call.name, "arguments": call.arguments}})
}

fn document(asked: &Asked, answer: &Answer, message: Value) -> Value {
    let model = answer.model.as_ref().unwrap_or(&asked.model);
    json!({"model": model, "created_at": "2026-10-01T08:52:19.385406455Z", "message": message, "done": false})
}

/// The end, with the reason and the figures. There is no reason of its own for an answer that asks for tools.
fn last(asked: &Asked, answer: &Answer, message: Value) -> Value {
    let mut end = document(asked, answer, message);
    end["done"] = true.into();
    end["done_reason"] = answer.finish.among(["stop", "length", "stop", "stop"]).into();
    end["total_duration"] = 4_883_583_458_u64.into();
    end["prompt_eval_count"] = answer.usage.input.into();
    end["eval_count"] = answer.usage.output.into();
    end
}
