//! Metrics about the export of each signal, by the names of the conventions (`otel.sdk.*`).
//!
//! All read the accounts, at the moment of the collection; nothing is counted for them. `otel.sdk.span.started` is not among them:
//! it has to count spans that are not recorded as well, which are never made here.

use std::sync::Arc;

use http::Uri;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;
use tachograph_core::semconv::{attribute as attr, metric, unit};

use crate::accounting::{Accounting, SignalAccount};
#[cfg(all(feature = "_otlp", feature = "spool"))]
use crate::otlp::OpenSpool;
use crate::settings::{Protocol, Signal};

/// Names of one signal.
struct Names {
    unit: &'static str,
    /// The word in the types of components.
    word: &'static str,
    in_flight: &'static str,
    exported: &'static str,
    /// Size and capacity of the queue, and what has left it.
    queue: Option<[&'static str; 3]>,
}

fn names(signal: Signal) -> Names {
    match signal {
        Signal::Traces => Names {
            unit: unit::SPAN,
            word: "span",
            in_flight: metric::SDK_SPANS_IN_FLIGHT,
            exported: metric::SDK_SPANS_EXPORTED,
            queue: Some([metric::SDK_SPAN_QUEUE_SIZE, metric::SDK_SPAN_QUEUE_CAPACITY, metric::SDK_SPANS_PROCESSED]),
        },
        Signal::Logs => Names {
            unit: unit::LOG_RECORD,
            word: "log",
            in_flight: metric::SDK_LOGS_IN_FLIGHT,
            exported: metric::SDK_LOGS_EXPORTED,
            queue: Some([metric::SDK_LOG_QUEUE_SIZE, metric::SDK_LOG_QUEUE_CAPACITY, metric::SDK_LOGS_PROCESSED]),
        },
        Signal::Metrics => Names {
            unit: unit::DATA_POINT,
            word: "metric",
            in_flight: metric::SDK_DATA_POINTS_IN_FLIGHT,
            exported: metric::SDK_DATA_POINTS_EXPORTED,
            queue: None,
        },
    }
}

/// Makes the instruments of the signals that are exported.
pub(super) fn observe(meter: &Meter, accounting: &Arc<Accounting>) {
    for signal in [Signal::Traces, Signal::Metrics, Signal::Logs] {
        if accounting.of(signal).has_exporter() {
            let names = names(signal);
            observe_exporter(meter, accounting, signal, &names);
            if let Some(queue) = names.queue {
                observe_queue(meter, accounting, signal, &names, queue);
            }
        }
    }
    observe_fates(meter, accounting);
    if accounting.traces.has_exporter() {
        let spans = Arc::clone(accounting);
        meter
            .i64_observable_up_down_counter(metric::SDK_SPANS_LIVE)
            .with_unit(unit::SPAN)
            .with_description("Recorded spans that have not ended.")
            .with_callback(move |observer| {
                // No sampler of the settings records what it does not sample.
                let sampled = KeyValue::new(attr::OTEL_SPAN_SAMPLING_RESULT, "RECORD_AND_SAMPLE");
                observer.observe(signed(spans.traces.open()), &[sampled]);
            })
            .build();
    }
}

fn observe_queue(
    meter: &Meter,
    accounting: &Arc<Accounting>,
    signal: Signal,
    names: &Names,
    [size, capacity, processed]: [&'static str; 3],
) {
    let component = component(format!("batching_{}_processor", names.word));
    let (queued, attributes) = (Arc::clone(accounting), component.clone());
    meter
        .i64_observable_up_down_counter(size)
        .with_unit(names.unit)
        .with_description("Items that wait for their export.")
        .with_callback(move |observer| observer.observe(signed(queued.of(signal).ledger().queued), &attributes))
        .build();

    let (room, attributes) = (Arc::clone(accounting), component.clone());
    meter
        .i64_observable_up_down_counter(capacity)
        .with_unit(names.unit)
        .with_description("Items that may wait; how many bytes they may take is limited as well.")
        .with_callback(move |observer| {
            observer.observe(signed(room.of(signal).books().map_or(0, |books| books.capacity())), &attributes);
        })
        .build();

    let left = Arc::clone(accounting);
    meter
        .u64_observable_counter(processed)
        .with_unit(names.unit)
        .with_description("Items that have left the queue for the exporter, or were dropped, by reason.")
        .with_callback(move |observer| {
            let ledger = left.of(signal).ledger();
            let dropped = ledger.dropped.by_reason();
            let gone = ledger.queued + ledger.dropped.total();
            observer.observe(ledger.created.saturating_sub(gone), &component);
            for (reason, count) in dropped {
                let (reason, is_at_the_end) = match reason {
                    "shut_down" => ("already_shutdown", true),
                    reason => (reason, reason == "out_of_time"),
                };
                // At zero from the first collection on, so that the first item that is dropped is a rise.
                if count > 0 || !is_at_the_end {
                    observer.observe(count, &with_error(&component, reason));
                }
            }
        })
        .build();
}

fn observe_exporter(meter: &Meter, accounting: &Arc<Accounting>, signal: Signal, names: &Names) {
    let component = exporter_of(accounting.of(signal), names);
    let (under_way, attributes) = (Arc::clone(accounting), component.clone());
    meter
        .i64_observable_up_down_counter(names.in_flight)
        .with_unit(names.unit)
        .with_description("Items whose export is under way.")
        .with_callback(move |observer| observer.observe(signed(under_way.of(signal).ledger().in_flight), &attributes))
        .build();

    let ended = Arc::clone(accounting);
    meter
        .u64_observable_counter(names.exported)
        .with_unit(names.unit)
        .with_description("Items whose export has ended, by what went wrong if anything did.")
        .with_callback(move |observer| {
            let ledger = ended.of(signal).ledger();
            observer.observe(ledger.exported, &component);
            for (reason, count) in ledger.failed.by_reason() {
                let (reason, can_happen) = match reason {
                    "error" => ("_OTHER", true),
                    "timed_out" => ("timeout", true),
                    "spool" => ("spool", count > 0),
                    reason => (reason, true),
                };
                // At zero from the first collection on, so that the first item that fails is a rise.
                if can_happen {
                    observer.observe(count, &with_error(&component, reason));
                }
            }
        })
        .build();
}

/// What the conventions have no names for: items that were cut, and those on disk.
fn observe_fates(meter: &Meter, accounting: &Arc<Accounting>) {
    let signals: Arc<[(Signal, Vec<KeyValue>)]> = [Signal::Traces, Signal::Metrics, Signal::Logs]
        .into_iter()
        .filter(|signal| accounting.of(*signal).has_exporter())
        .map(|signal| (signal, exporter_of(accounting.of(signal), &names(signal))))
        .collect();
    if signals.is_empty() {
        return;
    }
    let (cut, components) = (Arc::clone(accounting), Arc::clone(&signals));
    meter
        .u64_observable_counter(metric::EXPORT_TRUNCATED)
        .with_unit(unit::ITEM)
        .with_description("Items whose texts were cut, because one alone was larger than a request may be.")
        .with_callback(move |observer| {
            for (signal, component) in components.iter() {
                observer.observe(cut.of(*signal).ledger().truncated, component);
            }
        })
        .build();
    #[cfg(all(feature = "_otlp", feature = "spool"))]
    if let Some(spool) = accounting.spool() {
        observe_spool(meter, accounting, spool, &signals);
    }
}

#[cfg(all(feature = "_otlp", feature = "spool"))]
fn observe_spool(
    meter: &Meter,
    accounting: &Arc<Accounting>,
    spool: &Arc<OpenSpool>,
    signals: &Arc<[(Signal, Vec<KeyValue>)]>,
) {
    let (on_disk, components) = (Arc::clone(accounting), Arc::clone(signals));
    meter
        .i64_observable_up_down_counter(metric::SPOOL_ITEMS)
        .with_unit(unit::ITEM)
        .with_description("Items on disk until the receiver is back.")
        .with_callback(move |observer| {
            for (signal, component) in components.iter().filter(|(signal, _)| *signal != Signal::Metrics) {
                observer.observe(signed(on_disk.of(*signal).ledger().on_disk()), component);
            }
        })
        .build();

    let (found, components) = (Arc::clone(accounting), Arc::clone(signals));
    meter
        .u64_observable_counter(metric::SPOOL_RECOVERED)
        .with_unit(unit::ITEM)
        .with_description("Items that an earlier process had left on disk.")
        .with_callback(move |observer| {
            for (signal, component) in components.iter().filter(|(signal, _)| *signal != Signal::Metrics) {
                observer.observe(found.of(*signal).ledger().recovered, component);
            }
        })
        .build();

    let spool = Arc::clone(spool);
    meter
        .u64_observable_gauge(metric::SPOOL_SIZE)
        .with_unit(unit::BYTES)
        .with_description("What the spool takes of the disk.")
        .with_callback(move |observer| observer.observe(spool.state().bytes, &[]))
        .build();
}

/// The exporter of a signal as a component.
fn exporter_of(account: &SignalAccount, names: &Names) -> Vec<KeyValue> {
    let kind = match account.protocol() {
        Some(Protocol::Grpc) => format!("otlp_grpc_{}_exporter", names.word),
        Some(Protocol::HttpProtobuf) => format!("otlp_http_{}_exporter", names.word),
        Some(Protocol::HttpJson) => format!("otlp_http_json_{}_exporter", names.word),
        None => format!("custom_{}_exporter", names.word),
    };
    let mut component = component(kind);
    component.extend(server(account));
    component
}

/// The first, and only, component of this kind. Attributes are in the order of their keys, in which the SDK finds them fastest.
fn component(kind: String) -> Vec<KeyValue> {
    let name = format!("{kind}/0");
    vec![KeyValue::new(attr::OTEL_COMPONENT_NAME, name), KeyValue::new(attr::OTEL_COMPONENT_TYPE, kind)]
}

/// Where an OTLP exporter sends to.
fn server(account: &SignalAccount) -> Vec<KeyValue> {
    let Some(uri) = account.endpoint().and_then(|endpoint| endpoint.parse::<Uri>().ok()) else { return Vec::new() };
    let standard = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    let port = KeyValue::new(attr::SERVER_PORT, i64::from(uri.port_u16().unwrap_or(standard)));
    uri.host().map_or_else(Vec::new, |host| vec![KeyValue::new(attr::SERVER_ADDRESS, host.to_owned()), port])
}

fn with_error(component: &[KeyValue], error: &'static str) -> Vec<KeyValue> {
    [&[KeyValue::new(attr::ERROR_TYPE, error)], component].concat()
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
