//! The metrics of a pipeline as numbers.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider as _};
use tachograph_core::source::ReadMetrics as _;
use tachograph_pipeline::{MetricsHandle, Pipeline};

use crate::{LONG, builder, hang_in_a_callback};

fn unpushed() -> Pipeline {
    let none = ["OTEL_METRICS_EXPORTER", "OTEL_TRACES_EXPORTER", "OTEL_LOGS_EXPORTER"].map(|name| (name, "none"));
    builder(&none).build().unwrap()
}

fn meter(pipeline: &Pipeline) -> Meter {
    pipeline.meter_provider().unwrap().meter("app")
}

/// Every point, by metric and attributes.
fn read(handle: &MetricsHandle) -> BTreeMap<String, String> {
    let mut read = BTreeMap::new();
    handle
        .read_metrics(&mut |point| {
            let attributes: Vec<_> =
                point.attributes.iter().map(|attribute| format!("{}={}", attribute.key, attribute.value)).collect();
            let before =
                read.insert(format!("{}[{}]", point.metric, attributes.join(",")), format!("{:?}", point.value));
            assert_eq!(before, None, "twice");
        })
        .unwrap();
    read
}

#[test]
fn every_kind_of_instrument_and_number_is_shown_as_what_it_is() {
    let pipeline = unpushed();
    let meter = meter(&pipeline);
    let of = |value: &'static str| [KeyValue::new("of", value)];
    meter.u64_counter("counter.u64").build().add(2, &of("a"));
    meter.f64_counter("counter.f64").build().add(0.5, &of("a"));
    meter.i64_up_down_counter("sum.i64").build().add(-3, &of("a"));
    meter.f64_up_down_counter("sum.f64").build().add(-0.5, &of("a"));
    meter.u64_gauge("gauge.u64").build().record(4, &of("a"));
    meter.i64_gauge("gauge.i64").build().record(-4, &of("a"));
    meter.f64_gauge("gauge.f64").build().record(4.5, &[KeyValue::new("of", "a"), KeyValue::new("on", true)]);
    let histogram = meter.u64_histogram("histogram.u64").with_boundaries(vec![1.0, 10.0]).build();
    for value in [1, 5, 6, 50] {
        histogram.record(value, &of("a"));
    }
    meter.f64_histogram("histogram.f64").with_boundaries(vec![]).build().record(0.25, &of("a"));

    let read = read(&pipeline.metrics_handle().unwrap());
    for (point, value) in [
        ("counter.u64[of=a]", "Counter(2.0)"),
        ("counter.f64[of=a]", "Counter(0.5)"),
        ("sum.i64[of=a]", "Gauge(-3.0)"),
        ("sum.f64[of=a]", "Gauge(-0.5)"),
        ("gauge.u64[of=a]", "Gauge(4.0)"),
        ("gauge.i64[of=a]", "Gauge(-4.0)"),
        ("gauge.f64[of=a,on=true]", "Gauge(4.5)"),
        (
            "histogram.u64[of=a]",
            "Histogram(HistogramPoint { count: 4, sum: 62.0, min: Some(1.0), max: Some(50.0), \
             bounds: [1.0, 10.0], buckets: [1, 2, 1] })",
        ),
        (
            "histogram.f64[of=a]",
            "Histogram(HistogramPoint { count: 1, sum: 0.25, min: Some(0.25), max: Some(0.25), \
             bounds: [], buckets: [1] })",
        ),
    ] {
        assert_eq!(read.get(point).map(String::as_str), Some(value), "{point} in {read:#?}");
    }
    assert!(read.contains_key("tachograph.scrape.failures[]"), "the pipeline's own are there as well: {read:#?}");
}

#[test]
fn attributes_are_found_by_their_key() {
    let pipeline = unpushed();
    let attributes = [KeyValue::new("route", "/users/{id}"), KeyValue::new("status", 200)];
    meter(&pipeline).u64_counter("calls").build().add(1, &attributes);
    let mut found = Vec::new();
    let mut look = |point: &tachograph_core::source::Point<'_>| {
        if point.metric == "calls" {
            found.push((point.attribute("status").cloned(), point.attribute("method").cloned()));
        }
    };
    pipeline.metrics_handle().unwrap().read_metrics(&mut look).unwrap();
    assert_eq!(found, [(Some(200.into()), None)]);
}

#[test]
fn what_is_shown_may_record_make_instruments_and_read_again() {
    let pipeline = unpushed();
    let meter = meter(&pipeline);
    let counter = meter.u64_counter("calls").build();
    counter.add(1, &[]);
    let handle = pipeline.metrics_handle().unwrap();
    let mut inner = 0;
    handle
        .read_metrics(&mut |point| {
            if point.metric == "calls" {
                counter.add(1, &[]);
                meter.u64_counter("made.meanwhile").build().add(1, &[]);
                inner = read(&handle).len();
            }
        })
        .unwrap();
    let after = read(&handle);
    assert_eq!((inner, after.len()), (after.len(), after.len()));
    assert_eq!(after["calls[]"], "Counter(2.0)");
    assert_eq!(after["made.meanwhile[]"], "Counter(1.0)");
}

#[test]
fn a_panic_of_the_reader_harms_no_other() {
    let pipeline = unpushed();
    meter(&pipeline).u64_counter("calls").build().add(3, &[]);
    let handle = pipeline.metrics_handle().unwrap();
    let before = read(&handle);
    let panicked = catch_unwind(AssertUnwindSafe(|| handle.clone().read_metrics(&mut |_| panic!("on purpose"))));
    assert!(panicked.is_err());
    assert_eq!(read(&handle), before);
    assert!(pipeline.prometheus_text().unwrap().contains("calls_total"));
}

#[test]
fn it_reads_after_the_shutdown_and_the_end_of_the_pipeline() {
    let pipeline = unpushed();
    meter(&pipeline).u64_counter("calls").build().add(3, &[]);
    let handle = pipeline.metrics_handle().unwrap();
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert_eq!(read(&handle)["calls[]"], "Counter(3.0)");
    drop(pipeline);
    assert_eq!(read(&handle)["calls[]"], "Counter(3.0)");
}

#[test]
fn scrapes_and_readers_side_by_side_see_the_same_numbers() {
    let pipeline = unpushed();
    let counter = meter(&pipeline).u64_counter("calls").build();
    let handle = pipeline.metrics_handle().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..50 {
                    counter.add(1, &[]);
                    assert!(read(&handle).contains_key("calls[]"));
                    assert!(pipeline.prometheus_text().unwrap().contains("calls_total"));
                }
            });
        }
    });
    assert_eq!(read(&handle)["calls[]"], "Counter(150.0)");
}

#[test]
fn a_reader_behind_a_callback_that_hangs_gets_its_points_when_it_comes_back() {
    let pipeline = unpushed();
    let (started, let_go) = hang_in_a_callback(&pipeline);
    let handle = pipeline.metrics_handle().unwrap();
    std::thread::scope(|scope| {
        let hanging = scope.spawn(|| read(&handle));
        started.recv_timeout(LONG).unwrap();
        let behind = scope.spawn(|| read(&handle));
        drop(let_go);
        assert_eq!(hanging.join().unwrap(), behind.join().unwrap());
    });
}
