//! A meter whose observable callbacks cannot panic into the SDK.
//!
//! The SDK calls them while it holds the lock of the whole metric pipeline. A panic poisons that lock for good: nothing is
//! collected again, and instruments created later vanish. So every callback is wrapped where it enters.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use opentelemetry::metrics::{
    AsyncInstrument, AsyncInstrumentBuilder, Callback, Counter, Gauge, Histogram, HistogramBuilder, InstrumentBuilder,
    InstrumentProvider, Meter, ObservableCounter, ObservableGauge, ObservableUpDownCounter, UpDownCounter,
};

use crate::accounting::Accounting;
use crate::runtime::panic_message;

pub(super) fn walled_meter(inner: Meter, accounting: Arc<Accounting>) -> Meter {
    Meter::new(Arc::new(WalledMeter { inner, accounting }))
}

struct WalledMeter {
    inner: Meter,
    accounting: Arc<Accounting>,
}

impl WalledMeter {
    fn wall<M: 'static>(&self, name: &str, callback: Callback<M>) -> Callback<M> {
        let accounting = Arc::clone(&self.accounting);
        let name = name.to_owned();
        Box::new(move |instrument: &dyn AsyncInstrument<M>| {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| callback(instrument))) {
                accounting.callback_panicked(|| format!("{name}: {}", panic_message(panic.as_ref())));
            }
        })
    }
}

/// Builds the same instrument on the SDK's meter, which makes it one of the SDK's own: bound handles work as without the wall.
macro_rules! forward {
    ($($method:ident -> $instrument:ty;)+) => {
        $(fn $method(&self, builder: InstrumentBuilder<'_, $instrument>) -> $instrument {
            let mut forwarded = self.inner.$method(builder.name);
            forwarded.description = builder.description;
            forwarded.unit = builder.unit;
            forwarded.build()
        })+
    };
}

macro_rules! forward_histogram {
    ($($method:ident -> $instrument:ty;)+) => {
        $(fn $method(&self, builder: HistogramBuilder<'_, $instrument>) -> $instrument {
            let mut forwarded = self.inner.$method(builder.name);
            forwarded.description = builder.description;
            forwarded.unit = builder.unit;
            forwarded.boundaries = builder.boundaries;
            forwarded.build()
        })+
    };
}

macro_rules! forward_observable {
    ($($method:ident -> $instrument:ty, $measurement:ty;)+) => {
        $(fn $method(&self, builder: AsyncInstrumentBuilder<'_, $instrument, $measurement>) -> $instrument {
            let name = builder.name.clone();
            let mut forwarded = self.inner.$method(builder.name);
            forwarded.description = builder.description;
            forwarded.unit = builder.unit;
            forwarded.callbacks = builder.callbacks.into_iter().map(|callback| self.wall(&name, callback)).collect();
            forwarded.build()
        })+
    };
}

impl InstrumentProvider for WalledMeter {
    forward! {
        u64_counter -> Counter<u64>;
        f64_counter -> Counter<f64>;
        i64_up_down_counter -> UpDownCounter<i64>;
        f64_up_down_counter -> UpDownCounter<f64>;
        u64_gauge -> Gauge<u64>;
        i64_gauge -> Gauge<i64>;
        f64_gauge -> Gauge<f64>;
    }
    forward_histogram! {
        u64_histogram -> Histogram<u64>;
        f64_histogram -> Histogram<f64>;
    }
    forward_observable! {
        u64_observable_counter -> ObservableCounter<u64>, u64;
        f64_observable_counter -> ObservableCounter<f64>, f64;
        i64_observable_up_down_counter -> ObservableUpDownCounter<i64>, i64;
        f64_observable_up_down_counter -> ObservableUpDownCounter<f64>, f64;
        u64_observable_gauge -> ObservableGauge<u64>, u64;
        i64_observable_gauge -> ObservableGauge<i64>, i64;
        f64_observable_gauge -> ObservableGauge<f64>, f64;
    }
}
