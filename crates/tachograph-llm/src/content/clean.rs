//! From what a body says to what may be recorded of it: kinds that are closed are left out, texts are redacted, then cut.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use tachograph_core::{ContentKind, ContentPolicy, ContentRoom, WITHHELD};

use super::{
    conversation::{self as given, Fragment, Name, Role, Value},
    json::Walk,
    media::{Data, DataUrl, Media},
    shape::{Clipped, Message, Part, Tool},
};
use crate::bounded::{NAME, SHORT, bounded};

/// What a reader keeps beyond the limit of a text that it cuts, and what is taken off the end of such a text after its redaction: a
/// secret that was cut in half is not recognised.
pub(super) const SLACK: usize = 512;

/// More of a text is not redacted, and so not recorded; unless the limit of a text is higher.
const MAX_REDACTED: usize = 256 * 1024;

/// Makes content recordable.
#[derive(Clone, Copy)]
pub(super) struct Cleaner<'p> {
    policy: &'p ContentPolicy,
    /// Most bytes of one text.
    pub(super) limit: usize,
}

impl<'p> Cleaner<'p> {
    pub(super) fn new(room: ContentRoom<'p>) -> Self {
        Self { policy: room.policy, limit: room.policy.text_bytes().min(room.bytes) }
    }

    /// A message that a model put out.
    pub(super) fn answer(&self, parts: &[given::Part<'_>], finish_reason: &str) -> Message {
        let kind = ContentKind::Completion;
        let finish_reason = Some(self.short(kind, finish_reason, SHORT));
        Message { parts: self.parts(parts), finish_reason, ..Message::of(self.role(&Role::Assistant)) }
    }

    pub(super) fn message(&self, message: &given::Message<'_>) -> Message {
        let name = self.optional(message.role.kind(), &message.name);
        Message { name, parts: self.parts(&message.parts), ..Message::of(self.role(&message.role)) }
    }

    pub(super) fn parts(&self, parts: &[given::Part<'_>]) -> Vec<Part> {
        parts.iter().filter_map(|part| self.part(part)).collect()
    }

    fn part(&self, part: &given::Part<'_>) -> Option<Part> {
        let allows = |kind: ContentKind| self.policy.allows(kind);
        Some(match part {
            given::Part::Text(kind, text) if allows(*kind) => Part::Text(self.text(*kind, text)),
            given::Part::Reasoning(text) if allows(ContentKind::Reasoning) => {
                Part::Reasoning(self.text(ContentKind::Reasoning, text))
            }
            // That a tool was called, and which, is no more than its own span says.
            given::Part::ToolCall { id, name, arguments } => {
                let kind = ContentKind::ToolArguments;
                let arguments = arguments.as_ref().filter(|_| allows(kind));
                Part::ToolCall {
                    id: self.optional(kind, id),
                    name: self.short(kind, name, NAME),
                    arguments: arguments.map(|arguments| self.value(kind, arguments)),
                }
            }
            given::Part::ToolResponse { id, name, response } if allows(ContentKind::ToolResult) => {
                let kind = ContentKind::ToolResult;
                let response = self.value(kind, response);
                Part::ToolCallResponse { id: self.optional(kind, id), name: self.optional(kind, name), response }
            }
            given::Part::Media(kind, media) if allows(*kind) => self.media(*kind, media),
            given::Part::Other(kind, name, content) if allows(*kind) => Part::Other {
                name: self.short(*kind, name, SHORT),
                content: content.as_ref().map(|content| self.value(*kind, content)),
            },
            _ => return None,
        })
    }

    fn media(&self, kind: ContentKind, media: &Media<'_>) -> Part {
        let (modality, mime_type) = (media.modality, self.optional(kind, &media.mime_type));
        match &media.data {
            Data::Inline(bytes) => Part::Blob { modality, mime_type, bytes: *bytes },
            Data::Uri(uri) => Part::Uri { modality, mime_type, uri: self.text(kind, &borrowed(uri)) },
            Data::File(id) => Part::File { modality, mime_type, file_id: self.short(kind, id, NAME) },
        }
    }

    pub(super) fn tool(&self, tool: &given::Tool<'_>) -> Tool {
        let kind = ContentKind::ToolDefinitions;
        let description = tool.description.as_ref().map(|text| self.text(kind, &borrowed(text)));
        let schema = tool.parameters.map(|schema| self.value(kind, &Value::Json(schema)));
        Tool {
            sort: self.short(kind, &tool.sort, SHORT),
            name: self.short(kind, &tool.name, NAME),
            description,
            parameters: schema,
            parameters_bytes: None,
            omitted_after: 0,
        }
        // Half a schema is none.
        .with_whole_parameters()
    }

    fn role(&self, role: &Role<'_>) -> Cow<'static, str> {
        match role {
            Role::System => "system".into(),
            Role::User => "user".into(),
            Role::Assistant => "assistant".into(),
            Role::Tool => "tool".into(),
            Role::Other(name) => self.short(role.kind(), name, SHORT).into(),
        }
    }

    fn optional(&self, kind: ContentKind, name: &Name<'_>) -> Option<String> {
        name.as_ref().filter(|name| !name.is_empty()).map(|name| self.short(kind, name, NAME))
    }

    /// Ids and names come from outside like everything else.
    fn short(&self, kind: ContentKind, text: &str, bytes: usize) -> String {
        bounded(&self.redacted(kind, text, false), bytes).to_owned()
    }

    pub(super) fn text(&self, kind: ContentKind, text: &Fragment<'_>) -> Clipped {
        let redacted = self.redacted(kind, &text.text, text.is_cut());
        Clipped::text(&redacted, text.bytes, text.is_cut() || text.text.len() > self.max_redacted(), self.limit)
    }

    fn value(&self, kind: ContentKind, value: &Value<'_>) -> Clipped {
        match value {
            Value::Json(json) => self.json(kind, json, json.len(), false),
            Value::Parts(parts) => Clipped::parts(self.parts(parts)),
            Value::Text(text) if text.is_cut() && looks_like_json(&text.text) => {
                self.json(kind, &text.text, text.bytes, true)
            }
            Value::Text(text) if looks_like_json(&text.text) && is_json(&text.text) => {
                self.json(kind, &text.text, text.bytes, false)
            }
            Value::Text(text) => self.text(kind, text),
        }
    }

    /// A JSON text whose values are redacted one by one. What is cut is a text and no JSON any more.
    fn json(&self, kind: ContentKind, json: &str, bytes: usize, is_cut: bool) -> Clipped {
        let redact = |text: &str| self.redacted(kind, text, false).into_owned();
        let walk = Walk::new(&redact, self.policy.has_redaction(), self.limit).over(json);
        match walk.value().filter(|_| !is_cut) {
            Some(value) => Clipped::json(value, bytes),
            // What stands outside of texts was not looked at, should this be no JSON after all.
            None => {
                let text = self.redacted(kind, walk.text(), is_cut);
                Clipped::text(&text, bytes, true, self.limit)
            }
        }
    }

    /// What may be recorded of a text. Data in it (`data:` URLs) may not.
    fn redacted<'t>(&self, kind: ContentKind, text: &'t str, is_cut: bool) -> Cow<'t, str> {
        if let Some(data) = DataUrl::of(text).filter(|data| data.is_base64) {
            let mime_type = self.policy.redact(kind, data.mime_type.unwrap_or_default()).into_owned();
            return Cow::Owned(format!("data:{mime_type};base64,[{} bytes]", data.bytes));
        }
        let seen = bounded(text, self.max_redacted());
        let redacted = self.policy.redact(kind, seen);
        let is_safe = seen.len() == text.len() && !is_cut || !self.policy.has_redaction() || redacted == WITHHELD;
        if is_safe {
            return redacted;
        }
        let end = redacted.floor_char_boundary(redacted.len().saturating_sub(SLACK));
        match redacted {
            Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
            Cow::Owned(mut text) => {
                text.truncate(end);
                Cow::Owned(text)
            }
        }
    }

    fn max_redacted(&self) -> usize {
        MAX_REDACTED.max(self.policy.text_bytes().saturating_add(SLACK))
    }
}

fn borrowed(text: &str) -> Fragment<'_> {
    Fragment { bytes: text.len(), text: Cow::Borrowed(text) }
}

fn looks_like_json(text: &str) -> bool {
    text.trim_ascii_start().starts_with(['{', '['])
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}
