//! An encoder that has seen other collections says what a new one says: every text in here is compared with a new one's, and read.

use opentelemetry::metrics::Counter;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::{Mutex, PoisonError};

use super::*;

const FORMS: [Form; 4] = [
    Form { format: Format::Text, escaping: Escaping::Underscores },
    Form { format: Format::OpenMetrics, escaping: Escaping::Underscores },
    Form { format: Format::Text, escaping: Escaping::Utf8 },
    Form { format: Format::OpenMetrics, escaping: Escaping::Utf8 },
];

#[derive(Debug, Clone)]
enum Step {
    /// One more value by an instrument, which is created by the first.
    Record {
        scope: usize,
        instrument: usize,
        attributes: Vec<KeyValue>,
        number: u32,
    },
    /// From now on an observable instrument has these series, in this order.
    Observe {
        instrument: usize,
        series: Vec<(Vec<KeyValue>, f64)>,
    },
    Scrape {
        form: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let record = (0..3_usize, 0..8_usize, input::attributes(), 0..50_u32)
        .prop_map(|(scope, instrument, attributes, number)| Step::Record { scope, instrument, attributes, number });
    let few = vec((input::plain_attributes(), 0.0..9.0), 0..5);
    let odd = vec((input::attributes(), 0.0..9.0), 0..4);
    let many = (0..100_i64, 0..120_i64)
        .prop_map(|(from, count)| (from..from + count).map(|n| (vec![KeyValue::new("n", n)], 1.0)).collect::<Vec<_>>());
    let observe =
        (0..4_usize, prop_oneof![few, odd, many]).prop_map(|(instrument, series)| Step::Observe { instrument, series });
    prop_oneof![3 => record, 2 => observe, 4 => (0..FORMS.len()).prop_map(|form| Step::Scrape { form })]
}

type Observed = Arc<Mutex<[Vec<(Vec<KeyValue>, f64)>; 4]>>;

fn observe(meter: &Meter, observed: &Observed) {
    macro_rules! observe {
        ($make:ident, $name:expr, $index:expr) => {
            let observed = Arc::clone(observed);
            let _kept_by_the_provider = meter
                .$make($name)
                .with_callback(move |observer| {
                    let observed = observed.lock().unwrap_or_else(PoisonError::into_inner);
                    observed[$index].iter().for_each(|(attributes, number)| observer.observe(*number, attributes));
                })
                .build();
        };
    }
    observe!(f64_observable_counter, "seen.items", 0);
    observe!(f64_observable_gauge, "seen.level", 1);
    observe!(f64_observable_up_down_counter, "seen.depth", 2);
    // Meets the second in one family.
    observe!(f64_observable_gauge, "seen_level", 3);
}

fn record(meter: &Meter, instrument: usize, attributes: &[KeyValue], number: u32) {
    use tachograph_core::semconv::metric;
    match instrument {
        0 => meter.u64_counter("jobs.done").build().add(number.into(), attributes),
        1 => meter.f64_counter("busy.time").with_unit("s").build().add(f64::from(number) / 3.0, attributes),
        2 => meter.i64_up_down_counter("depth").with_unit("By").build().add(-i64::from(number), attributes),
        3 => meter.f64_histogram("wait").with_boundaries(vec![1.0, 10.0]).build().record(number.into(), attributes),
        4 => {
            // The same family with other bounds.
            let wait = meter.u64_histogram("wait").with_boundaries(vec![2.0, 10.0, 20.0]).with_description("Other.");
            wait.build().record(number.into(), attributes);
        }
        5 => meter.f64_histogram(metric::HTTP_DURATION).with_unit("s").build().record(number.into(), attributes),
        6 => meter.u64_gauge("depth.bytes").build().record(number.into(), attributes),
        _ => meter.f64_histogram(metric::LLM_DURATION).with_unit("s").build().record(number.into(), attributes),
    }
}

#[test]
fn whatever_comes_and_goes_a_kept_encoder_says_what_a_new_one_says() {
    let translations =
        vec![NameTranslation::default(), NameTranslation::NoUtf8EscapingWithSuffixes, NameTranslation::NoTranslation];
    let names = vec![MetricNames::Both, MetricNames::Classic, MetricNames::OpenTelemetry];
    let resource_labels =
        select(vec![vec![], vec!["service.name".to_owned(), "deployment.environment.name".to_owned()]]);
    let options = (select(translations), select(names), any::<bool>(), resource_labels);
    let input = (options, vec(step(), 1..30), limit_of_series());
    let outcome =
        input::runner(64).run(&input, |((translation, names, scope_labels, resource_labels), steps, limit)| {
            let options = Options { translation, names, scope_labels, resource_labels, ..with_classic() };
            let mut fixture =
                Fixture::with_view(move |_| Stream::builder().with_cardinality_limit(limit?).build().ok());
            let observed = Observed::default();
            observe(&fixture.provider.meter("b"), &observed);
            for step in steps.into_iter().chain((0..FORMS.len()).map(|form| Step::Scrape { form })) {
                match step {
                    Step::Record { scope, instrument, attributes, number } => {
                        record(&fixture.provider.meter(["a", "b", "c"][scope]), instrument, &attributes, number);
                    }
                    Step::Observe { instrument, series } => observed.lock().unwrap()[instrument] = series,
                    Step::Scrape { form } => {
                        fixture.families(options.clone(), FORMS[form]);
                    }
                }
            }
            Ok(())
        });
    outcome.unwrap_or_else(|failed| panic!("{failed}"));
}

/// At a small limit most series go into the one of the overflow.
fn limit_of_series() -> impl Strategy<Value = Option<usize>> {
    select(vec![None, None, Some(1), Some(3)])
}

/// A counter and a gauge whose series are as many as asked for.
fn observed_series(fixture: &Fixture) -> Arc<Mutex<std::ops::Range<u64>>> {
    let range = Arc::new(Mutex::new(0..0));
    for name in ["one", "other"] {
        let range = Arc::clone(&range);
        let callback = move |observer: &dyn opentelemetry::metrics::AsyncInstrument<u64>| {
            for n in range.lock().unwrap().clone() {
                observer.observe(n, &[KeyValue::new("n", i64::try_from(n).unwrap())]);
            }
        };
        match name {
            "one" => drop(fixture.meter().u64_observable_gauge(name).with_callback(callback).build()),
            _ => drop(fixture.meter().u64_observable_counter(name).with_callback(callback).build()),
        }
    }
    range
}

#[test]
fn series_that_are_gone_are_not_written_and_come_back_where_they_were() {
    let mut fixture = Fixture::new();
    let range = observed_series(&fixture);
    for (from, to) in [(0, 10), (5, 10), (5, 400), (390, 400), (0, 3), (0, 500), (0, 0), (2, 4)] {
        *range.lock().unwrap() = from..to;
        let (families, _) = fixture.families(plain(), Form::default());
        let found: Vec<f64> = strict::all(&families).filter(|it| it.name == "one").map(|it| it.value).collect();
        let mut expected: Vec<u64> = (from..to).collect();
        expected.sort_by_key(u64::to_string);
        #[expect(clippy::cast_precision_loss, reason = "they are small")]
        let expected: Vec<f64> = expected.into_iter().map(|n| n as f64).collect();
        assert_eq!(found, expected, "{from}..{to}");
    }
}

#[test]
fn rows_of_series_that_are_gone_are_given_up_in_the_end() {
    let mut fixture = Fixture::new();
    let range = observed_series(&fixture);
    let rows = |fixture: &Fixture| {
        let (_, encoder) = fixture.encoder.as_ref().unwrap();
        encoder.plans[0].as_ref().unwrap().families[0].rows.len()
    };
    let mut most = 0;
    for step in 0..100_u64 {
        *range.lock().unwrap() = step * 10..step * 10 + 10;
        fixture.text(plain());
        most = most.max(rows(&fixture));
    }
    assert!((20..200).contains(&most), "{most} rows of 1000 series that came and went, ten at a time");
}

#[test]
fn both_escapings_in_turns_keep_their_own_plan() {
    let mut fixture = Fixture::new();
    let options = Options { translation: NameTranslation::NoUtf8EscapingWithSuffixes, ..plain() };
    let counter: Counter<u64> = fixture.meter().u64_counter("a.b").build();
    for n in 1..4 {
        counter.add(1, &[KeyValue::new("c.d", n)]);
        for form in FORMS {
            let (families, _) = fixture.families(options.clone(), form);
            let (name, label) = match form.escaping {
                Escaping::Utf8 => ("a.b_total", "c.d"),
                Escaping::Underscores => ("a_b_total", "c_d"),
            };
            assert_eq!(strict::value(&families, name, &[(label, &n.to_string())]), Some(1.0), "{form:?}");
        }
    }
}

#[test]
fn a_translation_without_utf8_has_none_whatever_is_asked_for() {
    let mut fixture = Fixture::new();
    fixture.meter().u64_counter("a.b").build().add(1, &[KeyValue::new("c.d", 1)]);
    for translation in [NameTranslation::default(), NameTranslation::UnderscoreEscapingWithoutSuffixes] {
        let options = Options { translation, ..plain() };
        let texts = [Escaping::Underscores, Escaping::Utf8]
            .map(|escaping| fixture.encode_as(options.clone(), Form { format: Format::Text, escaping }).0);
        assert_eq!(texts[0], texts[1]);
    }
}

#[test]
fn keys_without_number_are_forgotten_and_learnt_again() {
    let mut fixture = Fixture::new();
    let counter = fixture.meter().u64_counter("c").build();
    for n in 0..3000 {
        counter.add(1, &[KeyValue::new(format!("k.{n}"), 1)]);
        if n % 1000 == 0 {
            fixture.families(plain(), Form::default());
        }
    }
    let (families, _) = fixture.families(plain(), Form::default());
    // The SDK's limit of series, and the one for the rest.
    assert_eq!(strict::all(&families).count(), 2001);
}

/// Which of two observable instruments has something to say.
fn one_of_two(fixture: &Fixture, make: impl Fn(&Fixture, usize, Arc<Mutex<usize>>)) -> Arc<Mutex<usize>> {
    let speaking = Arc::new(Mutex::new(0));
    (0..2).for_each(|index| make(fixture, index, Arc::clone(&speaking)));
    speaking
}

/// Only names tell streams apart at first sight, and these have the same.
#[test]
fn a_stream_in_the_place_of_another_is_not_taken_for_it() {
    macro_rules! speak {
        ($index:expr, $speaking:expr) => {{
            let (index, speaking) = ($index, $speaking);
            move |observer| {
                if *speaking.lock().unwrap() == index {
                    observer.observe(1, &[]);
                }
            }
        }};
    }
    type Make<'a> = &'a dyn Fn(&Fixture, usize, Arc<Mutex<usize>>);
    let makes: [(&str, Make<'_>); 5] = [
        ("unit", &|fixture, index, speaking| {
            let meter = fixture.meter();
            let gauge = meter.u64_observable_gauge("g").with_unit(["s", "By"][index]);
            let _kept = gauge.with_callback(speak!(index, speaking)).build();
        }),
        ("description", &|fixture, index, speaking| {
            let meter = fixture.meter();
            let gauge = meter.u64_observable_gauge("g").with_description(["One.", "Other."][index]);
            let _kept = gauge.with_callback(speak!(index, speaking)).build();
        }),
        ("scope", &|fixture, index, speaking| {
            let meter = fixture.provider.meter(["one", "other"][index]);
            let _kept = meter.u64_observable_gauge("g").with_callback(speak!(index, speaking)).build();
        }),
        ("kind", &|fixture, index, speaking| {
            let meter = fixture.meter();
            match index {
                0 => drop(meter.i64_observable_up_down_counter("g").with_callback(speak!(index, speaking)).build()),
                _ => drop(meter.u64_observable_counter("g").with_callback(speak!(index, speaking)).build()),
            }
        }),
        ("way of adding", &|fixture, index, speaking| {
            let meter = fixture.meter();
            if index == 0 {
                let _kept = meter.i64_observable_up_down_counter("g").with_callback(speak!(index, speaking)).build();
            } else {
                let _kept = meter.i64_observable_gauge("g").with_callback(speak!(index, speaking)).build();
                // With this one it is 3 or, as the larger of the two, 2.
                meter.i64_up_down_counter("g").build().add(2, &[]);
            }
        }),
    ];
    for (differs, make) in makes {
        let mut fixture = Fixture::new();
        let speaking = one_of_two(&fixture, make);
        let texts = [0, 1].map(|index| {
            *speaking.lock().unwrap() = index;
            fixture.text(Options { scope_labels: true, ..plain() })
        });
        assert_ne!(texts[0], texts[1], "{differs}");
    }
}

#[test]
fn a_name_is_free_again_when_the_last_stream_is_gone() {
    let mut fixture = Fixture::new();
    fixture.meter().u64_counter("jobs").build().add(1, &[]);
    let level = Arc::new(Mutex::new(Some(1)));
    let observed = Arc::clone(&level);
    let callback = move |observer: &dyn opentelemetry::metrics::AsyncInstrument<u64>| {
        observed.lock().unwrap().iter().for_each(|level| observer.observe(*level, &[]));
    };
    let _gauge = fixture.meter().u64_observable_gauge("jobs").with_callback(callback).build();
    let kind = |fixture: &mut Fixture| {
        let (families, _) = fixture.families(plain(), OPEN_METRICS);
        families.into_iter().find(|it| it.samples[0].name == "jobs_total").map(|it| it.kind)
    };
    assert_eq!(kind(&mut fixture).as_deref(), Some("unknown"));
    *level.lock().unwrap() = None;
    assert_eq!(kind(&mut fixture).as_deref(), Some("counter"));
}
