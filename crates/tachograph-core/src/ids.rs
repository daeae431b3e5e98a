//! Ids that are said once and reach every span below.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use opentelemetry::{Context, ContextGuard, Key, KeyValue, StringValue, baggage::BaggageExt as _};

use crate::{semconv::attribute as attr, telemetry::is_own_span_starting};

/// The limits of W3C baggage: list members, and bytes in all.
const MAX_ENTRIES: usize = 64;
const MAX_BYTES: usize = 8192;
/// Longest value, in bytes; the rest is cut off.
const MAX_VALUE: usize = 256;

/// Set once ids were put into any context: until then nobody looks for them.
static IN_USE: AtomicBool = AtomicBool::new(false);

/// Conversation, session, user, tenant and further ids, for every span that is started below.
///
/// They lie in the OpenTelemetry context and follow what carries it. Spans have them as attributes, those of `tracing` included when they go
/// through the pipeline; metrics never do. An inner scope adds to the outer one; of the same key the inner value counts.
///
/// ```
/// use tachograph_core::Ids;
/// # fn answer() {}
/// Ids::new().conversation("c-7").user("u-42").scope(|| answer());
/// ```
///
/// At most 64 entries and 8192 bytes are kept, a value is cut at 256 bytes, and empty keys and values are ignored: what more is given is
/// left out.
#[derive(Clone, Default, PartialEq)]
pub struct Ids {
    entries: Arc<Vec<(Key, StringValue)>>,
}

impl Ids {
    /// No ids.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The conversation: `gen_ai.conversation.id`.
    #[must_use]
    pub fn conversation(self, id: impl Into<StringValue>) -> Self {
        self.with(attr::GEN_AI_CONVERSATION_ID, id)
    }

    /// The session: `session.id`.
    #[must_use]
    pub fn session(self, id: impl Into<StringValue>) -> Self {
        self.with(attr::SESSION_ID, id)
    }

    /// The user: `user.id`.
    #[must_use]
    pub fn user(self, id: impl Into<StringValue>) -> Self {
        self.with(attr::USER_ID, id)
    }

    /// The tenant: `tachograph.tenant.id`.
    #[must_use]
    pub fn tenant(self, id: impl Into<StringValue>) -> Self {
        self.with(attr::TENANT_ID, id)
    }

    /// A value under a key of your own.
    #[must_use]
    pub fn with(mut self, key: impl Into<Key>, value: impl Into<StringValue>) -> Self {
        let (key, value) = (key.into(), shared(value.into()));
        if key.as_str().is_empty() || value.as_str().is_empty() {
            return self;
        }
        let entries = Arc::make_mut(&mut self.entries);
        let known = entries.iter().position(|(known, _)| *known == key);
        let others = entries.iter().enumerate().filter(|(at, _)| Some(*at) != known);
        let bytes: usize = others.map(|(_, (key, value))| key.as_str().len() + value.as_str().len()).sum();
        if bytes + key.as_str().len() + value.as_str().len() > MAX_BYTES {
            return self;
        }
        match known {
            Some(known) => entries[known].1 = value,
            None if entries.len() < MAX_ENTRIES => entries.push((key, value)),
            None => {}
        }
        self
    }

    /// The entries of the context's baggage with these keys. Whoever calls chooses the values: allow keys that you would believe.
    #[must_use]
    pub fn from_baggage(context: &Context, keys: &[impl AsRef<str>]) -> Self {
        let baggage = context.baggage();
        if baggage.is_empty() {
            return Self::default();
        }
        keys.iter().fold(Self::default(), |ids, key| match baggage.get(key.as_ref()) {
            Some(value) => ids.with(key.as_ref().to_owned(), value.clone()),
            None => ids,
        })
    }

    /// A context like `context` whose baggage has these ids as well, for services further on.
    ///
    /// Baggage goes to every service that the context is propagated to, those of others included.
    #[must_use]
    pub fn in_baggage(&self, context: &Context) -> Context {
        let known = context.baggage().iter().map(|(key, (value, metadata))| {
            opentelemetry::baggage::KeyValueMetadata::new(key.clone(), value.clone(), metadata.clone())
        });
        let own = self.entries.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()).into());
        context.with_baggage(known.chain(own).collect::<Vec<opentelemetry::baggage::KeyValueMetadata>>())
    }

    /// The ids in force here.
    #[must_use]
    pub fn current() -> Self {
        Context::map_current(Self::of)
    }

    /// The ids in force in `context`.
    #[must_use]
    pub fn of(context: &Context) -> Self {
        if !IN_USE.load(Ordering::Relaxed) {
            return Self::default();
        }
        context.get::<Self>().cloned().unwrap_or_default()
    }

    /// Keys and values, in the order in which they were first said.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The same, to be cloned without a copy.
    #[doc(hidden)]
    pub fn entries(&self) -> impl Iterator<Item = (&Key, &StringValue)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find_map(|(known, value)| (known == key).then_some(value))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A context like `context` in which these ids are in force as well.
    #[must_use]
    pub fn on(&self, context: &Context) -> Context {
        if self.is_empty() {
            return context.clone();
        }
        let outer = Self::of(context);
        let all = if outer.is_empty() {
            self.clone()
        } else {
            self.entries.iter().fold(outer, |ids, (key, value)| ids.with(key.clone(), value.clone()))
        };
        IN_USE.store(true, Ordering::Relaxed);
        context.with_value(all)
    }

    /// Puts the ids in force on this thread until the guard is dropped. For futures: `carry_in(&ids.on(&Context::current()), future)` of
    /// [`context`](crate::context).
    #[must_use = "the scope ends when the guard is dropped"]
    pub fn enter(&self) -> ContextGuard {
        self.on(&Context::current()).attach()
    }

    /// Runs `body` with the ids in force.
    pub fn scope<R>(&self, body: impl FnOnce() -> R) -> R {
        let _scope = self.enter();
        body()
    }

    /// Attributes for a span of somebody else that is being started below `context`: none for one of Tachograph's, which has its own.
    #[doc(hidden)]
    #[must_use]
    pub fn for_foreign_span(context: &Context) -> Vec<KeyValue> {
        if is_own_span_starting() { Vec::new() } else { Self::of(context).attributes() }
    }

    fn attributes(&self) -> Vec<KeyValue> {
        self.entries.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect()
    }

    /// The attributes of a span below `context`: the ids in force, and over them what the caller chose for this call.
    pub(crate) fn below(context: &Context, given: Vec<KeyValue>) -> Vec<KeyValue> {
        if !IN_USE.load(Ordering::Relaxed) {
            return given;
        }
        let Some(ids) = context.get::<Self>() else { return given };
        let mut attributes = ids.attributes();
        attributes.retain(|id| given.iter().all(|chosen| chosen.key != id.key));
        attributes.extend(given);
        attributes
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Cut to its limit, and in a form that is cloned without an allocation: every span below clones it.
fn shared(value: StringValue) -> StringValue {
    let text = value.as_str();
    let text = &text[..text.floor_char_boundary(MAX_VALUE.min(text.len()))];
    Arc::<str>::from(text).into()
}
