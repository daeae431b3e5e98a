//! What a request or an answer holds, as it stands in the body: borrowed, not redacted, not cut.

use std::borrow::Cow;

use tachograph_core::ContentKind;

use super::{ends::Ends, media::Media};

/// Everything in a request that is content.
#[derive(Debug, Default)]
pub(super) struct Conversation<'a> {
    /// Instructions that the API takes apart from the messages.
    pub(super) instructions: Vec<Part<'a>>,
    pub(super) messages: Listed<Message<'a>>,
    pub(super) tools: Listed<Tool<'a>>,
}

/// Elements of a list, some of which may have been passed over.
#[derive(Debug)]
pub(super) struct Listed<T> {
    /// Those that were kept: of messages the first and the newest ones, of tools the first ones.
    pub(super) kept: Vec<T>,
    /// How many there were.
    pub(super) total: usize,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { kept: Vec::new(), total: 0 }
    }
}

impl<T> From<Vec<T>> for Listed<T> {
    fn from(kept: Vec<T>) -> Self {
        Self { total: kept.len(), kept }
    }
}

impl<T> Listed<T> {
    pub(super) fn map<E, const HEAD: usize, const TAIL: usize>(
        list: Ends<E, HEAD, TAIL>,
        map: impl FnMut(E) -> T,
    ) -> Self {
        let total = list.total();
        Self { kept: list.into_iter().map(map).collect(), total }
    }
}

#[derive(Debug)]
pub(super) struct Message<'a> {
    pub(super) role: Role<'a>,
    pub(super) name: Name<'a>,
    pub(super) parts: Vec<Part<'a>>,
}

impl<'a> Message<'a> {
    pub(super) fn new(role: Role<'a>, parts: Vec<Part<'a>>) -> Self {
        Self { role, name: None, parts }
    }

    /// A message of the user with one text.
    pub(super) fn prompt(text: Cow<'a, str>) -> Self {
        Self::new(Role::User, vec![Part::text(ContentKind::Prompt, text)])
    }
}

/// A short text: an id, a name.
pub(super) type Name<'a> = Option<Cow<'a, str>>;

/// Who wrote a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Role<'a> {
    System,
    User,
    Assistant,
    Tool,
    Other(Cow<'a, str>),
}

impl<'a> Role<'a> {
    /// The role that the provider names; without one it is the user.
    pub(super) fn of(name: Name<'a>) -> Self {
        match name.as_deref().unwrap_or_default() {
            "system" | "developer" => Self::System,
            "user" | "" => Self::User,
            "assistant" | "model" => Self::Assistant,
            "tool" | "function" => Self::Tool,
            _ => name.map_or(Self::User, Self::Other),
        }
    }

    /// What a text is that stands in such a message.
    pub(super) fn kind(&self) -> ContentKind {
        match self {
            Self::System => ContentKind::SystemInstructions,
            Self::Assistant => ContentKind::Completion,
            Self::Tool => ContentKind::ToolResult,
            Self::User | Self::Other(_) => ContentKind::Prompt,
        }
    }
}

#[derive(Debug)]
pub(super) enum Part<'a> {
    Text(ContentKind, Fragment<'a>),
    Reasoning(Fragment<'a>),
    /// A tool that the model asks for.
    ToolCall {
        id: Name<'a>,
        name: Cow<'a, str>,
        arguments: Option<Value<'a>>,
    },
    /// What a tool gave back. Gemini and Ollama have the tool's name in place of an id.
    ToolResponse {
        id: Name<'a>,
        name: Name<'a>,
        response: Value<'a>,
    },
    Media(ContentKind, Media<'a>),
    /// What the conventions have no shape for: its type, and rarely what is in it.
    Other(ContentKind, Cow<'a, str>, Option<Value<'a>>),
}

impl<'a> Part<'a> {
    pub(super) fn text(kind: ContentKind, text: Cow<'a, str>) -> Self {
        Self::Text(kind, text.into())
    }

    pub(super) fn reasoning(text: Cow<'a, str>) -> Self {
        Self::Reasoning(text.into())
    }

    /// A part of a type that is known by name alone. `None` for names that promise fields it does not have.
    pub(super) fn other(kind: ContentKind, name: Cow<'a, str>) -> Option<Self> {
        const WITH_FIELDS: [&str; 9] = [
            "text",
            "reasoning",
            "tool_call",
            "tool_call_response",
            "server_tool_call",
            "server_tool_call_response",
            "blob",
            "file",
            "uri",
        ];
        let is_usual = !name.is_empty() && !WITH_FIELDS.contains(&&*name);
        is_usual.then_some(Self::Other(kind, name, None))
    }
}

/// A text, or the beginning of one.
#[derive(Debug)]
pub(super) struct Fragment<'a> {
    pub(super) text: Cow<'a, str>,
    /// Bytes of the whole.
    pub(super) bytes: usize,
}

impl Fragment<'_> {
    pub(super) fn is_cut(&self) -> bool {
        self.text.len() < self.bytes
    }
}

impl<'a> From<Cow<'a, str>> for Fragment<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self { bytes: text.len(), text }
    }
}

/// What a tool is given or gives back.
#[derive(Debug)]
pub(super) enum Value<'a> {
    /// A text, which may be JSON.
    Text(Fragment<'a>),
    /// A JSON value as it was sent.
    Json(&'a str),
    /// Texts, pictures and the like.
    Parts(Vec<Part<'a>>),
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> Value<'a> {
    /// One text as it is, and everything else as parts.
    pub(super) fn of_parts(mut parts: Vec<Part<'a>>) -> Self {
        match parts.pop() {
            Some(Part::Text(_, text)) if parts.is_empty() => Self::Text(text),
            Some(Part::Other(_, _, Some(value))) if parts.is_empty() => value,
            last => {
                parts.extend(last);
                Self::Parts(parts)
            }
        }
    }
}

/// A tool that the model may ask for.
#[derive(Debug)]
pub(super) struct Tool<'a> {
    /// `function`, or the provider's name for the sort of tool.
    pub(super) sort: Cow<'a, str>,
    pub(super) name: Cow<'a, str>,
    pub(super) description: Name<'a>,
    /// A JSON schema.
    pub(super) parameters: Option<&'a str>,
}
