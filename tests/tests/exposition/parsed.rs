//! Parsers and linters over the text.

use std::time::SystemTime;

use opentelemetry::KeyValue;
use tests::components::{
    Component,
    exposition::Sample,
    promtool::check_metrics_with,
    python::{self, Family, Format},
};

use crate::{application::Application, expected::Numbers, recorded};

const OPEN_METRICS: &str = "application/openmetrics-text;version=1.0.0";

/// Prefixes of what Tachograph says of itself and of the process, whose numbers no test knows.
const OF_ITSELF: [&str; 6] = [
    "otel_sdk_",
    "tachograph_metrics_",
    "tachograph_scrape_",
    "tachograph_operations_active",
    "target_info",
    "active_",
];

fn is_recorded(name: &str) -> bool {
    !OF_ITSELF.iter().any(|prefix| name.starts_with(prefix))
}

fn samples(families: &[Family]) -> impl Iterator<Item = &Sample> {
    families.iter().flat_map(|family| &family.samples)
}

/// The numbers but the times at which series began, which no test knows to the millisecond.
fn numbers(families: &[Family]) -> Numbers {
    Numbers::of(samples(families)).named(|name| !name.ends_with("_created"))
}

#[test]
fn a_strict_parser_of_the_older_text_finds_what_was_recorded() {
    let application = Application::start();
    recorded::record(application.telemetry());
    let (content_type, text) = application.scrape("");
    assert!(content_type.starts_with("text/plain; version=0.0.4;"), "{content_type}");
    let Some(read) = python::parse(&text, Format::Text) else { return };
    numbers(&read.unwrap()).named(is_recorded).assert_are(&recorded::numbers());
    application.assert_nothing_left_out();
}

#[test]
fn a_strict_parser_of_openmetrics_finds_what_was_recorded() {
    let began = now().floor();
    let application = Application::start();
    recorded::record(application.telemetry());
    let (content_type, text) = application.scrape(OPEN_METRICS);
    assert!(content_type.starts_with("application/openmetrics-text; version=1.0.0;"), "{content_type}");
    let Some(read) = python::parse(&text, Format::OpenMetrics) else { return };
    let read = read.unwrap();
    numbers(&read).named(is_recorded).assert_are(&recorded::numbers());
    application.assert_nothing_left_out();
    for created in samples(&read).filter(|sample| sample.name.ends_with("_created")) {
        assert!((began..=now()).contains(&created.value), "{created} is not between {began} and {}", now());
    }

    let of = |name: &str| read.iter().find(|family| family.name == name).unwrap_or_else(|| panic!("no {name}"));
    let requests = of("http_server_request_duration_seconds");
    assert_eq!((requests.kind.as_str(), requests.unit.as_str()), ("histogram", "seconds"));
    assert_eq!(of("http_requests").kind, "counter");
    assert_eq!(of("shop_waiting").kind, "gauge");
    assert_eq!(of("shop_orders").help, "Orders placed.");
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64()
}

/// Text that readers trip over.
fn hostile_values() -> Vec<(&'static str, String)> {
    let texts = [
        ("quotes", "\"a\"b\""),
        ("backslashes", r"\a\\b\n\"),
        ("newlines", "\na\n\nb\r\n"),
        ("braces", "},{x=\"y\"} 1 2"),
        ("comment", "# EOF\n# TYPE x counter"),
        ("blanks", "  a\t "),
        ("not_ascii", "größe ☃ 𝄞 \u{202e}\u{0}\u{7f}"),
        ("number", "+Inf"),
    ];
    let long = "a \\\"\nß".repeat((1 << 20) / 7);
    texts.map(|(kind, text)| (kind, text.to_owned())).into_iter().chain([("long", long)]).collect()
}

#[test]
fn hostile_labels_come_out_as_they_went_in() {
    let application = Application::start();
    let meter = application.telemetry().meter();
    let (counter, histogram) = (meter.u64_counter("hostile").build(), meter.f64_histogram("hostile.sizes"));
    let histogram = histogram.with_boundaries(vec![1.0]).with_description("\\ \" \n # EOF\r\n").build();
    let mut expected = Numbers::default();
    for (number, (kind, text)) in hostile_values().into_iter().enumerate() {
        let attributes = [KeyValue::new("kind", kind), KeyValue::new("text", text.clone())];
        counter.add(number as u64, &attributes);
        let labels = [("kind", kind), ("text", text.as_str())];
        expected.number("hostile_total", &labels, number as f64);
        // Its labels stand on every line of a histogram, and the parser takes its time for a long one.
        if text.len() < 1000 {
            histogram.record(number as f64, &attributes);
            expected.histogram("hostile_sizes", &labels, &[1.0], &[number as f64]);
        }
    }
    // Keys that are no names of labels, or those of others; a label without a value is none.
    let keys = ["1digit", "größe", "le", "__name__", "a.b", "a_b", "empty"];
    let attributes: Vec<KeyValue> =
        keys.iter().map(|key| KeyValue::new(*key, if *key == "empty" { "" } else { *key })).collect();
    counter.add(99, &attributes);
    let labels =
        [("_1digit", "1digit"), ("gr_e", "größe"), ("exported_le", "le"), ("_name_", "__name__"), ("a_b", "a.b;a_b")];
    expected.number("hostile_total", &labels, 99.0);

    for (accept, format) in [("", Format::Text), (OPEN_METRICS, Format::OpenMetrics)] {
        let (_, text) = application.scrape(accept);
        let Some(read) = python::parse(&text, format) else { return };
        numbers(&read.unwrap()).named(|name| name.starts_with("hostile")).assert_are(&expected);
    }
}

/// Errors and remarks alike: what it says of a name today, an operator would find in a review tomorrow.
#[test]
fn promtool_has_nothing_to_say() {
    let application = Application::start();
    recorded::record(application.telemetry());
    let (_, text) = application.scrape("");
    for program in [Component::Promtool, Component::Promtool3] {
        let Some(said) = check_metrics_with(program, &text) else { continue };
        assert_eq!(said, "", "{program}");
    }
}

/// OpenMetrics keeps more names for itself than the older text: `x` of `x_total`, `x_created`, `target`.
#[test]
fn names_that_clash_in_one_format_only_are_valid_in_both() {
    let application = Application::start();
    let meter = application.telemetry().meter();
    for name in ["odd.a", "odd.b", "target", "odd.d", "odd.d.created"] {
        meter.u64_counter(name).with_description("Counted.").build().add(1, &[]);
    }
    for name in ["odd.a", "odd.b.created", "odd.c.info", "odd.e.total"] {
        meter.u64_gauge(name).with_description("Measured.").build().record(2, &[]);
    }
    let temperature = meter.f64_histogram("odd.temperature").with_unit("Cel").with_boundaries(vec![-10.0, 0.0]);
    let temperature = temperature.with_description("Below zero.").build();
    [-20.0, -10.0, 3.0].iter().for_each(|degrees| temperature.record(*degrees, &[]));

    let is_odd = |name: &str| name.starts_with("odd_") || name.starts_with("target_total");
    let mut expected = Numbers::default();
    for name in ["odd_a_total", "odd_b_total", "target_total", "odd_d_total", "odd_d_created_total"] {
        expected.number(name, &[], 1.0);
    }
    for name in ["odd_a", "odd_b_created", "odd_c_info", "odd_e_total"] {
        expected.number(name, &[], 2.0);
    }
    expected.histogram("odd_temperature_celsius", &[], &[-10.0, 0.0], &[-20.0, -10.0, 3.0]);

    let (_, text) = application.scrape("");
    let Some(read) = python::parse(&text, Format::Text) else { return };
    Numbers::of(samples(&read.unwrap())).named(is_odd).assert_are(&expected);
    // There, a sum never goes back, so one of negative values is left out, and with it the count, which there is if and only if there
    // is a sum. Times of creation are added.
    let is_no_time = |name: &str| name != "odd_d_created_created" && name != "odd_temperature_celsius_created";
    let expected =
        expected.named(|name| !["odd_temperature_celsius_sum", "odd_temperature_celsius_count"].contains(&name));
    let (_, text) = application.scrape(OPEN_METRICS);
    let read = python::parse(&text, Format::OpenMetrics).unwrap().unwrap();
    Numbers::of(samples(&read)).named(|name| is_odd(name) && is_no_time(name)).assert_are(&expected);
    application.assert_nothing_left_out();
}
