//! Golden texts, and what happens when two things want one name.

use opentelemetry::metrics::MeterProvider as _;

use super::*;

#[test]
fn counters_gauges_and_histograms_read_as_the_format_says() {
    let mut fixture = Fixture::new();
    let meter = fixture.meter();
    meter
        .u64_counter("jobs.done")
        .with_unit("{job}")
        .with_description("Jobs\nof a \\ kind.")
        .build()
        .add(3, &[KeyValue::new("queue.name", "a \"b\"\\\nc"), KeyValue::new("ok", true)]);
    meter.i64_up_down_counter("jobs.active").with_description("Active.").build().add(-2, &[]);
    meter.f64_gauge("load").with_unit("1").with_description("Load.").build().record(0.5, &[]);
    let histogram =
        meter.f64_histogram("wait").with_unit("s").with_description("Wait.").with_boundaries(vec![0.5, 1.0]).build();
    for value in [0.25, 0.75, 4.0] {
        histogram.record(value, &[KeyValue::new("k", 1)]);
    }
    let expected = r##"# HELP jobs_active Active.
# TYPE jobs_active gauge
jobs_active -2
# HELP jobs_done_total Jobs\nof a \\ kind.
# TYPE jobs_done_total counter
jobs_done_total{ok="true",queue_name="a \"b\"\\\nc"} 3
# HELP load Load.
# TYPE load gauge
load 0.5
# HELP wait_seconds Wait.
# TYPE wait_seconds histogram
wait_seconds_bucket{k="1",le="0.5"} 1
wait_seconds_bucket{k="1",le="1.0"} 2
wait_seconds_bucket{k="1",le="+Inf"} 3
wait_seconds_sum{k="1"} 5
wait_seconds_count{k="1"} 3
"##;
    assert_eq!(fixture.text(plain()), expected);
    promtool(expected);
}

#[test]
fn scope_and_target_are_shown_by_default() {
    let mut fixture = Fixture::new();
    let scope = opentelemetry::InstrumentationScope::builder("lib")
        .with_version("1.0")
        .with_schema_url("http://schema")
        .with_attributes([KeyValue::new("tier", "x"), KeyValue::new("name", "not the scope")])
        .build();
    let counter = fixture.provider.meter_with_scope(scope).u64_counter("c").with_description("C.").build();
    counter.add(1, &[KeyValue::new("otel.scope.name", "mine")]);
    let text = fixture.text(Options { names: MetricNames::OpenTelemetry, ..with_classic() });
    assert_eq!(
        text,
        r#"# HELP c_total C.
# TYPE c_total counter
c_total{exported_otel_scope_name="mine",otel_scope_name="lib",otel_scope_version="1.0",otel_scope_schema_url="http://schema",otel_scope_tier="x"} 1
# HELP target_info The resource: what produces these metrics.
# TYPE target_info gauge
target_info{deployment_environment_name="ci",service_name="test",service_version="1.2.3"} 1
"#
    );
    promtool(&text);
}

#[test]
fn nothing_recorded_is_not_an_empty_text() {
    assert_eq!(Fixture::new().text(plain()), "# no metrics are recorded yet\n");
}

#[test]
fn of_two_types_for_one_name_the_same_one_stays_every_time() {
    for _ in 0..20 {
        let mut fixture = Fixture::new();
        fixture.provider.meter("z").u64_counter("thing").build().add(1, &[]);
        fixture.provider.meter("a").u64_gauge("thing.total").build().record(7, &[]);
        let (text, dropped) = fixture.encode(Options { scope_labels: true, ..plain() });
        assert_eq!(
            samples(&text).into_iter().collect::<Vec<_>>(),
            [("thing_total{otel_scope_name=\"a\"}".to_owned(), "7".to_owned())]
        );
        assert_eq!(dropped.type_conflicts, 1);
    }
}

#[test]
fn series_that_become_equal_are_added_or_the_largest_gauge_stays() {
    let mut fixture = Fixture::new();
    let meter = fixture.meter();
    let counter = meter.u64_counter("c").build();
    counter.add(1, &[KeyValue::new("k", 1)]);
    counter.add(2, &[KeyValue::new("k", "1")]);
    let gauge = meter.u64_gauge("g").build();
    gauge.record(5, &[KeyValue::new("a.b", "x")]);
    gauge.record(4, &[KeyValue::new("a_b", "x")]);
    gauge.record(3, &[KeyValue::new("a_b", "x"), KeyValue::new("empty", "")]);
    let histogram = meter.u64_histogram("h").with_boundaries(vec![1.0]).build();
    histogram.record(1, &[KeyValue::new("k", 1)]);
    histogram.record(9, &[KeyValue::new("k", "1")]);

    let (text, dropped) = fixture.encode(plain());
    let samples = samples(&text);
    assert_eq!(samples["c_total{k=\"1\"}"], "3");
    assert_eq!(samples["g{a_b=\"x\"}"], "5");
    assert_eq!(samples["h_bucket{k=\"1\",le=\"1.0\"}"], "1");
    assert_eq!(samples["h_bucket{k=\"1\",le=\"+Inf\"}"], "2");
    assert_eq!(samples["h_sum{k=\"1\"}"], "10");
    assert_eq!(dropped, Dropped { duplicate_series: 2, ..Dropped::default() });
}

#[test]
fn keys_that_become_one_label_are_joined_in_the_order_of_the_keys() {
    let mut fixture = Fixture::new();
    let gauge = fixture.meter().u64_gauge("g").build();
    gauge.record(1, &[KeyValue::new("a_b", "second"), KeyValue::new("a.b", "first"), KeyValue::new("a-b", "zeroth")]);
    assert!(samples(&fixture.text(plain())).contains_key("g{a_b=\"zeroth;first;second\"}"));
}

#[test]
fn a_name_that_is_a_line_of_a_histogram_gives_way() {
    let mut fixture = Fixture::new();
    let meter = fixture.meter();
    meter.u64_histogram("h").with_boundaries(vec![1.0]).build().record(1, &[]);
    meter.u64_gauge("h.count").build().record(77, &[]);
    meter.u64_gauge("target.info").build().record(1, &[]);
    let (text, dropped) = fixture.encode(Options { target_info: true, ..plain() });
    assert_eq!(samples(&text)["h_count"], "1");
    assert_eq!(dropped.type_conflicts, 2);
}

#[test]
fn exponential_histograms_are_left_out_and_counted() {
    let mut fixture = Fixture::with_view(|_| {
        let aggregation = Aggregation::Base2ExponentialHistogram { max_size: 10, max_scale: 5, record_min_max: true };
        Stream::builder().with_aggregation(aggregation).build().ok()
    });
    fixture.meter().f64_histogram("h").build().record(1.0, &[]);
    let (text, dropped) = fixture.encode(plain());
    assert!(samples(&text).is_empty());
    assert_eq!(dropped.exponential_histograms, 1);
}

#[test]
fn not_a_number_and_infinities_are_written_as_prometheus_reads_them() {
    let mut fixture = Fixture::new();
    let meter = fixture.meter();
    let _gauge = meter
        .f64_observable_gauge("g")
        .with_callback(|observer| {
            observer.observe(f64::MAX, &[KeyValue::new("v", "max")]);
            observer.observe(1e-300, &[KeyValue::new("v", "tiny")]);
            observer.observe(-0.0, &[KeyValue::new("v", "minus zero")]);
        })
        .build();
    let text = fixture.text(plain());
    let samples = samples(&text);
    assert_eq!(samples["g{v=\"max\"}"], "1.7976931348623157e+308");
    assert_eq!(samples["g{v=\"tiny\"}"], "1e-300");
    promtool(&text);
}
