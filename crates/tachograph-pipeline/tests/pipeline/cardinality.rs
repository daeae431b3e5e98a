//! How many series metrics have, and how the operator sees when there are too many.

use std::fmt;
use std::sync::{Arc, Mutex};

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider as _;
use tachograph_core::{LlmRequest, Outcome};
use tachograph_pipeline::{ExporterChoice, InstrumentCardinality, MetricNames, Pipeline};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::collector::{Collector, Speaks, numbers};
use crate::{LONG, builder};

fn scraped_only(variables: impl FnOnce(tachograph_pipeline::Builder) -> tachograph_pipeline::Builder) -> Pipeline {
    let builder = builder(&[])
        .with_traces_exporter(ExporterChoice::None)
        .with_metrics_exporter(ExporterChoice::None)
        .with_logs_exporter(ExporterChoice::None)
        .with_metric_names(MetricNames::OpenTelemetry)
        .with_scope_labels(false);
    variables(builder).build().unwrap()
}

/// Counts a call each for so many values of `id`.
fn count(pipeline: &Pipeline, instrument: &'static str, ids: i64) {
    let counter = pipeline.meter_provider().unwrap().meter("app").u64_counter(instrument).build();
    for id in 0..ids {
        counter.add(1, &[KeyValue::new("id", id), KeyValue::new("parity", id % 2)]);
    }
}

/// The lines of a family, sorted.
fn lines(text: &str, family: &str) -> Vec<String> {
    let start = format!("{family}{{");
    let mut lines: Vec<_> = text.lines().filter(|line| line.starts_with(&start)).map(str::to_owned).collect();
    lines.sort();
    lines
}

fn of(pipeline: &Pipeline, instrument: &str) -> InstrumentCardinality {
    pipeline.cardinality().into_iter().find(|found| found.instrument == instrument).unwrap()
}

#[test]
fn an_instrument_has_the_limit_that_was_given_for_it() {
    let pipeline = scraped_only(|builder| {
        builder
            .with_cardinality_limit(5)
            .with_instrument_cardinality_limit("Wide", 20)
            .with_instrument_cardinality_limit("narrow.*", 2)
    });
    for instrument in ["wide", "narrow.one", "other"] {
        count(&pipeline, instrument, 10);
    }
    let text = pipeline.prometheus_text().unwrap();
    let series = |family: &str| lines(&text, family).len();
    assert_eq!((series("wide_total"), series("narrow_one_total"), series("other_total")), (10, 3, 6), "{text}");
    let sum: u64 =
        lines(&text, "other_total").iter().map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum();
    assert_eq!(sum, 10);
}

#[test]
fn an_allow_list_merges_what_it_does_not_keep() {
    let pipeline = scraped_only(|builder| {
        builder.with_instrument_attributes("calls", ["parity"]).with_instrument_attributes("bare", [] as [&str; 0])
    });
    for instrument in ["calls", "bare", "whole"] {
        count(&pipeline, instrument, 5);
    }
    let text = pipeline.prometheus_text().unwrap();
    assert_eq!(lines(&text, "calls_total"), ["calls_total{parity=\"0\"} 3", "calls_total{parity=\"1\"} 2"]);
    assert!(text.lines().any(|line| line == "bare_total 5"), "{text}");
    assert_eq!(lines(&text, "whole_total").len(), 5);
}

#[test]
fn an_allow_list_counts_for_what_calls_record_as_well() {
    let pipeline = scraped_only(|builder| {
        builder.with_instrument_attributes("gen_ai.client.operation.duration", ["gen_ai.provider.name"])
    });
    pipeline.telemetry().unwrap().scope(|| {
        for model in ["a", "b", "c"] {
            LlmRequest::new("openai", model).record(std::time::Duration::from_millis(1), Outcome::Success);
        }
    });
    let text = pipeline.prometheus_text().unwrap();
    let counts = lines(&text, "gen_ai_client_operation_duration_seconds_count");
    assert_eq!(counts, ["gen_ai_client_operation_duration_seconds_count{gen_ai_provider_name=\"openai\"} 3"]);
}

#[test]
fn values_that_calls_record_have_the_limit_that_was_asked_for() {
    let pipeline = scraped_only(|builder| builder.with_value_limit(3));
    pipeline.telemetry().unwrap().scope(|| {
        for model in 0..10 {
            LlmRequest::new("openai", model.to_string()).record(std::time::Duration::from_millis(1), Outcome::Success);
        }
    });
    let text = pipeline.prometheus_text().unwrap();
    let counts = lines(&text, "gen_ai_client_operation_duration_seconds_count");
    assert_eq!(counts.len(), 4, "{text}");
    assert!(counts.iter().any(|line| line.contains("\"_OTHER\"") && line.ends_with(" 7")), "{text}");
}

#[test]
fn an_instrument_that_overflows_is_named_by_a_metric_by_health_and_by_the_list() {
    let pipeline = scraped_only(|builder| builder.with_cardinality_limit(3));
    assert_eq!(pipeline.cardinality(), []);
    count(&pipeline, "calls", 3);
    pipeline.prometheus_text().unwrap();
    let calls = of(&pipeline, "calls");
    assert_eq!((calls.scope.as_str(), calls.series, calls.limit, calls.overflowing), ("app", 3, 3, false));
    assert!(pipeline.health().overflowing_instruments.is_empty());

    count(&pipeline, "calls", 5);
    let text = pipeline.prometheus_text().unwrap();
    assert!(!text.contains("tachograph_metrics_overflow"), "it is found by looking at what was collected");
    let calls = of(&pipeline, "calls");
    assert_eq!((calls.series, calls.limit, calls.overflowing), (4, 3, true));
    assert_eq!(pipeline.health().overflowing_instruments, ["calls"]);
    assert!(!of(&pipeline, "tachograph.scrape.failures").overflowing);

    for _ in 0..2 {
        let text = pipeline.prometheus_text().unwrap();
        let expected =
            "tachograph_metrics_overflow{tachograph_instrument_name=\"calls\",tachograph_instrument_scope=\"app\"} 1";
        assert_eq!(lines(&text, "tachograph_metrics_overflow"), [expected]);
    }
}

#[test]
fn a_set_without_attributes_at_the_limit_is_no_overflow() {
    let pipeline = scraped_only(|builder| builder.with_cardinality_limit(3));
    count(&pipeline, "calls", 3);
    pipeline.meter_provider().unwrap().meter("app").u64_counter("calls").build().add(1, &[]);
    pipeline.prometheus_text().unwrap();
    let calls = of(&pipeline, "calls");
    assert_eq!((calls.series, calls.limit, calls.overflowing), (4, 3, false));
}

#[test]
fn a_push_carries_the_overflow_as_well() {
    let collector = Collector::start(Speaks::Http);
    let pipeline = builder(&[("OTEL_TRACES_EXPORTER", "none")])
        .with_otlp_endpoint(&collector.endpoint)
        .with_instrument_cardinality_limit("calls", 3)
        .build()
        .unwrap();
    count(&pipeline, "calls", 10);
    pipeline.force_flush_blocking(LONG).into_result().unwrap();
    assert_eq!(pipeline.health().overflowing_instruments, ["calls"]);
    pipeline.force_flush_blocking(LONG).into_result().unwrap();
    let pushed = collector.last_metrics();
    let overflow = pushed.iter().find(|metric| metric.name == "tachograph.metrics.overflow").unwrap();
    assert_eq!(numbers(overflow), [1.0]);
    for name in ["tachograph.metrics.callback.panics", "tachograph.scrape.failures"] {
        assert_eq!(numbers(pushed.iter().find(|metric| metric.name == name).unwrap()), [0.0], "{name}");
    }
}

#[test]
fn an_observable_that_has_fewer_again_overflows_no_more() {
    let pipeline = scraped_only(|builder| builder.with_cardinality_limit(3));
    let ids = Arc::new(Mutex::new(10));
    let observed = Arc::clone(&ids);
    let _gauge = pipeline
        .meter_provider()
        .unwrap()
        .meter("")
        .i64_observable_gauge("depth")
        .with_callback(move |observer| {
            for id in 0..*observed.lock().unwrap() {
                observer.observe(1, &[KeyValue::new("id", id)]);
            }
        })
        .build();
    pipeline.prometheus_text().unwrap();
    assert_eq!(pipeline.health().overflowing_instruments, ["depth"]);
    *ids.lock().unwrap() = 2;
    let text = pipeline.prometheus_text().unwrap();
    assert_eq!(
        lines(&text, "tachograph_metrics_overflow"),
        ["tachograph_metrics_overflow{tachograph_instrument_name=\"depth\"} 1"]
    );
    assert!(pipeline.health().overflowing_instruments.is_empty());
    assert!(!pipeline.prometheus_text().unwrap().contains("tachograph_metrics_overflow"));
}

#[test]
fn panics_of_callbacks_and_what_a_scrape_left_out_are_metrics() {
    let pipeline = scraped_only(|builder| builder);
    let meter = pipeline.meter_provider().unwrap().meter("app");
    let _gauge = meter.u64_observable_gauge("fragile").with_callback(|_| panic!("on purpose")).build();
    let text = pipeline.prometheus_text().unwrap();
    assert!(!text.contains("tachograph_scrape_dropped"), "{text}");
    meter.u64_counter("one.name").build().add(1, &[]);
    meter.u64_gauge("one.name.total").build().record(1, &[]);
    pipeline.prometheus_text().unwrap();
    let text = pipeline.prometheus_text().unwrap();
    assert_eq!(
        lines(&text, "tachograph_scrape_dropped"),
        ["tachograph_scrape_dropped{tachograph_reason=\"type_conflict\"} 1"]
    );
    let panics = text.lines().find_map(|line| line.strip_prefix("tachograph_metrics_callback_panics_total "));
    assert!(panics.unwrap().parse::<u64>().unwrap() >= 2, "{text}");
    assert!(text.lines().any(|line| line == "tachograph_scrape_failures_total 0"), "{text}");
}

#[test]
fn a_disabled_pipeline_has_no_series_and_still_refuses_wrong_limits() {
    let disabled = || builder(&[("OTEL_SDK_DISABLED", "true")]);
    assert_eq!(disabled().build().unwrap().cardinality(), []);
    assert!(disabled().with_cardinality_limit(0).build().is_err());
}

#[test]
fn wrong_limits_and_names_are_refused_with_the_method_that_was_given_them() {
    let message = |builder: tachograph_pipeline::Builder| builder.build().unwrap_err().to_string();
    assert_eq!(
        message(builder(&[]).with_instrument_cardinality_limit("calls", 0)),
        "with_instrument_cardinality_limit: \"calls: 0\" is not valid; accepted: 1 to 1000000"
    );
    assert_eq!(
        message(builder(&[]).with_value_limit(2_000_000)),
        "with_value_limit: \"2000000\" is not valid; accepted: 1 to 1000000"
    );
    let twice = builder(&[]).with_instrument_attributes("calls", ["a"]).with_instrument_attributes("CALLS", ["b"]);
    assert_eq!(message(twice), "with_instrument_attributes: \"CALLS\" is not valid; accepted: each instrument once");
    assert!(
        message(builder(&[]).with_instrument_attributes("", ["a"])).starts_with("with_instrument_attributes: \"\"")
    );
    assert!(message(builder(&[]).with_instrument_attributes("calls", [""])).contains("keys of attributes"));
}

/// Keeps what is logged about overflow.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        struct Text(String);
        impl Visit for Text {
            fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
                self.0 += &format!("{}={value:?} ", field.name());
            }
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        if text.0.contains("more attribute sets") {
            self.0.lock().unwrap().push(text.0);
        }
    }
}

#[test]
fn the_log_names_each_overflowing_instrument_once() {
    let log = Log::default();
    let _subscriber = tracing::subscriber::set_default(tracing_subscriber::registry().with(log.clone()));
    let pipeline = scraped_only(|builder| builder.with_cardinality_limit(3));
    for instrument in ["calls", "orders", "calls"] {
        count(&pipeline, instrument, 9);
        for _ in 0..3 {
            pipeline.prometheus_text().unwrap();
        }
    }
    let said = log.0.lock().unwrap();
    assert_eq!(said.len(), 2, "{said:?}");
    for (line, instrument) in said.iter().zip(["calls", "orders"]) {
        for part in [&format!("instrument=\"{instrument}\""), "scope=\"app\"", "limit=3", "with_instrument_attributes"]
        {
            assert!(line.contains(part), "{part}: {line}");
        }
    }
}
