//! The conventions' shapes of messages and tools (`gen_ai.input.messages` and its kin), with one field more where something was cut:
//! `original_bytes`, the size of the whole.

use std::borrow::Cow;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use crate::bounded::bounded;

#[derive(Debug, Serialize)]
pub(super) struct Message {
    pub(super) role: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    pub(super) parts: Vec<Part>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) finish_reason: Option<String>,
    /// Messages between this one and the one before it that there was no room for.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) omitted_before: usize,
    /// Messages after this one, the last, that there was no room for.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) omitted_after: usize,
}

impl Message {
    pub(super) fn of(role: Cow<'static, str>) -> Self {
        Self { role, name: None, parts: Vec::new(), finish_reason: None, omitted_before: 0, omitted_after: 0 }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[derive(Debug)]
pub(super) enum Part {
    Text(Clipped),
    Reasoning(Clipped),
    ToolCall { id: Option<String>, name: String, arguments: Option<Clipped> },
    ToolCallResponse { id: Option<String>, name: Option<String>, response: Clipped },
    Blob { modality: &'static str, mime_type: Option<String>, bytes: usize },
    Uri { modality: &'static str, mime_type: Option<String>, uri: Clipped },
    File { modality: &'static str, mime_type: Option<String>, file_id: String },
    Other { name: String, content: Option<Clipped> },
}

#[derive(Debug)]
pub(super) struct Tool {
    pub(super) sort: String,
    pub(super) name: String,
    pub(super) description: Option<Clipped>,
    pub(super) parameters: Option<Clipped>,
    /// Of parameters that are left out.
    pub(super) parameters_bytes: Option<usize>,
    /// Tools after this one, the last, that there was no room for.
    pub(super) omitted_after: usize,
}

impl Tool {
    /// Leaves the parameters out if they were cut.
    pub(super) fn with_whole_parameters(mut self) -> Self {
        if self.parameters.as_ref().is_some_and(|parameters| parameters.is_cut) {
            self.drop_parameters();
        }
        self
    }

    /// Leaves the parameters out, and keeps their size.
    pub(super) fn drop_parameters(&mut self) {
        if let Some(parameters) = self.parameters.take() {
            self.parameters_bytes = Some(parameters.bytes);
        }
    }
}

/// A text or a value that may have been cut.
#[derive(Debug)]
pub(super) struct Clipped {
    content: Content,
    /// Bytes of the whole.
    bytes: usize,
    is_cut: bool,
}

#[derive(Debug)]
enum Content {
    Text(String),
    Json(Box<RawValue>),
    Parts(Vec<Part>),
}

impl Clipped {
    /// The beginning of a text of so many bytes.
    pub(super) fn text(text: &str, bytes: usize, is_cut: bool, limit: usize) -> Self {
        let kept = bounded(text, limit);
        Self { content: Content::Text(kept.to_owned()), bytes, is_cut: is_cut || kept.len() < text.len() }
    }

    pub(super) fn json(json: Box<RawValue>, bytes: usize) -> Self {
        Self { content: Content::Json(json), bytes, is_cut: false }
    }

    pub(super) fn parts(parts: Vec<Part>) -> Self {
        Self { content: Content::Parts(parts), bytes: 0, is_cut: false }
    }

    /// Bytes of the whole, if this is not the whole.
    pub(super) fn original_bytes(&self) -> Option<usize> {
        self.is_cut.then_some(self.bytes)
    }

    /// Cuts the text to so many bytes. A JSON value that is longer becomes a text.
    pub(super) fn cut(&mut self, limit: usize) {
        match &mut self.content {
            Content::Text(text) if text.len() > limit => {
                text.truncate(text.floor_char_boundary(limit));
                self.is_cut = true;
            }
            Content::Json(json) if json.get().len() > limit => {
                self.content = Content::Text(bounded(json.get(), limit).to_owned());
                self.is_cut = true;
            }
            Content::Parts(parts) => parts.iter_mut().for_each(|part| part.cut(limit)),
            Content::Text(_) | Content::Json(_) => {}
        }
    }

    fn write<M: SerializeMap>(&self, map: &mut M, key: &str) -> Result<(), M::Error> {
        map.serialize_entry(key, &self.content)?;
        optional(map, "original_bytes", self.original_bytes())
    }
}

impl Part {
    /// Cuts the texts to so many bytes each.
    pub(super) fn cut(&mut self, limit: usize) {
        match self {
            Self::Text(content) | Self::Reasoning(content) | Self::Uri { uri: content, .. } => content.cut(limit),
            Self::ToolCall { arguments: Some(content), .. }
            | Self::ToolCallResponse { response: content, .. }
            | Self::Other { content: Some(content), .. } => content.cut(limit),
            _ => {}
        }
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => text.serialize(serializer),
            Self::Json(json) => json.serialize(serializer),
            Self::Parts(parts) => parts.serialize(serializer),
        }
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.name())?;
        match self {
            Self::Text(content) | Self::Reasoning(content) => content.write(&mut map, "content")?,
            Self::ToolCall { id, name, arguments } => {
                optional(&mut map, "id", id.as_ref())?;
                map.serialize_entry("name", name)?;
                arguments.as_ref().map_or(Ok(()), |arguments| arguments.write(&mut map, "arguments"))?;
            }
            Self::ToolCallResponse { id, name, response } => {
                optional(&mut map, "id", id.as_ref())?;
                optional(&mut map, "name", name.as_ref())?;
                response.write(&mut map, "response")?;
            }
            // The data is left out, and its field is not: a blob must have one.
            Self::Blob { modality, mime_type, bytes } => {
                medium(&mut map, modality, mime_type.as_ref())?;
                map.serialize_entry("content", "")?;
                map.serialize_entry("original_bytes", bytes)?;
            }
            Self::Uri { modality, mime_type, uri } => {
                medium(&mut map, modality, mime_type.as_ref())?;
                uri.write(&mut map, "uri")?;
            }
            Self::File { modality, mime_type, file_id } => {
                medium(&mut map, modality, mime_type.as_ref())?;
                map.serialize_entry("file_id", file_id)?;
            }
            Self::Other { content, .. } => {
                content.as_ref().map_or(Ok(()), |content| content.write(&mut map, "content"))?;
            }
        }
        map.end()
    }
}

impl Part {
    fn name(&self) -> &str {
        match self {
            Self::Text(_) => "text",
            Self::Reasoning(_) => "reasoning",
            Self::ToolCall { .. } => "tool_call",
            Self::ToolCallResponse { .. } => "tool_call_response",
            Self::Blob { .. } => "blob",
            Self::Uri { .. } => "uri",
            Self::File { .. } => "file",
            Self::Other { name, .. } => name,
        }
    }
}

impl Serialize for Tool {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &self.sort)?;
        map.serialize_entry("name", &self.name)?;
        self.description.as_ref().map_or(Ok(()), |text| text.write(&mut map, "description"))?;
        optional(&mut map, "parameters", self.parameters.as_ref().map(|parameters| &parameters.content))?;
        optional(&mut map, "parameters_bytes", self.parameters_bytes)?;
        optional(&mut map, "omitted_after", Some(self.omitted_after).filter(|count| *count > 0))?;
        map.end()
    }
}

fn medium<M: SerializeMap>(map: &mut M, modality: &str, mime_type: Option<&String>) -> Result<(), M::Error> {
    map.serialize_entry("modality", modality)?;
    optional(map, "mime_type", mime_type)
}

fn optional<M: SerializeMap, T: Serialize>(map: &mut M, key: &str, value: Option<T>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(key, &value))
}
