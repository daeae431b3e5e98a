//! Our encoder against that of `opentelemetry-prometheus` and the `prometheus` crate.
//!
//! Both get the same recordings, made up by proptest. [`model`] says what each of them makes of a collection: it follows the other
//! encoder, and the [`rules`] are where ours deviates. So what we mean to do otherwise is predicted from the input, and anything else
//! fails: in the model's idea of the other, in its idea of us, or, where no rule applies, between the two.

mod family;
mod model;
mod names;
mod rules;

use std::cell::RefCell;

use proptest::prelude::*;

use self::family::Family;
use self::model::{Model, Side};
use self::rules::{RULES, Rule};
use super::input::{self, Recorded, Scope};
use super::*;

/// What both make of the same recordings.
struct Both {
    collected: ResourceMetrics,
    theirs: Vec<prometheus::proto::MetricFamily>,
}

impl Both {
    fn of(
        resource: Resource,
        view: impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static,
        record: impl FnOnce(&SdkMeterProvider),
    ) -> Self {
        let registry = prometheus::Registry::new();
        let oracle = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build().unwrap();
        let reader = Reader::default();
        let provider = SdkMeterProvider::builder()
            .with_resource(resource)
            .with_reader(oracle)
            .with_reader(reader.clone())
            .with_view(view)
            .build();
        record(&provider);
        let mut collected = ResourceMetrics::default();
        reader.collect(&mut collected).unwrap();
        Self { collected, theirs: registry.gather() }
    }

    /// What ours says in a format.
    fn ours(&self, format: Format) -> (Vec<strict::Family>, Dropped) {
        let mut text = Vec::new();
        let options = Options { names: MetricNames::OpenTelemetry, ..with_classic() };
        let dropped = Encoder::new(options).encode(&self.collected, Form { format, ..Form::default() }, &mut text);
        let text = String::from_utf8(text).unwrap();
        (strict::read(&text, format).unwrap_or_else(|why| panic!("{why}\n{text}")), dropped)
    }
}

/// Ordinary instruments, on which the other encoder follows the rules as well.
#[test]
fn ordinary_instruments_read_the_same_as_from_opentelemetry_prometheus() {
    let resource = Resource::builder_empty().with_attribute(KeyValue::new("service.name", "test")).build();
    let both = Both::of(
        resource,
        |_| None,
        |provider| {
            let scope = opentelemetry::InstrumentationScope::builder("lib").with_version("1.0").build();
            let meter = provider.meter_with_scope(scope);
            for (route, n) in [("/a", 1_u64), ("/b", 20)] {
                let attributes =
                    [KeyValue::new("http.route", route), KeyValue::new("code", 200), KeyValue::new("q", "a\"b\\c\nd")];
                meter.u64_counter("jobs.done").with_description("Jobs.").build().add(n, &attributes);
                meter.f64_counter("busy.time").with_unit("s").with_description("Busy.").build().add(0.25, &attributes);
                meter.i64_up_down_counter("queue.depth").with_description("Depth.").build().add(-4, &attributes);
                meter
                    .u64_gauge("memory.used")
                    .with_unit("By")
                    .with_description("Used.")
                    .build()
                    .record(n << 40, &attributes);
                let histogram = meter.f64_histogram("wait").with_unit("ms").with_description("Wait.").build();
                for value in [0.5, 7.0, 1e6] {
                    histogram.record(value, &attributes);
                }
            }
        },
    );
    let (ours, dropped) = both.ours(Format::Text);
    let (ours, theirs) = (Family::of_ours(&ours), Family::of_theirs(&both.theirs));
    assert!(ours.values().map(|family| family.samples.len()).sum::<usize>() > 30);
    assert_eq!((but_for_the_help(ours, &theirs), dropped), (theirs, Dropped::default()));
}

/// Ours with their help of the resource.
fn but_for_the_help(mut ours: BTreeMap<String, Family>, theirs: &BTreeMap<String, Family>) -> BTreeMap<String, Family> {
    ours.get_mut("target_info").unwrap().help.clone_from(&theirs["target_info"].help);
    ours
}

#[test]
fn whatever_is_recorded_we_deviate_from_opentelemetry_prometheus_by_rule_only() {
    let applied: RefCell<BTreeMap<Rule, u32>> = RefCell::default();
    let same = RefCell::new(0_u32);
    let plain = (input::plain_recordings(), input::plain_attributes());
    let input = prop_oneof![1 => plain, 4 => (input::recordings(), input::attributes())];
    let outcome = input::runner(192).run(&input, |((scopes, recorded), resource)| {
        let both = compared(&scopes, &recorded, resource);
        let mut model = Model::default();
        let theirs = model.of(&both.collected, Side::Theirs);
        let ours = model.of(&both.collected, Side::Ours);

        let found = Family::of_theirs(&both.theirs);
        assert_eq!(found.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
        for (name, found) in &found {
            // Of two types for one name, the other keeps whichever a hash map gives it first.
            let possible = &theirs[name];
            let fits = possible.is_empty() || possible.iter().any(|family| family.is(found));
            assert!(fits, "theirs: {found:#?}\n{possible:#?}");
        }
        let (text, dropped) = both.ours(Format::Text);
        let found_ours = Family::of_ours(&text);
        assert_eq!(found_ours.keys().collect::<Vec<_>>(), ours.keys().collect::<Vec<_>>());
        for (name, found) in &found_ours {
            assert!(ours[name].iter().any(|family| family.is(found)), "ours: {found:#?}\n{:#?}", ours[name]);
        }
        assert_eq!(dropped, model.dropped);
        if model.applied == BTreeSet::from([Rule::TargetHelp]) {
            assert_eq!(but_for_the_help(found_ours, &found), found, "no rule applies");
            *same.borrow_mut() += 1;
        }
        let (open_metrics, dropped_too) = both.ours(Format::OpenMetrics);
        assert_eq!(dropped, dropped_too);
        same_in_open_metrics(&text, &open_metrics);
        for rule in model.applied {
            *applied.borrow_mut().entry(rule).or_default() += 1;
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failed| panic!("{failed}"));
    // What never applies is not tested, or no rule.
    for (rule, what) in RULES {
        assert!(applied.borrow().contains_key(rule), "{rule:?} ({what}) never applied: {:?}", applied.borrow());
    }
    assert!(*same.borrow() > 0, "no case without a rule");
}

fn compared(scopes: &[Scope], recorded: &[Recorded], resource: Vec<KeyValue>) -> Both {
    let resource = Resource::builder_empty().with_attributes(resource).build();
    Both::of(resource, input::view(recorded), |provider| {
        for it in recorded {
            it.record(&scopes[it.scope].meter(provider));
        }
    })
}

/// OpenMetrics has the numbers of the other format, without the sums that it does not allow and their counts, and times of creation.
fn same_in_open_metrics(text: &[strict::Family], open_metrics: &[strict::Family]) {
    let of = |families: &[strict::Family], keep: &dyn Fn(&strict::Family, &strict::Sample) -> bool| {
        let mut samples: Vec<(String, strict::Labels, String)> = Vec::new();
        for family in families {
            let kept = family.samples.iter().filter(|sample| keep(family, sample));
            samples.extend(kept.map(|it| (it.name.clone(), it.labels.clone(), it.value.to_string())));
        }
        samples
    };
    let text = of(text, &|family, sample| {
        let is_sum = family.kind == "histogram" && !sample.labels.contains_key("le");
        !is_sum || strict::all(open_metrics).any(|it| it.name == sample.name && it.labels == sample.labels)
    });
    let open = of(open_metrics, &|family, sample| {
        !(["counter", "histogram"].contains(&family.kind.as_str()) && sample.name == format!("{}_created", family.name))
    });
    assert_eq!(text, open);
}
