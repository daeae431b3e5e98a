//! Responses, after <https://platform.openai.com/docs/api-reference/responses> and
//! <https://platform.openai.com/docs/api-reference/responses-streaming>.

use serde_json::{Value, json};
use tachograph::Usage;

use super::{
    Answer, Asked, Finish,
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
    let incomplete = match answer.finish {
        Finish::Stop | Finish::ToolCalls => None,
        Finish::Length => Some("max_output_tokens"),
        Finish::Filtered => Some("content_filter"),
    };
    let mut body = document(asked, answer, if incomplete.is_some() { "incomplete" } else { "completed" });
    body["incomplete_details"] = incomplete.map(|reason| json!({"reason": reason})).into();
    body["output"] = answer.blocks().into_iter().map(|block| item(answer, block, "completed")).collect();
    body["usage"] = usage(&answer.usage);
    body
}

pub(super) fn stream(asked: &Asked, answer: &Answer) -> Vec<Piece> {
    let mut stream = Stream::default();
    let begun = document(asked, answer, "in_progress");
    stream.event("response.created", json!({"response": begun}));
    stream.event("response.in_progress", json!({"response": begun}));
    for (index, block) in answer.blocks().into_iter().enumerate() {
        let mut begun = item(answer, block, "in_progress");
        begun[match block {
            Block::Thoughts(_) => "summary",
            Block::Words(_) => "content",
            Block::Call(_) => "arguments",
        }] = if matches!(block, Block::Call(_)) { "".into() } else { json!([]) };
        stream.event("response.output_item.added", json!({"output_index": index, "item": begun}));
        let (kind, pieces) = match block {
            Block::Thoughts(texts) => ("response.reasoning_summary_text", texts.to_vec()),
            Block::Words(texts) => ("response.output_text", texts.to_vec()),
            Block::Call(call) => ("response.function_call_arguments", call.pieces().to_vec()),
        };
        for piece in &pieces {
            let place = json!({"output_index": index, "item_id": begun["id"], "content_index": 0, "delta": piece});
            stream.event(&format!("{kind}.delta"), place);
        }
        let whole = if matches!(block, Block::Call(_)) { "arguments" } else { "text" };
        let place = json!({"output_index": index, "item_id": begun["id"], whole: pieces.concat()});
        stream.event(&format!("{kind}.done"), place);
        let done = item(answer, block, "completed");
        stream.event("response.output_item.done", json!({"output_index": index, "item": done}));
    }
    let whole = whole(asked, answer);
    let kind = if whole["status"] == "completed" { "response.completed" } else { "response.incomplete" };
    stream.event(kind, json!({"response": whole}));
    if let Some(last) = stream.0.last_mut() {
        last.told = told(answer.usage);
    }
    stream.0
}

#[derive(Default)]
struct Stream(Vec<Piece>);

impl Stream {
    fn event(&mut self, kind: &str, mut fields: Value) {
        fields["sequence_number"] = self.0.len().into();
        self.0.push(Piece::named(kind, &fields));
    }
}

/// A response that says nothing yet.
fn document(asked: &Asked, answer: &Answer, status: &str) -> Value {
    json!({
        "id": answer.id,
        "object": "response",
        "created_at": 1_760_000_000,
        "status": status,
        "error": null,
        "incomplete_details": null,
        "model": answer.model.as_ref().unwrap_or(&asked.model),
        "output": [],
        "service_tier": "default",
        "usage": null,
    })
}

fn item(answer: &Answer, block: Block<'_>, status: &str) -> Value {
    match block {
        Block::Thoughts(texts) => {
            let summary = json!({"type": "summary_text", "text": texts.concat()});
            json!({"type": "reasoning", "id": format!("rs_{}", answer.id), "summary": [summary]})
        }
        Block::Words(texts) => {
            let text = json!({"type": "output_text", "text": texts.concat(), "annotations": []});
            let id = format!("msg_{}", answer.id);
            json!({"type": "message", "id": id, "role": "assistant", "status": status, "content": [text]})
        }
        Block::Call(call) => {
            let (id, arguments) = (format!("fc_{}", call.id), call.arguments.to_string());
            json!({"type": "function_call", "id": id, "call_id": call.id, "name": call.name, "arguments": arguments, "status": status})
        }
    }
}

fn usage(usage: &Usage) -> Value {
    let mut counts =
        figures([("input_tokens", usage.input), ("output_tokens", usage.output), ("total_tokens", usage.total())]);
    counts["input_tokens_details"] = figures([("cached_tokens", usage.cache_read)]);
    counts["output_tokens_details"] = figures([("reasoning_tokens", usage.reasoning)]);
    counts
}
