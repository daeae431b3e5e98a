//! The metric series of one operation, bound once and kept.
//!
//! A [`Series`] is what is known when a call starts (kind and identity: model, tool name, route); a [`Completion`] is
//! what is known when it ends (error type, response model, status). Both hold bound instruments, so that a finished call
//! costs a few atomics and no look-up of attributes in the SDK.

mod completion;
mod known;
mod llm;
mod table;

use std::{
    borrow::Cow,
    hash::{BuildHasher as _, Hasher as _},
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use foldhash::fast::FixedState;
use opentelemetry::{KeyValue, StringValue};

pub use self::table::CallSite;
pub(crate) use self::{
    completion::{Completion, End},
    known::KnownValues,
    llm::Answered,
    table::{Place, SeriesRef, SeriesTable, lookup},
};
use crate::{
    bound::{BoundCounter, BoundUpDownCounter},
    instruments::Instruments,
    operation::Kind,
    semconv::{attribute as attr, value},
    span_names,
    telemetry::Telemetry,
    work::{Tally, WorkSeries},
};

/// Completions kept per series: error types beyond become `_OTHER`; of models and statuses as many again are kept, and further ones
/// are bound anew for each call.
const MAX_COMPLETIONS: usize = 64;

/// Most metric attributes that are known at the start, the port apart.
const PARTS: usize = 6;

/// Which part of the identity of a call to a model is its agent.
pub(crate) const LLM_AGENT: usize = 4;

/// What tells one series of a kind from another: the metric attributes known at the start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity<'a> {
    /// Values of [`Kind::identity_keys`], in that order.
    parts: [Option<&'a StringValue>; PARTS],
    /// `server.port`; 0 stands for none.
    port: u16,
}

impl<'a> Identity<'a> {
    /// Values of [`Kind::identity_keys`], in that order; those left out are none.
    pub(crate) fn of<const N: usize>(told: [Option<&'a StringValue>; N]) -> Self {
        const { assert!(N <= PARTS) };
        let mut parts = [None; PARTS];
        parts[..N].copy_from_slice(&told);
        Self { parts, port: 0 }
    }

    pub(crate) fn at_port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    fn hash(&self, kind: Kind) -> u64 {
        let mut hasher = FixedState::default().build_hasher();
        hasher.write_u32(u32::from(kind as u8) << 16 | u32::from(self.port));
        for (index, part) in self.parts.iter().enumerate() {
            if let Some(part) = part {
                hasher.write(part.as_str().as_bytes());
                // Which part it is, and where it ends.
                hasher.write_u8(index as u8);
            }
        }
        hasher.finish()
    }
}

pub(crate) struct Series {
    telemetry: u64,
    kind: Kind,
    parts: [Option<StringValue>; PARTS],
    port: u16,
    span_name: OnceLock<Option<&'static str>>,
    active: OnceLock<BoundUpDownCounter<i64>>,
    plain: OnceLock<Completion>,
    others: RwLock<Vec<Arc<Completion>>>,
    /// Served requests only.
    work: OnceLock<Box<WorkSeries>>,
    rate_limited: OnceLock<BoundCounter<u64>>,
    /// The identity for metrics.
    metric_parts: OnceLock<[Option<StringValue>; PARTS]>,
    /// What metrics show in place of this one, where they do not keep all of its values apart.
    shown: Option<Arc<Series>>,
}

/// The same value as one text for all that clone it: every instrument keeps the attributes of a series twice, and every collection
/// clones them.
fn for_metrics(value: &StringValue) -> StringValue {
    Arc::<str>::from(value.as_str()).into()
}

impl Series {
    fn new(telemetry: u64, kind: Kind, identity: &Identity<'_>, shown: Option<Arc<Self>>) -> Self {
        Self {
            telemetry,
            kind,
            parts: identity.parts.map(|part| part.cloned()),
            port: identity.port,
            span_name: OnceLock::new(),
            active: OnceLock::new(),
            plain: OnceLock::new(),
            others: RwLock::new(Vec::new()),
            work: OnceLock::new(),
            rate_limited: OnceLock::new(),
            metric_parts: OnceLock::new(),
            shown,
        }
    }

    /// The series that metrics show.
    pub(crate) fn shown(&self) -> &Self {
        self.shown.as_deref().unwrap_or(self)
    }

    fn identity(&self) -> Identity<'_> {
        Identity { parts: self.parts.each_ref().map(Option::as_ref), port: self.port }
    }

    fn matches(&self, kind: Kind, identity: &Identity<'_>) -> bool {
        self.kind == kind
            && self.port == identity.port
            && self.parts.iter().zip(&identity.parts).all(|(own, asked)| own.as_ref() == *asked)
    }

    fn attributes(&self) -> Vec<KeyValue> {
        // The agent of a call to a model is for what it used and cost.
        let keys = self.kind.identity_keys().iter().take(if self.kind == Kind::Llm { LLM_AGENT } else { PARTS });
        let parts = self.metric_parts.get_or_init(|| self.parts.each_ref().map(|part| part.as_ref().map(for_metrics)));
        let mut attributes: Vec<KeyValue> =
            keys.zip(parts).filter_map(|(key, part)| Some(KeyValue::new(*key, part.clone()?))).collect();
        if self.port != 0 {
            attributes.push(KeyValue::new(attr::SERVER_PORT, i64::from(self.port)));
        }
        attributes
    }

    fn attributes_of(&self, keys: &[&str]) -> Vec<KeyValue> {
        self.attributes().into_iter().filter(|kv| keys.contains(&kv.key.as_str())).collect()
    }

    /// Which requests these are, as far as figures beside the convention's tell them apart.
    fn request_attributes(&self) -> Vec<KeyValue> {
        self.attributes_of(&[attr::HTTP_REQUEST_METHOD, attr::HTTP_ROUTE, attr::RPC_SYSTEM_NAME, attr::RPC_METHOD])
    }

    /// Records what a request set off.
    pub(crate) fn work(&self, instruments: &Instruments, tally: &Tally) {
        let shown = self.shown();
        shown.work.get_or_init(Box::default).record(instruments, || shown.request_attributes(), tally);
    }

    /// Counts a request that was refused because there were too many.
    pub(crate) fn rate_limited(&self, instruments: &Instruments) {
        let shown = self.shown();
        shown
            .rate_limited
            .get_or_init(|| BoundCounter::new(instruments.rate_limited(), &shown.request_attributes()))
            .add(1);
    }

    /// One value of the identity: the true one.
    pub(crate) fn part(&self, index: usize) -> Option<&StringValue> {
        self.parts[index].as_ref()
    }

    /// `server.port`; 0 stands for none.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The name of the spans of this series; `make` tells it, from the identity alone.
    pub(crate) fn span_name(&self, make: impl Fn() -> Cow<'static, str>) -> Cow<'static, str> {
        if self.shown.is_some() {
            // Of names that metrics do not keep, there may be no end.
            return make();
        }
        match self.span_name.get_or_init(|| span_names::keep(make())) {
            Some(kept) => Cow::Borrowed(kept),
            None => make(),
        }
    }

    /// Adds to the calls in flight.
    pub(crate) fn active(&self, telemetry: &Telemetry, delta: i64) {
        let shown = self.shown();
        shown
            .active
            .get_or_init(|| {
                let attributes = match shown.kind {
                    Kind::Http if telemetry.policy().has_route_on_active_requests() => {
                        shown.attributes_of(&[attr::HTTP_REQUEST_METHOD, attr::URL_SCHEME, attr::HTTP_ROUTE])
                    }
                    // The convention counts by method and scheme, and a route may be known at the start only.
                    Kind::Http => shown.attributes_of(&[attr::HTTP_REQUEST_METHOD, attr::URL_SCHEME]),
                    Kind::HttpClient => {
                        shown.attributes_of(&[attr::HTTP_REQUEST_METHOD, attr::SERVER_ADDRESS, attr::SERVER_PORT])
                    }
                    kind => vec![KeyValue::new(attr::OPERATION_KIND, kind.as_str())],
                };
                BoundUpDownCounter::new(telemetry.instruments().active(shown.kind), &attributes)
            })
            .add(delta);
    }

    /// Gives `record` the completion for this end.
    pub(crate) fn complete(&self, known: &KnownValues, end: &End<'_>, record: impl FnOnce(&Completion)) {
        let shown = self.shown();
        if end.is_plain() {
            return record(shown.plain.get_or_init(|| Completion::new(shown.kind, shown.attributes(), end)));
        }
        // A panic cannot happen under the lock; a poisoned one still holds a whole list.
        let found = find(&shown.others.read().unwrap_or_else(PoisonError::into_inner), end);
        record(&found.unwrap_or_else(|| shown.new_completion(known, end)));
    }

    /// The completion for an end that is not found as it is: of what metrics show of it.
    fn new_completion(&self, known: &KnownValues, end: &End<'_>) -> Arc<Completion> {
        let show = |key, value: Option<_>| value.map(|value| known.shown(Some(self.kind), key, value));
        let error_type = show(attr::ERROR_TYPE, end.error_type);
        let response_model = show(attr::GEN_AI_RESPONSE_MODEL, end.response_model);
        let code = show(self.kind.code_key(), end.code);
        let other = StringValue::from(value::OTHER);
        let mut end = End {
            error_type: error_type.as_deref(),
            response_model: response_model.as_deref(),
            code: code.as_deref(),
            ..*end
        };
        {
            let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(found) = find(&others, &end) {
                return found;
            }
            if others.len() >= MAX_COMPLETIONS && end.error_type.is_some() {
                end.error_type = Some(&other);
                end.code = if self.kind == Kind::Db { end.code.map(|_| &other) } else { end.code };
            }
        }
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = find(&others, &end) {
            return found;
        }
        let made = Arc::new(Completion::new(self.kind, self.attributes(), &end));
        // Room is left for what the others became.
        if others.len() < 2 * MAX_COMPLETIONS {
            others.push(Arc::clone(&made));
        }
        made
    }
}

fn find(completions: &[Arc<Completion>], end: &End<'_>) -> Option<Arc<Completion>> {
    completions.iter().find(|known| known.matches(end)).cloned()
}

impl std::fmt::Debug for Series {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Series").field("kind", &self.kind).field("parts", &self.parts).finish_non_exhaustive()
    }
}
