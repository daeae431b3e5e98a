//! All prices that are in force together.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    cache::{Found, Key, ModelPrices},
    data::{Data, Wanted},
    own::Own,
    table::Table,
};

pub(crate) struct Book {
    pub(crate) data: Arc<Data>,
    /// The later ones go before the earlier.
    pub(crate) own: Vec<Arc<Own>>,
    told_too_early: AtomicBool,
}

impl Book {
    pub(crate) fn new(data: Arc<Data>, own: Vec<Arc<Own>>) -> Self {
        Self { data, own, told_too_early: AtomicBool::new(false) }
    }

    /// The prices of a key at `now`, in seconds since the Unix epoch; `expected` is what they were before. `None`: too early
    /// to say.
    pub(crate) fn find(&self, key: Key<'_>, expected: Option<&Table>, now: u64) -> Option<Found> {
        let names = key.response.into_iter().chain([key.requested]).filter(|name| !name.is_empty());
        let mut latest_first = self.own.iter().rev();
        let own = latest_first.clone().find_map(|own| own.table(key.provider, names.clone(), key.tier, key.batch));
        if own.is_some() {
            let prices = ModelPrices { table: own, factor: 1.0 };
            return Some(Found { prices, from: 0, until: u64::MAX });
        }
        if !self.data.is_ready() {
            self.tell_too_early();
            return None;
        }
        let wanted = names.map(|model| Wanted { provider: key.provider, model, tier: key.tier, batch: key.batch });
        let known = self.data.look_up(wanted, expected, now);
        let factor = latest_first.find_map(|own| own.factor(key.provider)).unwrap_or(1.0);
        Some(Found { prices: ModelPrices { table: known.table, factor }, from: now, until: known.until })
    }

    fn tell_too_early(&self) {
        if !self.told_too_early.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a call to a model ended before the embedded prices were decoded: it and those until then are counted in \
                 tachograph.llm.unpriced; `Prices::embedded` waits for them"
            );
        }
    }
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book").field("own", &self.own).field("ready", &self.data.is_ready()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prices::data;

    /// The only test of this process that has them decoded: before that, they are not.
    #[test]
    fn a_price_that_is_not_decoded_yet_is_not_waited_for() {
        let book = Book::new(Arc::new(Data::Embedded), Vec::new());
        let key = Key { provider: "openai", requested: "gpt-4o", response: None, tier: None, batch: false };
        assert_eq!(book.find(key, None, 0), None, "and nothing is kept that would hold for a minute");
        data::decode_now();
        assert!(book.find(key, None, 0).is_some_and(|found| found.prices.table.is_some()));
    }
}
