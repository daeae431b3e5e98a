//! The metric series of one operation, bound once and kept.
//!
//! A [`Series`] is what is known when a call starts (kind and identity: model, tool name, route); a [`Completion`] is
//! what is known when it ends (error type, response model, status). Both hold bound instruments, so that a finished call
//! costs a few atomics and no look-up of attributes in the SDK.

use std::{
    borrow::Cow,
    hash::{BuildHasher as _, Hasher as _},
    ops::Deref,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use opentelemetry::{KeyValue, StringValue};

use crate::{
    bound::{BoundCounter, BoundHistogram, BoundUpDownCounter},
    instruments::Instruments,
    operation::Kind,
    semconv::{attribute as attr, value},
    span_names,
    work::{Tally, WorkSeries},
};

/// Series kept per telemetry; calls with further identities are recorded through the SDK's own limit, unbound here.
const MAX_SERIES: usize = 4096;
/// Completions kept per series: error types beyond become `_OTHER`; of models and statuses as many again are kept, and further ones
/// are bound anew for each call.
const MAX_COMPLETIONS: usize = 64;

/// Most metric attributes that are known at the start, the port apart.
const PARTS: usize = 6;

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

/// A call's end, as far as metrics see it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct End<'a> {
    pub(crate) error_type: Option<&'a StringValue>,
    pub(crate) response_model: Option<&'a StringValue>,
    /// HTTP status; 0 stands for none.
    pub(crate) status: u16,
    /// Status of an RPC, or code that a database gave.
    pub(crate) code: Option<&'a StringValue>,
    /// Cache look-ups only.
    pub(crate) hit: Option<bool>,
}

impl End<'_> {
    /// A success of which nothing more is known.
    fn is_plain(&self) -> bool {
        self.error_type.is_none()
            && self.response_model.is_none()
            && self.code.is_none()
            && self.status == 0
            && self.hit.is_none()
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
}

impl Series {
    fn new(telemetry: u64, kind: Kind, identity: &Identity<'_>) -> Self {
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
        }
    }

    fn matches(&self, kind: Kind, identity: &Identity<'_>) -> bool {
        self.kind == kind
            && self.port == identity.port
            && self.parts.iter().zip(&identity.parts).all(|(own, asked)| own.as_ref() == *asked)
    }

    fn attributes(&self) -> Vec<KeyValue> {
        let keys = self.kind.identity_keys();
        let mut attributes: Vec<KeyValue> =
            keys.iter().zip(&self.parts).filter_map(|(key, part)| Some(KeyValue::new(*key, part.clone()?))).collect();
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
        self.work.get_or_init(Box::default).record(instruments, || self.request_attributes(), tally);
    }

    /// Counts a request that was refused because there were too many.
    pub(crate) fn rate_limited(&self, instruments: &Instruments) {
        self.rate_limited
            .get_or_init(|| BoundCounter::new(instruments.rate_limited(), &self.request_attributes()))
            .add(1);
    }

    pub(crate) fn part(&self, index: usize) -> Option<&StringValue> {
        self.parts[index].as_ref()
    }

    /// The name of the spans of this series; `make` tells it, from the identity alone.
    pub(crate) fn span_name(&self, make: impl Fn() -> Cow<'static, str>) -> Cow<'static, str> {
        match self.span_name.get_or_init(|| span_names::keep(make())) {
            Some(kept) => Cow::Borrowed(kept),
            None => make(),
        }
    }

    /// Adds to the calls in flight.
    pub(crate) fn active(&self, instruments: &Instruments, delta: i64) {
        self.active
            .get_or_init(|| {
                let attributes = match self.kind {
                    // The convention counts by method and scheme, and a route may be known at the start only.
                    Kind::Http => self.attributes_of(&[attr::HTTP_REQUEST_METHOD, attr::URL_SCHEME]),
                    Kind::HttpClient => {
                        self.attributes_of(&[attr::HTTP_REQUEST_METHOD, attr::SERVER_ADDRESS, attr::SERVER_PORT])
                    }
                    kind => vec![KeyValue::new(attr::OPERATION_KIND, kind.as_str())],
                };
                BoundUpDownCounter::new(instruments.active(self.kind), &attributes)
            })
            .add(delta);
    }

    /// Gives `record` the completion for this end.
    pub(crate) fn complete(&self, end: &End<'_>, record: impl FnOnce(&Completion)) {
        if end.is_plain() {
            return record(self.plain.get_or_init(|| Completion::new(self.kind, self.attributes(), end)));
        }
        // A panic cannot happen under the lock; a poisoned one still holds a whole list.
        let known = {
            let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
            others.iter().find(|known| known.matches(end)).cloned()
        };
        if let Some(known) = known {
            return record(&known);
        }
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = others.iter().find(|known| known.matches(end)).cloned() {
            drop(others);
            return record(&known);
        }
        if others.len() >= MAX_COMPLETIONS && end.error_type.is_some_and(|name| name.as_str() != value::OTHER) {
            drop(others);
            let other = StringValue::from(value::OTHER);
            let code = if self.kind == Kind::Db { end.code.map(|_| &other) } else { end.code };
            return self.complete(&End { error_type: Some(&other), code, ..*end }, record);
        }
        let made = Arc::new(Completion::new(self.kind, self.attributes(), end));
        // Room is left for what the others became.
        if others.len() < 2 * MAX_COMPLETIONS {
            others.push(Arc::clone(&made));
        }
        drop(others);
        record(&made);
    }
}

/// Bound instruments of one way that calls of a series end. Bound when first recorded: a bound histogram that was
/// never recorded would be exported with a count of zero and absurd extremes.
pub(crate) struct Completion {
    attributes: Vec<KeyValue>,
    error_type: Option<StringValue>,
    response_model: Option<StringValue>,
    code: Option<StringValue>,
    status: u16,
    hit: Option<bool>,
    duration: OnceLock<BoundHistogram<f64>>,
    tokens: [OnceLock<BoundHistogram<u64>>; 2],
    cost: OnceLock<BoundCounter<f64>>,
    sizes: [OnceLock<BoundHistogram<u64>>; 2],
    operations: OnceLock<BoundCounter<u64>>,
    rows: OnceLock<BoundHistogram<u64>>,
}

impl Completion {
    fn new(kind: Kind, mut attributes: Vec<KeyValue>, end: &End<'_>) -> Self {
        if let Some(model) = end.response_model {
            attributes.push(KeyValue::new(attr::GEN_AI_RESPONSE_MODEL, model.clone()));
        }
        if end.status != 0 {
            attributes.push(KeyValue::new(attr::HTTP_RESPONSE_STATUS_CODE, i64::from(end.status)));
        }
        if let Some(code) = end.code {
            attributes.push(KeyValue::new(kind.code_key(), code.clone()));
        }
        if let Some(hit) = end.hit {
            attributes.push(KeyValue::new(attr::CACHE_RESULT, if hit { value::HIT } else { value::MISS }));
        }
        if let Some(error_type) = end.error_type {
            attributes.push(KeyValue::new(attr::ERROR_TYPE, error_type.clone()));
        }
        Self {
            attributes,
            error_type: end.error_type.cloned(),
            response_model: end.response_model.cloned(),
            code: end.code.cloned(),
            status: end.status,
            hit: end.hit,
            duration: OnceLock::new(),
            tokens: Default::default(),
            cost: OnceLock::new(),
            sizes: Default::default(),
            operations: OnceLock::new(),
            rows: OnceLock::new(),
        }
    }

    fn matches(&self, end: &End<'_>) -> bool {
        self.status == end.status
            && self.hit == end.hit
            && self.error_type.as_ref() == end.error_type
            && self.response_model.as_ref() == end.response_model
            && self.code.as_ref() == end.code
    }

    pub(crate) fn duration(&self, instruments: &Instruments, kind: Kind, seconds: f64) {
        self.duration.get_or_init(|| BoundHistogram::new(instruments.duration(kind), &self.attributes)).record(seconds);
    }

    pub(crate) fn tokens(&self, instruments: &Instruments, input: Option<u64>, output: Option<u64>) {
        let types = [(value::INPUT, input), (value::OUTPUT, output)];
        for (slot, (token_type, tokens)) in self.tokens.iter().zip(types) {
            let Some(tokens) = tokens else { continue };
            slot.get_or_init(|| {
                let mut attributes = self.attributes_without_error();
                attributes.push(KeyValue::new(attr::GEN_AI_TOKEN_TYPE, token_type));
                BoundHistogram::new(instruments.tokens(), &attributes)
            })
            .record(tokens);
        }
    }

    pub(crate) fn cost(&self, instruments: &Instruments, usd: f64) {
        self.cost.get_or_init(|| BoundCounter::new(instruments.cost(), &self.attributes_without_error())).add(usd);
    }

    pub(crate) fn request_size(&self, instruments: &Instruments, kind: Kind, bytes: u64) {
        self.sizes[0]
            .get_or_init(|| BoundHistogram::new(instruments.request_size_of(kind), &self.attributes))
            .record(bytes);
    }

    pub(crate) fn response_size(&self, instruments: &Instruments, kind: Kind, bytes: u64) {
        self.sizes[1]
            .get_or_init(|| BoundHistogram::new(instruments.response_size_of(kind), &self.attributes))
            .record(bytes);
    }

    pub(crate) fn returned_rows(&self, instruments: &Instruments, rows: u64) {
        self.rows.get_or_init(|| BoundHistogram::new(instruments.returned_rows(), &self.attributes)).record(rows);
    }

    pub(crate) fn cache_operation(&self, instruments: &Instruments) {
        self.operations.get_or_init(|| BoundCounter::new(instruments.cache_operations(), &self.attributes)).add(1);
    }

    /// Tokens and cost are told by who answered, not by how it ended.
    fn attributes_without_error(&self) -> Vec<KeyValue> {
        self.attributes.iter().filter(|kv| kv.key.as_str() != attr::ERROR_TYPE).cloned().collect()
    }
}

/// All series of one telemetry, by identity.
#[derive(Default)]
pub(crate) struct SeriesTable {
    table: RwLock<HashTable<Arc<Series>>>,
}

impl SeriesTable {
    pub(crate) fn get(&self, telemetry: u64, kind: Kind, identity: &Identity<'_>) -> Arc<Series> {
        let hash = identity.hash(kind);
        {
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = table.find(hash, |series| series.matches(kind, identity)) {
                return Arc::clone(known);
            }
        }
        let made = Arc::new(Series::new(telemetry, kind, identity));
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = table.find(hash, |series| series.matches(kind, identity)) {
            return Arc::clone(known);
        }
        if table.len() < MAX_SERIES {
            table.insert_unique(hash, Arc::clone(&made), |series| {
                let identity = Identity { parts: series.parts.each_ref().map(Option::as_ref), port: series.port };
                identity.hash(series.kind)
            });
        }
        made
    }
}

/// A series that a running call holds: that of a call site costs no reference count.
pub(crate) enum SeriesRef {
    OfSite(&'static Series),
    Shared(Arc<Series>),
}

impl Deref for SeriesRef {
    type Target = Series;

    fn deref(&self) -> &Series {
        match self {
            Self::OfSite(series) => series,
            Self::Shared(series) => series,
        }
    }
}

/// One place in the source that starts calls, with the series that it started first.
///
/// The attribute macros put one in a `static` at each use. It is only a short cut, for the identity and the
/// [`Telemetry`](crate::Telemetry) that came first, which for most sites are the only ones; others are looked up in the
/// table of their telemetry.
#[derive(Debug)]
pub struct CallSite {
    first: OnceLock<Arc<Series>>,
}

impl CallSite {
    /// A call site that has started nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { first: OnceLock::new() }
    }

    /// The first series, if it is the one that is wanted.
    fn first(&self, table: &SeriesTable, telemetry: u64, kind: Kind, identity: &Identity<'_>) -> Option<&Arc<Series>> {
        let first = self.first.get_or_init(|| table.get(telemetry, kind, identity));
        (first.telemetry == telemetry && first.matches(kind, identity)).then_some(first)
    }
}

impl Default for CallSite {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Series {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Series").field("kind", &self.kind).field("parts", &self.parts).finish_non_exhaustive()
    }
}

/// Where a call is started, as far as it helps to find its series.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    Anywhere,
    /// A place in the source.
    Site(&'static CallSite),
    /// A layer around one route, which keeps its own.
    Layer(&'a CallSite),
}

pub(crate) fn lookup(
    place: Place<'_>,
    table: &SeriesTable,
    telemetry: u64,
    kind: Kind,
    identity: &Identity<'_>,
) -> SeriesRef {
    let known = match place {
        Place::Anywhere => None,
        Place::Site(site) => site.first(table, telemetry, kind, identity).map(|first| SeriesRef::OfSite(first)),
        Place::Layer(site) => {
            site.first(table, telemetry, kind, identity).map(|first| SeriesRef::Shared(Arc::clone(first)))
        }
    };
    known.unwrap_or_else(|| SeriesRef::Shared(table.get(telemetry, kind, identity)))
}
