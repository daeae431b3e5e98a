//! Content of requests and answers in the conventions' JSON form.

use tachograph_core::ContentRoom;

use crate::Response;

/// Messages of an answer.
#[must_use]
pub fn output_messages(_: &Response, _: ContentRoom<'_>) -> Option<String> {
    None
}

/// How much of an answer is read.
#[must_use]
pub fn capture_for(policy: Option<&tachograph_core::ContentPolicy>) -> crate::Capture {
    use tachograph_core::ContentKind;
    let room = |kind| policy.filter(|policy| policy.allows(kind)).map_or(0, |policy| policy.text_bytes() + 512);
    crate::Capture::default()
        .with_text(room(ContentKind::Completion))
        .with_reasoning(room(ContentKind::Reasoning))
        .with_tool_arguments(room(ContentKind::ToolArguments))
}
