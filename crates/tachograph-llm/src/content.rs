//! Prompts and answers in the conventions' JSON form, as far as the [`ContentPolicy`] lets them be recorded: nothing unless told.
//!
//! [`request`] reads the body of a request, [`output_messages`] what a [`ResponseReader`](crate::ResponseReader) kept of the answer. The
//! result is a JSON text with the shapes of `gen_ai.system_instructions`, `gen_ai.input.messages`, `gen_ai.output.messages` and
//! `gen_ai.tool.definitions`.
//!
//! # What is left out
//!
//! | what | when |
//! |---|---|
//! | a text, a result, a picture | its [`ContentKind`] is closed; the message stays, with its role and without the part |
//! | arguments of a tool call | [`ContentKind::ToolArguments`] is closed; the name and the id of the call stay |
//! | tool definitions | [`ContentKind::ToolDefinitions`] is closed |
//! | a whole attribute | nothing would be in it but roles |
//! | pictures, audio, documents | always: `content` is empty, and `original_bytes` says how long the data was |
//! | parts that the conventions have no shape for | always: their `type` alone is recorded |
//!
//! # What is cut
//!
//! Redactions see a text before it is cut, and in JSON they see every key and value without escapes. A value is shown to them a second time
//! with the key before it, as `key="value"`: often that is what tells a secret. Of a text that came in cut, 512 bytes at its end are dropped
//! after the redaction, because half a secret is not recognised.
//!
//! A text then keeps [`ContentPolicy::text_bytes`] bytes, and its part gets `original_bytes`, the size before all that. Arguments and results
//! that are longer JSON become a text that is cut. Where the whole does not fit the room of the attribute, a conversation keeps the message of
//! the system that began it and the newest messages; the one after the gap says in `omitted_before` how many are missing. Tools lose their
//! schemas first (`parameters_bytes` is their size), then their descriptions, then the last ones go (`omitted_after`). The conventions allow
//! fields of one's own in all these places. The same body always gives the same text, and it is always valid JSON.

mod anthropic;
mod bedrock;
mod clean;
mod conversation;
mod ends;
mod fit;
mod gemini;
mod json;
mod media;
mod ollama;
mod openai_chat;
mod openai_part;
mod openai_responses;
mod output;
#[cfg(feature = "redact")]
mod patterns;
mod shape;

use tachograph_core::{Call, ContentKind, ContentPolicy, ContentRoom, LlmRequest};

#[cfg(feature = "redact")]
pub use self::patterns::{Pattern, PatternError, Patterns};
use self::{
    clean::{Cleaner, SLACK},
    conversation::Conversation,
};
use crate::{Capture, Format, Response};

/// Longer bodies are not read: most of such a body is pictures, and parsing it would hold up the caller.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// What an answer is made of.
const OUTPUT: [ContentKind; 3] = [ContentKind::Completion, ContentKind::Reasoning, ContentKind::ToolArguments];

/// What else the messages of a request are made of.
const INPUT: [ContentKind; 3] = [ContentKind::SystemInstructions, ContentKind::Prompt, ContentKind::ToolResult];

/// Tells the call what its request body holds: system instructions, input messages, tool definitions.
///
/// Nothing is parsed where the policy is closed or the call has no span. A body that is malformed or longer than 8 MiB tells nothing. A
/// quarter of the call's room is left for the answer, and half of the rest at most is for instructions and for tools each.
pub fn request(format: Format, body: &[u8], call: &Call<LlmRequest>) {
    let Some(policy) = call.content_policy() else { return };
    let has_messages = INPUT.into_iter().chain(OUTPUT).any(|kind| policy.allows(kind));
    let has_tools = policy.allows(ContentKind::ToolDefinitions);
    if !has_messages && !has_tools || body.len() > MAX_BODY {
        return;
    }
    let Some(conversation) = read(format, body) else { return };
    let for_answer = if OUTPUT.into_iter().any(|kind| policy.allows(kind)) { policy.call_bytes() / 4 } else { 0 };
    let without_answer = |room: ContentRoom<'_>| room.bytes.saturating_sub(for_answer);
    if has_messages && !conversation.instructions.is_empty() {
        call.system_instructions(|room| {
            let cleaner = Cleaner::new(room);
            fit::instructions(cleaner.parts(&conversation.instructions), cleaner.limit, without_answer(room) / 2)
        });
    }
    if has_tools && !conversation.tools.kept.is_empty() {
        call.tool_definitions(|room| {
            let cleaner = Cleaner::new(room);
            let tools = conversation.tools.kept.iter().map(|tool| cleaner.tool(tool)).collect();
            fit::tools(tools, conversation.tools.total, without_answer(room) / 2)
        });
    }
    if has_messages {
        call.input_messages(|room| fit::messages(&conversation.messages, &Cleaner::new(room), without_answer(room)));
    }
}

/// The answer in the shape of `gen_ai.output.messages`, one message for each choice.
///
/// `None` where there is nothing to see: the kinds of content that an answer is made of are closed, the reader was not told to keep any
/// ([`capture_for`]), or there is no room for the least of it. A choice without a finish reason broke off: its reason is `error`.
#[must_use]
pub fn output_messages(response: &Response, room: ContentRoom<'_>) -> Option<String> {
    if !OUTPUT.into_iter().any(|kind| room.policy.allows(kind)) {
        return None;
    }
    let cleaner = Cleaner::new(room);
    fit::answers(output::messages(response, &cleaner), cleaner.limit, room.bytes)
}

/// How much of an answer its reader has to keep, so that [`output_messages`] can record all that the policy allows; nothing without one.
#[must_use]
pub fn capture_for(policy: Option<&ContentPolicy>) -> Capture {
    let Some(policy) = policy else { return Capture::default() };
    let bytes = |kind| if policy.allows(kind) { policy.text_bytes().saturating_add(SLACK) } else { 0 };
    Capture::default()
        .with_text(bytes(ContentKind::Completion))
        .with_reasoning(bytes(ContentKind::Reasoning))
        .with_tool_arguments(bytes(ContentKind::ToolArguments))
}

fn read(format: Format, body: &[u8]) -> Option<Conversation<'_>> {
    match format {
        Format::OpenAiChat => openai_chat::read(body),
        Format::OpenAiResponses => openai_responses::read(body),
        Format::Anthropic => anthropic::read(body),
        Format::Gemini => gemini::read(body),
        Format::Bedrock => bedrock::read(body),
        Format::Ollama => ollama::read(body),
    }
}
