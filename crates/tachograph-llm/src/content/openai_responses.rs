//! `/responses`, after <https://platform.openai.com/docs/api-reference/responses/create>.

use serde::Deserialize;
use tachograph_core::ContentKind;

use super::{
    conversation::{Conversation, Listed, Message, Part, Role, Value},
    ends::{First, Newest, TextOr},
    openai_part::{Content, OpenAiTool, parts},
};
use crate::json::{Lenient, List, Text, parse};

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Body<'a> {
    #[serde(borrow)]
    instructions: Text<'a>,
    input: Lenient<TextOr<'a, Newest<Item<'a>>>>,
    tools: First<OpenAiTool<'a>>,
}

/// A message, a tool call, its output, reasoning: each is an item of its own.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Item<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    role: Text<'a>,
    content: Content<'a>,
    call_id: Text<'a>,
    name: Text<'a>,
    arguments: Text<'a>,
    /// Of custom tools.
    input: Text<'a>,
    output: Content<'a>,
    summary: List<Summary<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Summary<'a> {
    #[serde(borrow)]
    text: Text<'a>,
}

pub(super) fn read(body: &[u8]) -> Option<Conversation<'_>> {
    let body: Body<'_> = parse(body)?;
    let instructions = body.instructions.0.map(|text| Part::text(ContentKind::SystemInstructions, text));
    Some(Conversation {
        instructions: instructions.into_iter().collect(),
        messages: match body.input.0 {
            Some(TextOr::Text(text)) => vec![Message::prompt(text)].into(),
            Some(TextOr::Objects(items)) => Listed::map(items, Item::read),
            None => Listed::default(),
        },
        tools: Listed::map(body.tools, OpenAiTool::read),
    })
}

impl<'a> Item<'a> {
    fn read(self) -> Message<'a> {
        match self.r#type.get() {
            None | Some("message") => {
                let role = Role::of(self.role.0);
                let parts = parts(self.content, &role);
                Message::new(role, parts)
            }
            Some("function_call" | "custom_tool_call") => {
                let arguments = self.arguments.0.or(self.input.0).map(Value::from);
                let name = self.name.0.unwrap_or_default();
                Message::new(Role::Assistant, vec![Part::ToolCall { id: self.call_id.0, name, arguments }])
            }
            Some("function_call_output" | "custom_tool_call_output") => {
                let response = Value::of_parts(parts(self.output, &Role::Tool));
                Message::new(Role::Tool, vec![Part::ToolResponse { id: self.call_id.0, name: None, response }])
            }
            Some("reasoning") => Message::new(Role::Assistant, self.reasoning()),
            // What the provider's own tools did.
            Some(_) => {
                let part = self.r#type.0.and_then(|name| Part::other(ContentKind::Completion, name));
                Message::new(Role::Assistant, part.into_iter().collect())
            }
        }
    }

    /// The summary, and the reasoning itself where the model is open about it.
    fn reasoning(self) -> Vec<Part<'a>> {
        let summary = self.summary.0.into_iter().filter_map(|part| part.text.0).map(Part::reasoning);
        let as_reasoning = |part| match part {
            Part::Text(_, text) => Part::Reasoning(text),
            other => other,
        };
        let content = parts(self.content, &Role::Assistant).into_iter().map(as_reasoning);
        summary.chain(content).collect()
    }
}
