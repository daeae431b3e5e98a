//! OpenMetrics, and names in UTF-8.

use opentelemetry::metrics::MeterProvider as _;

use super::*;

/// The text with the time of creation taken out: it is another in every run.
fn timeless(text: &str) -> String {
    let line = |line: &str| match line.rsplit_once(' ') {
        Some((series, seconds)) if series.split('{').next().is_some_and(|name| name.ends_with("_created")) => {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
            let age = now - seconds.parse::<f64>().unwrap();
            assert!((-1.0..3600.0).contains(&age), "{line}");
            format!("{series} T\n")
        }
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn counters_gauges_and_histograms_read_as_open_metrics_says() {
    let mut fixture = Fixture::new();
    let meter = fixture.meter();
    let busy = meter.f64_counter("busy").with_unit("s").with_description("A \"busy\"\nday\\.").build();
    busy.add(2.5, &[KeyValue::new("k", "a\"b")]);
    meter.i64_up_down_counter("depth").with_unit("{job}").with_description("D.").build().add(-2, &[]);
    let wait =
        meter.f64_histogram("wait").with_unit("s").with_description("W.").with_boundaries(vec![0.5, 5.0]).build();
    for value in [0.25, 0.75, 9.0] {
        wait.record(value, &[KeyValue::new("k", 1)]);
    }
    let options = Options { target_info: true, created: true, ..plain() };
    let text = fixture.encode_as(options.clone(), OPEN_METRICS).0;
    assert_eq!(
        timeless(&text),
        r##"# HELP busy_seconds A \"busy\"\nday\\.
# TYPE busy_seconds counter
# UNIT busy_seconds seconds
busy_seconds_total{k="a\"b"} 2.5
busy_seconds_created{k="a\"b"} T
# HELP depth D.
# TYPE depth gauge
depth -2
# HELP target The resource: what produces these metrics.
# TYPE target info
target_info{deployment_environment_name="ci",service_name="test",service_version="1.2.3"} 1
# HELP wait_seconds W.
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
wait_seconds_bucket{k="1",le="0.5"} 1
wait_seconds_bucket{k="1",le="5.0"} 2
wait_seconds_bucket{k="1",le="+Inf"} 3
wait_seconds_sum{k="1"} 10
wait_seconds_count{k="1"} 3
wait_seconds_created{k="1"} T
# EOF
"##
    );
    let without = fixture.encode_as(Options { created: false, ..options }, OPEN_METRICS).0;
    assert!(!without.contains("_created") && without.contains("wait_seconds_count"));
}

#[test]
fn nothing_recorded_is_the_end_of_the_text() {
    assert_eq!(Fixture::new().encode_as(plain(), OPEN_METRICS).0, "# EOF\n");
}

#[test]
fn a_counter_whose_stem_is_taken_keeps_its_name_and_not_its_type() {
    let mut fixture = Fixture::new();
    let meter = fixture.meter();
    meter.u64_counter("memory").with_description("C.").build().add(1, &[]);
    meter.u64_gauge("memory").with_description("G.").build().record(7, &[]);
    let options = Options { created: true, ..plain() };
    assert_eq!(
        timeless(&fixture.encode_as(options, OPEN_METRICS).0),
        "# HELP memory G.\n# TYPE memory gauge\nmemory 7\n\
         # HELP memory_total C.\n# TYPE memory_total unknown\nmemory_total 1\n# EOF\n"
    );
}

#[test]
fn the_time_of_creation_gives_way_to_a_family_of_that_name() {
    let mut fixture = Fixture::new();
    let meter = fixture.meter();
    meter.u64_counter("pods").with_description("C.").build().add(1, &[]);
    meter.u64_gauge("pods.created").with_description("G.").build().record(7, &[]);
    let text = fixture.encode_as(Options { created: true, ..plain() }, OPEN_METRICS).0;
    assert!(text.contains("# TYPE pods_total unknown\npods_total 1\n# "), "{text}");
    assert_eq!(text.matches("pods_created ").count(), 3, "{text}");
}

#[test]
fn the_sum_of_values_below_zero_is_no_sum_of_open_metrics() {
    let mut fixture = Fixture::new();
    let bounds = vec![-1.0, 0.0];
    let histogram = fixture.meter().f64_histogram("t").with_description("T.").with_boundaries(bounds).build();
    histogram.record(-3.0, &[]);
    let text = fixture.encode_as(plain(), OPEN_METRICS).0;
    assert!(text.contains("t_bucket{le=\"-1.0\"} 1\n") && text.contains("t_bucket{le=\"+Inf\"} 1\n"), "{text}");
    assert!(!text.contains("t_sum") && !text.contains("t_count"), "one is there if and only if the other is: {text}");
    assert!(fixture.text(plain()).contains("t_sum -3\nt_count 1\n"));
}

#[test]
fn a_counter_below_zero_is_left_out_and_counted() {
    let mut fixture = Fixture::new();
    let counter = fixture.meter().f64_counter("c").build();
    counter.add(-1.0, &[KeyValue::new("k", "bad")]);
    counter.add(1.0, &[KeyValue::new("k", "good")]);
    for form in [Form::default(), OPEN_METRICS] {
        let (text, dropped) = fixture.encode_as(plain(), form);
        assert!(text.contains("c_total{k=\"good\"} 1\n") && !text.contains("bad"), "{text}");
        assert_eq!(dropped, Dropped { negative_counters: 1, ..Dropped::default() });
    }
}

#[test]
fn names_in_utf8_are_written_as_they_are() {
    let mut fixture = Fixture::new();
    let scope = opentelemetry::InstrumentationScope::builder("lib").with_attributes([KeyValue::new("a.b", 1)]).build();
    let meter = fixture.provider.meter_with_scope(scope);
    let counter = meter.f64_counter("http.busy").with_unit("s").with_description("B.").build();
    counter.add(1.5, &[KeyValue::new("http.route", "/a"), KeyValue::new("plain", "x"), KeyValue::new("le", "y")]);
    counter.add(2.5, &[]);
    let wait = meter.f64_histogram("wait.time").with_description("W.").with_boundaries(vec![1.0]).build();
    wait.record(0.5, &[]);
    let options = |translation| Options { translation, scope_labels: true, ..plain() };
    let utf8 = |format| Form { format, escaping: Escaping::Utf8 };
    assert_eq!(
        fixture.encode_as(options(NameTranslation::NoUtf8EscapingWithSuffixes), utf8(Format::OpenMetrics)).0,
        r##"# HELP "http.busy_seconds" B.
# TYPE "http.busy_seconds" counter
# UNIT "http.busy_seconds" seconds
{"http.busy_seconds_total","http.route"="/a",exported_le="y",plain="x",otel_scope_name="lib","otel_scope_a.b"="1"} 1.5
{"http.busy_seconds_total",otel_scope_name="lib","otel_scope_a.b"="1"} 2.5
# HELP "wait.time" W.
# TYPE "wait.time" histogram
{"wait.time_bucket",otel_scope_name="lib","otel_scope_a.b"="1",le="1.0"} 1
{"wait.time_bucket",otel_scope_name="lib","otel_scope_a.b"="1",le="+Inf"} 1
{"wait.time_sum",otel_scope_name="lib","otel_scope_a.b"="1"} 0.5
{"wait.time_count",otel_scope_name="lib","otel_scope_a.b"="1"} 1
# EOF
"##
    );
    let untranslated = Options { scope_labels: false, ..options(NameTranslation::NoTranslation) };
    let text = fixture.encode_as(untranslated.clone(), utf8(Format::Text)).0;
    assert!(text.contains("# TYPE \"http.busy\" counter\n") && text.contains("\n{\"http.busy\"} 2.5\n"), "{text}");
    assert!(text.contains("\n{\"wait.time_bucket\",le=\"1.0\"} 1\n"), "{text}");
    // A counter without `_total` is none to OpenMetrics.
    let text = fixture.encode_as(untranslated.clone(), utf8(Format::OpenMetrics)).0;
    assert!(text.contains("# TYPE \"http.busy\" unknown\n{\"http.busy\""), "{text}");
    // Who does not ask for UTF-8 gets underscores.
    let text = fixture.encode_as(untranslated, Form::default()).0;
    assert!(text.contains("http_busy{exported_le=\"y\",http_route=\"/a\",plain=\"x\"} 1.5\n"), "{text}");
}

#[test]
fn attributes_of_the_resource_stand_on_every_series_that_lacks_them() {
    let mut fixture = Fixture::new();
    let counter = fixture.meter().u64_counter("c").build();
    counter.add(1, &[]);
    counter.add(2, &[KeyValue::new("service_name", "of the series")]);
    let http =
        fixture.meter().f64_histogram(tachograph_core::semconv::metric::HTTP_DURATION).with_boundaries(vec![]).build();
    http.record(1.0, &[]);
    let resource_labels = ["service.name", "absent", "service.version"].map(str::to_owned).to_vec();
    let text = fixture.text(Options { names: MetricNames::Both, resource_labels, ..plain() });
    let samples = samples(&text);
    assert_eq!(samples["c_total{service_name=\"test\",service_version=\"1.2.3\"}"], "1");
    assert_eq!(samples["c_total{service_name=\"of the series\",service_version=\"1.2.3\"}"], "2");
    assert_eq!(samples["http_request_duration_seconds_count{service_name=\"test\",service_version=\"1.2.3\"}"], "1");
}
