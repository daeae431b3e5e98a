//! All prices that are in force together, and what was found in them so far.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tachograph_core::Billed;

use super::{
    cache::{Cache, Entry, Key, ModelPrices},
    data::{Data, Wanted},
    leaves::Leaves,
    own::Own,
    unpriced,
};

/// Bytes of all names of a call together. Longer ones are of no model that has a price, and are not kept.
const NAMES: usize = 512;

pub(crate) struct Book {
    pub(crate) data: Arc<Data>,
    /// The later ones go before the earlier.
    pub(crate) own: Vec<Arc<Own>>,
    cache: Cache,
    told_too_early: AtomicBool,
}

impl Book {
    pub(crate) fn new(data: Arc<Data>, own: Vec<Arc<Own>>) -> Self {
        Self { data, own, cache: Cache::default(), told_too_early: AtomicBool::new(false) }
    }

    /// The cost of a call that ended at `now`, in seconds since the Unix epoch.
    pub(crate) fn cost(&self, billed: &Billed<'_>, now: u64) -> Option<f64> {
        let key = Key {
            provider: billed.provider,
            requested: billed.requested_model,
            response: billed.response_model,
            tier: billed.service_tier,
            batch: billed.batch,
        };
        let leaves = Leaves::of(&billed.usage);
        let reading = self.cache.read(key);
        match reading.entry() {
            Some(entry) if entry.is_fresh(now) => cost(entry, &leaves),
            entry => self.find(key, entry, now).and_then(|entry| cost(&entry, &leaves)),
        }
    }

    /// Asks for prices that are not in the cache, or have been for a while.
    #[cold]
    fn find(&self, key: Key<'_>, old: Option<&Arc<Entry>>, now: u64) -> Option<Arc<Entry>> {
        if key.len() > NAMES {
            unpriced::tell(key.provider, key.response.unwrap_or(key.requested));
            return None;
        }
        let names = key.response.into_iter().chain([key.requested]).filter(|name| !name.is_empty());
        let mut latest_first = self.own.iter().rev();
        if let Some(table) =
            latest_first.clone().find_map(|own| own.table(key.provider, names.clone(), key.tier, key.batch))
        {
            let prices = ModelPrices { table: Some(table), factor: 1.0 };
            return Some(self.cache.keep(key, prices, 0, u64::MAX));
        }
        if !self.data.is_ready() {
            self.tell_too_early();
            return None;
        }
        let wanted = names.map(|model| Wanted { provider: key.provider, model, tier: key.tier, batch: key.batch });
        let known = self.data.look_up(wanted, old.and_then(|old| old.prices.table.as_ref()), now);
        let factor = latest_first.find_map(|own| own.factor(key.provider)).unwrap_or(1.0);
        let prices = ModelPrices { table: known.table, factor };
        match old.filter(|old| old.prices == prices) {
            Some(old) => {
                old.extend(now, known.until);
                Some(Arc::clone(old))
            }
            None => Some(self.cache.keep(key, prices, now, known.until)),
        }
    }

    fn tell_too_early(&self) {
        if !self.told_too_early.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a call to a model ended before the embedded prices were decoded: it and those until then are counted in \
                 tachograph.llm.unpriced; `Prices::embedded` waits for them"
            );
        }
    }

    #[cfg(test)]
    pub(crate) fn cached(&self) -> usize {
        self.cache.len()
    }
}

fn cost(entry: &Entry, leaves: &Leaves) -> Option<f64> {
    let cost = entry.prices.cost(leaves);
    if cost.is_none() {
        tell_once(entry);
    }
    cost
}

#[cold]
fn tell_once(entry: &Entry) {
    if !entry.told.swap(true, Ordering::Relaxed) {
        let (provider, model) = entry.named();
        unpriced::tell(provider, model);
    }
}
