//! Scraping a pipeline.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::metrics::MeterProvider as _;
use tachograph_core::source::{Scrape as _, ScrapeRequest};
use tachograph_pipeline::{ExporterChoice, Pipeline, ScrapeHandle};

use crate::{LONG, builder, hang_in_a_callback};

fn scraped_only() -> Pipeline {
    let none = ["OTEL_METRICS_EXPORTER", "OTEL_TRACES_EXPORTER", "OTEL_LOGS_EXPORTER"].map(|name| (name, "none"));
    builder(&none).build().unwrap()
}

fn scraped(handle: &ScrapeHandle) -> String {
    String::from_utf8(handle.scrape(&ScrapeRequest::default()).unwrap().body).unwrap()
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
    assert!(has(&scraped(&handle), "calls_total"));
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
                    let text = scraped(&handle);
                    assert!(has(&text, "calls_total") && has(&text, "target_info") && text.ends_with('\n'));
                }
            });
        }
    });
    assert!(scraped(&handle).lines().any(|line| line.starts_with("calls_total") && line.ends_with(" 201")));
}

/// Many series, so that compression pays.
fn with_series(pipeline: &Pipeline) -> ScrapeHandle {
    let counter = pipeline.telemetry().unwrap().meter().u64_counter("calls").build();
    for id in 0..100 {
        counter.add(1, &[opentelemetry::KeyValue::new("id", id)]);
    }
    pipeline.scrape_handle().unwrap()
}

#[test]
fn a_long_body_is_compressed_for_who_asks_and_a_short_one_is_not() {
    let gzip = ScrapeRequest::default().with_accept_encoding("gzip");
    let short = scraped_only().scrape_handle().unwrap().scrape(&gzip).unwrap();
    assert_eq!(short.content_encoding, None);
    let pipeline = scraped_only();
    let handle = with_series(&pipeline);
    assert_eq!(handle.scrape(&gzip).unwrap().content_encoding, Some("gzip"));
    // The buffer that stayed behind is not mixed into the next answer.
    assert_eq!(scraped(&handle), pipeline.prometheus_text().unwrap());
    assert_eq!(scraped(&handle), pipeline.prometheus_text().unwrap());
}

#[test]
fn code_switches_compression_off() {
    let pipeline = builder(&[("OTEL_METRICS_EXPORTER", "prometheus"), ("OTEL_TRACES_EXPORTER", "none")])
        .with_scrape_compression(false)
        .build()
        .unwrap();
    let handle = with_series(&pipeline);
    let response = handle.scrape(&ScrapeRequest::default().with_accept_encoding("gzip, identity;q=0")).unwrap();
    assert_eq!(response.content_encoding, None);
    assert_eq!(response.body, pipeline.prometheus_text().unwrap().into_bytes());
}

#[test]
fn a_scrape_without_patience_fails_behind_one_that_hangs_and_works_after_it() {
    let pipeline = scraped_only();
    let (started, let_go) = hang_in_a_callback(&pipeline);
    let handle = pipeline.scrape_handle().unwrap();
    let hurried = ScrapeRequest::default().with_patience(Duration::ZERO);
    std::thread::scope(|scope| {
        let hanging = scope.spawn(|| handle.scrape(&hurried));
        started.recv_timeout(LONG).unwrap();
        let error = handle.scrape(&hurried).unwrap_err().to_string();
        assert!(
            error.contains("running for 0.") && error.contains("a callback of an observable instrument"),
            "{error}"
        );
        drop(let_go);
        assert!(hanging.join().unwrap().is_ok());
    });
    assert!(has(&scraped(&handle), "slow"));
    assert_eq!(pipeline.health().scrape_failures, 1);
}

#[test]
fn what_a_scrape_contains_can_be_chosen() {
    let text = |pipeline: &Pipeline| {
        pipeline.telemetry().unwrap().meter().u64_counter("calls").build().add(1, &[]);
        let request = ScrapeRequest::default().with_accept("application/openmetrics-text");
        String::from_utf8(pipeline.scrape_handle().unwrap().scrape(&request).unwrap().body).unwrap()
    };
    let variables = [("OTEL_METRICS_EXPORTER", "prometheus"), ("OTEL_TRACES_EXPORTER", "none")];
    let by_default = text(&builder(&variables).build().unwrap());
    assert!(has(&by_default, "calls_total{otel_scope_name=\"tachograph\",") && has(&by_default, "target_info{"));
    assert!(has(&by_default, "calls_created{"), "{by_default}");

    let chosen = builder(&variables).with_scope_labels(false).with_target_info(false).with_created(false);
    let chosen = text(&chosen.with_resource_labels(["service.name"]).build().unwrap());
    assert!(has(&chosen, "calls_total{service_name=\"test\"} 1") && !has(&chosen, "target_info"), "{chosen}");
    assert!(!chosen.contains("_created") && !chosen.contains("otel_scope"), "{chosen}");
}
