//! Our encoder against that of the `prometheus` crate.

use opentelemetry::metrics::MeterProvider as _;

use super::*;

/// Ordinary instruments, on which the other encoder follows the rules as well.
#[test]
fn ordinary_instruments_read_the_same_as_from_opentelemetry_prometheus() {
    let registry = prometheus::Registry::new();
    let oracle = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build().unwrap();
    let reader = Reader::default();
    let provider = SdkMeterProvider::builder()
        .with_resource(Resource::builder_empty().with_attribute(KeyValue::new("service.name", "test")).build())
        .with_reader(oracle)
        .with_reader(reader.clone())
        .build();
    let scope = opentelemetry::InstrumentationScope::builder("lib").with_version("1.0").build();
    let meter = provider.meter_with_scope(scope);
    for (route, n) in [("/a", 1_u64), ("/b", 20)] {
        let attributes =
            [KeyValue::new("http.route", route), KeyValue::new("code", 200), KeyValue::new("q", "a\"b\\c\nd")];
        meter.u64_counter("jobs.done").with_description("Jobs.").build().add(n, &attributes);
        meter.f64_counter("busy.time").with_unit("s").with_description("Busy.").build().add(0.25, &attributes);
        meter.i64_up_down_counter("queue.depth").with_description("Depth.").build().add(-4, &attributes);
        meter.u64_gauge("memory.used").with_unit("By").with_description("Memory.").build().record(n << 40, &attributes);
        let histogram = meter.f64_histogram("wait").with_unit("ms").with_description("Wait.").build();
        for value in [0.5, 7.0, 1e6] {
            histogram.record(value, &attributes);
        }
    }
    let mut metrics = ResourceMetrics::default();
    reader.collect(&mut metrics).unwrap();
    let options = Options { names: MetricNames::OpenTelemetry, ..Options::default() };
    let (ours, _) = Encoder::default().encode(&metrics, options);
    let theirs = prometheus::TextEncoder::new().encode_to_string(&registry.gather()).unwrap();

    let (ours, theirs) = (by_sorted_labels(&ours), by_sorted_labels(&theirs));
    assert!(ours.len() > 30);
    assert_eq!(ours, theirs);
}

/// Samples with their labels sorted, and with values as numbers.
fn by_sorted_labels(text: &str) -> BTreeMap<String, f64> {
    let sorted = samples(text).into_iter().map(|(series, value)| {
        let Some((name, body)) = series.split_once('{') else { return (series, value.parse().unwrap()) };
        let mut labels: Vec<_> =
            body.trim_end_matches('}').split("\",").map(|label| label.trim_end_matches('"')).collect();
        labels.sort_unstable();
        (format!("{name}{{{}}}", labels.join("|")), value.parse().unwrap())
    });
    sorted.collect()
}
