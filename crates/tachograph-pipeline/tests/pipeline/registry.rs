//! Registries of the `prometheus` crate.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider as _;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Histogram, HistogramOpts, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};
use tachograph_core::source::{Scrape as _, ScrapeRequest};
use tachograph_pipeline::{Builder, Error, Pipeline};

use crate::builder;

fn scraped_only() -> Builder {
    builder(&[("OTEL_METRICS_EXPORTER", "prometheus"), ("OTEL_TRACES_EXPORTER", "none")]).with_scope_labels(false)
}

fn text_of(registry: &Registry) -> String {
    TextEncoder::new().encode_to_string(&registry.gather()).unwrap()
}

fn has(text: &str, line: &str) -> bool {
    text.lines().any(|found| found == line)
}

fn open_metrics(pipeline: &Pipeline) -> String {
    let request = ScrapeRequest::default().with_accept("application/openmetrics-text;version=1.0.0");
    String::from_utf8(pipeline.scrape_handle().unwrap().scrape(&request).unwrap().body).unwrap()
}

/// A registry with one family of each type.
fn theirs() -> Registry {
    let registry = Registry::new();
    let counter = IntCounterVec::new(Opts::new("their_jobs_total", "Jobs \"of\" theirs."), &["queue"]).unwrap();
    counter.with_label_values(&["a\"b\\c\nd"]).inc_by(3);
    let unnamed = prometheus::IntCounter::new("their_calls", "No total.").unwrap();
    unnamed.inc();
    let gauge = IntGauge::new("their_depth", "Depth.").unwrap();
    gauge.set(-4);
    let histogram = Histogram::with_opts(HistogramOpts::new("their_wait", "Wait.").buckets(vec![0.5, 5.0])).unwrap();
    [0.25, 1.0, 9.0].into_iter().for_each(|value| histogram.observe(value));
    registry.register(Box::new(counter)).unwrap();
    registry.register(Box::new(unnamed)).unwrap();
    registry.register(Box::new(gauge)).unwrap();
    registry.register(Box::new(histogram)).unwrap();
    registry
}

#[test]
fn metrics_appear_in_the_registry_of_the_application_and_are_recorded_once() {
    let registry = Registry::new();
    let pipeline = scraped_only().with_prometheus_registry(registry.clone()).build().unwrap();
    let calls = std::sync::Mutex::new(0_u64);
    let meter = pipeline.meter_provider().unwrap().meter("app");
    let counter = meter.u64_counter("calls").build();
    counter.add(3, &[KeyValue::new("route", "/a")]);
    let _observed = meter
        .u64_observable_counter("observations")
        .with_callback(move |observer| {
            let mut calls = calls.lock().unwrap();
            *calls += 1;
            observer.observe(*calls, &[]);
        })
        .build();
    let exposed = text_of(&registry);
    assert!(
        exposed.lines().any(|line| line.starts_with("calls_total{route=\"/a\"") && line.ends_with(" 3")),
        "{exposed}"
    );
    counter.add(1, &[KeyValue::new("route", "/a")]);
    let ours = pipeline.prometheus_text().unwrap();
    assert!(has(&ours, "calls_total{route=\"/a\"} 4"), "{ours}");
    // Asked once by each: a reader of its own in the SDK would have asked for both each time.
    assert!(has(&ours, "observations_total 2"), "{ours}");
    assert!(text_of(&registry).contains("observations_total{otel_scope_name=\"app\"} 3\n"));
}

#[test]
fn a_registry_takes_one_pipeline() {
    let registry = Registry::new();
    let first = scraped_only().with_prometheus_registry(registry.clone()).build().unwrap();
    let refused = scraped_only().with_prometheus_registry(registry.clone()).build().unwrap_err();
    assert!(matches!(refused, Error::Registry { .. }));
    assert!(refused.to_string().contains("another pipeline"), "{refused}");
    drop(first);
}

#[test]
fn the_families_of_a_registry_follow_ours() {
    let pipeline = scraped_only().with_appended_registry(theirs()).build().unwrap();
    let text = pipeline.prometheus_text().unwrap();
    for line in [
        "# TYPE their_jobs_total counter",
        "# HELP their_jobs_total Jobs \"of\" theirs.",
        "their_jobs_total{queue=\"a\\\"b\\\\c\\nd\"} 3",
        "their_calls 1",
        "their_depth -4",
        "their_wait_bucket{le=\"0.5\"} 1",
        "their_wait_bucket{le=\"5.0\"} 2",
        "their_wait_bucket{le=\"+Inf\"} 3",
        "their_wait_sum 10.25",
        "their_wait_count 3",
    ] {
        assert!(has(&text, line), "{line}\n{text}");
    }
    assert_eq!(pipeline.health().exposition.total(), 0);
    let text = open_metrics(&pipeline);
    for line in [
        "# TYPE their_jobs counter",
        "# HELP their_jobs Jobs \\\"of\\\" theirs.",
        "their_jobs_total{queue=\"a\\\"b\\\\c\\nd\"} 3",
        "# TYPE their_calls unknown",
        "their_calls 1",
        "their_wait_bucket{le=\"+Inf\"} 3",
    ] {
        assert!(has(&text, line), "{line}\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn a_histogram_of_values_below_zero_has_no_sum_in_open_metrics() {
    let registry = Registry::new();
    let cold = Histogram::with_opts(HistogramOpts::new("cold", "Below zero.").buckets(vec![-5.0, 0.0])).unwrap();
    cold.observe(-7.0);
    registry.register(Box::new(cold)).unwrap();
    let pipeline = scraped_only().with_appended_registry(registry).build().unwrap();
    let text = pipeline.prometheus_text().unwrap();
    assert!(has(&text, "cold_sum -7") && has(&text, "cold_count 1"), "{text}");
    let text = open_metrics(&pipeline);
    assert!(
        has(&text, "cold_bucket{le=\"-5.0\"} 1") && !text.contains("cold_sum") && !text.contains("cold_count"),
        "{text}"
    );
}

#[test]
fn a_taken_name_is_left_out_and_counted() {
    let second = Registry::new();
    second.register(Box::new(IntGauge::new("their_depth", "Of another.").unwrap())).unwrap();
    second.register(Box::new(IntGauge::new("mine_total", "Theirs.").unwrap())).unwrap();
    second.register(Box::new(IntGauge::new("fine", "Free.").unwrap())).unwrap();
    let pipeline = scraped_only().with_appended_registry(theirs()).with_appended_registry(second).build().unwrap();
    pipeline.telemetry().unwrap().meter().u64_counter("mine").build().add(7, &[]);
    let text = pipeline.prometheus_text().unwrap();
    assert!(has(&text, "mine_total 7") && has(&text, "their_depth -4") && has(&text, "fine 0"), "{text}");
    assert_eq!(text.matches("# TYPE their_depth ").count(), 1);
    assert_eq!(pipeline.health().exposition.appended, 2);
}

#[test]
fn a_registry_that_has_our_metrics_may_be_appended() {
    let registry = theirs();
    let pipeline = scraped_only()
        .with_prometheus_registry(registry.clone())
        .with_appended_registry(registry.clone())
        .build()
        .unwrap();
    pipeline.telemetry().unwrap().meter().u64_counter("mine").build().add(7, &[]);
    let text = pipeline.prometheus_text().unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("mine_total")).count(), 1, "{text}");
    assert!(has(&text, "their_depth -4"));
    assert_eq!(pipeline.health().exposition.total(), 0);
    assert!(text_of(&registry).contains("mine_total"));
}

/// A collector that gives what a test wants, valid or not.
struct Odd {
    panics: Arc<AtomicBool>,
    families: Vec<MetricFamily>,
}

impl Collector for Odd {
    fn desc(&self) -> Vec<&Desc> {
        Vec::new()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        assert!(!self.panics.load(Ordering::SeqCst), "on purpose");
        self.families.clone()
    }
}

#[test]
fn what_no_scraper_would_read_is_left_out_and_the_rest_stays() {
    use prometheus::proto::{Gauge, LabelPair, Metric, MetricType};
    let metric = |labels: &[(&str, &str)]| {
        let pair = |(name, value): &(&str, &str)| {
            let mut pair = LabelPair::default();
            pair.set_name((*name).to_owned());
            pair.set_value((*value).to_owned());
            pair
        };
        let mut gauge = Gauge::default();
        gauge.set_value(1.5);
        let mut metric = Metric::default();
        metric.set_label(labels.iter().map(pair).collect());
        metric.set_gauge(gauge);
        metric
    };
    let family = |name: &str, metrics: Vec<Metric>| {
        let mut family = MetricFamily::default();
        family.set_name(name.to_owned());
        family.set_help("Odd.".to_owned());
        family.set_field_type(MetricType::GAUGE);
        family.set_metric(metrics);
        family
    };
    let good = [("b", "2"), ("a", "1")];
    let series = vec![
        metric(&good),
        metric(&[("a", "1"), ("b", "2")]),
        metric(&[("", "x")]),
        metric(&[("1a", "x")]),
        metric(&[("__name__", "x")]),
        metric(&[("a", "1"), ("a", "2")]),
    ];
    let panics = Arc::new(AtomicBool::new(false));
    let families = vec![family("odd", series), family("1 odd name", vec![metric(&good)])];
    let registry = Registry::new();
    registry.register(Box::new(Odd { panics: Arc::clone(&panics), families })).unwrap();
    let pipeline = scraped_only().with_appended_registry(registry).build().unwrap();
    let lines = |text: &str| text.lines().filter(|line| line.contains("odd")).map(str::to_owned).collect::<Vec<_>>();
    let text = pipeline.prometheus_text().unwrap();
    assert_eq!(lines(&text), ["# HELP odd Odd.", "# TYPE odd gauge", "odd{a=\"1\",b=\"2\"} 1.5"]);
    assert_eq!(pipeline.health().exposition.appended, 6);

    panics.store(true, Ordering::SeqCst);
    let text = pipeline.prometheus_text().unwrap();
    assert!(lines(&text).is_empty() && text.contains("target_info"), "{text}");
    assert_eq!(pipeline.health().exposition.appended, 1);
    panics.store(false, Ordering::SeqCst);
    assert_eq!(lines(&pipeline.prometheus_text().unwrap()).len(), 3);
}
