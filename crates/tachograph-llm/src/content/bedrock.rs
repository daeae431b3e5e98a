//! `Converse`, after <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use tachograph_core::ContentKind;

use super::{
    conversation::{Conversation, Listed, Message, Part, Role, Tool, Value},
    ends::{First, Newest},
    media::Media,
};
use crate::json::{Object, Text, parse};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Body<'a> {
    #[serde(borrow)]
    system: First<Block<'a>>,
    messages: Newest<Turn<'a>>,
    tool_config: Object<ToolConfig<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Turn<'a> {
    #[serde(borrow)]
    role: Text<'a>,
    content: First<Block<'a>>,
}

/// Has one of these fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Block<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    guard_content: Object<Guarded<'a>>,
    reasoning_content: Object<Reasoning<'a>>,
    tool_use: Object<ToolUse<'a>>,
    tool_result: Object<ToolResult<'a>>,
    image: Object<File<'a>>,
    document: Object<File<'a>>,
    video: Object<File<'a>>,
    audio: Object<File<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct File<'a> {
    #[serde(borrow)]
    format: Text<'a>,
    source: Object<Source<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Source<'a> {
    #[serde(borrow)]
    bytes: Text<'a>,
    text: Text<'a>,
    s3_location: Object<Location<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Location<'a> {
    #[serde(borrow)]
    uri: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Guarded<'a> {
    #[serde(borrow)]
    text: Object<GuardedText<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct GuardedText<'a> {
    #[serde(borrow)]
    text: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Reasoning<'a> {
    #[serde(borrow)]
    reasoning_text: Object<GuardedText<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct ToolUse<'a> {
    #[serde(borrow)]
    tool_use_id: Text<'a>,
    name: Text<'a>,
    input: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct ToolResult<'a> {
    #[serde(borrow)]
    tool_use_id: Text<'a>,
    content: First<ResultBlock<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct ResultBlock<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    json: Option<&'a RawValue>,
    image: Object<File<'a>>,
    document: Object<File<'a>>,
    video: Object<File<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct ToolConfig<'a> {
    #[serde(borrow)]
    tools: First<Definition<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Definition<'a> {
    #[serde(borrow)]
    tool_spec: Object<Specification<'a>>,
    system_tool: Object<Specification<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Specification<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    description: Text<'a>,
    input_schema: Object<Schema<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Schema<'a> {
    #[serde(borrow)]
    json: Option<&'a RawValue>,
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
        tools: Listed::map(body.tool_config.0.unwrap_or_default().tools, Definition::read),
    })
}

fn parts<'a>(blocks: First<Block<'a>>, kind: ContentKind) -> Vec<Part<'a>> {
    blocks.into_iter().filter_map(|block| block.read(kind)).collect()
}

impl<'a> Block<'a> {
    fn read(self, kind: ContentKind) -> Option<Part<'a>> {
        let guarded = self.guard_content.0.unwrap_or_default().text.0.unwrap_or_default().text;
        if let Some(text) = self.text.0.or(guarded.0) {
            return (!text.is_empty()).then(|| Part::text(kind, text));
        }
        if let Some(reasoning) = self.reasoning_content.0 {
            // What the provider hides has no text.
            return match reasoning.reasoning_text.0 {
                Some(reasoning) => reasoning.text.0.map(Part::reasoning),
                None => Part::other(ContentKind::Reasoning, Cow::Borrowed("redacted_reasoning")),
            };
        }
        if let Some(tool) = self.tool_use.0 {
            let arguments = tool.input.map(|input| Value::Json(input.get()));
            return Some(Part::ToolCall { id: tool.tool_use_id.0, name: tool.name.0.unwrap_or_default(), arguments });
        }
        if let Some(result) = self.tool_result.0 {
            let parts: Vec<_> = result.content.into_iter().filter_map(ResultBlock::read).collect();
            let response = Value::of_parts(parts);
            return Some(Part::ToolResponse { id: result.tool_use_id.0, name: None, response });
        }
        attached(
            [(self.image, "image"), (self.video, "video"), (self.audio, "audio"), (self.document, "document")],
            kind,
        )
    }
}

impl<'a> ResultBlock<'a> {
    fn read(self) -> Option<Part<'a>> {
        let kind = ContentKind::ToolResult;
        if let Some(text) = self.text.0 {
            return Some(Part::text(kind, text));
        }
        if let Some(json) = self.json {
            return Some(Part::Other(kind, Cow::Borrowed("json"), Some(Value::Json(json.get()))));
        }
        attached([(self.image, "image"), (self.video, "video"), (self.document, "document")], kind)
    }
}

/// The one file that is there, with its modality.
fn attached<'a, const N: usize>(files: [(Object<File<'a>>, &'static str); N], kind: ContentKind) -> Option<Part<'a>> {
    let (file, modality) = files.into_iter().find_map(|(file, modality)| Some((file.0?, modality)))?;
    let mime_type = match (modality, file.format.get()) {
        ("document", Some("pdf")) => Some(Cow::Borrowed("application/pdf")),
        ("document", _) | (_, None) => None,
        (family, Some(format)) => Some(Cow::Owned(format!("{family}/{format}"))),
    };
    let source = file.source.0?;
    if let Some(text) = source.text.0 {
        return Some(Part::text(kind, text));
    }
    let media = match source.s3_location.0 {
        Some(location) => Media::at(location.uri.0?, mime_type, modality),
        None => Media::inline(mime_type, modality, &source.bytes.0?),
    };
    Some(Part::Media(kind, media))
}

impl<'a> Definition<'a> {
    fn read(self) -> Tool<'a> {
        let sort = if self.system_tool.0.is_some() { "system_tool" } else { "function" };
        let tool = self.tool_spec.0.or(self.system_tool.0).unwrap_or_default();
        Tool {
            sort: Cow::Borrowed(sort),
            name: tool.name.0.unwrap_or_default(),
            description: tool.description.0,
            parameters: tool.input_schema.0.unwrap_or_default().json.map(RawValue::get),
        }
    }
}
