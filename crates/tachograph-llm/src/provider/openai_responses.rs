//! The responses API, after <https://platform.openai.com/docs/api-reference/responses-streaming>.

use serde::Deserialize;

use super::{
    Unread, Weight,
    error::{Code, ErrorCode},
    openai_usage::OpenAiUsage,
};
use crate::{
    FinishKind, FinishReason,
    json::{Count, Lenient, List, Object, Text, parse},
    scan::leading_type,
    state::State,
};

pub(super) fn weigh(event: &[u8], unread: Unread) -> Weight {
    let Some(kind) = leading_type(event) else {
        return if event.trim_ascii() == b"[DONE]" { Weight::End } else { Weight::All };
    };
    if !unread.arguments && is_piece_of_arguments(kind) {
        return Weight::All;
    }
    if unread.text && kind.ends_with(b".delta") {
        return Weight::Nothing;
    }
    let is_whole = kind == b"error" || kind.starts_with(b"response.output_item.");
    // All names have two dots but those of events about the answer as a whole.
    let is_about_a_part = kind.iter().filter(|&&byte| byte == b'.').count() > 1;
    if is_whole || !is_about_a_part || !unread.text { Weight::All } else { Weight::Nothing }
}

/// Whether the event brings more of the arguments of a call that the application shall make.
fn is_piece_of_arguments(kind: &[u8]) -> bool {
    matches!(kind, b"response.function_call_arguments.delta" | b"response.custom_tool_call_input.delta")
}

/// An event of a stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Event<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    response: Object<Answer<'a>>,
    output_index: Count,
    item: Object<Item<'a>>,
    delta: Text<'a>,
    /// Of the event `error`; some servers send an object.
    code: Lenient<Code<'a>>,
    error: Lenient<ErrorCode<'a>>,
}

/// The answer: a body by itself, or in an event about it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Answer<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    model: Text<'a>,
    status: Text<'a>,
    service_tier: Text<'a>,
    output: List<Item<'a>>,
    usage: Object<OpenAiUsage>,
    error: Lenient<ErrorCode<'a>>,
    incomplete_details: Object<Incomplete<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Incomplete<'a> {
    #[serde(borrow)]
    reason: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Item<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    call_id: Text<'a>,
    name: Text<'a>,
    arguments: Text<'a>,
    input: Text<'a>,
    content: List<Part<'a>>,
    summary: List<Part<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Part<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    text: Text<'a>,
    refusal: Text<'a>,
}

impl Item<'_> {
    fn is_tool_call(&self) -> bool {
        matches!(self.r#type.get(), Some("function_call" | "custom_tool_call"))
    }
}

pub(super) fn read(event: &[u8], state: &mut State) -> Option<()> {
    let Event { r#type: kind, response, output_index, item, delta, code, error } = parse(event)?;
    match kind.get() {
        None => return parse(event).map(|answer| read_answer(answer, state)),
        Some("response.output_text.delta" | "response.refusal.delta") => state.text(0, delta.get().unwrap_or_default()),
        Some("response.reasoning_text.delta" | "response.reasoning_summary_text.delta") => {
            state.reasoning(0, delta.get().unwrap_or_default());
        }
        Some("error") => {
            let code = error.0.unwrap_or_else(|| ErrorCode::of(code, Text::default(), Text::default()));
            code.write(state);
            state.end();
        }
        Some(kind) if is_piece_of_arguments(kind.as_bytes()) => {
            let piece = delta.get().unwrap_or_default();
            state.output(!piece.is_empty());
            // The event that ends the item has all of them, and may never come.
            state.more_arguments(state.known_call(output_index.0), piece);
        }
        Some(kind) if kind.ends_with(".delta") => state.output(delta.get().is_some()),
        Some(kind) => {
            if let Some(item) = item.0 {
                read_call(output_index.0, &item, state);
            }
            if let Some(answer) = response.0 {
                read_answer(answer, state);
            }
            if matches!(kind, "response.completed" | "response.failed" | "response.incomplete") {
                state.end();
            }
        }
    }
    Some(())
}

fn read_answer(answer: Answer<'_>, state: &mut State) {
    state.id(answer.id.get());
    state.model(answer.model.get());
    state.service_tier(answer.service_tier.get());
    // After a stream the content is here a second time.
    let (has_text, has_reasoning) = state.keeps();
    for (index, item) in (0_u64..).zip(&answer.output.0) {
        read_call(Some(index), item, state);
        for part in item.summary.0.iter().chain(&item.content.0) {
            match part.r#type.get() {
                Some("output_text") if !has_text => state.text(0, part.text.get().unwrap_or_default()),
                Some("refusal") if !has_text => state.text(0, part.refusal.get().unwrap_or_default()),
                Some("reasoning_text" | "summary_text") if !has_reasoning => {
                    state.reasoning(0, part.text.get().unwrap_or_default());
                }
                _ => {}
            }
        }
    }
    if let Some(usage) = answer.usage.0 {
        usage.write(state);
    }
    if let Some(error) = answer.error.0 {
        error.write(state);
    }
    let reason = answer.incomplete_details.0.unwrap_or_default().reason;
    match answer.status.get() {
        Some("completed") if answer.output.0.iter().any(Item::is_tool_call) => {
            state.finish(0, FinishReason::with_kind(FinishKind::ToolCall, "completed"));
        }
        Some("incomplete") => state.finish(0, FinishReason::new(reason.get().unwrap_or("incomplete"))),
        Some(status @ ("completed" | "failed" | "cancelled")) => state.finish(0, FinishReason::new(status)),
        _ => {}
    }
}

fn read_call(index: Option<u64>, item: &Item<'_>, state: &mut State) {
    if item.is_tool_call() {
        let at = state.tool_call(0, index, item.call_id.get(), item.name.get());
        state.all_arguments(at, item.arguments.get().or(item.input.get()).unwrap_or_default());
    }
}
