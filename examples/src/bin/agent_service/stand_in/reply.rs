//! Answers in the wire format: as one JSON document, and as server-sent events.

use std::{
    convert::Infallible,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_stream::stream;
use axum::response::sse::{Event, Sse};
use futures_util::Stream;
use serde_json::{Value, json};

use super::{MODEL, plan::PlannedCall, tokens};
use crate::llm::Message;

/// Time between two tokens of a streamed answer.
const TOKEN_LATENCY: Duration = Duration::from_millis(4);

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

pub(super) enum Content {
    Text(String),
    ToolCalls(Vec<PlannedCall>),
}

pub(super) struct Reply {
    id: String,
    created: u64,
    /// `content` and `tool_calls` of the message.
    message: Value,
    finish_reason: &'static str,
    usage: Value,
}

impl Reply {
    pub(super) fn new(content: Content, prompt: &[Message], cached_tokens: u64) -> Self {
        let number = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let (message, finish_reason, reasoning, written) = match content {
            Content::Text(text) => (json!({"content": text}), "stop", 0, tokens::count(&text)),
            Content::ToolCalls(calls) => {
                // What a reasoning model would think before it calls tools; counted, never sent.
                let thought = format!("The question needs {} tool calls, one after the other.", calls.len());
                let written =
                    calls.iter().map(|call| tokens::count(&format!("{} {}", call.tool, call.arguments))).sum();
                (tool_calls(number, &calls), "tool_calls", tokens::count(&thought), written)
            }
        };
        let (prompt, completion) = (tokens::count_prompt(prompt), reasoning + written);
        let usage = json!({
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": cached_tokens},
            "completion_tokens_details": {"reasoning_tokens": reasoning},
        });
        let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { id: format!("chatcmpl-stand-in-{number}"), created, message, finish_reason, usage }
    }

    pub(super) fn whole(mut self) -> Value {
        self.message["role"] = "assistant".into();
        let choice = json!({"index": 0, "message": self.message.take(), "finish_reason": self.finish_reason});
        self.document("chat.completion", json!([choice]), self.usage.clone())
    }

    /// The same answer word by word; `breaks_off` ends it after half of the words, without a word of farewell.
    pub(super) fn stream(
        self,
        include_usage: bool,
        slowness: u32,
        breaks_off: bool,
    ) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
        let deltas = self.deltas();
        let kept = if breaks_off { deltas.len() / 2 } else { deltas.len() };
        Sse::new(stream! {
            for delta in deltas.into_iter().take(kept) {
                tokio::time::sleep(TOKEN_LATENCY * slowness).await;
                yield Ok(self.event(json!([{"index": 0, "delta": delta, "finish_reason": null}]), Value::Null));
            }
            if breaks_off {
                return;
            }
            yield Ok(self.event(json!([{"index": 0, "delta": {}, "finish_reason": self.finish_reason}]), Value::Null));
            if include_usage {
                yield Ok(self.event(json!([]), self.usage.clone()));
            }
            yield Ok(Event::default().data("[DONE]"));
        })
    }

    fn deltas(&self) -> Vec<Value> {
        let mut deltas = vec![json!({"role": "assistant"})];
        match self.message["content"].as_str() {
            Some(text) => deltas.extend(text.split_inclusive(' ').map(|word| json!({"content": word}))),
            None => {
                let calls = self.message["tool_calls"].as_array().into_iter().flatten().enumerate();
                deltas.extend(calls.map(|(index, call)| {
                    let mut call = call.clone();
                    call["index"] = index.into();
                    json!({"tool_calls": [call]})
                }));
            }
        }
        deltas
    }

    fn event(&self, choices: Value, usage: Value) -> Event {
        Event::default().data(self.document("chat.completion.chunk", choices, usage).to_string())
    }

    fn document(&self, object: &str, choices: Value, usage: Value) -> Value {
        json!({"id": self.id, "object": object, "created": self.created, "model": MODEL, "choices": choices, "usage": usage})
    }
}

fn tool_calls(reply: u64, calls: &[PlannedCall]) -> Value {
    let call = |(index, call): (usize, &PlannedCall)| {
        let function = json!({"name": call.tool, "arguments": call.arguments.to_string()});
        json!({"id": format!("call-{reply}-{index}"), "type": "function", "function": function})
    };
    json!({"content": null, "tool_calls": calls.iter().enumerate().map(call).collect::<Vec<_>>()})
}
