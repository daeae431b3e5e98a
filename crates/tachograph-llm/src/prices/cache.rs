//! Tables that were found, by the names of calls: what makes a call cheap.

use std::{
    hash::BuildHasher as _,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use arc_swap::{ArcSwap, Guard};
use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::{leaves::Leaves, table::Table};

/// Tables that are kept. Names come from outside, and there are far fewer models.
const TABLES: usize = 2_048;

/// What decides on the rates of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key<'a> {
    pub(crate) provider: &'a str,
    pub(crate) requested: &'a str,
    pub(crate) response: Option<&'a str>,
    pub(crate) tier: Option<&'a str>,
    pub(crate) batch: bool,
}

impl Key<'_> {
    /// Bytes of all names.
    pub(crate) fn len(&self) -> usize {
        let optional = |name: Option<&str>| name.map_or(0, str::len);
        self.provider.len() + self.requested.len() + optional(self.response) + optional(self.tier)
    }
}

/// What a model costs to the one who asks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ModelPrices {
    /// As it was published; `None`: no price is known.
    pub(crate) table: Option<Table>,
    /// What of it is paid.
    pub(crate) factor: f64,
}

impl ModelPrices {
    pub(crate) fn cost(&self, leaves: &Leaves) -> Option<f64> {
        Some(self.table.as_ref()?.cost(leaves)? * self.factor)
    }
}

/// The prices of a key.
#[derive(Debug)]
pub(crate) struct Entry {
    hash: u64,
    provider: Box<str>,
    requested: Box<str>,
    response: Option<Box<str>>,
    tier: Option<Box<str>>,
    batch: bool,
    pub(crate) prices: ModelPrices,
    /// When it was right, in seconds since the Unix epoch: from the first, and up to but not with the second.
    from: AtomicU64,
    until: AtomicU64,
    pub(crate) told: AtomicBool,
}

impl Entry {
    fn key(&self) -> Key<'_> {
        Key {
            provider: &self.provider,
            requested: &self.requested,
            response: self.response.as_deref(),
            tier: self.tier.as_deref(),
            batch: self.batch,
        }
    }

    /// The provider, and the model that answered, or else the one that was asked for.
    pub(crate) fn named(&self) -> (&str, &str) {
        (&self.provider, self.response.as_deref().unwrap_or(&self.requested))
    }

    /// A clock that was set back makes no table good.
    pub(crate) fn is_fresh(&self, now: u64) -> bool {
        (self.from.load(Ordering::Relaxed)..self.until.load(Ordering::Relaxed)).contains(&now)
    }

    pub(crate) fn extend(&self, from: u64, until: u64) {
        self.from.store(from, Ordering::Relaxed);
        self.until.store(until, Ordering::Relaxed);
    }
}

/// Read by every call, written when a model is seen for the first time.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    hasher: RandomState,
    entries: ArcSwap<HashTable<Arc<Entry>>>,
}

/// A reading that costs no reference count.
pub(crate) struct Reading<'a> {
    entries: Guard<Arc<HashTable<Arc<Entry>>>>,
    hash: u64,
    key: Key<'a>,
}

impl Reading<'_> {
    pub(crate) fn entry(&self) -> Option<&Arc<Entry>> {
        self.entries.find(self.hash, |entry| entry.key() == self.key)
    }
}

impl Cache {
    pub(crate) fn read<'a>(&self, key: Key<'a>) -> Reading<'a> {
        Reading { entries: self.entries.load(), hash: self.hasher.hash_one(key), key }
    }

    /// Keeps prices in place of what the key had.
    pub(crate) fn keep(&self, key: Key<'_>, prices: ModelPrices, from: u64, until: u64) -> Arc<Entry> {
        let new = Arc::new(Entry {
            hash: self.hasher.hash_one(key),
            provider: key.provider.into(),
            requested: key.requested.into(),
            response: key.response.map(Into::into),
            tier: key.tier.map(Into::into),
            batch: key.batch,
            prices,
            from: AtomicU64::new(from),
            until: AtomicU64::new(until),
            told: AtomicBool::new(false),
        });
        self.entries.rcu(|entries| {
            let mut entries = HashTable::clone(entries);
            if let Ok(old) = entries.find_entry(new.hash, |entry| entry.key() == key) {
                old.remove();
            }
            if entries.len() >= TABLES {
                make_room(&mut entries);
            }
            entries.insert_unique(new.hash, Arc::clone(&new), |entry| entry.hash);
            entries
        });
        new
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.load().len()
    }
}

/// Names without a price go first: those that nobody has ever priced are most likely made up. Should the others be too many
/// all go, and those that are in use come back, which takes less than a millisecond for each.
fn make_room(entries: &mut HashTable<Arc<Entry>>) {
    entries.retain(|entry| entry.prices.table.is_some());
    if entries.len() > TABLES / 2 {
        entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key<'a>(model: &'a str) -> Key<'a> {
        Key { provider: "openai", requested: model, response: None, tier: None, batch: false }
    }

    fn some() -> ModelPrices {
        ModelPrices { table: Some(Table::default()), factor: 1.0 }
    }

    #[test]
    fn every_part_of_a_key_tells_it_from_others() {
        let cache = Cache::default();
        let first = Key { provider: "a", requested: "b", response: Some("c"), tier: Some("d"), batch: false };
        cache.keep(first, ModelPrices::default(), 0, 9);
        assert!(cache.read(first).entry().is_some());
        let others = [
            Key { provider: "x", ..first },
            Key { requested: "x", ..first },
            Key { response: None, ..first },
            Key { response: Some("x"), ..first },
            Key { tier: None, ..first },
            Key { tier: Some("x"), ..first },
            Key { batch: true, ..first },
        ];
        assert!(others.into_iter().all(|other| cache.read(other).entry().is_none()));
    }

    #[test]
    fn prices_replace_those_before() {
        let cache = Cache::default();
        cache.keep(key("m"), ModelPrices::default(), 0, 9);
        cache.keep(key("m"), some(), 0, 9);
        assert_eq!(cache.len(), 1);
        assert!(cache.read(key("m")).entry().unwrap().prices.table.is_some());
    }

    #[test]
    fn names_without_end_do_not_grow_it() {
        let cache = Cache::default();
        cache.keep(key("real"), some(), 0, 9);
        for index in 0..3 * TABLES {
            cache.keep(key(&index.to_string()), ModelPrices::default(), 0, 9);
            assert!(cache.len() <= TABLES);
        }
        assert!(cache.read(key("real")).entry().is_some(), "made-up names do not drive out real ones");
        for index in 0..3 * TABLES {
            cache.keep(key(&index.to_string()), some(), 0, 9);
            assert!(cache.len() <= TABLES);
        }
    }

    #[test]
    fn prices_are_fresh_in_their_time_alone() {
        let cache = Cache::default();
        let entry = cache.keep(key("m"), ModelPrices::default(), 10, 20);
        assert_eq!([9, 10, 19, 20].map(|now| entry.is_fresh(now)), [false, true, true, false]);
        entry.extend(20, 30);
        assert_eq!([19, 20, 29, 30].map(|now| entry.is_fresh(now)), [false, true, true, false]);
    }
}
