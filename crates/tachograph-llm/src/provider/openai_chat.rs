//! Chat completions, after <https://platform.openai.com/docs/api-reference/chat>, completions, and what embeddings cost.

use std::borrow::Cow;

use memchr::memmem::Finder;
use serde::Deserialize;

use super::{
    Unread, Weight,
    error::{Code, ErrorCode},
    openai_usage::OpenAiUsage,
};
use crate::{
    FinishReason,
    json::{Content, Count, Lenient, List, Object, Text, parse},
    scan::Key,
    state::State,
};

static USAGE: Key = Key::new(|| Finder::new("\"usage\""));
static FINISH_REASON: Key = Key::new(|| Finder::new("\"finish_reason\""));
static TOOL_CALLS: Key = Key::new(|| Finder::new("\"tool_calls\""));
static ERROR: Key = Key::new(|| Finder::new("\"error\""));

pub(super) fn weigh(event: &[u8], unread: Unread) -> Weight {
    if event.len() < 16 && event.trim_ascii() == b"[DONE]" {
        Weight::End
    } else if !unread.text || FINISH_REASON.is_set(event) || TOOL_CALLS.is_set(event) || ERROR.is_set(event) {
        Weight::All
    } else if USAGE.is_set(event) {
        Weight::Figures
    } else {
        Weight::Nothing
    }
}

/// A chunk of a stream or a whole answer: they differ in where a choice has its message.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Body<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    model: Text<'a>,
    service_tier: Text<'a>,
    system_fingerprint: Text<'a>,
    choices: List<Choice<'a>>,
    usage: Object<OpenAiUsage>,
    x_groq: Object<Groq<'a>>,
    error: Lenient<ErrorCode<'a>>,
    /// `error` where the body itself is one, as vLLM used to send.
    object: Text<'a>,
    code: Lenient<Code<'a>>,
    r#type: Text<'a>,
}

/// What Groq adds: before it had `stream_options` its usage stood only here.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Groq<'a> {
    usage: Object<OpenAiUsage>,
    #[serde(borrow)]
    error: Lenient<ErrorCode<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Choice<'a> {
    index: Count,
    #[serde(borrow)]
    finish_reason: Text<'a>,
    delta: Object<Message<'a>>,
    message: Object<Message<'a>>,
    /// Of the older completions API.
    text: Text<'a>,
    /// OpenRouter puts an error of the provider behind it here too.
    error: Lenient<ErrorCode<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Message<'a> {
    #[serde(borrow)]
    content: Lenient<Content<'a, Part<'a>>>,
    /// Reasoning of DeepSeek, xAI and vLLM.
    reasoning_content: Text<'a>,
    /// Reasoning of Groq and OpenRouter.
    reasoning: Text<'a>,
    refusal: Text<'a>,
    audio: Object<Nothing>,
    tool_calls: List<Call<'a>>,
}

/// An object of which only its being there matters.
#[derive(Debug, Default, Deserialize)]
struct Nothing {}

/// A part of a content that is an array, as Mistral's is where the model reasons.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Part<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    thinking: List<Thought<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Thought<'a> {
    #[serde(borrow)]
    text: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Call<'a> {
    index: Count,
    #[serde(borrow)]
    id: Text<'a>,
    function: Object<Function<'a>>,
    custom: Object<Function<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Function<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    arguments: Text<'a>,
    input: Text<'a>,
}

pub(super) fn read(event: &[u8], state: &mut State) -> Option<()> {
    let body: Body<'_> = parse(event)?;
    state.id(body.id.get());
    state.model(body.model.get());
    state.service_tier(body.service_tier.get());
    state.system_fingerprint(body.system_fingerprint.get());
    for choice in body.choices.0 {
        read_choice(choice, state);
    }
    let groq = body.x_groq.0.unwrap_or_default();
    if body.object.get() == Some("list") && body.usage.0.is_some() {
        // Embeddings come whole and have no reason for their end.
        state.end();
    }
    for usage in [groq.usage.0, body.usage.0].into_iter().flatten() {
        usage.write(state);
    }
    for error in [body.error.0, groq.error.0].into_iter().flatten() {
        error.write(state);
    }
    if body.object.get() == Some("error") {
        ErrorCode::of(body.code, Text::default(), body.r#type).write(state);
    }
    Some(())
}

fn read_choice(choice: Choice<'_>, state: &mut State) {
    let index = choice.index.0.unwrap_or_default();
    state.text(index, choice.text.get().unwrap_or_default());
    for message in [choice.delta.0, choice.message.0].into_iter().flatten() {
        read_message(index, message, state);
    }
    if let Some(error) = choice.error.0 {
        error.write(state);
    }
    if let Some(reason) = choice.finish_reason.get() {
        state.finish(index, FinishReason::new(reason));
    }
}

fn read_message(choice: u64, message: Message<'_>, state: &mut State) {
    // Some servers send the same text under both names.
    state.reasoning(choice, message.reasoning_content.get().or(message.reasoning.get()).unwrap_or_default());
    match message.content.0 {
        Some(Content::Text(text)) => state.text(choice, &text),
        Some(Content::Parts(parts)) => {
            state.output(!parts.is_empty());
            for part in parts {
                part.thinking
                    .0
                    .iter()
                    .filter_map(|part| part.text.get())
                    .for_each(|text| state.reasoning(choice, text));
                state.text(choice, part.text.get().unwrap_or_default());
            }
        }
        None => {}
    }
    state.output(message.audio.0.is_some());
    state.text(choice, message.refusal.get().unwrap_or_default());
    for call in message.tool_calls.0 {
        let function = call.function.0.or(call.custom.0).unwrap_or_default();
        // Calls of different choices have the same indices.
        let key = call.index.0.map(|index| choice << 32 | index & u64::from(u32::MAX));
        let at = state.tool_call(choice, key, call.id.get(), function.name.get());
        let arguments: [Text<'_>; 2] = [function.arguments, function.input];
        let pieces = arguments.iter().filter_map(|text: &Lenient<Cow<'_, str>>| text.get());
        pieces.for_each(|piece| state.more_arguments(at, piece));
    }
}
