//! `/api/chat` and `/api/generate`, after <https://docs.ollama.com/api/chat> and <https://docs.ollama.com/api/generate>.

use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::value::RawValue;
use tachograph_core::Usage;

use super::{Unread, Weight, error::ErrorCode};
use crate::{
    FinishKind, FinishReason,
    json::{Count, Lenient, List, Object, Text, parse},
    scan::Key,
    state::State,
};

static DONE: Key = Key::new(|| Finder::new("\"done\""));
static TOOL_CALLS: Key = Key::new(|| Finder::new("\"tool_calls\""));
static ERROR: Key = Key::new(|| Finder::new("\"error\""));

pub(super) fn weigh(event: &[u8], unread: Unread) -> Weight {
    let matters = !unread.text || DONE.is_set(event) || TOOL_CALLS.is_set(event) || ERROR.is_set(event);
    if matters { Weight::All } else { Weight::Nothing }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Body<'a> {
    #[serde(borrow)]
    model: Text<'a>,
    message: Object<Message<'a>>,
    /// Of `/api/generate`, like `thinking`.
    response: Text<'a>,
    thinking: Text<'a>,
    done: Lenient<bool>,
    done_reason: Text<'a>,
    prompt_eval_count: Count,
    eval_count: Count,
    error: Lenient<ErrorCode<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Message<'a> {
    #[serde(borrow)]
    content: Text<'a>,
    thinking: Text<'a>,
    tool_calls: List<Call<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Call<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    function: Object<Function<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Function<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    arguments: Option<&'a RawValue>,
}

pub(super) fn read(event: &[u8], state: &mut State) -> Option<()> {
    let body: Body<'_> = parse(event)?;
    let message = body.message.0.unwrap_or_default();
    state.model(body.model.get());
    state.reasoning(0, body.thinking.get().or(message.thinking.get()).unwrap_or_default());
    state.text(0, body.response.get().or(message.content.get()).unwrap_or_default());
    for call in message.tool_calls.0 {
        let function = call.function.0.unwrap_or_default();
        let at = state.tool_call(0, None, call.id.get(), function.name.get());
        state.all_arguments(at, function.arguments.map(RawValue::get).unwrap_or_default());
    }
    let mut usage = Usage::default();
    usage.input = body.prompt_eval_count.0;
    usage.output = body.eval_count.0;
    state.usage(usage);
    if body.done.0 == Some(true) {
        let reason = body.done_reason.get().unwrap_or("stop");
        // The calls came in an earlier event, and the reason for them is `stop` like any other.
        let reason = match state.response.tool_calls.is_empty() {
            false if reason == "stop" => FinishReason::with_kind(FinishKind::ToolCall, reason),
            _ => FinishReason::new(reason),
        };
        state.finish(0, reason);
        state.end();
    }
    if let Some(error) = body.error.0 {
        error.write(state);
        state.end();
    }
    Some(())
}
