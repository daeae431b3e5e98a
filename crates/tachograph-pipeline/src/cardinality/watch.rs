//! Which instruments reached their limit, seen at each collection.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use tachograph_core::semconv::attribute as attr;

use super::points::Points;
use super::rules::Rules;

/// How many series one instrument had when metrics were last collected.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InstrumentCardinality {
    /// Name of the instrument's scope: `tachograph` for what Tachograph records.
    pub scope: String,
    /// Name of the instrument, as it was given to the meter.
    pub instrument: String,
    /// Its series: attribute sets, and where there are such the one without attributes and the one of all beyond the limit.
    pub series: usize,
    /// How many attribute sets it keeps apart.
    pub limit: usize,
    /// Whether there were more. Then the others are one series with the attribute `otel.metric.overflow`.
    pub overflowing: bool,
}

impl InstrumentCardinality {
    fn is(&self, scope: &str, instrument: &str) -> bool {
        self.instrument == instrument && self.scope == scope
    }
}

/// The attributes of a series of `tachograph.metrics.overflow`.
type Series = Vec<KeyValue>;

/// Looks at what is collected.
///
/// Its lock is never held while the SDK is called, because callbacks of instruments take it under the SDK's own.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    rules: Arc<Rules>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Those of the last collection, in its order.
    instruments: Vec<InstrumentCardinality>,
    /// Those that are overflowing, as attributes.
    overflowing: Arc<[Series]>,
    /// Scope and name of those that the log has heard of.
    said: Vec<(String, String)>,
}

impl Watch {
    pub(crate) fn new(rules: Arc<Rules>) -> Self {
        Self { rules, state: Mutex::default() }
    }

    /// Looks at a collection, and tells the log of each instrument that reached its limit, once. Allocates nothing as long as the
    /// instruments stay the same.
    pub(crate) fn look(&self, metrics: &ResourceMetrics) {
        let has_listener = tracing::dispatcher::has_been_set();
        let mut unsaid = Vec::new();
        {
            let mut state = self.state();
            let has_changed = state.see(metrics, &self.rules);
            if has_changed {
                state.overflowing =
                    state.instruments.iter().filter(|instrument| instrument.overflowing).map(series).collect();
            }
            if has_listener && !state.overflowing.is_empty() {
                unsaid = state.take_unsaid();
            }
        }
        for InstrumentCardinality { scope, instrument, limit, .. } in unsaid {
            tracing::warn!(
                scope,
                instrument,
                limit,
                "an instrument has more attribute sets than its limit: new ones are one series, marked \
                 `otel.metric.overflow`, until the process ends; find the attribute that has too many values and leave it \
                 out (`with_instrument_attributes`), or raise the limit (`with_instrument_cardinality_limit`)"
            );
        }
    }

    pub(crate) fn instruments(&self) -> Vec<InstrumentCardinality> {
        self.state().instruments.clone()
    }

    /// Names of the instruments that are overflowing.
    pub(crate) fn overflowing(&self) -> Vec<String> {
        let state = self.state();
        let overflowing = state.instruments.iter().filter(|instrument| instrument.overflowing);
        overflowing.map(|instrument| instrument.instrument.clone()).collect()
    }

    /// The same, each as the attributes of a series.
    pub(crate) fn overflowing_series(&self) -> Arc<[Series]> {
        Arc::clone(&self.state().overflowing)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock leaves it half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes the numbers of a collection over; tells whether something else than numbers of series is different.
    fn see(&mut self, metrics: &ResourceMetrics, rules: &Rules) -> bool {
        let mut has_changed = false;
        let mut count = 0;
        for scope in metrics.scope_metrics() {
            let scope_name = scope.scope().name();
            for metric in scope.metrics() {
                // The order stays the same as long as no instrument is new.
                if !self.instruments.get(count).is_some_and(|known| known.is(scope_name, metric.name())) {
                    has_changed = true;
                    self.instruments.truncate(count);
                    self.instruments.push(InstrumentCardinality {
                        scope: scope_name.to_owned(),
                        instrument: metric.name().to_owned(),
                        series: 0,
                        limit: rules.limit_of(scope_name, metric.name()),
                        overflowing: false,
                    });
                }
                let known = &mut self.instruments[count];
                known.series = metric.data().series();
                // The series of all others comes on top of the limit.
                let overflowing = known.series > known.limit && metric.data().has_overflow();
                has_changed |= known.overflowing != overflowing;
                known.overflowing = overflowing;
                count += 1;
            }
        }
        has_changed |= count < self.instruments.len();
        self.instruments.truncate(count);
        has_changed
    }

    fn take_unsaid(&mut self) -> Vec<InstrumentCardinality> {
        let mut unsaid = Vec::new();
        for known in self.instruments.iter().filter(|instrument| instrument.overflowing) {
            if !self.said.iter().any(|(scope, instrument)| known.is(scope, instrument)) {
                self.said.push((known.scope.clone(), known.instrument.clone()));
                unsaid.push(known.clone());
            }
        }
        unsaid
    }
}

fn series(instrument: &InstrumentCardinality) -> Series {
    let mut series = vec![KeyValue::new(attr::INSTRUMENT_NAME, instrument.instrument.clone())];
    if !instrument.scope.is_empty() {
        series.push(KeyValue::new(attr::INSTRUMENT_SCOPE, instrument.scope.clone()));
    }
    series
}

#[cfg(test)]
mod tests {
    use opentelemetry::metrics::MeterProvider as _;
    use opentelemetry_sdk::Resource;

    use super::*;
    use crate::accounting::Accounting;
    use crate::metrics::{Collector, MeterProvider, SharedReader};

    #[test]
    fn a_look_at_the_same_instruments_makes_nothing_new() {
        let mut rules = Rules::default();
        rules.set_limit(3, "test").unwrap();
        let rules = Arc::new(rules);
        let accounting = Arc::new(Accounting::new(Vec::new(), Watch::new(Arc::clone(&rules)), None));
        let collector = Arc::new(Collector::new(Arc::clone(&accounting)));
        let reader = SharedReader::new(Arc::clone(&collector), None);
        let provider = MeterProvider::new(Resource::builder_empty().build(), reader, rules, Arc::clone(&accounting));
        let counter = provider.meter("app").u64_counter("calls").build();
        let mut metrics = ResourceMetrics::default();
        let mut look = |ids: std::ops::Range<i64>| {
            ids.for_each(|id| counter.add(1, &[KeyValue::new("id", id)]));
            collector.collect(&mut metrics).unwrap();
            let state = accounting.cardinality().state();
            let known = &state.instruments[0];
            (known.instrument.as_ptr(), known.scope.as_ptr(), known.series, Arc::clone(&state.overflowing))
        };
        look(0..2);
        let (.., overflowing) = look(2..3);
        assert!(overflowing.is_empty());
        let first = look(3..9);
        let again = look(9..20);
        assert_eq!((again.2, again.3.len()), (4, 1));
        assert!((again.0, again.1) == (first.0, first.1) && Arc::ptr_eq(&again.3, &first.3));
    }
}
