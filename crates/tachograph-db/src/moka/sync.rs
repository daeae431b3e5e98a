//! The synchronous cache.

mod builder;

use std::{
    borrow::Borrow,
    collections::hash_map::RandomState,
    fmt,
    hash::{BuildHasher, Hash},
    sync::Arc,
};

use moka::sync as plain;

pub use self::builder::CacheBuilder;
use super::{
    gauges::{Measured, Sizes},
    record::{Change, Done, Record},
};

/// A [`moka::sync::Cache`] whose operations are recorded; see the [module](super) for what of them.
///
/// A clone is a handle on the same cache.
pub struct Cache<K, V, S = RandomState> {
    moka: Arc<plain::Cache<K, V, S>>,
    record: Arc<Record>,
    spans: bool,
}

impl<K, V> Cache<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Starts from moka's own builder with its settings. The name becomes a metric label, and moka's own name of the cache.
    pub fn builder(
        name: impl Into<Arc<str>>,
        settings: plain::CacheBuilder<K, V, plain::Cache<K, V>>,
    ) -> CacheBuilder<K, V> {
        CacheBuilder::new(name.into(), settings)
    }
}

impl<K, V, S> Cache<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    /// Records the operations of a cache that is ready. Its evictions are not counted, unless its listener does so with
    /// [`Evictions`](super::Evictions). The name becomes a metric label.
    pub fn wrap(name: impl Into<Arc<str>>, cache: plain::Cache<K, V, S>) -> Self {
        let moka = Arc::new(cache);
        Self { record: Arc::new(Record::of(name, &moka)), moka, spans: false }
    }

    /// Gives every look-up, insertion and removal over this handle and its clones a span and a duration. The default is off: it takes
    /// longer than most of them do.
    #[must_use]
    pub fn with_spans(mut self, on: bool) -> Self {
        self.spans = on;
        self
    }

    /// The cache itself, for everything else that it can do. What is done with it is not recorded. The sizes of a cache are reported
    /// while there is a handle of this type.
    pub fn inner(&self) -> &plain::Cache<K, V, S> {
        &self.moka
    }

    /// The name that was given.
    pub fn name(&self) -> &str {
        self.record.name()
    }

    /// The value of `key`: a hit or a miss.
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.record.look_up(self.spans).find_now(|| self.moka.get(key), Option::is_some)
    }

    /// The value of `key`, which `init` makes where it is missing: a hit, or a miss with a load.
    pub fn get_with(&self, key: K, init: impl FnOnce() -> V) -> V {
        let look_up = self.record.look_up(self.spans);
        let init = || look_up.load_now(|| Done(init())).0;
        look_up.find_now(|| self.moka.get_with(key, init), |_| true)
    }

    /// The value of `key`, which `init` may make where it is missing. A load that makes none is a success, and the look-up a miss.
    pub fn optionally_get_with<F>(&self, key: K, init: F) -> Option<V>
    where
        F: FnOnce() -> Option<V>,
    {
        let look_up = self.record.look_up(self.spans);
        look_up.find_now(|| self.moka.optionally_get_with(key, || look_up.load_now(init)), Option::is_some)
    }

    /// The value of `key`, which `init` makes where it is missing, or fails to.
    ///
    /// # Errors
    ///
    /// What `init` failed with; so for those that waited for it. The load is recorded with the error's variant as `error.type`.
    pub fn try_get_with<F, E>(&self, key: K, init: F) -> Result<V, Arc<E>>
    where
        F: FnOnce() -> Result<V, E>,
        E: fmt::Debug + Send + Sync + 'static,
    {
        let look_up = self.record.look_up(self.spans);
        look_up.find_now(|| self.moka.try_get_with(key, || look_up.load_now(init)), Result::is_ok)
    }

    /// Puts `value` under `key`: a `set`.
    pub fn insert(&self, key: K, value: V) {
        self.record.change_now(Change::Set, self.spans, || self.moka.insert(key, value))
    }

    /// Discards the value of `key`, there or not: a `remove`.
    pub fn invalidate<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.record.change_now(Change::Remove, self.spans, || self.moka.invalidate(key))
    }

    /// Takes the value of `key` out, there or not: a `remove`.
    pub fn remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.record.change_now(Change::Remove, self.spans, || self.moka.remove(key))
    }

    /// Whether there is a value of `key`. It is no look-up to moka, and none here.
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.moka.contains_key(key)
    }

    /// Discards every value.
    pub fn invalidate_all(&self) {
        self.moka.invalidate_all();
    }

    /// How many entries there were at the last housekeeping.
    pub fn entry_count(&self) -> u64 {
        self.moka.entry_count()
    }

    /// How much they weighed.
    pub fn weighted_size(&self) -> u64 {
        self.moka.weighted_size()
    }

    /// Does moka's housekeeping now.
    pub fn run_pending_tasks(&self) {
        self.moka.run_pending_tasks()
    }
}

impl<K, V, S> Measured for plain::Cache<K, V, S>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: Send + Sync + 'static,
{
    fn sizes(&self) -> Sizes {
        Sizes { entries: self.entry_count(), weight: self.weighted_size() }
    }
}

// Derived, it would ask the same of keys and values.
impl<K, V, S> Clone for Cache<K, V, S> {
    fn clone(&self) -> Self {
        Self { moka: Arc::clone(&self.moka), record: Arc::clone(&self.record), spans: self.spans }
    }
}

/// Without what is in it.
impl<K, V, S> fmt::Debug for Cache<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("name", &self.record.name()).field("spans", &self.spans).finish_non_exhaustive()
    }
}
