//! Which items share an instrumentation scope, and the bytes of each scope.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use opentelemetry::InstrumentationScope;

use super::values::attributes;
use super::wire::Writer;

/// A scope of the batch. Its name is apart, because log records bring one of their own.
pub(super) struct Scope<'a> {
    name: &'a str,
    scope: &'a InstrumentationScope,
    /// The fields of `Scope{Spans,Metrics,Logs}` before and after the items.
    pub(super) head: Vec<u8>,
    pub(super) schema_url: Vec<u8>,
}

/// The scopes of a batch, in the order in which they came.
#[derive(Default)]
pub(super) struct Scopes<'a> {
    all: Vec<Scope<'a>>,
    by_hash: HashTable<usize>,
    hasher: RandomState,
    last: usize,
}

impl<'a> Scopes<'a> {
    /// The place of this scope in [`Scopes::get`]. Neighbours in a batch mostly have the same one.
    pub(super) fn place(&mut self, name: &'a str, scope: &'a InstrumentationScope) -> usize {
        if self.all.get(self.last).is_some_and(|last| last.is(name, scope)) {
            return self.last;
        }
        let (all, hasher) = (&mut self.all, &self.hasher);
        let hash = hash(hasher, name, scope);
        let same = |place: &usize| all.get(*place).is_some_and(|known| known.is(name, scope));
        let found = self.by_hash.find(hash, same).copied();
        self.last = found.unwrap_or_else(|| {
            let place = all.len();
            all.push(Scope::new(name, scope));
            let rehash = |place: &usize| all.get(*place).map_or(0, |known| self::hash(hasher, known.name, known.scope));
            self.by_hash.insert_unique(hash, place, rehash);
            place
        });
        self.last
    }

    pub(super) fn get(&self, place: usize) -> Option<&Scope<'a>> {
        self.all.get(place)
    }
}

/// Without the attributes, which may stand in any order.
fn hash(hasher: &RandomState, name: &str, scope: &InstrumentationScope) -> u64 {
    hasher.hash_one((name, scope.version().unwrap_or_default(), scope.schema_url().unwrap_or_default()))
}

impl<'a> Scope<'a> {
    fn new(name: &'a str, scope: &'a InstrumentationScope) -> Self {
        let mut head = Writer::with_capacity(64);
        head.message::<1>(0x0a, |writer| {
            writer.field(0x0a, name.as_bytes());
            writer.field(0x12, scope.version().unwrap_or_default().as_bytes());
            attributes(writer, 0x1a, scope.attributes());
        });
        let mut schema_url = Writer::with_capacity(0);
        schema_url.field(0x1a, scope.schema_url().unwrap_or_default().as_bytes());
        Self { name, scope, head: head.into_inner(), schema_url: schema_url.into_inner() }
    }

    /// Whether it goes over the wire as the same scope.
    fn is(&self, name: &str, scope: &InstrumentationScope) -> bool {
        same(self.name, name)
            && same(self.scope.version().unwrap_or_default(), scope.version().unwrap_or_default())
            && same(self.scope.schema_url().unwrap_or_default(), scope.schema_url().unwrap_or_default())
            && (self.scope.attributes().eq(scope.attributes()) || same_attributes(self.scope, scope))
    }
}

/// Names of scopes are mostly constants, whose text need not be read.
#[inline]
fn same(a: &str, b: &str) -> bool {
    std::ptr::eq(a, b) || a == b
}

/// The attributes in whatever order.
#[cold]
fn same_attributes(a: &InstrumentationScope, b: &InstrumentationScope) -> bool {
    let sorted = |scope: &InstrumentationScope| {
        let mut attributes: Vec<_> = scope.attributes().cloned().collect();
        attributes.sort_by(|a, b| a.key.cmp(&b.key));
        attributes
    };
    sorted(a) == sorted(b)
}
