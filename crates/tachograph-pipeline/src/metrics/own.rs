//! Metrics about the metrics: what an operator has to know of the pipeline itself, pushed and scraped with the others.
//!
//! The callbacks run under the SDK's lock. They load atomics and take locks that are never held while the SDK is called.

mod exports;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;
use tachograph_core::semconv::{attribute as attr, metric, unit};

use crate::accounting::{Accounting, Dropped};
use crate::logs::files::{Counts, DropReason, LogFile};

/// Makes the instruments. They live as long as the provider of the meter.
pub(crate) fn observe(meter: &Meter, accounting: &Arc<Accounting>) {
    let panics = Arc::clone(accounting);
    meter
        .u64_observable_counter(metric::METRICS_CALLBACK_PANICS)
        .with_unit(unit::PANIC)
        .with_description("Panics of callbacks of observable instruments, which were caught.")
        .with_callback(move |observer| observer.observe(panics.callback_panics(), &[]))
        .build();

    let failures = Arc::clone(accounting);
    meter
        .u64_observable_counter(metric::SCRAPE_FAILURES)
        .with_unit(unit::SCRAPE)
        .with_description("Scrapes that could not be answered.")
        .with_callback(move |observer| observer.observe(failures.scrape_failures(), &[]))
        .build();

    let scrapes = Arc::clone(accounting);
    let reported: [AtomicBool; Dropped::REASONS] = Default::default();
    meter
        .u64_observable_gauge(metric::SCRAPE_DROPPED)
        .with_unit(unit::ITEM)
        .with_description("What the last scrape left out, by reason.")
        .with_callback(move |observer| {
            for ((reason, count), reported) in scrapes.dropped().by_reason().into_iter().zip(&reported) {
                // A reason that once was stays at zero, so that an alert on it ends.
                if reported.fetch_or(count > 0, Ordering::Relaxed) || count > 0 {
                    observer.observe(count, &[KeyValue::new(attr::REASON, reason)]);
                }
            }
        })
        .build();

    let overflow = Arc::clone(accounting);
    meter
        .u64_observable_gauge(metric::METRICS_OVERFLOW)
        .with_unit(unit::ITEM)
        .with_description(
            "1 for an instrument that got more attribute sets than its limit: the others share one series.",
        )
        .with_callback(move |observer| {
            for series in overflow.cardinality().overflowing_series().iter() {
                observer.observe(1, series);
            }
        })
        .build();

    exports::observe(meter, accounting);
    if let Some(counts) = accounting.log_files() {
        observe_log_files(meter, counts);
    }
}

/// From the first collection on with every reason at zero, so that the first line that is dropped is a rise.
fn observe_log_files(meter: &Meter, counts: &Arc<Counts>) {
    let name = |file: LogFile| KeyValue::new(attr::LOG_FILE_NAME, file.name());
    let written = Arc::clone(counts);
    meter
        .u64_observable_counter(metric::LOG_WRITTEN)
        .with_unit(unit::LINE)
        .with_description("Lines written to log files.")
        .with_callback(move |observer| {
            for file in LogFile::ALL {
                observer.observe(written.written(file), &[name(file)]);
            }
        })
        .build();

    let dropped = Arc::clone(counts);
    meter
        .u64_observable_counter(metric::LOG_DROPPED)
        .with_unit(unit::LINE)
        .with_description("Lines for log files that were dropped, by reason.")
        .with_callback(move |observer| {
            for file in LogFile::ALL {
                for reason in DropReason::ALL {
                    let series = [name(file), KeyValue::new(attr::REASON, reason.name())];
                    observer.observe(dropped.dropped(file, reason), &series);
                }
            }
        })
        .build();
}
