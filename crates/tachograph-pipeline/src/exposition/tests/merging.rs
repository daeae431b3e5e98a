//! Streams that meet in one family, on made-up input.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tachograph_core::semconv::{attribute as a, metric as m, value as v};

use super::input::{MADE, Made, Recorded, Scope};
use super::*;

/// Under which names a library records its calls to models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Generation {
    Established,
    Latest,
    Both,
}

/// A call to a model, by one of three libraries.
#[derive(Debug, Clone)]
struct Call {
    library: usize,
    model: &'static str,
    agent: Option<&'static str>,
    fails: bool,
    tokens: Option<u64>,
    cost: f64,
}

fn call() -> impl Strategy<Value = Call> {
    let cost = prop_oneof![Just(0.1), Just(0.7), 0.0..1.0, 0.0..1e-6_f64];
    let agents = vec![None, Some("writer"), Some("researcher")];
    let of = (
        0..3_usize,
        select(vec!["gpt-4o", "haiku"]),
        select(agents),
        any::<bool>(),
        proptest::option::of(0..1000_u64),
        cost,
    );
    of.prop_map(|(library, model, agent, fails, tokens, cost)| Call { library, model, agent, fails, tokens, cost })
}

impl Call {
    fn record(&self, meter: &Meter, generation: Generation, bounds: &[f64]) {
        let mut attributes =
            vec![KeyValue::new(a::GEN_AI_PROVIDER_NAME, "p"), KeyValue::new(a::GEN_AI_REQUEST_MODEL, self.model)];
        attributes.extend(self.agent.map(|agent| KeyValue::new(a::GEN_AI_AGENT_NAME, agent)));
        meter.f64_counter(m::LLM_COST).with_unit("USD").build().add(self.cost, &attributes);
        let with = |more: Option<KeyValue>| attributes.iter().cloned().chain(more).collect::<Vec<_>>();
        let error = self.fails.then(|| KeyValue::new(a::ERROR_TYPE, "timeout"));
        let duration = |name| {
            let histogram = meter.f64_histogram(name).with_unit("s").with_boundaries(bounds.to_vec()).build();
            histogram.record(self.cost * 10.0, &with(error.clone()));
        };
        if generation != Generation::Latest {
            duration(m::LLM_DURATION);
            if let Some(tokens) = self.tokens {
                let usage = meter.u64_histogram(m::LLM_TOKEN_USAGE).with_unit("{token}").build();
                usage.record(tokens, &with(Some(KeyValue::new(a::GEN_AI_TOKEN_TYPE, v::INPUT))));
            }
        }
        if generation != Generation::Established {
            duration(m::INFERENCE_DURATION);
            let usage = meter.u64_counter(m::USAGE_INPUT_TOKENS).with_unit("{token}").build();
            usage.add(self.tokens.unwrap_or_default(), &attributes);
        }
    }
}

fn sum(families: &[strict::Family], name: &str) -> f64 {
    strict::all(families).filter(|sample| sample.name == name).map(|sample| sample.value).sum()
}

#[test]
fn projected_counters_are_the_sum_of_their_sources_and_never_go_back() {
    let generations = || select(vec![Generation::Established, Generation::Latest, Generation::Both]);
    let bounds = vec![vec![], vec![1.0, 2.0, 5.0], vec![0.5, 2.0, 8.0], vec![2.0]];
    let bounds = move || select(bounds.clone());
    let libraries = [(generations(), bounds()), (generations(), bounds()), (generations(), bounds())];
    // A small limit makes the SDK's maps grow, which changes the order of points.
    let input = (libraries, vec((call(), any::<bool>()), 1..30), select(vec![1000_usize, 4]));
    let outcome = input::runner(48).run(&input, |(libraries, calls, limit)| {
        let mut fixture = Fixture::with_view(move |_| Stream::builder().with_cardinality_limit(limit).build().ok());
        let mut before: BTreeMap<(String, strict::Labels), f64> = BTreeMap::new();
        let mut made: Vec<Call> = Vec::new();
        for (call, is_scraped) in calls {
            let (generation, bounds) = &libraries[call.library];
            call.record(&fixture.provider.meter(["a", "b", "c"][call.library]), *generation, bounds);
            made.push(call);
            if is_scraped {
                let (families, dropped) = fixture.families(with_classic(), Form::default());
                assert_eq!(dropped.total(), 0);
                totals(&families, &made);
                durations(&families, &made);
                if limit > 4 {
                    buckets(&families, &made, &libraries);
                }
                before = never_back(before, &families);
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failed| panic!("{failed}"));
}

#[expect(clippy::cast_precision_loss, reason = "they are few")]
fn totals(families: &[strict::Family], made: &[Call]) {
    assert_eq!(sum(families, "llm_requests_total"), made.len() as f64);
    let tokens: u64 = made.iter().filter_map(|call| call.tokens).sum();
    assert_eq!(sum(families, "llm_tokens_used_total"), tokens as f64);
    let (projected, recorded) = (sum(families, "llm_cost_usd_total"), sum(families, "tachograph_llm_cost_USD_total"));
    assert!((projected - recorded).abs() <= recorded * 1e-13, "{projected} {recorded}");
    let requests = |label: &str, is: &str| -> f64 {
        let of =
            |it: &&strict::Sample| it.name == "llm_requests_total" && it.labels.get(label).is_some_and(|it| it == is);
        strict::all(families).filter(of).map(|it| it.value).sum()
    };
    // What is beyond the limit has lost its outcome.
    let overflow = requests("otel_metric_overflow", "true");
    for (status, fails) in [("success", false), ("error", true)] {
        let expected = made.iter().filter(|call| call.fails == fails).count() as f64;
        let found = requests("status", status);
        assert!(found <= expected && found + overflow >= expected, "{status}: {found} and {overflow} of {expected}");
    }
}

#[expect(clippy::cast_precision_loss, reason = "they are few")]
fn durations(families: &[strict::Family], made: &[Call]) {
    assert_eq!(sum(families, "llm_request_duration_seconds_count"), made.len() as f64);
    let all: f64 = made.iter().map(|call| call.cost * 10.0).sum();
    assert!((sum(families, "llm_request_duration_seconds_sum") - all).abs() <= all * 1e-13);
}

/// Each bucket of a series counts exactly the calls below its bound, at the bounds that all libraries with such calls share.
#[expect(clippy::cast_precision_loss, reason = "they are few")]
fn buckets(families: &[strict::Family], made: &[Call], libraries: &[(Generation, Vec<f64>); 3]) {
    for model in made.iter().map(|call| call.model).collect::<BTreeSet<_>>() {
        let of_model: Vec<&Call> = made.iter().filter(|call| call.model == model).collect();
        let bounds: BTreeSet<usize> = of_model.iter().map(|call| call.library).collect();
        let first = &libraries[*bounds.first().unwrap()].1;
        let shared: Vec<f64> = first
            .iter()
            .copied()
            .filter(|it| bounds.iter().all(|library| libraries[*library].1.contains(it)))
            .collect();
        let expected: BTreeMap<String, f64> = shared
            .iter()
            .chain([&f64::INFINITY])
            .map(|bound| {
                let le = if bound.is_infinite() { "+Inf".to_owned() } else { format!("{bound:?}") };
                (le, of_model.iter().filter(|call| call.cost * 10.0 <= *bound).count() as f64)
            })
            .collect();
        let found = strict::all(families).filter(|it| {
            it.name == "llm_request_duration_seconds_bucket" && it.labels.get("model").is_some_and(|it| it == model)
        });
        assert_eq!(
            found.map(|it| (it.labels["le"].clone(), it.value)).collect::<BTreeMap<_, _>>(),
            expected,
            "{model}"
        );
    }
}

/// What is counted is there in the next scrape as well, and is not less. Bounds that are no longer shared are gone.
fn never_back(
    before: BTreeMap<(String, strict::Labels), f64>,
    families: &[strict::Family],
) -> BTreeMap<(String, strict::Labels), f64> {
    let counted = families.iter().filter(|family| family.kind != "gauge").flat_map(|family| &family.samples);
    let now: BTreeMap<_, _> = counted.map(|it| ((it.name.clone(), it.labels.clone()), it.value)).collect();
    for (series, value) in before {
        match now.get(&series) {
            Some(later) => assert!(*later >= value, "{series:?} went from {value} to {later}"),
            None => assert!(series.1.contains_key("le"), "{series:?} is gone"),
        }
    }
    now
}

/// Observed points come in another order at every collection.
#[test]
fn a_sum_of_floating_point_numbers_does_not_depend_on_their_order() {
    let mut fixture = Fixture::new();
    let _observed = fixture
        .meter()
        .f64_observable_counter("c")
        .with_callback(|observer| {
            for (n, value) in [0.1, 0.2, 0.3, 1e15, 0.7, 1e-9].into_iter().enumerate() {
                // Empty labels are none: all of them are one series.
                observer.observe(value, &[KeyValue::new(format!("k{n}"), "")]);
            }
        })
        .build();
    let texts: BTreeSet<String> = (0..50).map(|_| fixture.text(plain())).collect();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts.first().unwrap().contains("c_total 1000000000000001.2\n"), "{texts:?}");
}

#[test]
fn integers_beyond_the_largest_are_added_in_any_order_to_the_same() {
    let mut fixture = Fixture::new();
    let _observed = fixture
        .meter()
        .u64_observable_counter("c")
        .with_callback(|observer| {
            for (n, value) in [u64::MAX, 1025, 1025, 1 << 63, 3, 2047].into_iter().enumerate() {
                observer.observe(value, &[KeyValue::new(format!("k{n}"), "")]);
            }
        })
        .build();
    let texts: BTreeSet<String> = (0..50).map(|_| fixture.text(plain())).collect();
    assert_eq!(texts.len(), 1, "{texts:?}");
    let families = strict::read(texts.first().unwrap(), Format::Text).unwrap();
    let exact = u128::from(u64::MAX) + 1025 + 1025 + (1 << 63) + 3 + 2047;
    #[expect(clippy::cast_precision_loss, reason = "it is what is written")]
    let rounded = exact as f64;
    assert_eq!(strict::value(&families, "c_total", &[]), Some(rounded));
}

#[test]
fn an_exponential_histogram_is_projected_as_far_as_it_can_be() {
    let mut fixture = Fixture::with_view(|_| {
        let aggregation = Aggregation::Base2ExponentialHistogram { max_size: 10, max_scale: 5, record_min_max: true };
        Stream::builder().with_aggregation(aggregation).build().ok()
    });
    let meter = fixture.meter();
    for n in 1..4_u64 {
        meter.f64_histogram(m::LLM_DURATION).build().record(1.0, &[]);
        meter.u64_histogram(m::LLM_TOKEN_USAGE).build().record(n, &[]);
    }
    let (families, dropped) = fixture.families(with_classic(), Form::default());
    assert_eq!(strict::value(&families, "llm_requests_total", &[("status", "success")]), Some(3.0));
    assert_eq!(strict::value(&families, "llm_tokens_used_total", &[]), Some(6.0));
    assert!(strict::all(&families).all(|it| !it.name.starts_with("llm_request_duration")), "{families:?}");
    assert_eq!(dropped, Dropped { exponential_histograms: 2, ..Dropped::default() });
}

#[test]
fn what_goes_up_and_down_is_no_part_of_a_projected_counter() {
    let mut fixture = Fixture::new();
    fixture.provider.meter("a").f64_counter(m::LLM_COST).build().add(2.0, &[]);
    fixture.provider.meter("b").f64_up_down_counter(m::LLM_COST).build().add(-1.0, &[]);
    let (families, _) = fixture.families(with_classic(), Form::default());
    assert_eq!(strict::value(&families, "llm_cost_usd_total", &[]), Some(2.0));
}

#[test]
fn sources_that_name_their_labels_in_another_order_make_one_series() {
    let toml = r#"
        [families.items_total]
        help = "Items."
        from = [
            { count = "one", labels = { kind = "kind", place = "place" } },
            { count = "other", labels = { place = "place", kind = "kind" } },
        ]
    "#;
    let mut fixture = Fixture::new();
    for name in ["one", "other"] {
        let counter = fixture.meter().u64_counter(name).build();
        counter.add(1, &[KeyValue::new("kind", "k"), KeyValue::new("place", "p")]);
    }
    let options = Options { profiles: vec![Profile::from_toml(toml).unwrap()], names: MetricNames::Both, ..plain() };
    let (families, _) = fixture.families(options, Form::default());
    assert_eq!(strict::value(&families, "items_total", &[("kind", "k"), ("place", "p")]), Some(2.0));
}

#[test]
fn a_gauge_and_an_up_down_counter_of_one_name_meet_in_the_same_way_whatever_the_order_of_creation() {
    let texts = [false, true].map(|gauge_first| {
        let mut fixture = Fixture::new();
        let meter = fixture.meter();
        let gauge = || meter.u64_gauge("g").build().record(10, &[]);
        if gauge_first {
            gauge();
        }
        meter.i64_up_down_counter("g").build().add(2, &[]);
        if !gauge_first {
            gauge();
        }
        fixture.encode(plain())
    });
    assert_eq!(texts[0], texts[1]);
    assert!(texts[0].0.contains("\ng 10\n"), "{}", texts[0].0);
}

#[test]
fn whatever_the_order_of_creation_the_text_is_the_same() {
    let scopes = ["a", "b", "b"].into_iter().enumerate().map(|(n, name)| Scope {
        name: name.to_owned(),
        version: None,
        schema_url: None,
        attributes: (n == 2).then(|| KeyValue::new("tier", "x")).into_iter().collect(),
    });
    let scopes: Vec<Scope> = scopes.collect();
    let names = vec![
        "thing",
        "thing.total",
        "thing.seconds",
        "wait",
        "wait.count",
        "wait.bucket",
        "http.requests",
        m::HTTP_DURATION,
    ];
    let sync: Vec<Made> = MADE[..9].to_vec();
    let recorded = (0..3_usize, select(sync), select(names), select(vec!["", "s"]), select(vec!["D.", "E.", ""]));
    let recorded = recorded.prop_map(|(scope, made, name, unit, description)| Recorded {
        scope,
        made,
        name: name.to_owned(),
        unit: unit.to_owned(),
        description: description.to_owned(),
        bounds: Some(vec![1.0]),
        renamed: None,
        exponential: false,
        points: vec![(vec![KeyValue::new("k", 1)], input::Amount { whole: 1 << 17, float: 2.0 })],
    });
    // Each instrument once, because a gauge keeps its last value.
    let recorded = vec(recorded, 2..8).prop_map(|mut all| {
        let mut seen = BTreeSet::new();
        all.retain(|it| seen.insert((it.scope, it.name.clone(), it.made, it.unit.clone(), it.description.clone())));
        all
    });
    let input = recorded.prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()));
    let outcome = input::runner(192).run(&input, |(one, other)| {
        let options = Options { created: false, ..with_classic() };
        let texts = [one, other].map(|order| {
            let mut fixture = Fixture::new();
            order.iter().for_each(|it| it.record(&scopes[it.scope].meter(&fixture.provider)));
            [Form::default(), OPEN_METRICS].map(|form| fixture.encode_as(options.clone(), form))
        });
        assert_eq!(texts[0], texts[1]);
        Ok(())
    });
    outcome.unwrap_or_else(|failed| panic!("{failed}"));
}
