//! Scraping a pipeline.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::metrics::MeterProvider as _;
use tachograph_core::source::Scrape as _;
use tachograph_pipeline::{ExporterChoice, Pipeline};

use crate::{LONG, builder};

fn scraped_only() -> Pipeline {
    builder(&[("OTEL_METRICS_EXPORTER", "prometheus"), ("OTEL_TRACES_EXPORTER", "none")]).build().unwrap()
}

fn has(text: &str, start: &str) -> bool {
    text.lines().any(|line| line.starts_with(start))
}

#[test]
fn metrics_that_are_not_pushed_can_be_scraped() {
    let pipeline = scraped_only();
    pipeline.telemetry().unwrap().meter().u64_counter("calls").build().add(2, &[]);
    assert!(has(&pipeline.prometheus_text().unwrap(), "calls_total{otel_scope_name=\"tachograph\""));
    assert_eq!(pipeline.health().metrics.created, 0);
}

#[test]
fn a_panicking_callback_is_counted_and_harms_nothing_else() {
    let pipeline = scraped_only();
    let meter = pipeline.meter_provider().unwrap().meter("app");
    meter.u64_counter("before").build().add(1, &[]);
    let healthy = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&healthy);
    let _gauge = meter
        .u64_observable_gauge("fragile")
        .with_callback(move |observer| {
            assert!(switch.load(Ordering::SeqCst), "on purpose");
            observer.observe(1, &[]);
        })
        .build();

    let text = pipeline.prometheus_text().unwrap();
    assert!(has(&text, "before_total") && !has(&text, "fragile"));
    assert_eq!(pipeline.health().callback_panics, 1);

    healthy.store(true, Ordering::SeqCst);
    meter.u64_counter("after").build().add(1, &[]);
    let text = pipeline.prometheus_text().unwrap();
    assert!(has(&text, "before_total") && has(&text, "fragile") && has(&text, "after_total"), "{text}");
}

#[test]
fn scrapes_go_on_after_the_shutdown_and_the_end_of_the_pipeline() {
    let pipeline = scraped_only();
    pipeline.telemetry().unwrap().meter().u64_counter("calls").build().add(2, &[]);
    let handle = pipeline.scrape_handle().unwrap();
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert!(has(&pipeline.prometheus_text().unwrap(), "calls_total"));
    drop(pipeline);
    assert!(has(&handle.clone().scrape().unwrap(), "calls_total"));
}

#[test]
fn a_disabled_pipeline_says_why_it_has_no_metrics() {
    let pipeline = builder(&[("OTEL_SDK_DISABLED", "true")]).build().unwrap();
    assert!(pipeline.prometheus_text().unwrap_err().to_string().contains("disabled"));
}

#[test]
fn attribute_sets_beyond_the_limit_share_one_series() {
    let pipeline = builder(&[])
        .with_traces_exporter(ExporterChoice::None)
        .with_metrics_exporter(ExporterChoice::None)
        .with_cardinality_limit(3)
        .build()
        .unwrap();
    let counter = pipeline.telemetry().unwrap().meter().u64_counter("calls").build();
    for id in 0..10 {
        counter.add(1, &[opentelemetry::KeyValue::new("id", id)]);
    }
    let text = pipeline.prometheus_text().unwrap();
    let values: Vec<u64> = text
        .lines()
        .filter(|line| line.starts_with("calls_total{"))
        .map(|line| line.rsplit_once(' ').unwrap().1.parse().unwrap())
        .collect();
    assert_eq!(values.iter().sum::<u64>(), 10);
    assert!(values.len() <= 4, "{text}");
    assert!(text.contains("otel_metric_overflow=\"true\""));
}

#[test]
fn concurrent_scrapes_all_get_the_whole_text() {
    let pipeline = scraped_only();
    let counter = pipeline.telemetry().unwrap().meter().u64_counter("calls").build();
    counter.add(1, &[]);
    let handle = pipeline.scrape_handle().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    counter.add(1, &[]);
                    let text = handle.scrape().unwrap();
                    assert!(has(&text, "calls_total") && has(&text, "target_info") && text.ends_with('\n'));
                }
            });
        }
    });
    assert!(handle.scrape().unwrap().lines().any(|line| line.starts_with("calls_total") && line.ends_with(" 201")));
}
