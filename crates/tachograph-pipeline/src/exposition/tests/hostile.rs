//! The largest, the smallest and the oddest of what may be recorded.

use opentelemetry::Value;

use super::*;

fn in_both(fixture: &mut Fixture) -> Vec<Vec<strict::Family>> {
    [Form::default(), OPEN_METRICS].map(|form| fixture.families(plain(), form).0).to_vec()
}

#[test]
fn text_of_any_characters_is_read_back_as_it_was() {
    let odd = [
        "\u{0}",
        "\u{1}\u{1f}\u{7f}",
        "\r",
        "a\rb",
        "\r\n",
        "\n",
        "\n\n",
        "\u{2028}\u{2029}\u{85}",
        "\u{feff}",
        "\\",
        "\\n",
        "\\\\n",
        "\"",
        "\"\\",
        "}",
        "{a=\"b\"}",
        "# EOF",
        "a\n# EOF\n",
        "\u{10ffff}",
        "e\u{301}",
        " ",
        "\t",
        ",",
        "=",
        "🦀",
    ];
    let mut fixture = Fixture::new();
    for (n, text) in odd.iter().enumerate() {
        let counter = fixture.meter().u64_counter(format!("c{n}")).with_description(format!("{text}.")).build();
        counter.add(1, &[KeyValue::new("value", *text), KeyValue::new(*text, "key")]);
    }
    for families in in_both(&mut fixture) {
        for (n, text) in odd.iter().enumerate() {
            let family = families.iter().find(|it| it.name.trim_end_matches("_total") == format!("c{n}")).unwrap();
            assert_eq!(family.help, format!("{text}."));
            assert_eq!(family.samples[0].labels["value"], *text);
        }
    }
    let options = Options { translation: NameTranslation::NoTranslation, ..plain() };
    for format in [Format::Text, Format::OpenMetrics] {
        let (families, _) = fixture.families(options.clone(), Form { format, escaping: Escaping::Utf8 });
        let keys: BTreeSet<&str> = strict::all(&families).flat_map(|it| it.labels.keys().map(String::as_str)).collect();
        assert!(odd.iter().all(|key| keys.contains(key)), "{keys:?}");
    }
}

#[test]
fn names_of_any_characters_are_read_back_as_they_were() {
    let names = ["", "é", "1a", "a\"b\\c\nd", "{}", "a b", "\u{0}", "_total", "\r", "🦀"];
    let mut fixture = Fixture::with_view(move |instrument| {
        let index: usize = instrument.name().strip_prefix("view")?.parse().ok()?;
        Stream::builder().with_name(names[index]).build().ok()
    });
    for n in 0..names.len() {
        let gauge = fixture.meter().u64_gauge(format!("view{n}")).with_description("G.").build();
        gauge.record(n as u64, &[]);
        gauge.record(n as u64, &[KeyValue::new("k", "v")]);
    }
    in_both(&mut fixture);
    let options = Options { translation: NameTranslation::NoTranslation, ..plain() };
    for format in [Format::Text, Format::OpenMetrics] {
        let (families, _) = fixture.families(options.clone(), Form { format, escaping: Escaping::Utf8 });
        for (n, name) in names.iter().enumerate() {
            let name = if name.is_empty() { "_" } else { name };
            #[expect(clippy::cast_precision_loss, reason = "they are small")]
            let value = Some(n as f64);
            assert_eq!(strict::value(&families, name, &[("k", "v")]), value, "{name:?}");
            assert_eq!(strict::value(&families, name, &[]), value, "{name:?}");
        }
    }
}

#[test]
fn a_label_of_a_megabyte_is_read_back() {
    let mut fixture = Fixture::new();
    let long: String = "a\"\\\né".repeat(200_000);
    fixture.meter().u64_counter("c").build().add(1, &[KeyValue::new("k", long.clone())]);
    let (families, _) = fixture.families(plain(), Form::default());
    assert_eq!(strict::value(&families, "c_total", &[("k", &long)]), Some(1.0));
}

#[test]
fn ten_thousand_series_come_once_each() {
    let mut fixture = Fixture::with_view(|_| Stream::builder().with_cardinality_limit(10_000).build().ok());
    let counter = fixture.meter().u64_counter("c").build();
    for n in 0..10_000_i64 {
        counter.add(1, &[KeyValue::new("n", n), KeyValue::new("http.route", format!("/{}", n % 7))]);
        if n == 5000 {
            fixture.text(plain());
        }
    }
    let (families, _) = fixture.families(plain(), OPEN_METRICS);
    assert_eq!(strict::all(&families).count(), 10_000);
}

#[test]
fn keys_that_become_one_label_and_keys_and_values_that_are_empty() {
    let mut fixture = Fixture::new();
    let counter = fixture.meter().u64_counter("c").build();
    counter.add(1, &[KeyValue::new("a.b", "1"), KeyValue::new("a_b", "2"), KeyValue::new("a__b", "")]);
    counter.add(2, &[KeyValue::new("", ""), KeyValue::new("k", "")]);
    counter.add(4, &[KeyValue::new("", "x"), KeyValue::new("_", "y")]);
    counter.add(8, &[KeyValue::new("le", "1"), KeyValue::new("exported_le", "2"), KeyValue::new("quantile", "3")]);
    counter.add(16, &[KeyValue::new("array", Value::Array(vec![1.5, f64::NAN].into()))]);
    for families in in_both(&mut fixture) {
        let of = |labels: &[(&str, &str)]| strict::value(&families, "c_total", labels);
        assert_eq!(of(&[("a_b", "1;;2")]), Some(1.0));
        assert_eq!(of(&[]), Some(2.0));
        assert_eq!(of(&[("_", "x;y")]), Some(4.0));
        assert_eq!(of(&[("exported_le", "2;1"), ("exported_quantile", "3")]), Some(8.0));
        assert_eq!(of(&[("array", "[1.5,NaN]")]), Some(16.0));
    }
}

/// The SDK keeps the attributes as they came beside those that it has tidied up, and gives either.
#[test]
fn of_a_key_that_comes_twice_the_first_value_counts_every_time() {
    for _ in 0..20 {
        let mut fixture = Fixture::new();
        let counter = fixture.meter().u64_counter("c").build();
        counter.add(1, &[KeyValue::new("k", "first"), KeyValue::new("j", 1), KeyValue::new("k", "second")]);
        let (families, _) = fixture.families(plain(), Form::default());
        assert_eq!(strict::value(&families, "c_total", &[("j", "1"), ("k", "first")]), Some(1.0), "{families:?}");
    }
}

#[test]
fn numbers_at_the_ends_are_written_exactly() {
    let mut fixture = Fixture::new();
    let meter = fixture.meter();
    let unsigned = meter.u64_counter("u").build();
    unsigned.add(u64::MAX, &[KeyValue::new("k", "max")]);
    meter.i64_up_down_counter("i").build().add(i64::MIN, &[]);
    let float = meter.f64_gauge("f").build();
    for number in [f64::MAX, f64::MIN, 5e-324, -0.0, 1e15, 999_999_999_999_999.9, 0.1 + 0.2, 1e-7, 123_456_789.125] {
        float.record(number, &[KeyValue::new("n", number.to_string())]);
    }
    let _observed = meter
        .f64_observable_gauge("o")
        .with_callback(|observer| {
            for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1.0] {
                observer.observe(number, &[KeyValue::new("n", number.to_string())]);
            }
        })
        .build();
    for form in [Form::default(), OPEN_METRICS] {
        let text = fixture.encode_as(plain(), form).0;
        assert!(text.contains("u_total{k=\"max\"} 18446744073709551615\n"), "{text}");
        assert!(text.contains("\ni -9223372036854775808\n"), "{text}");
        assert!(!text.contains("-0\n"), "{text}");
        for sample in
            strict::all(&strict::read(&text, form.format).unwrap()).filter(|it| ["f", "o"].contains(&it.name.as_str()))
        {
            assert_eq!(sample.value.to_string().parse::<f64>(), sample.labels["n"].parse::<f64>().map(|n| n + 0.0));
        }
    }
}

#[test]
fn counters_that_are_added_near_the_largest_number_do_not_wrap() {
    let mut fixture = Fixture::new();
    let counter = fixture.meter().u64_counter("c").build();
    counter.add(u64::MAX, &[KeyValue::new("k", 1)]);
    counter.add(u64::MAX, &[KeyValue::new("k", "1")]);
    let gauge = fixture.meter().i64_up_down_counter("g").build();
    gauge.add(i64::MIN, &[KeyValue::new("k", 1)]);
    gauge.add(i64::MIN, &[KeyValue::new("k", "1")]);
    for families in in_both(&mut fixture) {
        assert_eq!(strict::value(&families, "c_total", &[("k", "1")]), Some(36_893_488_147_419_103_232.0));
        assert_eq!(strict::value(&families, "g", &[("k", "1")]), Some(-18_446_744_073_709_551_616.0));
    }
}

#[test]
fn a_histogram_without_bounds_has_the_one_bucket_for_all() {
    let mut fixture = Fixture::new();
    let histogram = fixture.meter().u64_histogram("h").with_boundaries(vec![]).build();
    (1..=3).for_each(|n| histogram.record(n, &[]));
    for families in in_both(&mut fixture) {
        assert_eq!(strict::value(&families, "h_bucket", &[("le", "+Inf")]), Some(3.0));
        assert_eq!(strict::value(&families, "h_sum", &[]), Some(6.0));
    }
}

#[test]
fn histograms_with_one_bound_or_bounds_below_zero_are_whole() {
    let mut fixture = Fixture::new();
    let record = |name: &'static str, bounds: &[f64], fixture: &Fixture| {
        let histogram = fixture.meter().f64_histogram(name).with_boundaries(bounds.to_vec()).build();
        [-1e300, -1.0, -0.0, 0.0, 5e-324, 1.0, 1e300].into_iter().for_each(|value| histogram.record(value, &[]));
    };
    record("one", &[0.0], &fixture);
    record("minus.zero", &[-0.0], &fixture);
    record("below", &[-1e300, -1.0], &fixture);
    for (families, sum) in in_both(&mut fixture).into_iter().zip([Some(5e-324), None]) {
        let bucket = |name: &str, le: &str| strict::value(&families, &format!("{name}_bucket"), &[("le", le)]);
        assert_eq!([bucket("one", "0.0"), bucket("minus_zero", "0.0")], [Some(4.0); 2], "{families:?}");
        assert_eq!(
            [bucket("below", "-1e+300"), bucket("below", "-1.0"), bucket("below", "+Inf")],
            [1.0, 2.0, 7.0].map(Some)
        );
        assert_eq!(strict::value(&families, "below_sum", &[]).is_some(), sum.is_some());
    }
}

/// Bounds say nothing about what is recorded.
#[test]
fn the_sum_of_a_histogram_is_left_out_of_open_metrics_while_it_is_below_zero() {
    let mut fixture = Fixture::new();
    let histogram = fixture.meter().f64_histogram("h").with_boundaries(vec![1.0]).build();
    histogram.record(-3.0, &[]);
    let [text, open] = [Form::default(), OPEN_METRICS].map(|form| fixture.families(plain(), form).0);
    assert_eq!([&text, &open].map(|it| strict::value(it, "h_sum", &[])), [Some(-3.0), None]);
    assert_eq!([&text, &open].map(|it| strict::value(it, "h_count", &[])), [Some(1.0), None]);
}

#[test]
fn bounds_below_zero_leave_the_sum_out_of_open_metrics_whatever_it_is() {
    let mut fixture = Fixture::new();
    fixture.meter().f64_histogram("h").with_boundaries(vec![-0.5, 1.0]).build().record(3.0, &[]);
    let [text, open] = [Form::default(), OPEN_METRICS].map(|form| fixture.families(plain(), form).0);
    assert_eq!([&text, &open].map(|it| strict::value(it, "h_sum", &[])), [Some(3.0), None]);
}

#[test]
fn a_label_of_the_scope_or_the_resource_comes_once() {
    let resource = [KeyValue::new("a.b", 1), KeyValue::new("a_b", 2)];
    let reader = Reader::default();
    let provider = SdkMeterProvider::builder().with_reader(reader.clone());
    let provider = provider.with_resource(Resource::builder_empty().with_attributes(resource).build()).build();
    let mut fixture = Fixture { provider, reader, encoder: None };
    let scope = opentelemetry::InstrumentationScope::builder("lib");
    let scope = scope.with_attributes([KeyValue::new(".name", "x"), KeyValue::new("c.d", 1), KeyValue::new("c_d", 2)]);
    fixture.provider.meter_with_scope(scope.build()).u64_counter("c").build().add(1, &[]);
    let resource_labels = vec!["a.b".to_owned(), "a_b".to_owned()];
    let (families, _) = fixture.families(Options { scope_labels: true, resource_labels, ..plain() }, Form::default());
    let labels = [("otel_scope_name", "lib"), ("otel_scope_c_d", "1;2"), ("a_b", "1")];
    assert_eq!(strict::value(&families, "c_total", &labels), Some(1.0), "{families:?}");
}

#[test]
fn a_name_that_is_its_unit_has_no_unit_in_open_metrics() {
    let mut fixture = Fixture::new();
    fixture.meter().f64_gauge("seconds").with_unit("s").build().record(1.0, &[]);
    fixture.meter().f64_counter("bytes").with_unit("By").build().add(1.0, &[]);
    fixture.meter().f64_counter("sent.bytes").with_unit("By").build().add(1.0, &[]);
    let (families, _) = fixture.families(plain(), OPEN_METRICS);
    let units: Vec<_> = families.iter().map(|it| (it.name.as_str(), it.unit.as_deref())).collect();
    assert_eq!(units, [("bytes", None), ("seconds", None), ("sent_bytes", Some("bytes"))]);
}

#[test]
fn a_label_that_the_resource_gives_to_one_series_and_an_attribute_to_another_is_one_series() {
    let mut fixture = Fixture::new();
    let counter = fixture.meter().u64_counter("c").build();
    counter.add(1, &[KeyValue::new("z", 1)]);
    counter.add(2, &[KeyValue::new("z", 1), KeyValue::new("service.name", "test")]);
    let options = Options { resource_labels: vec!["service.name".to_owned()], ..plain() };
    let (families, _) = fixture.families(options, Form::default());
    assert_eq!(strict::value(&families, "c_total", &[("service_name", "test"), ("z", "1")]), Some(3.0));
}

#[test]
fn names_that_open_metrics_gives_give_way_to_counters_that_have_them_without_total() {
    let mut fixture = Fixture::new();
    fixture.meter().u64_histogram("wait").with_boundaries(vec![1.0]).build().record(1, &[]);
    fixture.meter().u64_counter("wait.created").build().add(2, &[]);
    fixture.meter().u64_counter("target").build().add(3, &[]);
    let options = Options { target_info: true, created: true, ..plain() };
    let (families, dropped) = fixture.families(options, OPEN_METRICS);
    let names: Vec<_> = families.iter().map(|it| (it.name.as_str(), it.kind.as_str())).collect();
    let expected =
        [("target_info", "gauge"), ("target", "counter"), ("wait", "histogram"), ("wait_created", "counter")];
    assert_eq!((names.as_slice(), dropped.total()), (expected.as_slice(), 0));
    assert!(strict::all(&families).all(|it| it.name != "wait_created"), "{families:?}");
}

#[test]
fn an_instrument_called_target_info_is_no_info() {
    let mut fixture = Fixture::new();
    fixture.meter().u64_gauge("target.info").build().record(7, &[]);
    let (families, _) = fixture.families(plain(), OPEN_METRICS);
    assert_eq!((families[0].name.as_str(), families[0].kind.as_str()), ("target_info", "gauge"));
}
