//! An application's own instruments, from the same meter provider, in one line.
//!
//! ```
//! use tachograph_core::custom::{Counter, Histogram};
//! use opentelemetry::KeyValue;
//!
//! static ORDERS: Counter = Counter::new("shop.orders").with_unit("{order}").with_description("Orders placed.");
//! static BASKET: Histogram = Histogram::new("shop.basket.value").with_unit("EUR").with_boundaries(&[10.0, 50.0, 250.0]);
//!
//! fn order_placed(value: f64) {
//!     ORDERS.add(1, &[KeyValue::new("shop.channel", "web")]);
//!     BASKET.record(value, &[]);
//! }
//! ```
//!
//! They may be `static` and made before anything is installed: the SDK instrument behind is made at the first record with
//! the telemetry in force there, and made again when another telemetry is.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use opentelemetry::{KeyValue, metrics};

use crate::telemetry::Telemetry;

/// The SDK instrument of the telemetry that last recorded.
struct Slot<I> {
    made: ArcSwapOption<(u64, I)>,
}

impl<I> Slot<I> {
    const fn new() -> Self {
        Self { made: ArcSwapOption::const_empty() }
    }

    fn with(&self, make: impl FnOnce(&metrics::Meter) -> I, record: impl FnOnce(&I)) {
        let Some(telemetry) = Telemetry::current() else { return };
        let made = self.made.load();
        if let Some(made) = made.as_ref()
            && made.0 == telemetry.id()
        {
            return record(&made.1);
        }
        let made = Arc::new((telemetry.id(), make(telemetry.meter())));
        self.made.store(Some(Arc::clone(&made)));
        record(&made.1);
    }
}

macro_rules! instrument {
    ($(#[$doc:meta])* $name:ident($value:ty) = $inner:ty, $builder:ident, $record:ident, $(#[$record_doc:meta])*) => {
        $(#[$doc])*
        pub struct $name {
            name: &'static str,
            unit: &'static str,
            description: &'static str,
            boundaries: Option<&'static [f64]>,
            slot: Slot<$inner>,
        }

        impl $name {
            /// An instrument with this name (OpenTelemetry style: `shop.orders`, no unit and no `_total` in it).
            #[must_use]
            pub const fn new(name: &'static str) -> Self {
                Self { name, unit: "", description: "", boundaries: None, slot: Slot::new() }
            }

            /// The UCUM unit: `s`, `By`, `1`, `{order}`. The default is none.
            #[must_use]
            pub const fn with_unit(mut self, unit: &'static str) -> Self {
                self.unit = unit;
                self
            }

            /// What it measures. The default is none.
            #[must_use]
            pub const fn with_description(mut self, description: &'static str) -> Self {
                self.description = description;
                self
            }

            $(#[$record_doc])*
            ///
            /// Every attribute value is a series of its own: keep them few. Does nothing where no telemetry is installed.
            pub fn $record(&self, value: $value, attributes: &[KeyValue]) {
                self.slot.with(|meter| self.make(meter), |instrument| instrument.$record(value, attributes));
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).field("name", &self.name).field("unit", &self.unit).finish_non_exhaustive()
            }
        }
    };
}

macro_rules! plain {
    ($name:ident, $inner:ty, $builder:ident) => {
        impl $name {
            fn make(&self, meter: &metrics::Meter) -> $inner {
                debug_assert!(self.boundaries.is_none(), "only histograms have boundaries");
                let mut builder = meter.$builder(self.name);
                if !self.unit.is_empty() {
                    builder = builder.with_unit(self.unit);
                }
                if !self.description.is_empty() {
                    builder = builder.with_description(self.description);
                }
                builder.build()
            }
        }
    };
}

instrument! {
    /// A count that only grows.
    Counter(u64) = metrics::Counter<u64>, u64_counter, add,
    /// Adds to the count.
}
plain!(Counter, metrics::Counter<u64>, u64_counter);

instrument! {
    /// A value that is set.
    Gauge(f64) = metrics::Gauge<f64>, f64_gauge, record,
    /// Sets the value.
}
plain!(Gauge, metrics::Gauge<f64>, f64_gauge);

instrument! {
    /// A count that grows and shrinks.
    UpDownCounter(i64) = metrics::UpDownCounter<i64>, i64_up_down_counter, add,
    /// Adds to the count; negative amounts subtract.
}
plain!(UpDownCounter, metrics::UpDownCounter<i64>, i64_up_down_counter);

instrument! {
    /// A distribution of values.
    Histogram(f64) = metrics::Histogram<f64>, f64_histogram, record,
    /// Records a value.
}

impl Histogram {
    /// Upper bounds of the buckets, ascending. The default is the SDK's: from 0 to 10,000.
    #[must_use]
    pub const fn with_boundaries(mut self, boundaries: &'static [f64]) -> Self {
        self.boundaries = Some(boundaries);
        self
    }

    fn make(&self, meter: &metrics::Meter) -> metrics::Histogram<f64> {
        let mut builder = meter.f64_histogram(self.name);
        if !self.unit.is_empty() {
            builder = builder.with_unit(self.unit);
        }
        if !self.description.is_empty() {
            builder = builder.with_description(self.description);
        }
        if let Some(boundaries) = self.boundaries {
            builder = builder.with_boundaries(boundaries.to_vec());
        }
        builder.build()
    }
}
