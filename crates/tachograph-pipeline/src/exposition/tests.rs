//! Golden texts, and what must hold for odd input.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, ManualReader, Pipeline, SdkMeterProvider, Stream, Temporality,
};
use std::sync::{Arc, Weak};

use super::*;

/// The SDK takes readers by value; this keeps one to read from.
#[derive(Debug, Clone, Default)]
struct Reader(Arc<ManualReader>);

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }
    fn collect(&self, metrics: &mut ResourceMetrics) -> opentelemetry_sdk::error::OTelSdkResult {
        self.0.collect(metrics)
    }
    fn force_flush(&self) -> opentelemetry_sdk::error::OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: std::time::Duration) -> opentelemetry_sdk::error::OTelSdkResult {
        Ok(())
    }
    fn temporality(&self, _: opentelemetry_sdk::metrics::InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }
}

struct Fixture {
    provider: SdkMeterProvider,
    reader: Reader,
    encoder: Encoder,
}

const PLAIN: Options = Options { names: MetricNames::OpenTelemetry, scope_labels: false, target_info: false };

impl Fixture {
    fn new() -> Self {
        Self::with_view(|_| None)
    }

    fn with_view(view: impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static) -> Self {
        let reader = Reader::default();
        let resource = Resource::builder_empty()
            .with_attributes([
                KeyValue::new("service.name", "test"),
                KeyValue::new("service.version", "1.2.3"),
                KeyValue::new("deployment.environment.name", "ci"),
            ])
            .build();
        let provider =
            SdkMeterProvider::builder().with_resource(resource).with_reader(reader.clone()).with_view(view).build();
        Self { provider, reader, encoder: Encoder::default() }
    }

    fn meter(&self) -> Meter {
        self.provider.meter("lib")
    }

    fn encode(&mut self, options: Options) -> (String, Dropped) {
        let mut metrics = ResourceMetrics::default();
        self.reader.collect(&mut metrics).unwrap();
        self.encoder.encode(&metrics, options)
    }

    fn text(&mut self, options: Options) -> String {
        self.encode(options).0
    }
}

/// `name{labels}` to value, checking the shape of every line and that no series comes twice.
fn samples(text: &str) -> BTreeMap<String, String> {
    let mut samples = BTreeMap::new();
    let mut types = BTreeSet::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(types.insert(name.to_owned()), "two TYPE lines for {name}");
        } else if !line.starts_with('#') {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let name = series.split('{').next().unwrap();
            assert!(valid_name(name, true), "{line}");
            for label in label_names(series) {
                assert!(valid_name(&label, false), "{line}");
                assert!(!label.starts_with("__"), "{line}");
            }
            let labels = label_names(series);
            assert_eq!(labels.iter().collect::<BTreeSet<_>>().len(), labels.len(), "a label comes twice: {line}");
            assert!(samples.insert(series.to_owned(), value.to_owned()).is_none(), "series comes twice: {line}");
        }
    }
    samples
}

fn valid_name(name: &str, colon: bool) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || (colon && c == ':'))
}

/// The label names of a series, found by a scanner that knows quotes and escapes.
fn label_names(series: &str) -> Vec<String> {
    let Some((_, body)) = series.split_once('{') else { return Vec::new() };
    let body = body.strip_suffix('}').unwrap();
    let (mut names, mut name, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for c in body.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '=' => names.push(std::mem::take(&mut name)),
            ',' => {}
            other => name.push(other),
        }
    }
    assert!(!quoted && !escaped && name.is_empty(), "{series}");
    names
}

/// The sum of all samples of a family, over the label filter.
fn total(text: &str, name: &str, filter: &[&str]) -> f64 {
    let matching = samples(text).into_iter().filter(|(series, _)| {
        series.split('{').next() == Some(name) && filter.iter().all(|label| series.contains(label))
    });
    matching.map(|(_, value)| value.parse::<f64>().unwrap()).sum()
}

/// Runs `promtool check metrics`; says so when it cannot.
fn promtool(text: &str) {
    let child = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        println!("SKIPPED: promtool not found");
        return;
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{text}");
}

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
wait_seconds_bucket{k="1",le="1"} 2
wait_seconds_bucket{k="1",le="+Inf"} 3
wait_seconds_sum{k="1"} 5
wait_seconds_count{k="1"} 3
"##;
    assert_eq!(fixture.text(PLAIN), expected);
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
    let text = fixture.text(Options { names: MetricNames::OpenTelemetry, ..Options::default() });
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
    assert_eq!(Fixture::new().text(PLAIN), "# no metrics are recorded yet\n");
}

#[test]
fn of_two_types_for_one_name_the_same_one_stays_every_time() {
    for _ in 0..20 {
        let mut fixture = Fixture::new();
        fixture.provider.meter("z").u64_counter("thing").build().add(1, &[]);
        fixture.provider.meter("a").u64_gauge("thing.total").build().record(7, &[]);
        let (text, dropped) = fixture.encode(Options { scope_labels: true, ..PLAIN });
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

    let (text, dropped) = fixture.encode(PLAIN);
    let samples = samples(&text);
    assert_eq!(samples["c_total{k=\"1\"}"], "3");
    assert_eq!(samples["g{a_b=\"x\"}"], "5");
    assert_eq!(samples["h_bucket{k=\"1\",le=\"1\"}"], "1");
    assert_eq!(samples["h_bucket{k=\"1\",le=\"+Inf\"}"], "2");
    assert_eq!(samples["h_sum{k=\"1\"}"], "10");
    assert_eq!(dropped, Dropped { duplicate_series: 2, ..Dropped::default() });
}

#[test]
fn keys_that_become_one_label_are_joined_in_the_order_of_the_keys() {
    let mut fixture = Fixture::new();
    let gauge = fixture.meter().u64_gauge("g").build();
    gauge.record(1, &[KeyValue::new("a_b", "second"), KeyValue::new("a.b", "first"), KeyValue::new("a-b", "zeroth")]);
    assert!(samples(&fixture.text(PLAIN)).contains_key("g{a_b=\"zeroth;first;second\"}"));
}

#[test]
fn a_name_that_is_a_line_of_a_histogram_gives_way() {
    let mut fixture = Fixture::new();
    let meter = fixture.meter();
    meter.u64_histogram("h").with_boundaries(vec![1.0]).build().record(1, &[]);
    meter.u64_gauge("h.count").build().record(77, &[]);
    meter.u64_gauge("target.info").build().record(1, &[]);
    let (text, dropped) = fixture.encode(Options { target_info: true, ..PLAIN });
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
    let (text, dropped) = fixture.encode(PLAIN);
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
    let text = fixture.text(PLAIN);
    let samples = samples(&text);
    assert_eq!(samples["g{v=\"max\"}"], "1.7976931348623157e308");
    assert_eq!(samples["g{v=\"tiny\"}"], "1e-300");
    promtool(&text);
}

/// A generator of pseudo-random numbers, so that odd input is the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn text(&mut self, alphabet: &[char], longest: usize) -> String {
        let length = self.below(longest + 1);
        (0..length).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }
}

#[test]
fn whatever_the_names_labels_and_values_the_text_is_valid() {
    let instrument_alphabet: Vec<char> = "abZ019_.-/_total".chars().collect();
    let key_alphabet: Vec<char> = "ab1_.: -é\"{}=le\n".chars().collect();
    let value_alphabet: Vec<char> = "a1\\\"\n,={}é\u{0}\t ".chars().collect();
    let units = ["", "1", "s", "By", "By/s", "{x}", "{x}/s", "%", "USD", "foo bar", "/", "_", "{"];
    for seed in 1..60_u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut fixture = Fixture::new();
        for _ in 0..6 {
            let meter = fixture.provider.meter(["one", "two", "odd \"scope\"\n"][random.below(3)]);
            let name = format!("n{}", random.text(&instrument_alphabet, 8));
            let unit = units[random.below(units.len())];
            for _ in 0..4 {
                let attributes: Vec<_> = (0..random.below(5))
                    .map(|_| {
                        let key = random.text(&key_alphabet, 5);
                        let value = random.text(&value_alphabet, 5);
                        KeyValue::new(key, value)
                    })
                    .collect();
                match seed % 3 {
                    0 => meter.u64_counter(name.clone()).with_unit(unit).build().add(1, &attributes),
                    1 => meter.f64_gauge(name.clone()).with_unit(unit).build().record(0.1, &attributes),
                    _ => meter.f64_histogram(name.clone()).with_unit(unit).build().record(3.0, &attributes),
                }
            }
        }
        let options = Options { scope_labels: seed % 2 == 0, ..Options::default() };
        let text = fixture.text(options);
        assert!(!samples(&text).is_empty());
        assert_eq!(text, fixture.text(options), "the order must not change");
        if seed % 20 == 0 {
            // Its linter has opinions about odd names (exit status 3); a text that it cannot read is another matter (1).
            parse_with_promtool(&text);
        }
    }
}

fn parse_with_promtool(text: &str) {
    let child =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        println!("SKIPPED: promtool not found");
        return;
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_ne!(output.status.code(), Some(1), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
}

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

/// One of each stream that classic names are made from, with several series of each.
fn record_streams(fixture: &Fixture) {
    use tachograph_core::semconv::{attribute as a, metric as m};
    let meter = fixture.provider.meter("tachograph");
    let kv = KeyValue::new::<&'static str, &'static str>;

    let http = meter.f64_histogram(m::HTTP_DURATION).with_unit("s").with_description("D.").build();
    for (method, status, error) in
        [("GET", 200, None), ("GET", 500, Some("500")), ("POST", 200, None), ("GET", 200, None)]
    {
        let mut attributes = vec![
            kv(a::HTTP_REQUEST_METHOD, method),
            kv(a::HTTP_ROUTE, "/chat"),
            KeyValue::new(a::HTTP_RESPONSE_STATUS_CODE, status),
            kv(a::URL_SCHEME, "http"),
        ];
        attributes.extend(error.map(|error| kv(a::ERROR_TYPE, error)));
        http.record(0.1, &attributes);
    }
    http.record(0.1, &[kv(a::HTTP_REQUEST_METHOD, "GET"), kv(a::HTTP_ROUTE, "/chat"), kv(a::ERROR_TYPE, "cancelled")]);

    let llm = meter.f64_histogram(m::LLM_DURATION).with_unit("s").with_description("D.").build();
    let model = [kv(a::GEN_AI_PROVIDER_NAME, "openai"), kv(a::GEN_AI_REQUEST_MODEL, "gpt-4o")];
    llm.record(1.0, &[model[0].clone(), model[1].clone(), kv(a::GEN_AI_RESPONSE_MODEL, "gpt-4o-2024")]);
    llm.record(1.0, &[model[0].clone(), model[1].clone(), kv(a::ERROR_TYPE, "timeout")]);
    llm.record(1.0, &[model[0].clone(), kv(a::GEN_AI_RESPONSE_MODEL, "gpt-5")]);
    let tokens = meter.u64_histogram(m::LLM_TOKEN_USAGE).with_unit("{token}").with_description("D.").build();
    for (kind, count) in [("input", 100), ("output", 20), ("input", 11)] {
        tokens.record(count, &[model[0].clone(), model[1].clone(), kv(a::GEN_AI_TOKEN_TYPE, kind)]);
    }
    let cost = meter.f64_counter(m::LLM_COST).with_unit("USD").with_description("D.").build();
    cost.add(0.5, &model);

    let agent = meter.f64_histogram(m::AGENT_DURATION).with_unit("s").with_description("D.").build();
    agent.record(2.0, &[kv(a::GEN_AI_AGENT_NAME, "researcher")]);
    agent.record(2.0, &[kv(a::GEN_AI_AGENT_NAME, "researcher"), kv(a::ERROR_TYPE, "panic")]);
    let active =
        meter.i64_up_down_counter(m::OPERATIONS_ACTIVE).with_unit("{operation}").with_description("D.").build();
    active.add(3, &[kv(a::OPERATION_KIND, "agent")]);
    active.add(8, &[kv(a::OPERATION_KIND, "llm")]);
    let cache = meter.u64_counter(m::CACHE_OPERATIONS).with_unit("{operation}").with_description("D.").build();
    for (operation, result, n) in [("get", "hit", 5), ("get", "miss", 2), ("set", "", 9)] {
        let mut attributes = vec![kv(a::CACHE_NAME, "answers"), kv(a::CACHE_OPERATION, operation)];
        attributes.extend((!result.is_empty()).then(|| kv(a::CACHE_RESULT, result)));
        cache.add(n, &attributes);
    }
    let db = meter.f64_histogram(m::DB_DURATION).with_unit("s").with_description("D.").build();
    db.record(
        0.1,
        &[kv(a::DB_OPERATION_NAME, "SELECT"), kv(a::DB_COLLECTION_NAME, "users"), kv(a::DB_SYSTEM_NAME, "sqlite")],
    );
    let memory = meter.i64_up_down_counter("process.memory.usage").with_unit("By").with_description("D.").build();
    memory.add(4096, &[]);
}

#[test]
fn classic_names_are_made_from_the_recorded_streams() {
    let mut fixture = Fixture::new();
    record_streams(&fixture);
    let text = fixture.text(Options::default());
    promtool(&text);
    let samples = samples(&text);
    let expected = [
        ("http_requests_total{method=\"GET\",endpoint=\"/chat\",status=\"200\"}", "2"),
        ("http_requests_total{method=\"GET\",endpoint=\"/chat\",status=\"500\"}", "1"),
        ("http_requests_total{method=\"GET\",endpoint=\"/chat\",status=\"cancelled\"}", "1"),
        ("http_requests_total{method=\"POST\",endpoint=\"/chat\",status=\"200\"}", "1"),
        ("http_request_duration_seconds_count{method=\"GET\",endpoint=\"/chat\"}", "4"),
        ("llm_requests_total{provider=\"openai\",model=\"gpt-4o\",status=\"success\"}", "1"),
        ("llm_requests_total{provider=\"openai\",model=\"gpt-4o\",status=\"error\"}", "1"),
        ("llm_requests_total{provider=\"openai\",model=\"gpt-5\",status=\"success\"}", "1"),
        ("llm_request_duration_seconds_sum{provider=\"openai\",model=\"gpt-4o\"}", "2"),
        ("llm_tokens_used_total{provider=\"openai\",model=\"gpt-4o\",type=\"input\"}", "111"),
        ("llm_tokens_used_total{provider=\"openai\",model=\"gpt-4o\",type=\"output\"}", "20"),
        ("llm_cost_usd_total{provider=\"openai\",model=\"gpt-4o\"}", "0.5"),
        ("agent_executions_total{type=\"researcher\",status=\"success\"}", "1"),
        ("agent_executions_total{type=\"researcher\",status=\"error\"}", "1"),
        ("agent_errors_total{type=\"researcher\",error_type=\"panic\"}", "1"),
        ("agent_execution_duration_seconds_count{type=\"researcher\"}", "2"),
        ("active_agents", "3"),
        ("cache_hits_total{cache_type=\"answers\"}", "5"),
        ("cache_misses_total{cache_type=\"answers\"}", "2"),
        ("db_queries_total{operation=\"SELECT\",table=\"users\"}", "1"),
        ("memory_usage_bytes", "4096"),
        ("app_info{version=\"1.2.3\",environment=\"ci\"}", "1"),
    ];
    for (series, value) in expected {
        assert_eq!(samples.get(series).map(String::as_str), Some(value), "{series}\n{text}");
    }
    assert!(!samples.keys().any(|series| series.starts_with("tool_executions_total")));
}

#[test]
fn a_classic_counter_equals_the_sum_of_its_source_in_the_same_scrape() {
    let mut fixture = Fixture::new();
    record_streams(&fixture);
    let text = fixture.text(Options::default());
    let pairs = [
        ("http_requests_total", "http_server_request_duration_seconds_count"),
        ("llm_requests_total", "gen_ai_client_operation_duration_seconds_count"),
        ("llm_tokens_used_total", "gen_ai_client_token_usage_sum"),
        ("agent_executions_total", "gen_ai_invoke_agent_duration_seconds_count"),
        ("db_queries_total", "db_client_operation_duration_seconds_count"),
    ];
    for (classic, source) in pairs {
        let (classic_total, source_total) = (total(&text, classic, &[]), total(&text, source, &[]));
        assert!(source_total > 0.0, "{source}");
        assert!((classic_total - source_total).abs() < f64::EPSILON, "{classic}: {classic_total} != {source_total}");
    }
}

#[test]
fn names_are_selectable() {
    let mut fixture = Fixture::new();
    record_streams(&fixture);
    fixture.meter().u64_counter("own").with_description("D.").build().add(1, &[]);
    let mut has = |names| {
        let text = fixture.text(Options { names, ..Options::default() });
        ["llm_requests_total", "gen_ai_client_operation_duration_seconds_count", "own_total"]
            .map(|name| samples(&text).keys().any(|series| series.starts_with(&format!("{name}{{"))))
    };
    assert_eq!(has(MetricNames::Both), [true, true, true]);
    assert_eq!(has(MetricNames::OpenTelemetry), [false, true, true]);
    assert_eq!(has(MetricNames::Classic), [true, false, true]);
}

#[test]
fn an_instrument_of_the_application_beats_a_classic_name() {
    let mut fixture = Fixture::new();
    record_streams(&fixture);
    fixture.meter().u64_counter("llm_requests").build().add(42, &[]);
    fixture.meter().u64_gauge("llm_request_duration_seconds_count").build().record(42, &[]);
    let (text, dropped) = fixture.encode(Options::default());
    assert_eq!(samples(&text)["llm_requests_total{otel_scope_name=\"lib\"}"], "42");
    assert!((total(&text, "llm_requests_total", &[]) - 42.0).abs() < f64::EPSILON);
    assert!((total(&text, "llm_request_duration_seconds_count", &[]) - 42.0).abs() < f64::EPSILON);
    assert_eq!(dropped.shadowed_projections, 2);
}

#[test]
fn overflow_keeps_its_mark_and_does_not_pass_for_success() {
    let mut fixture = Fixture::with_view(|_| Stream::builder().with_cardinality_limit(1).build().ok());
    let histogram =
        fixture.provider.meter("tachograph").f64_histogram("gen_ai.execute_tool.duration").with_unit("s").build();
    for tool in ["a", "b", "c"] {
        histogram.record(1.0, &[KeyValue::new("gen_ai.tool.name", tool)]);
    }
    let text = fixture.text(Options::default());
    assert!((total(&text, "tool_executions_total", &[]) - 3.0).abs() < f64::EPSILON);
    assert!(samples(&text).contains_key("tool_executions_total{otel_metric_overflow=\"true\"}"), "{text}");
}
