//! An answer as text, one fact a line, so that a whole one can be expected at once.

use std::fmt::Write as _;

use tachograph_llm::{Kept, Losses, OutputPart, Response, ToolCall};

pub(crate) fn tell(response: &Response) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            writeln!(out, "{name}: {value}").unwrap();
        }
    };
    line("id", response.id.clone());
    line("model", response.model.clone());
    line("tier", response.service_tier.clone());
    line("fingerprint", response.system_fingerprint.clone());
    for reason in &response.finish_reasons {
        line("finish", Some(format!("{reason} ({})", reason.original())));
    }
    line(
        "usage",
        response.usage.map(|usage| {
            let figures = [
                ("in", usage.input),
                ("read", usage.cache_read),
                ("written", usage.cache_write),
                ("written for an hour", usage.cache_write_1h),
                ("audio in", usage.input_audio),
                ("out", usage.output),
                ("reasoning", usage.reasoning),
                ("audio out", usage.output_audio),
            ];
            let known = figures.iter().filter_map(|(name, tokens)| tokens.map(|tokens| format!("{name} {tokens}")));
            known.collect::<Vec<_>>().join(", ")
        }),
    );
    line("cost", response.cost.map(|cost| cost.to_string()));
    for message in &response.messages {
        if response.messages.len() > 1 {
            line("message", Some(message.finish_reason.as_ref().map_or("-", |reason| reason.as_str()).to_owned()));
        }
        for part in &message.parts {
            match part {
                OutputPart::Text(kept) => line("text", Some(text(kept))),
                OutputPart::Reasoning(kept) => line("reasoning", Some(text(kept))),
                OutputPart::ToolCall(at) => line("call", Some(call(&response.tool_calls[*at]))),
                part => panic!("{part:?} has no words yet"),
            }
        }
    }
    if response.messages.is_empty() {
        response.tool_calls.iter().for_each(|known| line("call", Some(call(known))));
    }
    line("error", response.error.clone());
    line("complete", (!response.complete).then(|| "no".to_owned()));
    line("losses", (response.losses != Losses::default()).then(|| format!("{:?}", response.losses)));
    out
}

fn call(call: &ToolCall) -> String {
    let id = call.id.as_deref().unwrap_or("-");
    let arguments = call.arguments.as_ref().map_or("-".to_owned(), text);
    format!("{id} {} {arguments}", call.name)
}

fn text(kept: &Kept) -> String {
    if kept.is_cut() { format!("{} (of {} bytes)", kept.text, kept.bytes) } else { kept.text.clone() }
}
