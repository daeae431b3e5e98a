//! How the asynchronous cache is made.

use std::{
    fmt,
    hash::{BuildHasher, Hash},
    sync::Arc,
};

use moka::{
    future as plain,
    notification::{ListenerFuture, RemovalCause},
};

use super::Cache;
use crate::moka::Evictions;

/// Builds a [`Cache`] whose evictions are counted.
#[must_use]
pub struct CacheBuilder<K, V> {
    name: Arc<str>,
    settings: plain::CacheBuilder<K, V, plain::Cache<K, V>>,
    evictions: Evictions,
}

impl<K, V> CacheBuilder<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(super) fn new(name: Arc<str>, settings: plain::CacheBuilder<K, V, plain::Cache<K, V>>) -> Self {
        let evictions = Evictions::of(Arc::clone(&name));
        let counting = evictions.clone();
        let settings = settings.name(&name).eviction_listener(move |_, _, cause| counting.count(cause));
        Self { name, settings, evictions }
    }

    /// Calls `listener` with every entry that leaves the cache, for whatever cause, once it is counted. The last one given counts.
    ///
    /// A listener that panics is never called again, and evictions are no longer counted: that is moka's rule.
    pub fn with_eviction_listener(
        mut self,
        listener: impl Fn(Arc<K>, V, RemovalCause) + Send + Sync + 'static,
    ) -> Self {
        let evictions = self.evictions.clone();
        self.settings = self.settings.eviction_listener(move |key, value, cause| {
            evictions.count(cause);
            listener(key, value, cause);
        });
        self
    }

    /// The same for a listener that waits for something.
    pub fn with_async_eviction_listener(
        mut self,
        listener: impl Fn(Arc<K>, V, RemovalCause) -> ListenerFuture + Send + Sync + 'static,
    ) -> Self {
        let evictions = self.evictions.clone();
        self.settings = self.settings.async_eviction_listener(move |key, value, cause| {
            evictions.count(cause);
            listener(key, value, cause)
        });
        self
    }

    /// The cache.
    ///
    /// # Panics
    ///
    /// As moka does: for a time to live or to idle of more than 1,000 years.
    #[must_use]
    pub fn build(self) -> Cache<K, V> {
        Cache::wrap(self.name, self.settings.build())
    }

    /// The cache, with another hasher.
    ///
    /// # Panics
    ///
    /// As [`build`](Self::build).
    #[must_use]
    pub fn build_with_hasher<S>(self, hasher: S) -> Cache<K, V, S>
    where
        S: BuildHasher + Clone + Send + Sync + 'static,
    {
        Cache::wrap(self.name, self.settings.build_with_hasher(hasher))
    }
}

impl<K, V> fmt::Debug for CacheBuilder<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}
