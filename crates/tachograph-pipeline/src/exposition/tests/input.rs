//! Instruments and recordings made up by proptest.

use opentelemetry::{Array, InstrumentationScope, StringValue, Value};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{RngSeed, TestRunner};
use std::collections::HashMap;

use super::*;

/// Runs `quick` cases, the same in every run; as many others as `PROPTEST_CASES` says, where it is set.
pub(super) fn runner(quick: u32) -> TestRunner {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        (config.cases, config.rng_seed) = (quick, RngSeed::Fixed(0x7AC0_6AF4));
    }
    TestRunner::new(config)
}

/// The kinds of instruments, and what the SDK makes of their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Made {
    CounterU64,
    CounterF64,
    UpDownI64,
    UpDownF64,
    GaugeU64,
    GaugeI64,
    GaugeF64,
    HistogramU64,
    HistogramF64,
    ObservableCounterU64,
    ObservableCounterF64,
    ObservableUpDownI64,
    ObservableUpDownF64,
    ObservableGaugeU64,
    ObservableGaugeI64,
    ObservableGaugeF64,
}

pub(super) const MADE: [Made; 16] = [
    Made::CounterU64,
    Made::CounterF64,
    Made::UpDownI64,
    Made::UpDownF64,
    Made::GaugeU64,
    Made::GaugeI64,
    Made::GaugeF64,
    Made::HistogramU64,
    Made::HistogramF64,
    Made::ObservableCounterU64,
    Made::ObservableCounterF64,
    Made::ObservableUpDownI64,
    Made::ObservableUpDownF64,
    Made::ObservableGaugeU64,
    Made::ObservableGaugeI64,
    Made::ObservableGaugeF64,
];

#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) schema_url: Option<String>,
    pub(super) attributes: Vec<KeyValue>,
}

/// One instrument with what is recorded by it.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    /// An index into the scopes.
    pub(super) scope: usize,
    pub(super) made: Made,
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) description: String,
    pub(super) bounds: Option<Vec<f64>>,
    /// The name that a view gives it, which may be any text.
    pub(super) renamed: Option<String>,
    /// Whether a view makes it an exponential histogram.
    pub(super) exponential: bool,
    pub(super) points: Vec<(Vec<KeyValue>, Amount)>,
}

/// A number of any type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amount {
    pub(super) whole: u64,
    pub(super) float: f64,
}

impl Scope {
    pub(super) fn meter(&self, provider: &SdkMeterProvider) -> Meter {
        let mut scope = InstrumentationScope::builder(self.name.clone()).with_attributes(self.attributes.clone());
        if let Some(version) = &self.version {
            scope = scope.with_version(version.clone());
        }
        if let Some(schema_url) = &self.schema_url {
            scope = scope.with_schema_url(schema_url.clone());
        }
        provider.meter_with_scope(scope.build())
    }
}

impl Recorded {
    /// Records all points.
    pub(super) fn record(&self, meter: &Meter) {
        macro_rules! add {
            ($make:ident, $record:ident, $number:expr) => {{
                let made = meter.$make(self.name.clone());
                let made = made.with_unit(self.unit.clone()).with_description(self.description.clone()).build();
                self.points.iter().for_each(|(attributes, amount)| made.$record($number(amount), attributes));
            }};
        }
        macro_rules! record {
            ($make:ident, $number:expr) => {{
                let mut made = meter.$make(self.name.clone());
                if let Some(bounds) = &self.bounds {
                    made = made.with_boundaries(bounds.clone());
                }
                let made = made.with_unit(self.unit.clone()).with_description(self.description.clone()).build();
                self.points.iter().for_each(|(attributes, amount)| made.record($number(amount), attributes));
            }};
        }
        macro_rules! observe {
            ($make:ident, $number:expr) => {{
                let points = self.points.clone();
                let made = meter.$make(self.name.clone()).with_callback(move |observer| {
                    points.iter().for_each(|(attributes, amount)| observer.observe($number(amount), attributes));
                });
                let _kept_by_the_provider =
                    made.with_unit(self.unit.clone()).with_description(self.description.clone()).build();
            }};
        }
        #[expect(clippy::cast_possible_wrap, reason = "any number will do")]
        let signed = |amount: &Amount| amount.whole as i64;
        let unsigned = |amount: &Amount| amount.whole;
        let float = |amount: &Amount| amount.float;
        // Where the SDK adds up numbers of a histogram it must not overflow: it would panic.
        let small = |amount: &Amount| amount.whole >> 16;
        match self.made {
            Made::CounterU64 => add!(u64_counter, add, unsigned),
            Made::CounterF64 => add!(f64_counter, add, float),
            Made::UpDownI64 => add!(i64_up_down_counter, add, signed),
            Made::UpDownF64 => add!(f64_up_down_counter, add, float),
            Made::GaugeU64 => add!(u64_gauge, record, unsigned),
            Made::GaugeI64 => add!(i64_gauge, record, signed),
            Made::GaugeF64 => add!(f64_gauge, record, float),
            Made::HistogramU64 => record!(u64_histogram, small),
            Made::HistogramF64 => record!(f64_histogram, float),
            Made::ObservableCounterU64 => observe!(u64_observable_counter, unsigned),
            Made::ObservableCounterF64 => observe!(f64_observable_counter, float),
            Made::ObservableUpDownI64 => observe!(i64_observable_up_down_counter, signed),
            Made::ObservableUpDownF64 => observe!(f64_observable_up_down_counter, float),
            Made::ObservableGaugeU64 => observe!(u64_observable_gauge, unsigned),
            Made::ObservableGaugeI64 => observe!(i64_observable_gauge, signed),
            Made::ObservableGaugeF64 => observe!(f64_observable_gauge, float),
        }
    }
}

/// A view that gives instruments their other names and aggregations.
pub(super) fn view(recorded: &[Recorded]) -> impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static {
    let changed = recorded.iter().filter(|it| it.renamed.is_some() || it.exponential);
    let changes: HashMap<String, (Option<String>, bool)> =
        changed.map(|it| (it.name.clone(), (it.renamed.clone(), it.exponential))).collect();
    move |instrument| {
        let (renamed, exponential) = changes.get(instrument.name())?;
        let mut stream = Stream::builder();
        if let Some(name) = renamed {
            stream = stream.with_name(name.clone());
        }
        if *exponential {
            let aggregation =
                Aggregation::Base2ExponentialHistogram { max_size: 20, max_scale: 5, record_min_max: true };
            stream = stream.with_aggregation(aggregation);
        }
        Some(stream.build().unwrap())
    }
}

/// Scopes and what is recorded in them.
pub(super) fn recordings() -> impl Strategy<Value = (Vec<Scope>, Vec<Recorded>)> {
    vec(scope(), 1..4).prop_flat_map(|scopes| {
        let recorded = vec(recorded(scopes.len()), 1..9).prop_map(|mut recorded| {
            for (index, it) in recorded.iter_mut().enumerate() {
                // Views know instruments by their name: one that is changed has its own.
                if it.renamed.is_some() || it.exponential {
                    it.name = format!("changed.{index}");
                }
            }
            recorded
        });
        (Just(scopes), recorded)
    })
}

/// What both encoders write in the same way, most of the time.
pub(super) fn plain_recordings() -> impl Strategy<Value = (Vec<Scope>, Vec<Recorded>)> {
    let scope =
        Scope { name: "lib".to_owned(), version: Some("1.0".to_owned()), schema_url: None, attributes: Vec::new() };
    let names = select(vec!["jobs", "wait", "http.busy", "a.b.c"]);
    let points = vec((plain_attributes(), amount()), 1..5);
    let units = select(vec!["", "s", "By", "{job}"]).prop_map(str::to_owned);
    let recorded = (select(MADE.to_vec()), names, units, bounds(), points);
    let recorded = recorded.prop_map(|(made, name, unit, bounds, points)| Recorded {
        scope: 0,
        made,
        name: format!("{made:?}.{name}"),
        unit,
        description: "What it is.".to_owned(),
        bounds,
        renamed: None,
        exponential: false,
        points,
    });
    vec(recorded, 1..7).prop_map(move |recorded| (vec![scope.clone()], recorded))
}

/// Attributes with nothing odd about them.
pub(super) fn plain_attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    (select(vec!["x", "y"]), 0..3_i64).prop_map(|(k, code)| vec![KeyValue::new("k", k), KeyValue::new("code", code)])
}

fn scope() -> impl Strategy<Value = Scope> {
    let name = prop_oneof![4 => select(vec!["lib", "app", "a"]).prop_map(str::to_owned), 1 => text()];
    let version = option::weighted(0.4, prop_oneof![Just("1.0".to_owned()), text()]);
    let schema_url = option::weighted(0.3, Just("https://opentelemetry.io/schemas/1.0".to_owned()));
    let attributes = prop_oneof![3 => Just(Vec::new()), 1 => attributes()];
    (name, version, schema_url, attributes).prop_map(|(name, version, schema_url, attributes)| Scope {
        name,
        version,
        schema_url,
        attributes,
    })
}

fn recorded(scopes: usize) -> impl Strategy<Value = Recorded> {
    let renamed = option::weighted(0.15, prop_oneof![text(), "[0-9a-c_.:é]{0,6}"]);
    let free = (name(), unit(), description(), renamed).boxed();
    // In a small space, where instruments meet.
    let crowded = (select(MEETING.to_vec()), select(vec!["", "", "s"]), select(vec!["What it is.", "Other."]));
    let crowded =
        crowded.prop_map(|(name, unit, help)| (name.to_owned(), unit.to_owned(), help.to_owned(), None)).boxed();
    let named = prop_oneof![free, crowded];
    let often = vec![Made::HistogramF64, Made::HistogramU64, Made::GaugeF64, Made::CounterU64];
    let made = prop_oneof![select(MADE.to_vec()), select(often)];
    let instrument = (0..scopes, made, named, bounds(), 0..12_u8);
    let attributes = prop_oneof![3 => attributes(), 2 => meeting_attributes()];
    let points = vec((attributes, amount()), 1..5);
    (instrument, points).prop_map(|((scope, made, (name, unit, description, renamed), bounds, exponential), points)| {
        Recorded {
            scope,
            made,
            name,
            unit,
            description,
            bounds,
            renamed,
            exponential: exponential == 0 && matches!(made, Made::HistogramF64 | Made::HistogramU64),
            points,
        }
    })
}

/// Names of which some become the same, and some are lines of others.
const MEETING: [&str; 8] =
    ["jobs", "jobs.total", "wait", "wait.seconds", "wait.count", "wait.bucket", "target.info", "wait.seconds.count"];

/// Attributes that become the same labels.
fn meeting_attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let key = select(vec!["k", "k.k", "k_k"]);
    let value = select(vec![Value::from(1), Value::from("1"), Value::from(""), Value::from("x")]);
    vec((key, value), 0..2).prop_map(|pairs| pairs.into_iter().map(|(key, value)| KeyValue::new(key, value)).collect())
}

/// Names that the SDK takes: some that meet, some that end as the encoder would have them.
fn name() -> impl Strategy<Value = String> {
    let words =
        vec!["jobs", "wait", "seconds", "total", "count", "bucket", "sum", "created", "bytes", "info", "target"];
    let of_words = vec(select(words), 1..4)
        .prop_flat_map(|words| select(vec![".", "_", "..", "-"]).prop_map(move |separator| words.join(separator)));
    prop_oneof![2 => of_words, 1 => "[a-z][a-zA-Z0-9_./-]{0,9}"]
}

/// Units; the SDK takes no others than ASCII ones.
fn unit() -> impl Strategy<Value = String> {
    let usual = vec!["", "", "", "s", "ms", "By", "KiBy", "kBy", "KBy", "B", "1", "%", "Cel", "Hz", "USD", "{job}"];
    let composed =
        vec!["By/s", "1/s", "{x}/s", "m/s", "s/min", "d/y", "foo/bar", "/", "{x}", "a b", "_", "{", "1/m", "/s"];
    prop_oneof![4 => select(usual), 2 => select(composed), 0 => Just("")].prop_map(str::to_owned)
}

fn description() -> impl Strategy<Value = String> {
    prop_oneof![2 => Just("What it is.".to_owned()), 1 => Just(String::new()), 1 => text()]
}

fn bounds() -> impl Strategy<Value = Option<Vec<f64>>> {
    let some = vec![
        vec![],
        vec![0.0],
        vec![-0.0, 1.0],
        vec![1.0, 2.0, 5.0],
        vec![0.5, 2.0, 10.0],
        vec![-5.0, 0.0, 5.0],
        vec![1e-300, 1e300],
    ];
    option::weighted(0.8, select(some))
}

/// Attributes with keys that come once each.
pub(super) fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    vec((key(), attribute_value()), 0..5).prop_map(|pairs| {
        let mut keys = BTreeSet::new();
        let pairs = pairs.into_iter().filter(|(key, _)| keys.insert(key.clone()));
        pairs.map(|(key, value)| KeyValue::new(key, value)).collect()
    })
}

pub(super) fn key() -> impl Strategy<Value = String> {
    let odd = vec![
        "a.b",
        "a_b",
        "a-b",
        "a__b",
        "a:b",
        "le",
        "quantile",
        "__name__",
        "_x",
        "1a",
        "",
        "é",
        "name",
        ".name",
        "version",
        "otel.scope.name",
        "otel_scope_x",
        "otel.scope.version",
        "exported_le",
        "otel.metric.overflow",
    ];
    prop_oneof![3 => select(vec!["k", "http.route", "code"]).prop_map(str::to_owned),
                2 => select(odd).prop_map(str::to_owned), 1 => text()]
}

fn attribute_value() -> impl Strategy<Value = Value> {
    let array = prop_oneof![
        vec(any::<bool>(), 0..3).prop_map(Array::Bool),
        vec(any::<i64>(), 0..3).prop_map(Array::I64),
        vec(any::<f64>(), 0..3).prop_map(Array::F64),
        vec(text().prop_map(StringValue::from), 0..3).prop_map(Array::String),
    ];
    prop_oneof![
        4 => select(vec!["x", "y", "1", "true", ""]).prop_map(Value::from),
        2 => text().prop_map(Value::from),
        2 => (0..3_i64).prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => array.prop_map(Value::Array),
    ]
}

/// Any Unicode, and what formats stumble over.
pub(super) fn text() -> impl Strategy<Value = String> {
    let odd = vec![
        "\\", "\"", "\n", "\r", "\r\n", "\u{0}", "\u{2028}", "\u{feff}", "\\n", "{", "}", "=", ",", "#", " ", "😀",
    ];
    let of_odd = vec(prop_oneof![select(odd).prop_map(str::to_owned), "[a-c]"], 0..6).prop_map(|parts| parts.concat());
    prop_oneof![1 => of_odd, 1 => "\\PC{0,6}", 1 => any::<String>()]
}

/// Numbers: ordinary ones, and those at the ends of what there is.
pub(super) fn amount() -> impl Strategy<Value = Amount> {
    let whole = prop_oneof![4 => 0..100_u64, 1 => select(vec![u64::MAX, u64::MAX - 1, 1 << 63, (1 << 53) + 1]), 1 => any::<u64>()];
    let float = prop_oneof![
        4 => (0..1000_i32).prop_map(|n| f64::from(n) / 8.0),
        1 => (-100..0_i32).prop_map(|n| f64::from(n) / 8.0),
        1 => select(vec![0.1, 1e15, 1e-300, f64::MIN_POSITIVE, 5e-324, 1e300, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
        1 => -1e200..1e200_f64,
    ];
    (whole, float).prop_map(|(whole, float)| Amount { whole, float })
}
