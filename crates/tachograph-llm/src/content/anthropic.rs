//! Messages, after <https://docs.anthropic.com/en/api/messages>.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use tachograph_core::ContentKind;

use super::{
    conversation::{Conversation, Listed, Message, Part, Role, Tool, Value},
    ends::{First, Newest, TextOr},
    media::Media,
};
use crate::json::{Lenient, Object, Text, parse};

type Content<'a> = Lenient<TextOr<'a, First<Block<'a>>>>;

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Body<'a> {
    #[serde(borrow)]
    system: Content<'a>,
    messages: Newest<Turn<'a>>,
    tools: First<Definition<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Turn<'a> {
    #[serde(borrow)]
    role: Text<'a>,
    content: Content<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Block<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    text: Text<'a>,
    thinking: Text<'a>,
    id: Text<'a>,
    name: Text<'a>,
    input: Option<&'a RawValue>,
    tool_use_id: Text<'a>,
    /// Of a tool's result: a text or blocks.
    content: Option<&'a RawValue>,
    source: Object<Source<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Source<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    media_type: Text<'a>,
    data: Text<'a>,
    url: Text<'a>,
    file_id: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Definition<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    name: Text<'a>,
    description: Text<'a>,
    input_schema: Option<&'a RawValue>,
}

pub(super) fn read(body: &[u8]) -> Option<Conversation<'_>> {
    let body: Body<'_> = parse(body)?;
    Some(Conversation {
        instructions: parts(body.system, ContentKind::SystemInstructions),
        messages: Listed::map(body.messages, |turn| {
            let role = Role::of(turn.role.0);
            let parts = parts(turn.content, role.kind());
            Message::new(role, parts)
        }),
        tools: Listed::map(body.tools, Definition::read),
    })
}

fn parts<'a>(content: Content<'a>, kind: ContentKind) -> Vec<Part<'a>> {
    match content.0 {
        Some(TextOr::Text(text)) if !text.is_empty() => vec![Part::text(kind, text)],
        Some(TextOr::Objects(blocks)) => blocks.into_iter().filter_map(|block| block.read(kind)).collect(),
        _ => Vec::new(),
    }
}

impl<'a> Block<'a> {
    fn read(self, kind: ContentKind) -> Option<Part<'a>> {
        match self.r#type.get()? {
            "text" => self.text.0.filter(|text| !text.is_empty()).map(|text| Part::text(kind, text)),
            "thinking" => self.thinking.0.map(Part::reasoning),
            "redacted_thinking" => Part::other(ContentKind::Reasoning, self.r#type.0?),
            "tool_use" => Some(Part::ToolCall {
                id: self.id.0,
                name: self.name.0.unwrap_or_default(),
                arguments: self.input.map(|input| Value::Json(input.get())),
            }),
            "tool_result" => {
                // The blocks of a result are read here, and no deeper.
                let content = self.content.and_then(|content| serde_json::from_str::<Content<'a>>(content.get()).ok());
                let content = parts(content.unwrap_or_default(), ContentKind::ToolResult);
                Some(Part::ToolResponse { id: self.tool_use_id.0, name: None, response: Value::of_parts(content) })
            }
            "image" | "document" => {
                let or = if self.r#type.get() == Some("image") { "image" } else { "document" };
                self.source.0?.read(kind, or)
            }
            _ => Part::other(kind, self.r#type.0?),
        }
    }
}

impl<'a> Source<'a> {
    fn read(self, kind: ContentKind, or: &'static str) -> Option<Part<'a>> {
        let media_type = self.media_type.0;
        let media = match self.r#type.get()? {
            "text" => return self.data.0.map(|text| Part::text(kind, text)),
            "url" => Media::at(self.url.0?, media_type, or),
            "file" => Media::file(self.file_id.0?, media_type, or),
            _ => Media::inline(media_type, or, &self.data.0?),
        };
        Some(Part::Media(kind, media))
    }
}

impl<'a> Definition<'a> {
    fn read(self) -> Tool<'a> {
        let sort = self.r#type.0.filter(|sort| sort != "custom").unwrap_or(Cow::Borrowed("function"));
        Tool {
            name: self.name.0.unwrap_or_else(|| sort.clone()),
            sort,
            description: self.description.0,
            parameters: self.input_schema.map(RawValue::get),
        }
    }
}
