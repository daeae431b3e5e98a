//! What a model answered.

use std::borrow::Cow;

use tachograph_core::ContentKind;

use super::{
    clean::Cleaner,
    conversation::{Fragment, Part, Value},
    shape::Message,
};
use crate::{
    Kept, OutputMessage, OutputPart, Response, ToolCall,
    bounded::{NAME, SHORT},
};

/// What stands for the reason of a choice that gave none: it broke off.
const NO_REASON: &str = "error";

/// What stands for a reason or a tool's name that is longer than any real one.
const NO_WORD: &str = "_OTHER";

/// The choices of an answer, one message each.
pub(super) fn messages(response: &Response, cleaner: &Cleaner<'_>) -> Vec<Message> {
    response.messages.iter().map(|message| read(message, &response.tool_calls, cleaner)).collect()
}

fn read(message: &OutputMessage, calls: &[ToolCall], cleaner: &Cleaner<'_>) -> Message {
    let parts: Vec<_> = message.parts.iter().filter_map(|part| read_part(part, calls)).collect();
    let reason = message.finish_reason.as_ref().map(|reason| whole(reason.as_str(), SHORT).unwrap_or(NO_WORD));
    cleaner.answer(&parts, reason.unwrap_or(NO_REASON))
}

fn read_part<'a>(part: &'a OutputPart, calls: &'a [ToolCall]) -> Option<Part<'a>> {
    Some(match part {
        OutputPart::Text(text) => Part::Text(ContentKind::Completion, fragment(text)),
        OutputPart::Reasoning(text) => Part::Reasoning(fragment(text)),
        OutputPart::ToolCall(at) => {
            let call = calls.get(*at)?;
            Part::ToolCall {
                id: call.id.as_deref().and_then(|id| whole(id, NAME)).map(Cow::Borrowed),
                name: Cow::Borrowed(whole(&call.name, NAME).unwrap_or(NO_WORD)),
                arguments: call.arguments.as_ref().map(|arguments| Value::Text(fragment(arguments))),
            }
        }
    })
}

/// The text, unless the reader may have cut it to this many bytes: it does so before anybody looks for secrets, and half a secret is not
/// recognised.
fn whole(text: &str, limit: usize) -> Option<&str> {
    // The last character may have had up to four bytes.
    (text.len() + 4 <= limit).then_some(text)
}

fn fragment(kept: &Kept) -> Fragment<'_> {
    Fragment { text: Cow::Borrowed(&kept.text), bytes: kept.bytes }
}
