//! `/chat/completions`, `/completions` and `/embeddings`, after <https://platform.openai.com/docs/api-reference/chat/create>.

use std::borrow::Cow;

use serde::Deserialize;

use super::{
    conversation::{Conversation, Listed, Message, Part, Role, Value},
    ends::{First, Newest, Prompts},
    openai_part::{Content, OpenAiTool, parts},
};
use crate::json::{Lenient, List, Object, Text, parse};

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Body<'a> {
    #[serde(borrow)]
    messages: Newest<ChatMessage<'a>>,
    tools: First<OpenAiTool<'a>>,
    /// The older form of `tools`.
    functions: First<OpenAiTool<'a>>,
    /// Of completions.
    prompt: Lenient<Prompts<'a>>,
    /// Of embeddings.
    input: Lenient<Prompts<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct ChatMessage<'a> {
    #[serde(borrow)]
    role: Text<'a>,
    name: Text<'a>,
    content: Content<'a>,
    refusal: Text<'a>,
    /// As DeepSeek has it; others say `reasoning`.
    reasoning_content: Text<'a>,
    reasoning: Text<'a>,
    tool_calls: List<Call<'a>>,
    /// The older form of `tool_calls`.
    function_call: Object<Function<'a>>,
    tool_call_id: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Call<'a> {
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
    /// Of custom tools.
    input: Text<'a>,
}

impl<'a> Function<'a> {
    fn called(self, id: Text<'a>) -> Part<'a> {
        let arguments = self.arguments.0.or(self.input.0);
        Part::ToolCall { id: id.0, name: self.name.0.unwrap_or_default(), arguments: arguments.map(Value::from) }
    }
}

pub(super) fn read(body: &[u8]) -> Option<Conversation<'_>> {
    let body: Body<'_> = parse(body)?;
    let mut tools = body.tools;
    tools.extend(body.functions);
    let prompts = body.prompt.0.or(body.input.0).unwrap_or_default().0;
    let messages = match body.messages.total() {
        0 => Listed::map(prompts, Message::prompt),
        _ => Listed::map(body.messages, ChatMessage::read),
    };
    Some(Conversation { instructions: Vec::new(), messages, tools: Listed::map(tools, OpenAiTool::read) })
}

impl<'a> ChatMessage<'a> {
    fn read(self) -> Message<'a> {
        let role = Role::of(self.role.0);
        let content = parts(self.content, &role);
        if role == Role::Tool {
            let response = Value::of_parts(content);
            let part = match self.tool_call_id.0 {
                // The older form names the function.
                None => Part::ToolResponse { id: None, name: self.name.0, response },
                id => Part::ToolResponse { id, name: None, response },
            };
            return Message::new(role, vec![part]);
        }
        let reasoning = self.reasoning_content.0.or(self.reasoning.0).filter(|text| !text.is_empty());
        let refusal = self.refusal.0.filter(|text| !text.is_empty());
        let mut parts: Vec<Part<'a>> = reasoning.map(Part::reasoning).into_iter().collect();
        parts.extend(content);
        parts.extend(refusal.map(|text: Cow<'a, str>| Part::text(role.kind(), text)));
        for call in self.tool_calls.0 {
            parts.extend(call.function.0.or(call.custom.0).map(|function| function.called(call.id)));
        }
        parts.extend(self.function_call.0.map(|function| function.called(Text::default())));
        Message { role, name: self.name.0, parts }
    }
}
