//! `/api/chat`, `/api/generate` and `/api/embed`, after <https://docs.ollama.com/api/chat> and <https://docs.ollama.com/api/generate>.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use tachograph_core::ContentKind;

use super::{
    conversation::{Conversation, Listed, Message, Part, Role, Value},
    ends::{First, Newest, Prompts},
    media::Media,
    openai_part::OpenAiTool,
};
use crate::json::{Lenient, List, Object, Text, Texts, parse};

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Body<'a> {
    #[serde(borrow)]
    messages: Newest<ChatMessage<'a>>,
    tools: First<OpenAiTool<'a>>,
    /// Of `generate`, like `system` and `images`.
    prompt: Text<'a>,
    system: Text<'a>,
    images: Lenient<Texts<'a>>,
    /// Of `embed`.
    input: Lenient<Prompts<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct ChatMessage<'a> {
    #[serde(borrow)]
    role: Text<'a>,
    content: Text<'a>,
    thinking: Text<'a>,
    images: Lenient<Texts<'a>>,
    tool_calls: List<Call<'a>>,
    tool_name: Text<'a>,
    tool_call_id: Text<'a>,
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

pub(super) fn read(body: &[u8]) -> Option<Conversation<'_>> {
    let body: Body<'_> = parse(body)?;
    let instructions = filled(body.system).map(|text| Part::text(ContentKind::SystemInstructions, text));
    let messages = if body.messages.total() > 0 {
        Listed::map(body.messages, ChatMessage::read)
    } else if let Some(inputs) = body.input.0 {
        Listed::map(inputs.0, Message::prompt)
    } else {
        let text = filled(body.prompt).map(|text| Part::text(ContentKind::Prompt, text));
        let parts: Vec<_> = text.into_iter().chain(images(body.images, ContentKind::Prompt)).collect();
        if parts.is_empty() { Listed::default() } else { vec![Message::new(Role::User, parts)].into() }
    };
    Some(Conversation {
        instructions: instructions.into_iter().collect(),
        messages,
        tools: Listed::map(body.tools, OpenAiTool::read),
    })
}

fn filled(text: Text<'_>) -> Option<Cow<'_, str>> {
    text.0.filter(|text| !text.is_empty())
}

/// Ollama takes pictures without their type.
fn images<'a>(images: Lenient<Texts<'a>>, kind: ContentKind) -> impl Iterator<Item = Part<'a>> {
    let images = images.0.unwrap_or_default().0.into_iter();
    images.map(move |base64| Part::Media(kind, Media::inline(None, "image", &base64)))
}

impl<'a> ChatMessage<'a> {
    fn read(self) -> Message<'a> {
        let role = Role::of(self.role.0);
        if role == Role::Tool {
            let response = Value::from(self.content.0.unwrap_or_default());
            let part = Part::ToolResponse { id: self.tool_call_id.0, name: self.tool_name.0, response };
            return Message::new(role, vec![part]);
        }
        let mut parts: Vec<Part<'a>> = filled(self.thinking).map(Part::reasoning).into_iter().collect();
        parts.extend(filled(self.content).map(|text| Part::text(role.kind(), text)));
        parts.extend(images(self.images, role.kind()));
        for call in self.tool_calls.0 {
            let function = call.function.0.unwrap_or_default();
            let arguments = function.arguments.map(|arguments| Value::Json(arguments.get()));
            parts.push(Part::ToolCall { id: call.id.0, name: function.name.0.unwrap_or_default(), arguments });
        }
        Message::new(role, parts)
    }
}
