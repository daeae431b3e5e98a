//! Calls to models: streams, cost, names, attempts.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{Stream, StreamExt as _, stream};
use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;
use tachograph::{
    AgentExecution, AnswerReader, Billed, Call, GenAiNames, LlmRequest, Outcome, Policy, Pricing, Usage, current,
    track_llm_request,
};
use tachograph_testing::TestTelemetry;

const TOKENS: &str = "gen_ai.client.token.usage";
const COST: &str = "tachograph.llm.cost";

/// A millionth of a dollar for an input token and two for an output token, of models that it knows.
struct Millionths;

impl Pricing for Millionths {
    fn cost_usd(&self, billed: &Billed<'_>) -> Option<f64> {
        let model = billed.response_model.unwrap_or(billed.requested_model);
        assert_ne!(model, "panics");
        let factor = if billed.service_tier == Some("flex") || billed.batch { 0.5 } else { 1.0 };
        let usage = billed.usage;
        (model != "unknown")
            .then(|| factor * (usage.input.unwrap_or(0) as f64 + 2.0 * usage.output.unwrap_or(0) as f64) / 1e6)
    }
}

pub(super) fn priced() -> TestTelemetry {
    TestTelemetry::builder().with_pricing(Arc::new(Millionths)).build()
}

pub(super) fn with(policy: Policy) -> TestTelemetry {
    TestTelemetry::builder().with_policy(policy).build()
}

pub(super) fn value(span: &SpanData, key: &str) -> Option<Value> {
    span.attributes.iter().find(|kv| kv.key.as_str() == key).map(|kv| kv.value.clone())
}

fn amount(span: &SpanData, key: &str) -> f64 {
    match value(span, key) {
        Some(Value::F64(amount)) => amount,
        other => panic!("{key} is {other:?}"),
    }
}

#[track_llm_request("openai", "gpt-4o")]
fn chunks_of_an_answer() -> impl Stream<Item = Result<u32, String>> {
    stream::iter(0..5).map(|at| {
        current::llm_request(|call| {
            call.expect_usage();
            if at > 0 {
                call.chunk();
            }
            call.usage(Usage::default().with_input(100));
            if at == 4 {
                call.usage((100, 40));
            }
        });
        Ok::<_, String>(at)
    })
}

#[test]
fn stream_tells_its_first_chunk_the_times_between_chunks_and_its_tokens() {
    let test = TestTelemetry::new();
    test.scope(|| futures_executor::block_on(chunks_of_an_answer().for_each(|_| async {})));
    let span = test.span("chat gpt-4o");
    assert_eq!(value(&span, "gen_ai.request.stream"), Some(Value::Bool(true)));
    assert!(amount(&span, "gen_ai.response.time_to_first_chunk") > 0.0);
    assert_eq!(value(&span, "tachograph.llm.usage.status"), None);
    let metrics = test.metrics();
    // Four chunks with output: one is the first, three came after another.
    assert_eq!(metrics.count("gen_ai.client.operation.time_to_first_chunk", &[]), 1);
    assert_eq!(metrics.count("gen_ai.client.operation.time_per_output_chunk", &[]), 3);
    assert_eq!(metrics.sum(TOKENS, &[("gen_ai.token.type", "output")]), 40.0);
    let duration = metrics.sum("gen_ai.client.operation.duration", &[]);
    let first = metrics.sum("gen_ai.client.operation.time_to_first_chunk", &[]);
    let between = metrics.sum("gen_ai.client.operation.time_per_output_chunk", &[]);
    assert!(first + between <= duration, "{first} + {between} <= {duration}");
}

#[test]
fn stream_that_is_given_up_has_the_tokens_that_were_seen_and_says_that_they_are_not_all() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let mut stream = Box::pin(chunks_of_an_answer());
        futures_executor::block_on(async { (stream.next().await, stream.next().await) });
    });
    let span = test.span("chat gpt-4o");
    assert_eq!(value(&span, "error.type"), Some("cancelled".into()));
    assert_eq!(value(&span, "gen_ai.usage.input_tokens"), Some(Value::I64(100)));
    assert_eq!(value(&span, "gen_ai.usage.output_tokens"), None);
    assert_eq!(value(&span, "tachograph.llm.usage.status"), Some("partial".into()));
    let partial = [("tachograph.llm.usage.status", "partial")];
    assert_eq!(test.metrics().value("tachograph.llm.usage.unreported", &partial), 1.0);
    assert_eq!(test.metrics().count("gen_ai.client.operation.time_to_first_chunk", &[]), 1);
}

#[test]
fn answer_without_usage_is_marked_where_somebody_looked_for_it_and_nothing_is_guessed() {
    let test = priced();
    test.scope(|| {
        let looked = LlmRequest::new("p", "looked").start();
        looked.expect_usage();
        looked.succeed();
        LlmRequest::new("p", "not-looked").start().succeed();
        let failed = LlmRequest::new("p", "failed").start();
        failed.expect_usage();
        failed.finish(Outcome::error("429"));
        let broke_off = LlmRequest::new("p", "broke-off").start();
        broke_off.expect_usage();
        broke_off.chunk();
        broke_off.finish(Outcome::error("overloaded_error"));
    });
    let status = |name: &str| value(&test.span(name), "tachograph.llm.usage.status");
    assert_eq!(status("chat looked"), Some("missing".into()));
    assert_eq!(status("chat not-looked"), None);
    assert_eq!(status("chat failed"), None);
    assert_eq!(status("chat broke-off"), Some("missing".into()));
    let names = test.metrics();
    assert_eq!(names.value("tachograph.llm.usage.unreported", &[]), 2.0);
    assert!(!names.names().iter().any(|name| [TOKENS, COST, "tachograph.llm.unpriced"].contains(name)));
}

/// Tells what it read, and whether it saw the end.
struct Reader {
    read: u64,
    at: u64,
    told: Arc<AtomicBool>,
}

impl AnswerReader for Reader {
    fn finish(self: Box<Self>, call: &Call<LlmRequest>) -> bool {
        assert!(!self.told.swap(true, Ordering::SeqCst), "told twice");
        call.usage((self.at, self.read));
        self.read >= 3
    }
}

fn read(call: &Call<LlmRequest>, times: u64, told: &Arc<AtomicBool>) {
    for _ in 0..times {
        call.read_answer(|| Reader { read: 0, at: 7, told: Arc::clone(told) }, |reader| reader.read += 1);
    }
}

#[test]
fn reader_of_an_answer_tells_the_call_however_it_ends() {
    for (times, ends, expected) in
        [(2, true, None), (2, false, Some(Value::from("cancelled"))), (3, false, None), (3, true, None)]
    {
        let test = TestTelemetry::new();
        let told = Arc::new(AtomicBool::new(false));
        test.scope(|| {
            let call = LlmRequest::new("p", "m").start();
            read(&call, times, &told);
            if ends {
                call.succeed();
            }
        });
        let span = test.span("chat m");
        assert!(told.load(Ordering::SeqCst));
        assert_eq!(value(&span, "error.type"), expected, "{times} {ends}");
        assert_eq!(value(&span, "gen_ai.usage.output_tokens"), Some(Value::I64(times as i64)));
        assert_eq!(test.metrics().sum(TOKENS, &[("gen_ai.token.type", "input")]), 7.0);
    }
}

#[test]
fn reader_that_panics_costs_its_figures_and_nothing_else() {
    struct Panics;
    impl AnswerReader for Panics {
        fn finish(self: Box<Self>, _call: &Call<LlmRequest>) -> bool {
            panic!("a reader that fails")
        }
    }
    let test = TestTelemetry::new();
    test.scope(|| {
        let call = LlmRequest::new("p", "m").start();
        call.read_answer(|| Panics, |_| {});
        // Another reader takes its place, once the first had its turn.
        call.read_answer(|| Panics, |_| {});
        call.succeed();
    });
    assert_eq!(value(&test.span("chat m"), "error.type"), None);
    assert_eq!(test.metrics().count("gen_ai.client.operation.duration", &[]), 1);
}

#[test]
fn cost_is_computed_once_and_belongs_to_provider_model_and_agent() {
    let test = priced();
    test.scope(|| {
        AgentExecution::new("researcher").run(|| {
            let call = LlmRequest::new("openai", "gpt-4o").start();
            call.usage((1000, 500));
            call.succeed();
        });
        let told = LlmRequest::new("openai", "gpt-4o").start();
        told.usage((1000, 500));
        told.reported_cost_usd(0.25);
        told.succeed();
        let flex = LlmRequest::new("openai", "gpt-4o").start();
        flex.usage((1000, 500));
        flex.service_tier("flex");
        flex.succeed();
    });
    let metrics = test.metrics();
    let of = |attributes: &[(&str, &str)]| metrics.value(COST, attributes);
    assert_eq!(of(&[("gen_ai.agent.name", "researcher"), ("tachograph.llm.cost.source", "computed")]), 0.002);
    assert_eq!(of(&[("tachograph.llm.cost.source", "provider")]), 0.25);
    assert_eq!(of(&[("tachograph.llm.cost.source", "computed")]), 0.003);
    // Agents are on the cost alone.
    assert!(metrics.series(TOKENS).iter().all(|series| !series.attributes.contains_key("gen_ai.agent.name")));
    assert_eq!(metrics.series("gen_ai.client.operation.duration").len(), 1);
    let spans: Vec<_> = test.spans().into_iter().filter(|span| span.name == "chat gpt-4o").collect();
    let told: Vec<_> = spans
        .iter()
        .map(|span| (amount(span, "tachograph.llm.cost.amount"), value(span, "tachograph.llm.cost.source")))
        .collect();
    assert_eq!(
        told,
        [(0.002, Some("computed".into())), (0.25, Some("provider".into())), (0.001, Some("computed".into()))]
    );
    assert_eq!(value(&spans[0], "gen_ai.agent.name"), Some("researcher".into()));
    assert_eq!(value(&spans[2], "openai.response.service_tier"), Some("flex".into()));
}

#[test]
fn model_without_a_price_costs_nothing_that_is_recorded_and_is_counted() {
    let test = priced();
    test.scope(|| {
        for model in ["unknown", "panics", "known"] {
            let call = LlmRequest::new("p", model).start();
            call.usage((10, 10));
            call.succeed();
        }
        LlmRequest::new("p", "unknown").start().succeed();
    });
    let metrics = test.metrics();
    assert_eq!(metrics.value("tachograph.llm.unpriced", &[("gen_ai.request.model", "unknown")]), 1.0);
    assert_eq!(metrics.value("tachograph.llm.unpriced", &[("gen_ai.request.model", "panics")]), 1.0);
    assert_eq!(metrics.value("tachograph.llm.unpriced", &[]), 2.0);
    assert_eq!(metrics.series(COST).len(), 1);
    assert_eq!(value(&test.span("chat panics"), "tachograph.llm.cost.amount"), None);
}

#[test]
fn usage_is_on_the_call_to_the_model_and_never_again_on_the_agent_around_it() {
    let test = priced();
    test.scope(|| {
        AgentExecution::new("outer").run(|| {
            AgentExecution::new("inner").run(|| {
                let call = LlmRequest::new("p", "m").start();
                call.usage((10, 5));
                call.succeed();
            });
        });
    });
    let with_usage: Vec<_> = test
        .spans()
        .into_iter()
        .filter(|span| value(span, "gen_ai.usage.input_tokens").is_some())
        .map(|span| span.name.into_owned())
        .collect();
    assert_eq!(with_usage, ["chat m"]);
    assert_eq!(test.metrics().sum(TOKENS, &[]), 15.0);
    // The innermost agent pays.
    assert_eq!(test.metrics().value(COST, &[("gen_ai.agent.name", "inner")]), 20e-6);
}

#[test]
fn names_of_metrics_are_established_latest_or_both() {
    for (names, established, latest) in
        [(GenAiNames::Established, 1, 0), (GenAiNames::Latest, 0, 1), (GenAiNames::Both, 1, 1)]
    {
        let test = with(Policy::default().with_gen_ai_names(names));
        test.scope(|| {
            let call = LlmRequest::new("openai", "gpt-4o").start();
            call.usage(Usage::new(100, 40).with_cache_read(60).with_reasoning(10).with_input_audio(30));
            call.chunk();
            call.succeed();
            // Nothing is known of this one.
            LlmRequest::new("openai", "gpt-4o").start().succeed();
            let embedding = LlmRequest::new("openai", "e").operation("embeddings").start();
            embedding.usage(Usage::default().with_input(9));
            embedding.succeed();
        });
        let metrics = test.metrics();
        let chat = [("gen_ai.operation.name", "chat")];
        let count = |name: &str, attributes: &[(&str, &str)]| {
            if metrics.series(name).is_empty() { 0 } else { metrics.count(name, attributes) }
        };
        assert_eq!(count("gen_ai.client.operation.duration", &chat), 2 * established, "{names:?}");
        assert_eq!(count("gen_ai.client.inference.duration", &[]), 2 * latest, "{names:?}");
        assert_eq!(count("gen_ai.client.operation.duration", &[]), 3 * established, "{names:?}");
        assert_eq!(count("gen_ai.client.embeddings.duration", &[]), latest, "{names:?}");
        assert_eq!(count(TOKENS, &[]), 3 * established, "{names:?}");
        assert_eq!(count("gen_ai.client.operation.time_to_first_chunk", &[]), established, "{names:?}");
        assert_eq!(count("gen_ai.client.inference.time_to_first_chunk", &[]), latest, "{names:?}");
        assert_eq!(count("gen_ai.client.inference.operation.input_tokens", &[]), latest, "{names:?}");
        assert_eq!(count("gen_ai.client.embeddings.operation.input_tokens", &[]), latest, "{names:?}");
        if latest == 1 {
            let used = |name: &str, modality: &str| metrics.value(name, &[("gen_ai.token.modality", modality)]);
            assert_eq!(used("gen_ai.client.inference.usage.input_tokens", "unknown"), 70.0);
            assert_eq!(used("gen_ai.client.inference.usage.input_tokens", "audio"), 30.0);
            assert_eq!(used("gen_ai.client.inference.usage.output_tokens", "unknown"), 40.0);
            assert_eq!(used("gen_ai.client.inference.usage.cache_read.input_tokens", "unknown"), 60.0);
            assert_eq!(used("gen_ai.client.inference.usage.reasoning.output_tokens", "unknown"), 10.0);
        }
    }
}

#[test]
fn attempts_of_a_call_are_told_on_it_and_it_is_one_call() {
    let test = priced();
    test.scope(|| {
        let call = LlmRequest::new("openai", "gpt-4o").start();
        let mut first = call.attempt();
        first.status(429);
        first.retry_after(Duration::from_secs(2));
        first.end();
        let mut second = call.attempt();
        second.fail("timeout");
        drop(second);
        let mut third = call.attempt();
        third.status(200);
        third.end();
        call.usage((10, 5));
        call.succeed();
        let plain = LlmRequest::new("openai", "plain").start();
        plain.attempt().end();
        plain.succeed();
    });
    let span = test.span("chat gpt-4o");
    assert_eq!(value(&span, "error.type"), None);
    assert_eq!(value(&span, "tachograph.llm.attempts"), Some(Value::I64(3)));
    assert!(amount(&span, "tachograph.llm.retry.wait") >= 0.0);
    let told: Vec<_> = span
        .events
        .iter()
        .map(|event| {
            let of = |key: &str| event.attributes.iter().find(|kv| kv.key.as_str() == key).map(|kv| kv.value.clone());
            assert_eq!(event.name, "tachograph.llm.attempt");
            assert_eq!(of("tachograph.attempt.wait").is_some(), of("tachograph.attempt.number") != Some(Value::I64(1)));
            (
                of("tachograph.attempt.number"),
                of("http.response.status_code"),
                of("error.type"),
                of("tachograph.attempt.retry_after"),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some(Value::I64(1)), Some(Value::I64(429)), Some("429".into()), Some(Value::F64(2.0))),
            (Some(Value::I64(2)), None, Some("timeout".into()), None),
            (Some(Value::I64(3)), Some(Value::I64(200)), None, None),
        ]
    );
    let plain = test.span("chat plain");
    assert!(plain.events.is_empty() && value(&plain, "tachograph.llm.attempts").is_none());
    let metrics = test.metrics();
    assert_eq!(metrics.count("gen_ai.client.operation.duration", &[("gen_ai.request.model", "gpt-4o")]), 1);
    assert_eq!(metrics.value("tachograph.llm.retries", &[]), 2.0);
    assert_eq!(metrics.value("tachograph.llm.retries", &[("error.type", "429")]), 1.0);
    assert_eq!(metrics.count("tachograph.llm.retry.wait.duration", &[]), 2);
}
