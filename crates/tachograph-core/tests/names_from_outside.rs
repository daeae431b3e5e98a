//! Names that come from outside make a bounded number of series, and spans that say the truth.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests an unwrap is the assertion")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tachograph_core::{
    AgentExecution, CacheCounter, CallSite, DbQuery, HttpClientRequest, HttpRequest, LlmRequest, Outcome,
    RpcServerCall, Telemetry, TelemetryBuilder, ToolExecution, Usage, record_cache_hit, record_error,
    set_system_health,
};

const MANY: usize = 10_000;

struct Recorded {
    telemetry: Telemetry,
    spans: InMemorySpanExporter,
    tracers: SdkTracerProvider,
    metrics: InMemoryMetricExporter,
    meters: SdkMeterProvider,
}

/// One series: its attributes, how many measurements, and their sum.
type Point = (BTreeMap<String, String>, u64, f64);

fn recorded(build: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> Recorded {
    let (spans, metrics) = (InMemorySpanExporter::default(), InMemoryMetricExporter::default());
    let tracers = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
    let meters = SdkMeterProvider::builder().with_periodic_exporter(metrics.clone()).build();
    let telemetry = Telemetry::builder().with_tracer(tracers.tracer("test")).with_meter(meters.meter("test"));
    Recorded { telemetry: build(telemetry).build(), spans, tracers, metrics, meters }
}

#[expect(clippy::cast_precision_loss, reason = "the numbers in these tests are small")]
impl Recorded {
    fn default() -> Self {
        recorded(|builder| builder)
    }

    /// The series of the instrument `name`.
    fn series(&self, name: &str) -> Vec<Point> {
        fn attributes<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> BTreeMap<String, String> {
            attributes.map(|kv| (kv.key.to_string(), kv.value.to_string())).collect()
        }
        self.metrics.reset();
        self.meters.force_flush().unwrap();
        let collected = self.metrics.get_finished_metrics().unwrap();
        let found = collected[0].scope_metrics().flat_map(|scope| scope.metrics()).find(|metric| metric.name() == name);
        match found.unwrap_or_else(|| panic!("{name} was not recorded")).data() {
            AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                histogram.data_points().map(|p| (attributes(p.attributes()), p.count(), p.sum())).collect()
            }
            AggregatedMetrics::U64(MetricData::Histogram(histogram)) => {
                histogram.data_points().map(|p| (attributes(p.attributes()), p.count(), p.sum() as f64)).collect()
            }
            AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                sum.data_points().map(|p| (attributes(p.attributes()), 0, p.value() as f64)).collect()
            }
            AggregatedMetrics::I64(MetricData::Sum(sum)) => {
                sum.data_points().map(|p| (attributes(p.attributes()), 0, p.value() as f64)).collect()
            }
            AggregatedMetrics::F64(MetricData::Sum(sum)) => {
                sum.data_points().map(|p| (attributes(p.attributes()), 0, p.value())).collect()
            }
            AggregatedMetrics::F64(MetricData::Gauge(gauge)) => {
                gauge.data_points().map(|p| (attributes(p.attributes()), 0, p.value())).collect()
            }
            other => panic!("{name}: {other:?}"),
        }
    }

    fn count(&self, name: &str) -> u64 {
        self.series(name).iter().map(|(_, count, _)| count).sum()
    }

    fn sum(&self, name: &str) -> f64 {
        self.series(name).iter().map(|(.., sum)| sum).sum()
    }

    /// The values that metrics of `name` have for the attribute `key`.
    fn values(&self, name: &str, key: &str) -> BTreeSet<String> {
        self.series(name).into_iter().filter_map(|(mut attributes, ..)| attributes.remove(key)).collect()
    }

    fn on_spans(&self, key: &str) -> BTreeSet<String> {
        self.tracers.force_flush().unwrap();
        let spans = self.spans.get_finished_spans().unwrap();
        let values = spans.iter().flat_map(|span| &span.attributes).filter(|kv| kv.key.as_str() == key);
        values.map(|kv| kv.value.to_string()).collect()
    }
}

#[test]
fn ten_thousand_models_are_two_hundred_series_and_one_with_the_truth_on_spans() {
    static SITE: CallSite = CallSite::new();
    let recorded = Recorded::default();
    recorded.telemetry.scope(|| {
        for i in 0..MANY {
            let call = LlmRequest::new("openai", format!("model-{i}"))
                .start_in_layer(&SITE, &opentelemetry::Context::current());
            call.response_model(format!("answered-{i}"));
            call.usage(Usage::new(3, 2));
            call.cost_usd(0.5);
            call.succeed();
        }
    });
    let duration = "gen_ai.client.operation.duration";
    let models = recorded.values(duration, "gen_ai.request.model");
    assert_eq!(models.len(), 201);
    assert!(models.contains("model-0") && models.contains("model-199") && models.contains("_OTHER"));
    assert_eq!(recorded.values(duration, "gen_ai.response.model").len(), 201);
    assert_eq!(recorded.series(duration).len(), 201, "a model answers by its own name");

    assert_eq!(recorded.count(duration), 10_000);
    assert!((recorded.sum("gen_ai.client.token.usage") - 50_000.0).abs() < 1e-9);
    assert!((recorded.sum("tachograph.llm.cost") - 5_000.0).abs() < 1e-9);
    assert!(recorded.sum("tachograph.operations.active").abs() < 1e-9, "nothing is in flight any more");

    assert_eq!(recorded.on_spans("gen_ai.request.model").len(), MANY);
    assert_eq!(recorded.on_spans("gen_ai.response.model").len(), MANY);
    assert!(!recorded.on_spans("gen_ai.request.model").contains("_OTHER"));
    let names: BTreeSet<_> = recorded.spans.get_finished_spans().unwrap().into_iter().map(|span| span.name).collect();
    assert_eq!(names.len(), MANY, "each span is named after its model");
}

#[test]
fn a_known_model_goes_on_as_itself_after_strange_ones() {
    let recorded = Recorded::default();
    let call = |model: String| LlmRequest::new("openai", model).record(Duration::from_millis(1), Outcome::Success);
    recorded.telemetry.scope(|| {
        call("gpt-4o".to_owned());
        (0..1000).for_each(|i| call(format!("strange-{i}")));
        call("gpt-4o".to_owned());
    });
    let series = recorded.series("gen_ai.client.operation.duration");
    let calls =
        |model: &str| series.iter().find(|(attributes, ..)| attributes["gen_ai.request.model"] == model).unwrap().1;
    assert_eq!((calls("gpt-4o"), calls("strange-0"), calls("_OTHER")), (2, 1, 801));
}

#[test]
fn names_of_every_kind_of_call_are_bounded() {
    let recorded = Recorded::default();
    let span = (Duration::from_millis(1), Outcome::Success);
    recorded.telemetry.scope(|| {
        for i in 0..3000 {
            ToolExecution::new(format!("tool-{i}")).record(span.0, span.1.clone());
            AgentExecution::new(format!("agent-{i}")).record(span.0, span.1.clone());
            HttpRequest::new("GET", format!("/by-hand/{i}")).record(span.0, span.1.clone());
            HttpClientRequest::new("GET", format!("host-{i}.example")).record(span.0, span.1.clone());
            DbQuery::new("SELECT", format!("table_{i}")).record(span.0, Outcome::error(format!("Error{i}")));
            RpcServerCall::new("grpc", format!("made.Up/Method{i}")).record(span.0, span.1.clone());
            record_cache_hit(format!("cache-{i}"));
            CacheCounter::new(format!("counter-{i}")).miss();
            record_error(format!("Error{i}"), format!("component-{i}"));
            set_system_health(format!("component-{i}"), 1.0);
        }
    });
    for (name, key, expected) in [
        ("gen_ai.execute_tool.duration", "gen_ai.tool.name", 201),
        ("gen_ai.invoke_agent.duration", "gen_ai.agent.name", 201),
        ("http.server.request.duration", "http.route", 1001),
        ("http.client.request.duration", "server.address", 201),
        ("db.client.operation.duration", "db.collection.name", 1001),
        ("db.client.operation.duration", "error.type", 201),
        ("rpc.server.call.duration", "rpc.method", 1001),
        ("tachograph.cache.operations", "tachograph.cache.name", 201),
        ("tachograph.errors", "error.type", 201),
        ("tachograph.system.health", "tachograph.component", 201),
    ] {
        assert_eq!(recorded.values(name, key).len(), expected, "{name} {key}");
        assert!(recorded.values(name, key).contains("_OTHER"), "{name} {key}");
    }
    assert_eq!(recorded.count("http.server.request.duration"), 3000);
    assert_eq!(recorded.count("db.client.operation.duration"), 3000);
    assert!((recorded.sum("tachograph.cache.operations") - 6000.0).abs() < 1e-9);
    assert!((recorded.sum("tachograph.errors") - 3000.0).abs() < 1e-9);
    for key in ["gen_ai.tool.name", "http.route", "server.address", "rpc.method"] {
        assert_eq!(recorded.on_spans(key).len(), 3000, "{key}");
    }
}

#[test]
fn calls_below_an_agent_that_metrics_do_not_keep_have_its_true_name_on_spans() {
    let recorded = recorded(|builder| builder.with_value_limit(1));
    recorded.telemetry.scope(|| {
        for agent in ["known", "strange"] {
            let run = AgentExecution::new(agent).start();
            {
                let _run = run.enter();
                let call = LlmRequest::new("openai", "gpt-4o").start();
                call.cost_usd(1.0);
                call.succeed();
                ToolExecution::new("search").record(Duration::from_millis(1), Outcome::Success);
            }
            run.succeed();
        }
    });
    let expected = BTreeSet::from(["known".to_owned(), "_OTHER".to_owned()]);
    for name in ["gen_ai.invoke_agent.duration", "gen_ai.execute_tool.duration", "tachograph.llm.cost"] {
        assert_eq!(recorded.values(name, "gen_ai.agent.name"), expected, "{name}");
    }
    let true_names = BTreeSet::from(["known".to_owned(), "strange".to_owned()]);
    assert_eq!(recorded.on_spans("gen_ai.agent.name"), true_names);
}

#[test]
fn a_name_of_a_megabyte_is_no_label_of_a_megabyte() {
    let recorded = Recorded::default();
    let long = "m".repeat(1 << 20);
    recorded.telemetry.scope(|| {
        for _ in 0..2 {
            let call = LlmRequest::new("openai", long.clone()).start();
            call.response_model(long.clone());
            call.succeed();
        }
    });
    let series = recorded.series("gen_ai.client.operation.duration");
    assert_eq!((series.len(), series[0].1), (1, 2));
    for key in ["gen_ai.request.model", "gen_ai.response.model"] {
        assert_eq!(series[0].0[key], format!("{}…", "m".repeat(253)));
        assert_eq!(recorded.on_spans(key), BTreeSet::from([long.clone()]));
    }
}

#[test]
fn requests_in_flight_are_counted_down_where_they_were_counted_up() {
    let recorded = recorded(|builder| builder.with_value_limit(1));
    let name = "http.client.active_requests";
    recorded.telemetry.scope(|| {
        let calls: Vec<_> =
            ["a", "b", "c"].into_iter().map(|host| HttpClientRequest::new("GET", host).start()).collect();
        assert_eq!(recorded.series(name).into_iter().map(|(.., sum)| sum).fold(0.0, f64::max), 2.0);
        assert!((recorded.sum(name) - 3.0).abs() < 1e-9);
        calls.into_iter().for_each(tachograph_core::CallGuard::succeed);
        assert!(recorded.series(name).iter().all(|(.., sum)| sum.abs() < 1e-9));
    });
}
