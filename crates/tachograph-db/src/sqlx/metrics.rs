//! What pools tell of themselves: `db.client.connection.*`.
//!
//! The state of a pool is asked when metrics are collected. The instruments for that are made once for each telemetry, when a pool
//! is first used under it, and ask every pool that was: so a pool may be older than the telemetry, and pools of one name
//! are added up. What asks holds no pool: one that is dropped or closed says no more.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use opentelemetry::{KeyValue, metrics::AsyncInstrument};
use tachograph_core::{
    Telemetry,
    custom::{Counter, Histogram},
    semconv::{attribute as attr, bucket, metric, unit, value},
};

use super::{driver::Driver, pool::Shared};

pub(super) static WAIT_TIME: Histogram = Histogram::new(metric::DB_POOL_WAIT_TIME)
    .with_unit(unit::SECONDS)
    .with_description("Time until a caller had a connection.")
    .with_boundaries(bucket::DB_OPERATION);
pub(super) static USE_TIME: Histogram = Histogram::new(metric::DB_POOL_USE_TIME)
    .with_unit(unit::SECONDS)
    .with_description("Time that a caller kept a connection.")
    .with_boundaries(bucket::DB_OPERATION);
pub(super) static TIMEOUTS: Counter = Counter::new(metric::DB_POOL_TIMEOUTS)
    .with_unit(unit::TIMEOUT)
    .with_description("Callers that gave up waiting for a connection.");

/// Further telemetries that know a pool. One more, in a process that makes them without end, does not see it.
const MAX_OTHERS: usize = 15;

/// The pools of each telemetry. Weak: they live as long as one of the pools.
static KNOWN: Mutex<Vec<Weak<Observed>>> = Mutex::new(Vec::new());

/// The state of a pool at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PoolState {
    pub(super) name: Arc<str>,
    pub(super) idle: i64,
    pub(super) used: i64,
    pub(super) idle_min: i64,
    pub(super) limit: i64,
    pub(super) pending: i64,
}

/// A pool that can be asked.
pub(super) trait Observable: Send + Sync {
    /// `None` for a pool that is closed. Must not block.
    fn state(&self) -> Option<PoolState>;
}

/// The pools that were used under one telemetry.
pub(super) struct Observed {
    telemetry: Telemetry,
    pools: Mutex<Vec<Weak<dyn Observable>>>,
}

impl Observed {
    fn is_of(&self, telemetry: &Telemetry) -> bool {
        self.telemetry.id() == telemetry.id()
    }

    /// The states of the pools that are open; those of one name as one.
    fn states(&self) -> Vec<PoolState> {
        let pools: Vec<_> = locked(&self.pools).iter().filter_map(Weak::upgrade).collect();
        let mut states: Vec<PoolState> = Vec::with_capacity(pools.len());
        for state in pools.iter().filter_map(|pool| pool.state()) {
            match states.iter_mut().find(|known| known.name == state.name) {
                Some(known) => {
                    known.idle += state.idle;
                    known.used += state.used;
                    known.idle_min += state.idle_min;
                    known.limit += state.limit;
                    known.pending += state.pending;
                }
                None => states.push(state),
            }
        }
        states
    }

    fn add(&self, pool: Weak<dyn Observable>) {
        let mut pools = locked(&self.pools);
        pools.retain(|pool| pool.strong_count() > 0);
        pools.push(pool);
    }
}

/// The telemetries that know a pool.
#[derive(Default)]
pub(super) struct Observers {
    /// The first one, found without a lock: mostly there is no other.
    first: OnceLock<Arc<Observed>>,
    others: Mutex<Vec<Arc<Observed>>>,
}

/// Makes a pool known to the telemetry in force, the first time that it is used under it.
pub(super) fn observe<DB: Driver>(shared: &Arc<Shared<DB>>) {
    let Some(telemetry) = Telemetry::current() else { return };
    let Observers { first, others } = &shared.observers;
    let register = || {
        let observed = observed(telemetry.clone());
        let pool: Arc<dyn Observable> = Arc::<Shared<DB>>::clone(shared);
        observed.add(Arc::downgrade(&pool));
        observed
    };
    if first.get_or_init(register).is_of(&telemetry) {
        return;
    }
    let mut others = locked(others);
    if others.len() < MAX_OTHERS && !others.iter().any(|observed| observed.is_of(&telemetry)) {
        others.push(register());
    }
}

/// The pools of a telemetry, with the instruments that ask them.
fn observed(telemetry: Telemetry) -> Arc<Observed> {
    let mut all = locked(&KNOWN);
    all.retain(|observed| observed.strong_count() > 0);
    if let Some(known) = all.iter().filter_map(Weak::upgrade).find(|observed| observed.is_of(&telemetry)) {
        return known;
    }
    let observed = Arc::new(Observed { telemetry, pools: Mutex::default() });
    all.push(Arc::downgrade(&observed));
    // Making instruments runs code of the SDK, which may collect at once.
    drop(all);
    make_instruments(&observed);
    observed
}

fn make_instruments(observed: &Arc<Observed>) {
    type Ask = fn(&dyn AsyncInstrument<i64>, &PoolState);
    let instruments: [(&'static str, &'static str, &'static str, Ask); 4] = [
        (metric::DB_POOL_COUNT, unit::CONNECTION, "Connections of a pool, by state.", |observer, state| {
            for (name, count) in [(value::IDLE, state.idle), (value::USED, state.used)] {
                observer.observe(count, &[name_of(state), KeyValue::new(attr::DB_POOL_STATE, name)]);
            }
        }),
        (
            metric::DB_POOL_IDLE_MIN,
            unit::CONNECTION,
            "Fewest connections that a pool keeps open.",
            |observer, state| {
                observer.observe(state.idle_min, &[name_of(state)]);
            },
        ),
        (metric::DB_POOL_LIMIT, unit::CONNECTION, "Most connections that a pool opens.", |observer, state| {
            observer.observe(state.limit, &[name_of(state)]);
        }),
        (metric::DB_POOL_PENDING, unit::REQUEST, "Callers that wait for a connection.", |observer, state| {
            observer.observe(state.pending, &[name_of(state)]);
        }),
    ];
    for (name, unit, description, ask) in instruments {
        let observed_weakly = Arc::downgrade(observed);
        let meter = observed.telemetry.meter();
        meter
            .i64_observable_up_down_counter(name)
            .with_unit(unit)
            .with_description(description)
            .with_callback(move |observer| {
                for state in observed_weakly.upgrade().map(|observed| observed.states()).unwrap_or_default() {
                    ask(observer, &state);
                }
            })
            .build();
    }
}

fn name_of(state: &PoolState) -> KeyValue {
    KeyValue::new(attr::DB_POOL_NAME, Arc::clone(&state.name))
}

/// Nothing under these locks can panic half-way.
fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
