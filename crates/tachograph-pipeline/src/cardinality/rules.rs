//! How many series each instrument may have, and of which attributes.

use opentelemetry::Key;
use opentelemetry_sdk::metrics::{Instrument, Stream};
use tachograph_core::semconv::metric;

use super::pattern::PerInstrument;
use crate::builder::SCOPE;
use crate::error::Error;

/// Attribute sets of an instrument that has no limit of its own.
///
/// The SDK makes room for `1 + limit` when the instrument is made, in a table that is a power of two in size and at most seven
/// eighths full. So memory comes in steps: an instrument that was never used takes 34,561 bytes at 895, and 68,353 bytes from 896 up
/// to 1,791, a round 1,000 among them (counting allocator, opentelemetry_sdk 0.33.1, 64-bit Linux).
pub(crate) const DEFAULT_LIMIT: usize = 895;
const MOST: usize = 1_000_000;

/// Room for what has no attributes at all, and for one attribute or two of a handful of values. Both are just below a step.
const SINGLE: usize = 1;
const HANDFUL: usize = 55;
/// Room for what there is one of for each state of each pool of connections.
const POOLS: usize = 223;

/// Tachograph's own instruments that cannot have many series, whoever calls what how often.
const FEW: [(&str, usize); 42] = [
    (metric::OPERATIONS_ACTIVE, HANDFUL),
    (metric::HTTP_ACTIVE, HANDFUL),
    (metric::PROPAGATION_REJECTED, HANDFUL),
    (metric::USERS_ACTIVE, SINGLE),
    (metric::DATABASE_CONNECTIONS, SINGLE),
    (metric::METRICS_CALLBACK_PANICS, SINGLE),
    (metric::SCRAPE_FAILURES, SINGLE),
    (metric::SCRAPE_DROPPED, HANDFUL),
    (metric::SDK_SPANS_LIVE, SINGLE),
    (metric::SDK_SPAN_QUEUE_SIZE, SINGLE),
    (metric::SDK_SPAN_QUEUE_CAPACITY, SINGLE),
    (metric::SDK_SPANS_PROCESSED, HANDFUL),
    (metric::SDK_SPANS_IN_FLIGHT, SINGLE),
    (metric::SDK_SPANS_EXPORTED, HANDFUL),
    (metric::SDK_LOG_QUEUE_SIZE, SINGLE),
    (metric::SDK_LOG_QUEUE_CAPACITY, SINGLE),
    (metric::SDK_LOGS_PROCESSED, HANDFUL),
    (metric::SDK_LOGS_IN_FLIGHT, SINGLE),
    (metric::SDK_LOGS_EXPORTED, HANDFUL),
    (metric::SDK_DATA_POINTS_IN_FLIGHT, SINGLE),
    (metric::SDK_DATA_POINTS_EXPORTED, HANDFUL),
    (metric::EXPORT_TRUNCATED, HANDFUL),
    (metric::SPOOL_ITEMS, HANDFUL),
    (metric::SPOOL_RECOVERED, HANDFUL),
    (metric::SPOOL_SIZE, SINGLE),
    (metric::DB_POOL_TIMEOUTS, POOLS),
    (metric::DB_POOL_WAIT_TIME, POOLS),
    (metric::DB_POOL_USE_TIME, POOLS),
    (metric::PROCESS_CPU_TIME, HANDFUL),
    (metric::PROCESS_CPU_UTILIZATION, HANDFUL),
    (metric::PROCESS_MEMORY_USAGE, SINGLE),
    (metric::PROCESS_MEMORY_VIRTUAL, SINGLE),
    (metric::PROCESS_THREAD_COUNT, SINGLE),
    (metric::PROCESS_FILE_DESCRIPTOR_COUNT, SINGLE),
    (metric::PROCESS_UPTIME, SINGLE),
    (metric::SYSTEM_CPU_UTILIZATION, SINGLE),
    (metric::SYSTEM_CPU_LOGICAL_COUNT, SINGLE),
    (metric::SYSTEM_MEMORY_USAGE, HANDFUL),
    (metric::SYSTEM_MEMORY_LIMIT, SINGLE),
    (metric::SYSTEM_MEMORY_UTILIZATION, HANDFUL),
    (metric::SYSTEM_FILESYSTEM_USAGE, HANDFUL),
    (metric::SYSTEM_FILESYSTEM_UTILIZATION, HANDFUL),
];

/// The limits and the allow-lists of a pipeline.
#[derive(Debug)]
pub(crate) struct Rules {
    limit: usize,
    limits: PerInstrument<usize>,
    attributes: PerInstrument<Vec<Key>>,
    /// Whether requests in flight are told apart by route, which makes many of few.
    routes_in_flight: bool,
}

impl Default for Rules {
    fn default() -> Self {
        let (limits, attributes) = (PerInstrument::default(), PerInstrument::default());
        Self { limit: DEFAULT_LIMIT, limits, attributes, routes_in_flight: false }
    }
}

impl Rules {
    /// Sets the limit of instruments that have none of their own.
    pub(crate) fn set_limit(&mut self, limit: usize, source_name: &str) -> Result<(), Error> {
        self.limit = checked(limit, source_name, &limit.to_string())?;
        Ok(())
    }

    /// Sets the limit of some instruments.
    pub(crate) fn set_limit_of(&mut self, instrument: &str, limit: usize, source_name: &str) -> Result<(), Error> {
        let limit = checked(limit, source_name, &format!("{instrument}: {limit}"))?;
        self.limits.insert(instrument, limit, source_name)
    }

    /// Sets the attributes that some instruments keep.
    pub(crate) fn set_attributes_of(
        &mut self,
        instrument: &str,
        keys: &[String],
        source_name: &str,
    ) -> Result<(), Error> {
        if keys.iter().any(String::is_empty) {
            return Err(Error::invalid(source_name, instrument, "keys of attributes, none of them empty"));
        }
        let keys = keys.iter().map(|key| Key::from(key.clone())).collect();
        self.attributes.insert(instrument, keys, source_name)
    }

    pub(crate) fn set_routes_in_flight(&mut self, on: bool) {
        self.routes_in_flight = on;
    }

    /// How many attribute sets the instrument keeps apart.
    pub(super) fn limit_of(&self, scope: &str, instrument: &str) -> usize {
        if let Some(limit) = self.limits.find(instrument) {
            return *limit;
        }
        let are_few = scope == SCOPE && !(self.routes_in_flight && instrument == metric::HTTP_ACTIVE);
        let few = FEW.iter().find(|(few, _)| are_few && *few == instrument);
        few.map_or(self.limit, |(_, few)| self.limit.min(*few))
    }

    /// What the SDK makes of an instrument.
    pub(crate) fn stream(&self, instrument: &Instrument) -> Option<Stream> {
        let limit = self.limit_of(instrument.scope().name(), instrument.name());
        let stream = Stream::builder().with_cardinality_limit(limit);
        let stream = match self.attributes.find(instrument.name()) {
            Some(keys) => stream.with_allowed_attribute_keys(keys.iter().cloned()),
            None => stream,
        };
        stream.build().ok()
    }
}

/// The limit, if it is one that the SDK can make room for.
fn checked(limit: usize, source_name: &str, said: &str) -> Result<usize, Error> {
    match limit {
        1..=MOST => Ok(limit),
        _ => Err(Error::invalid(source_name, said, format!("1 to {MOST}"))),
    }
}

/// The limit of values in names from outside; see [`Builder::with_value_limit`](crate::Builder::with_value_limit).
pub(crate) fn checked_value_limit(limit: usize, source_name: &str) -> Result<usize, Error> {
    checked(limit, source_name, &limit.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instrument_has_its_own_limit_else_the_built_in_one_else_the_general_one() {
        let mut rules = Rules::default();
        assert_eq!(rules.limit_of("app", "shop.orders"), 895);
        assert_eq!(rules.limit_of("tachograph", "tachograph.operations.active"), 55);
        assert_eq!(rules.limit_of("app", "tachograph.operations.active"), 895, "an application's own of that name");
        assert_eq!(rules.limit_of("tachograph", "http.server.active_requests"), 55);
        rules.set_routes_in_flight(true);
        assert_eq!(rules.limit_of("tachograph", "http.server.active_requests"), 895);
        rules.set_limit(5000, "test").unwrap();
        assert_eq!(rules.limit_of("app", "shop.orders"), 5000);
        assert_eq!(rules.limit_of("tachograph", "tachograph.operations.active"), 55);
        rules.set_limit(10, "test").unwrap();
        assert_eq!(rules.limit_of("tachograph", "tachograph.operations.active"), 10);
        rules.set_limit_of("tachograph.operations.*", 700, "test").unwrap();
        assert_eq!(rules.limit_of("tachograph", "tachograph.operations.active"), 700);
    }

    #[test]
    fn limits_that_the_sdk_cannot_have_are_refused_with_the_method_and_the_instrument() {
        let mut rules = Rules::default();
        for limit in [0, 1_000_001, usize::MAX] {
            let error = rules.set_limit(limit, "with_cardinality_limit").unwrap_err().to_string();
            assert_eq!(error, format!("with_cardinality_limit: \"{limit}\" is not valid; accepted: 1 to 1000000"));
            let error = rules.set_limit_of("shop.orders", limit, "with_it").unwrap_err().to_string();
            assert_eq!(error, format!("with_it: \"shop.orders: {limit}\" is not valid; accepted: 1 to 1000000"));
        }
    }

    #[test]
    fn a_key_without_a_name_is_refused() {
        let error = Rules::default().set_attributes_of("shop.orders", &[String::new()], "with_it").unwrap_err();
        assert!(error.to_string().contains("with_it") && error.to_string().contains("shop.orders"), "{error}");
    }

    #[test]
    fn every_small_limit_is_just_below_a_step_of_memory() {
        for limit in FEW.iter().map(|(_, limit)| *limit).chain([DEFAULT_LIMIT]) {
            let room = |limit: usize| std::collections::HashMap::<u64, u64>::with_capacity(1 + limit).capacity();
            assert!(room(limit) < room(limit + 2), "{limit}");
            assert!(room(limit) <= limit + 2, "{limit}: {}", room(limit));
        }
    }
}
