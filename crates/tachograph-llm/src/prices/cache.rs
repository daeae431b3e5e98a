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

use super::{book::Book, leaves::Leaves, table::Table};

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

/// Prices, and when they hold: seconds since the Unix epoch, from the first, and up to but not with the second.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) prices: ModelPrices,
    pub(crate) from: u64,
    pub(crate) until: u64,
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
    /// As in [`Found`].
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

/// The prices in force, and what was found in them. Read by every call, written when a model is seen for the first time.
#[derive(Debug)]
pub(crate) struct Cache {
    hasher: RandomState,
    /// One pointer for both: what was found in other prices is gone with them, and a call loads it once.
    state: ArcSwap<State>,
}

#[derive(Debug)]
struct State {
    book: Arc<Book>,
    entries: HashTable<Arc<Entry>>,
}

/// A reading that costs no reference count.
pub(crate) struct Reading<'a> {
    state: Guard<Arc<State>>,
    hash: u64,
    key: Key<'a>,
}

impl Reading<'_> {
    pub(crate) fn entry(&self) -> Option<&Arc<Entry>> {
        self.state.entries.find(self.hash, |entry| entry.key() == self.key)
    }

    /// The prices that the entry was found in.
    pub(crate) fn book(&self) -> &Arc<Book> {
        &self.state.book
    }
}

impl Cache {
    pub(crate) fn new(book: Book) -> Self {
        let state = State { book: Arc::new(book), entries: HashTable::new() };
        Self { hasher: RandomState::default(), state: ArcSwap::from_pointee(state) }
    }

    pub(crate) fn book(&self) -> Arc<Book> {
        Arc::clone(&self.state.load().book)
    }

    /// Puts other prices in force.
    pub(crate) fn replace(&self, book: Book) {
        self.state.store(Arc::new(State { book: Arc::new(book), entries: HashTable::new() }));
    }

    pub(crate) fn read<'a>(&self, key: Key<'a>) -> Reading<'a> {
        Reading { state: self.state.load(), hash: self.hasher.hash_one(key), key }
    }

    /// Keeps what was found in `book` in place of what the key had, unless other prices are in force by now.
    pub(crate) fn keep(&self, book: &Arc<Book>, key: Key<'_>, found: Found) -> Arc<Entry> {
        let new = Arc::new(Entry {
            hash: self.hasher.hash_one(key),
            provider: key.provider.into(),
            requested: key.requested.into(),
            response: key.response.map(Into::into),
            tier: key.tier.map(Into::into),
            batch: key.batch,
            prices: found.prices,
            from: AtomicU64::new(found.from),
            until: AtomicU64::new(found.until),
            told: AtomicBool::new(false),
        });
        self.state.rcu(|state| {
            if !Arc::ptr_eq(&state.book, book) {
                return Arc::clone(state);
            }
            let mut entries = state.entries.clone();
            if let Ok(old) = entries.find_entry(new.hash, |entry| entry.key() == key) {
                old.remove();
            }
            if entries.len() >= TABLES {
                make_room(&mut entries);
            }
            entries.insert_unique(new.hash, Arc::clone(&new), |entry| entry.hash);
            Arc::new(State { book: Arc::clone(book), entries })
        });
        new
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.state.load().entries.len()
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
    use crate::prices::data::Data;

    fn key<'a>(model: &'a str) -> Key<'a> {
        Key { provider: "openai", requested: model, response: None, tier: None, batch: false }
    }

    fn some() -> Found {
        Found { prices: ModelPrices { table: Some(Table::default()), factor: 1.0 }, from: 10, until: 20 }
    }

    fn nothing() -> Found {
        Found { prices: ModelPrices::default(), from: 10, until: 20 }
    }

    fn book() -> Book {
        Book::new(Arc::new(Data::Nothing), Vec::new())
    }

    /// A cache, and a way to put something into it.
    fn cache() -> (Cache, impl Fn(&Cache, Key<'_>, Found) -> Arc<Entry>) {
        (Cache::new(book()), |cache: &Cache, key: Key<'_>, found| cache.keep(&cache.book(), key, found))
    }

    #[test]
    fn every_part_of_a_key_tells_it_from_others() {
        let (cache, keep) = cache();
        let first = Key { provider: "a", requested: "b", response: Some("c"), tier: Some("d"), batch: false };
        keep(&cache, first, nothing());
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
        let (cache, keep) = cache();
        keep(&cache, key("m"), nothing());
        keep(&cache, key("m"), some());
        assert_eq!(cache.len(), 1);
        assert!(cache.read(key("m")).entry().unwrap().prices.table.is_some());
    }

    #[test]
    fn what_was_found_in_other_prices_is_not_kept() {
        let (cache, keep) = cache();
        keep(&cache, key("m"), some());
        let before = cache.book();
        cache.replace(book());
        assert_eq!(cache.len(), 0);
        cache.keep(&before, key("m"), some());
        assert_eq!(cache.len(), 0);
        assert!(!Arc::ptr_eq(&before, cache.read(key("m")).book()));
    }

    #[test]
    fn names_without_end_do_not_grow_it() {
        let (cache, keep) = cache();
        keep(&cache, key("real"), some());
        for index in 0..3 * TABLES {
            keep(&cache, key(&index.to_string()), nothing());
            assert!(cache.len() <= TABLES);
        }
        assert!(cache.read(key("real")).entry().is_some(), "made-up names do not drive out real ones");
        for index in 0..3 * TABLES {
            keep(&cache, key(&index.to_string()), some());
            assert!(cache.len() <= TABLES);
        }
    }

    #[test]
    fn prices_are_fresh_in_their_time_alone() {
        let (cache, keep) = cache();
        let entry = keep(&cache, key("m"), nothing());
        assert_eq!([9, 10, 19, 20].map(|now| entry.is_fresh(now)), [false, true, true, false]);
        entry.extend(20, 30);
        assert_eq!([19, 20, 29, 30].map(|now| entry.is_fresh(now)), [false, true, true, false]);
    }
}
