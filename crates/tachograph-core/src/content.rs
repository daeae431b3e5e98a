//! What of prompts, answers and arguments may be recorded: nothing, unless somebody decided so.

use std::{
    borrow::Cow,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

/// What stands where content could not be made safe.
pub const WITHHELD: &str = "[withheld: the redaction failed]";

/// A kind of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentKind {
    /// Instructions that stand before the conversation.
    SystemInstructions,
    /// What people and programs wrote to the model.
    Prompt,
    /// What the model answered.
    Completion,
    /// What the model thought.
    Reasoning,
    /// Tools that the model may ask for.
    ToolDefinitions,
    /// Arguments of tools, as the model wrote them or as they were captured.
    ToolArguments,
    /// What tools gave back.
    ToolResult,
    /// Captured arguments of other calls: agents, workflows, commands, queries.
    Argument,
}

impl ContentKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::SystemInstructions,
        Self::Prompt,
        Self::Completion,
        Self::Reasoning,
        Self::ToolDefinitions,
        Self::ToolArguments,
        Self::ToolResult,
        Self::Argument,
    ];

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// Takes out of a text what must not be recorded.
///
/// Closures do: `|_kind: ContentKind, text: &str| text.contains("secret").then(|| "…".to_owned())` gives the text to record
/// instead, or `None` to leave it as it is. One that panics costs the content and nothing else.
pub trait Redact: Send + Sync + 'static {
    /// What may be recorded of `text`.
    fn redact<'a>(&self, kind: ContentKind, text: &'a str) -> Cow<'a, str>;
}

impl<F> Redact for F
where
    F: Fn(ContentKind, &str) -> Option<String> + Send + Sync + 'static,
{
    fn redact<'a>(&self, kind: ContentKind, text: &'a str) -> Cow<'a, str> {
        self(kind, text).map_or(Cow::Borrowed(text), Cow::Owned)
    }
}

/// Which content is recorded on spans, and how much of it. The default is none at all.
///
/// ```
/// use tachograph_core::{ContentKind, ContentPolicy};
/// let policy = ContentPolicy::all()
///     .without(ContentKind::ToolResult)
///     .with_redaction(|_, text: &str| text.contains("hunter2").then(|| text.replace("hunter2", "***")));
/// assert!(policy.allows(ContentKind::Prompt));
/// assert!(!policy.allows(ContentKind::ToolResult));
/// assert_eq!(policy.redact(ContentKind::Prompt, "it is hunter2"), "it is ***");
/// ```
#[derive(Clone)]
pub struct ContentPolicy {
    kinds: u16,
    text_bytes: usize,
    call_bytes: usize,
    redactions: Vec<Arc<dyn Redact>>,
}

impl ContentPolicy {
    /// No content.
    #[must_use]
    pub fn none() -> Self {
        Self { kinds: 0, text_bytes: 8 * 1024, call_bytes: 64 * 1024, redactions: Vec::new() }
    }

    /// Every kind of content.
    #[must_use]
    pub fn all() -> Self {
        Self::none().only(ContentKind::ALL)
    }

    /// These kinds alone.
    #[must_use]
    pub fn only(mut self, kinds: impl IntoIterator<Item = ContentKind>) -> Self {
        self.kinds = kinds.into_iter().fold(0, |bits, kind| bits | kind.bit());
        self
    }

    /// All kinds that were recorded so far, but this one.
    #[must_use]
    pub fn without(mut self, kind: ContentKind) -> Self {
        self.kinds &= !kind.bit();
        self
    }

    /// Most bytes of one text: a message, an argument, a result. 8 KiB unless told.
    #[must_use]
    pub fn with_text_bytes(mut self, bytes: usize) -> Self {
        self.text_bytes = bytes;
        self
    }

    /// Most bytes of content on one span, whatever it is made of. 64 KiB unless told.
    #[must_use]
    pub fn with_call_bytes(mut self, bytes: usize) -> Self {
        self.call_bytes = bytes;
        self
    }

    /// Takes out of every text what must not be recorded, after those that were given before. It is run where the call is
    /// recorded, on every text of it: keep it quick.
    #[must_use]
    pub fn with_redaction(mut self, redaction: impl Redact) -> Self {
        self.redactions.push(Arc::new(redaction));
        self
    }

    /// Whether any content is recorded.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.kinds != 0
    }

    /// Whether content of this kind is recorded.
    #[must_use]
    pub fn allows(&self, kind: ContentKind) -> bool {
        self.kinds & kind.bit() != 0
    }

    /// Most bytes of one text.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        self.text_bytes
    }

    /// Most bytes of content on one span.
    #[must_use]
    pub fn call_bytes(&self) -> usize {
        self.call_bytes
    }

    /// Whether there is a redaction.
    #[must_use]
    pub fn has_redaction(&self) -> bool {
        !self.redactions.is_empty()
    }

    /// What may be recorded of `text`, its length apart.
    #[must_use]
    pub fn redact<'a>(&self, kind: ContentKind, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for redaction in &self.redactions {
            let redacted = catch_unwind(AssertUnwindSafe(|| match redaction.redact(kind, &text) {
                Cow::Borrowed(same) if same.len() == text.len() => None,
                other => Some(other.into_owned()),
            }));
            match redacted {
                Ok(None) => {}
                Ok(Some(redacted)) => text = Cow::Owned(redacted),
                Err(_) => return Cow::Borrowed(WITHHELD),
            }
        }
        text
    }
}

impl Default for ContentPolicy {
    fn default() -> Self {
        Self::none()
    }
}

impl fmt::Debug for ContentPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContentPolicy")
            .field("kinds", &ContentKind::ALL.iter().filter(|kind| self.kinds & kind.bit() != 0).collect::<Vec<_>>())
            .field("text_bytes", &self.text_bytes)
            .field("call_bytes", &self.call_bytes)
            .field("redactions", &self.redactions.len())
            .finish()
    }
}

/// What an attribute with content may hold.
#[derive(Clone, Copy, Debug)]
pub struct ContentRoom<'a> {
    /// What may be recorded.
    pub policy: &'a ContentPolicy,
    /// Bytes that the attribute may have, given what the span has already.
    pub bytes: usize,
}
