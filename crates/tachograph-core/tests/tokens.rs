//! Which streams say the agent and the route, and that no number depends on it.

#![allow(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use std::{collections::BTreeMap, time::Duration};

use opentelemetry::{KeyValue, metrics::MeterProvider as _};
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
    data::{AggregatedMetrics, MetricData},
};
use tachograph_core::{
    AgentExecution, CallError, GenAiNames, HttpRequest, LlmRequest, Outcome, Policy, Telemetry, Usage, current,
    record_error, record_llm_request,
};

/// Streams by name; of each the points, by what a chosen attribute says (nothing where a point does not have it).
type Recorded = BTreeMap<String, BTreeMap<String, i64>>;

fn said(attributes: impl Iterator<Item = KeyValue>, key: &str) -> String {
    let found = attributes.filter(|kv| kv.key.as_str() == key).map(|kv| kv.value.as_str().into_owned());
    found.collect()
}

fn by_attribute(provider: &SdkMeterProvider, exporter: &InMemoryMetricExporter, key: &str) -> Recorded {
    provider.force_flush().unwrap();
    let finished = exporter.get_finished_metrics().unwrap();
    let mut recorded = Recorded::new();
    for metric in finished.last().unwrap().scope_metrics().flat_map(|scope| scope.metrics()) {
        let stream = recorded.entry(metric.name().to_owned()).or_default();
        match metric.data() {
            AggregatedMetrics::U64(MetricData::Histogram(histogram)) => {
                for point in histogram.data_points() {
                    *stream.entry(said(point.attributes().cloned(), key)).or_default() += point.sum() as i64;
                }
            }
            AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                for point in sum.data_points() {
                    *stream.entry(said(point.attributes().cloned(), key)).or_default() += point.value() as i64;
                }
            }
            AggregatedMetrics::I64(MetricData::Sum(sum)) => {
                for point in sum.data_points() {
                    *stream.entry(said(point.attributes().cloned(), key)).or_default() += point.value();
                }
            }
            _ => {}
        }
    }
    recorded
}

fn recorded(policy: Policy, key: &str, calls: impl FnOnce()) -> Recorded {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let telemetry = Telemetry::builder().with_meter(provider.meter("test")).with_policy(policy).build();
    telemetry.scope(calls);
    by_attribute(&provider, &exporter, key)
}

/// Two agents ask the same model, one of them fails, and somebody asks it outside of every agent.
fn two_agents() {
    let ask = |tokens, outcome| {
        record_llm_request("openai", "gpt-4o", Duration::from_secs(1), Usage::new(tokens, 1), outcome);
    };
    AgentExecution::new("planner").run(|| ask(100, Outcome::Success));
    AgentExecution::new("writer").run(|| {
        ask(20, Outcome::Success);
        ask(3, Outcome::error("timeout"));
        let embedding = LlmRequest::new("openai", "embedder").operation("embeddings").start();
        let mut usage = Usage::default();
        usage.input = Some(7000);
        embedding.usage(usage);
        embedding.succeed();
    });
    ask(50_000, Outcome::Success);
}

const TOKENS: [&str; 6] = [
    "gen_ai.client.token.usage",
    "gen_ai.client.inference.operation.input_tokens",
    "gen_ai.client.inference.operation.output_tokens",
    "gen_ai.client.inference.usage.input_tokens",
    "gen_ai.client.inference.usage.output_tokens",
    "gen_ai.client.embeddings.operation.input_tokens",
];

#[test]
fn tokens_say_their_agent_only_where_the_policy_wants_it_and_sums_stay() {
    let both = Policy::default().with_gen_ai_names(GenAiNames::Both);
    let off = recorded(both.clone(), "gen_ai.agent.name", two_agents);
    let on = recorded(both.with_agent_on_tokens(true), "gen_ai.agent.name", two_agents);
    for stream in TOKENS {
        let (off, on) = (&off[stream], &on[stream]);
        assert_eq!(off.keys().map(String::as_str).collect::<Vec<_>>(), [""], "{stream}");
        assert_eq!(off.values().sum::<i64>(), on.values().sum::<i64>(), "{stream}");
    }
    let expected = |pairs: &[(&str, i64)]| {
        pairs.iter().map(|(agent, tokens)| ((*agent).to_owned(), *tokens)).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(on[TOKENS[0]], expected(&[("", 50_001), ("planner", 101), ("writer", 7025)]));
    assert_eq!(on[TOKENS[1]], expected(&[("", 50_000), ("planner", 100), ("writer", 23)]));
    assert_eq!(on[TOKENS[4]], expected(&[("", 1), ("planner", 1), ("writer", 2)]));
    assert_eq!(on[TOKENS[5]], expected(&[("writer", 7000)]));
}

#[test]
fn requests_in_flight_say_their_route_only_where_the_policy_wants_it() {
    let in_flight = |policy: Policy| {
        let mut calls = Vec::new();
        let start = || calls.extend(["/chat", "/chat", "/users"].map(|route| HttpRequest::new("GET", route).start()));
        recorded(policy, "http.route", start).remove("http.server.active_requests").unwrap()
    };
    let off = in_flight(Policy::default());
    assert_eq!(off.into_iter().collect::<Vec<_>>(), [(String::new(), 3)]);
    let on = in_flight(Policy::default().with_route_on_active_requests(true));
    assert_eq!(on.into_iter().collect::<Vec<_>>(), [("/chat".to_owned(), 2), ("/users".to_owned(), 1)]);
}

#[test]
fn a_reported_error_says_which_kind_of_call_it_marked() {
    let errors = recorded(Policy::default(), "tachograph.operation.kind", || {
        record_error("queue_full", "ingest");
        AgentExecution::new("researcher").run(|| record_error("bad_plan", "planner"));
        AgentExecution::new("researcher").run(|| {
            current::operation(|call| call.fail(CallError::new("earlier")));
            record_error("bad_plan", "planner");
        });
        let mut context = None;
        AgentExecution::new("researcher").run(|| current::operation(|call| context = Some(call.context())));
        let _ended = context.unwrap().attach();
        record_error("late", "ingest");
    });
    let expected = [(String::new(), 2), ("agent".to_owned(), 2)];
    assert_eq!(errors["tachograph.errors"].clone().into_iter().collect::<Vec<_>>(), expected);
}
