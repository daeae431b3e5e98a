//! Counting operations on a cache that are too short to be measured.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use arc_swap::ArcSwapOption;
use opentelemetry::{KeyValue, StringValue};

use crate::{
    bound::BoundCounter,
    operation::Kind,
    semconv::{attribute as attr, value},
    telemetry::Telemetry,
    work,
};

/// Operation and result of each count.
const COUNTS: [(&str, Option<&str>); 4] =
    [("get", Some(value::HIT)), ("get", Some(value::MISS)), ("set", None), ("remove", None)];

/// Counts the operations on one cache in `tachograph.cache.operations`, without a span and without a duration: a look-up in memory takes
/// less time than measuring it would.
///
/// Keep one for each cache. It counts with the telemetry in force where it is called, and on the request that is served there
/// ([`Work`](crate::Work)); where none is, it does nothing.
pub struct CacheCounter {
    name: StringValue,
    bound: ArcSwapOption<Bound>,
}

/// The counters of the telemetry that counted last.
struct Bound {
    telemetry: u64,
    counts: [OnceLock<BoundCounter<u64>>; COUNTS.len()],
}

impl CacheCounter {
    /// Counts for the cache `name`, which becomes a metric label.
    pub fn new(name: impl Into<StringValue>) -> Self {
        Self { name: name.into(), bound: ArcSwapOption::empty() }
    }

    /// A look-up that found a value.
    pub fn hit(&self) {
        self.count(0);
    }

    /// A look-up that found none.
    pub fn miss(&self) {
        self.count(1);
    }

    /// A value that was put in.
    pub fn set(&self) {
        self.count(2);
    }

    /// A value that was taken out.
    pub fn remove(&self) {
        self.count(3);
    }

    fn count(&self, index: usize) {
        let Some(telemetry) = Telemetry::in_force() else { return };
        let bound = self.bound.load();
        match bound.as_ref() {
            Some(bound) if bound.telemetry == telemetry.id() => self.add(&telemetry, bound, index),
            _ => {
                let bound = Arc::new(Bound { telemetry: telemetry.id(), counts: Default::default() });
                self.bound.store(Some(Arc::clone(&bound)));
                self.add(&telemetry, &bound, index);
            }
        }
        work::count_here(Kind::Cache);
    }

    fn add(&self, telemetry: &Telemetry, bound: &Bound, index: usize) {
        let (operation, result) = COUNTS[index];
        bound.counts[index]
            .get_or_init(|| {
                let name = telemetry.series().known().shown(Some(Kind::Cache), attr::CACHE_NAME, &self.name);
                let mut attributes = vec![
                    KeyValue::new(attr::CACHE_NAME, name.into_owned()),
                    KeyValue::new(attr::CACHE_OPERATION, operation),
                ];
                attributes.extend(result.map(|result| KeyValue::new(attr::CACHE_RESULT, result)));
                BoundCounter::new(telemetry.instruments().cache_operations(), &attributes)
            })
            .add(1);
    }
}

impl fmt::Debug for CacheCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheCounter").field("name", &self.name.as_str()).finish_non_exhaustive()
    }
}
