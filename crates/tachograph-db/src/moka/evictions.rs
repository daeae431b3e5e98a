//! Entries that a cache gave up.

use std::sync::Arc;

use moka::notification::RemovalCause;
use opentelemetry::{KeyValue, StringValue};
use tachograph_core::{
    custom::Counter,
    semconv::{attribute as attr, metric, unit},
};

/// Counts evictions in `tachograph.cache.evictions`, from an eviction listener.
///
/// The builders of [`future::Cache`](super::future::Cache) and [`sync::Cache`](super::sync::Cache) use it by themselves. Use it where
/// moka's cache is made without them:
///
/// ```
/// let evictions = tachograph_db::moka::Evictions::of("sessions");
/// let sessions: moka::sync::Cache<u64, String> = moka::sync::Cache::builder()
///     .max_capacity(100)
///     .eviction_listener(move |_key, _value, cause| evictions.count(cause))
///     .build();
/// ```
#[derive(Clone, Debug)]
pub struct Evictions {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    counter: Counter,
    expired: [KeyValue; 2],
    size: [KeyValue; 2],
}

impl Evictions {
    /// Evictions of the cache `name`, which becomes a metric label.
    pub fn of(name: impl Into<Arc<str>>) -> Self {
        let name = StringValue::from(name.into());
        let attributes = |cause: &'static str| {
            [KeyValue::new(attr::CACHE_NAME, name.clone()), KeyValue::new(attr::CACHE_EVICTION_CAUSE, cause)]
        };
        let (expired, size) = (attributes("expired"), attributes("size"));
        let counter = Counter::new(metric::CACHE_EVICTIONS)
            .with_unit(unit::ENTRY)
            .with_description("Entries that a cache gave up, by cause.");
        Self { inner: Arc::new(Inner { counter, expired, size }) }
    }

    /// Counts an entry that went for `cause`. What the application removed or replaced itself is no eviction, and not counted.
    pub fn count(&self, cause: RemovalCause) {
        let Inner { counter, expired, size } = &*self.inner;
        match cause {
            RemovalCause::Expired => counter.add(1, expired),
            RemovalCause::Size => counter.add(1, size),
            RemovalCause::Explicit | RemovalCause::Replaced => {}
        }
    }
}
