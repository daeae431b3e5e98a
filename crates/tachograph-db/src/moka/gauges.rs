//! Sizes of a cache, read when metrics are collected.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use arc_swap::ArcSwap;
use opentelemetry::{KeyValue, StringValue, metrics::AsyncInstrument};
use tachograph_core::{
    Telemetry,
    semconv::{attribute as attr, metric, unit},
};

/// Telemetries that a cache reports its sizes to. One is the rule; a process with many has one for each tenant.
const MAX_TELEMETRIES: usize = 64;

/// How much a cache holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) entries: u64,
    pub(super) weight: u64,
}

/// A cache that knows its sizes without waiting for anything.
pub(super) trait Measured: Send + Sync + 'static {
    fn sizes(&self) -> Sizes;
}

/// The size gauges of one cache in every telemetry that it was used under.
pub(super) struct Gauges {
    known: ArcSwap<Vec<Telemetry>>,
    is_known: AtomicBool,
    read: Arc<dyn Fn() -> Option<Sizes> + Send + Sync>,
    attributes: [KeyValue; 1],
}

impl Gauges {
    pub(super) fn of<C: Measured>(name: StringValue, cache: &Arc<C>) -> Self {
        let cache = Arc::downgrade(cache);
        Self {
            known: ArcSwap::default(),
            is_known: AtomicBool::new(false),
            read: Arc::new(move || read(&cache)),
            attributes: [KeyValue::new(attr::CACHE_NAME, name)],
        }
    }

    /// Reports the sizes if nobody has them yet: all that a hit has the time for.
    pub(super) fn report_first(&self) {
        if !self.is_known.load(Ordering::Relaxed) {
            self.report();
        }
    }

    /// Reports the sizes to the telemetry in force here from now on.
    pub(super) fn report(&self) {
        let Some(telemetry) = Telemetry::current() else { return };
        let is_new = |known: &[Telemetry]| known.len() < MAX_TELEMETRIES && !known.iter().any(|k| same(k, &telemetry));
        if !is_new(&self.known.load()) {
            return;
        }
        // Of threads that come here at once the one that adds it makes the gauges.
        let before = self.known.rcu(|known| match is_new(known) {
            true => Arc::new(known.iter().chain([&telemetry]).cloned().collect()),
            false => Arc::clone(known),
        });
        if is_new(&before) {
            self.make(&telemetry);
            self.is_known.store(true, Ordering::Relaxed);
        }
    }

    fn make(&self, telemetry: &Telemetry) {
        let size = telemetry.meter().i64_observable_up_down_counter(metric::CACHE_SIZE);
        let size = size.with_unit(unit::ENTRY).with_description("Entries in a cache.");
        size.with_callback(self.callback(|sizes| sizes.entries)).build();
        let weight = telemetry.meter().i64_observable_up_down_counter(metric::CACHE_WEIGHT);
        let weight = weight.with_description("Weight of the entries in a cache, in the unit of its weigher.");
        weight.with_callback(self.callback(|sizes| sizes.weight)).build();
    }

    fn callback(&self, figure: fn(Sizes) -> u64) -> impl Fn(&dyn AsyncInstrument<i64>) + Send + Sync + 'static {
        let (read, attributes) = (Arc::clone(&self.read), self.attributes.clone());
        move |observer| {
            if let Some(sizes) = read() {
                observer.observe(i64::try_from(figure(sizes)).unwrap_or(i64::MAX), &attributes);
            }
        }
    }
}

/// Telemetry has no identity of its own, but its meter has a place, and what is known here keeps it.
fn same(one: &Telemetry, other: &Telemetry) -> bool {
    one.id() == other.id()
}

/// `None` once the cache is gone.
fn read<C: Measured>(cache: &Weak<C>) -> Option<Sizes> {
    let cache = cache.upgrade()?;
    let sizes = cache.sizes();
    // Whoever had it may have dropped it meanwhile. Its values are the application's, so what happens when they are dropped must not
    // happen here, under the locks of the SDK, where a panic or a wait would end the collecting of metrics for good.
    if let Some(last) = Arc::into_inner(cache) {
        let _ = thread::Builder::new().spawn(move || drop(last));
    }
    Some(sizes)
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Mutex, mpsc},
        thread::ThreadId,
    };

    use super::*;

    /// Loses its last owner while its sizes are read.
    struct Fleeting {
        owner: Mutex<Option<Arc<Fleeting>>>,
        dropped_on: mpsc::Sender<ThreadId>,
    }

    impl Measured for Fleeting {
        fn sizes(&self) -> Sizes {
            drop(self.owner.lock().unwrap().take());
            Sizes { entries: 1, weight: 2 }
        }
    }

    impl Drop for Fleeting {
        fn drop(&mut self) {
            self.dropped_on.send(thread::current().id()).unwrap();
        }
    }

    #[test]
    fn cache_that_goes_while_it_is_read_is_dropped_on_another_thread() {
        let (dropped_on, drops) = mpsc::channel();
        let cache = Arc::new(Fleeting { owner: Mutex::default(), dropped_on });
        let weak = Arc::downgrade(&cache);
        *weak.upgrade().unwrap().owner.lock().unwrap() = Some(cache);
        assert_eq!(read(&weak).map(|sizes| sizes.weight), Some(2));
        assert_ne!(drops.recv().unwrap(), thread::current().id());
        assert!(read(&weak).is_none());
    }
}
