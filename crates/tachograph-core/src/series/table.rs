//! How the series of a call is found.

use std::{
    array,
    borrow::Cow,
    ops::Deref,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use hashbrown::HashTable;
use opentelemetry::StringValue;

use super::{Identity, KnownValues, PARTS, Series};
use crate::operation::Kind;

/// Series kept per telemetry; calls with further identities are recorded through the SDK's own limit, unbound here.
const MAX_SERIES: usize = 4096;

/// All series of one telemetry, by identity.
#[derive(Default)]
pub(crate) struct SeriesTable {
    table: RwLock<HashTable<Arc<Series>>>,
    known: KnownValues,
}

impl SeriesTable {
    /// `value_limit` is how many values of one attribute are kept apart, where it is not the default.
    pub(crate) fn new(value_limit: Option<usize>) -> Self {
        Self { table: RwLock::default(), known: KnownValues::with_limit(value_limit) }
    }

    /// The values that metrics keep apart.
    pub(crate) fn known(&self) -> &KnownValues {
        &self.known
    }

    pub(crate) fn get(&self, telemetry: u64, kind: Kind, identity: &Identity<'_>) -> Arc<Series> {
        self.find(kind, identity).unwrap_or_else(|| self.make(telemetry, kind, identity))
    }

    fn find(&self, kind: Kind, identity: &Identity<'_>) -> Option<Arc<Series>> {
        let hash = identity.hash(kind);
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.find(hash, |series| series.matches(kind, identity)).cloned()
    }

    /// The series of a new identity. One with values that metrics do not keep apart lives as long as its call, beside the one that
    /// metrics show: else what comes from outside would fill the table.
    fn make(&self, telemetry: u64, kind: Kind, identity: &Identity<'_>) -> Arc<Series> {
        let keys = kind.identity_keys();
        let shown: [Option<Cow<'_, StringValue>>; PARTS] =
            array::from_fn(|index| Some(self.known.shown(Some(kind), keys.get(index)?, identity.parts[index]?)));
        let shown_identity = Identity { parts: shown.each_ref().map(Option::as_deref), port: identity.port };
        let is_shown_as_it_is = shown_identity.parts == identity.parts;
        let series = match self.find(kind, &shown_identity) {
            Some(known) => known,
            None => self.insert(Series::new(telemetry, kind, &shown_identity, None)),
        };
        if is_shown_as_it_is { series } else { Arc::new(Series::new(telemetry, kind, identity, Some(series))) }
    }

    fn insert(&self, series: Series) -> Arc<Series> {
        let hash_of = |series: &Series| series.identity().hash(series.kind);
        let hash = hash_of(&series);
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = table.find(hash, |known| known.matches(series.kind, &series.identity())) {
            return Arc::clone(known);
        }
        let series = Arc::new(series);
        if table.len() < MAX_SERIES {
            table.insert_unique(hash, Arc::clone(&series), |series| hash_of(series));
        }
        series
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
