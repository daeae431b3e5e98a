//! What a test sees of its own telemetry, and of that of others.

use std::sync::Barrier;

use opentelemetry::{
    Context, KeyValue, TraceId,
    trace::{FutureExt as _, Link, SpanKind, TraceState},
};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};
use tachograph_core::{AgentExecution, CacheOperation, LlmRequest, Outcome, Telemetry, ToolExecution, Usage};
use tachograph_testing::{TestTelemetry, attribute, metrics::Point};

const LLM_DURATION: &str = "gen_ai.client.operation.duration";
const TOKENS: &str = "gen_ai.client.token.usage";
const ACTIVE: &str = "tachograph.operations.active";

#[test]
fn a_span_is_visible_as_soon_as_it_ended() {
    let test = TestTelemetry::new();
    let _scope = test.enter();
    let call = ToolExecution::new("search").start();
    assert!(test.spans().is_empty());
    call.succeed();
    assert_eq!(test.spans().len(), 1);
}

#[test]
fn spans_come_in_the_order_in_which_they_ended() {
    let test = TestTelemetry::new();
    test.scope(|| AgentExecution::new("a").run(|| ToolExecution::new("t").run(|| ())));
    let names: Vec<_> = test.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["execute_tool t", "invoke_agent a"]);
}

#[test]
fn nothing_is_recorded_outside_of_the_scope() {
    let test = TestTelemetry::new();
    drop(test.enter());
    ToolExecution::new("search").run(|| ());
    assert!(test.spans().is_empty());
    assert!(test.metrics().names().is_empty());
    assert!(Telemetry::current().is_none());
}

#[test]
fn tests_in_parallel_threads_do_not_see_each_other() {
    let together = Barrier::new(2);
    let run = |tool: &'static str, times: usize| {
        let test = TestTelemetry::new();
        let _scope = test.enter();
        together.wait();
        for _ in 0..times {
            let call = ToolExecution::new(tool).start();
            together.wait();
            call.succeed();
        }
        (test.spans(), test.metrics())
    };
    let (one, other) = std::thread::scope(|threads| {
        let one = threads.spawn(|| run("one", 3));
        let other = threads.spawn(|| run("other", 3));
        (one.join().unwrap(), other.join().unwrap())
    });
    for ((spans, metrics), tool) in [(one, "one"), (other, "other")] {
        assert_eq!(spans.len(), 3);
        assert!(spans.iter().all(|span| span.name == format!("execute_tool {tool}")));
        assert_eq!(metrics.count("gen_ai.execute_tool.duration", &[]), 3);
        assert_eq!(metrics.count("gen_ai.execute_tool.duration", &[("gen_ai.tool.name", tool)]), 3);
    }
}

#[test]
fn futures_take_the_scope_to_another_thread() {
    let test = TestTelemetry::new();
    let future = ToolExecution::new("search").track(async { Ok::<_, std::io::Error>(()) }).with_context(test.context());
    std::thread::spawn(|| futures_executor::block_on(future)).join().unwrap().unwrap();
    assert_eq!(test.span("execute_tool search").attributes.len(), 2);
}

#[test]
fn the_inner_of_two_scopes_records() {
    let (outer, inner) = (TestTelemetry::new(), TestTelemetry::new());
    outer.scope(|| {
        inner.scope(|| ToolExecution::new("inner").run(|| ()));
        ToolExecution::new("outer").run(|| ());
    });
    assert_eq!(inner.tree(), "execute_tool inner\n");
    assert_eq!(outer.tree(), "execute_tool outer\n");
}

#[test]
#[should_panic(
    expected = r#"2 spans named "execute_tool t" have ended, not one; ended are ["execute_tool t", "execute_tool t", "execute_tool u"]"#
)]
fn span_refuses_an_ambiguous_name() {
    let test = TestTelemetry::new();
    test.scope(|| ["t", "t", "u"].map(|tool| ToolExecution::new(tool).run(|| ())));
    let _ = test.span("execute_tool t");
}

#[test]
#[should_panic(expected = r#"0 spans named "chat x" have ended"#)]
fn span_refuses_an_unknown_name() {
    let _ = TestTelemetry::new().span("chat x");
}

#[test]
fn metrics_alone_make_no_spans_and_spans_alone_no_metrics() {
    let metrics = TestTelemetry::builder().with_metrics_only().build();
    let spans = TestTelemetry::builder().with_spans_only().build();
    for test in [&metrics, &spans] {
        test.scope(|| ToolExecution::new("t").run(|| ()));
    }
    assert_eq!((metrics.spans().len(), metrics.metrics().count("gen_ai.execute_tool.duration", &[])), (0, 1));
    assert_eq!((spans.spans().len(), spans.metrics().names().len()), (1, 0));
}

#[test]
fn unsampled_calls_have_metrics_and_no_spans() {
    let test = TestTelemetry::builder().with_sampler(Sampler::AlwaysOff).build();
    test.scope(|| ToolExecution::new("t").run(|| ()));
    assert!(test.spans().is_empty());
    assert_eq!(test.metrics().count("gen_ai.execute_tool.duration", &[]), 1);
}

/// Has spans recorded that no exporter is to see.
#[derive(Clone, Debug)]
struct RecordOnly;

impl ShouldSample for RecordOnly {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let decision = SamplingDecision::RecordOnly;
        SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::default() }
    }
}

#[test]
fn spans_that_are_recorded_and_not_sampled_are_not_shown() {
    let test = TestTelemetry::builder().with_sampler(RecordOnly).build();
    test.scope(|| {
        let call = ToolExecution::new("t").start();
        assert!(call.is_recording());
        call.succeed();
    });
    assert!(test.spans().is_empty());
}

#[test]
fn look_ups_add_up_the_series_that_have_all_attributes() {
    let test = TestTelemetry::new();
    test.scope(|| {
        for (provider, model, tokens) in [("openai", "gpt-4o", 10), ("openai", "o3", 5), ("groq", "mixtral", 7)] {
            let call = LlmRequest::new(provider, model).start();
            call.usage(Usage::new(tokens, 1));
            call.succeed();
        }
        LlmRequest::new("groq", "mixtral").start().finish(Outcome::error("timeout"));
    });
    let metrics = test.metrics();
    assert_eq!(metrics.count(LLM_DURATION, &[]), 4);
    assert_eq!(metrics.count(LLM_DURATION, &[("gen_ai.provider.name", "openai")]), 2);
    assert_eq!(metrics.count(LLM_DURATION, &[("gen_ai.provider.name", "groq"), ("error.type", "timeout")]), 1);
    assert_eq!(metrics.count(LLM_DURATION, &[("gen_ai.provider.name", "openai"), ("error.type", "timeout")]), 0);
    assert_eq!(metrics.sum(TOKENS, &[("gen_ai.token.type", "input")]), 22.0);
    assert_eq!(metrics.sum(TOKENS, &[("gen_ai.token.type", "input"), ("gen_ai.provider.name", "openai")]), 15.0);
    assert_eq!(metrics.series(LLM_DURATION).len(), 4);
    assert_eq!(metrics.names(), [LLM_DURATION, TOKENS, ACTIVE]);
}

#[test]
fn the_snapshot_is_of_one_moment_and_cumulative() {
    let test = TestTelemetry::new();
    let _scope = test.enter();
    let call = ToolExecution::new("t").start();
    let during = test.metrics();
    call.succeed();
    ToolExecution::new("t").run(|| ());
    let after = test.metrics();
    assert_eq!((during.value(ACTIVE, &[]), after.value(ACTIVE, &[])), (1.0, 0.0));
    assert_eq!(during.count("gen_ai.execute_tool.duration", &[]), 0);
    assert_eq!(after.count("gen_ai.execute_tool.duration", &[]), 2);
    assert_eq!(test.metrics().count("gen_ai.execute_tool.duration", &[]), 2, "reading resets nothing");
}

#[test]
fn every_kind_of_instrument_is_read() {
    let test = TestTelemetry::new();
    let meter = test.telemetry().meter();
    let paid = [KeyValue::new("paid", true)];
    meter.u64_counter("orders").build().add(3, &paid);
    meter.f64_gauge("load").build().record(0.5, &[]);
    meter.i64_up_down_counter("open").build().add(-2, &[]);
    meter.f64_histogram("size").with_unit("By").with_boundaries(vec![1.0, 2.0]).build().record(1.5, &[]);

    let metrics = test.metrics();
    assert_eq!(metrics.value("orders", &[("paid", "true")]), 3.0);
    assert_eq!(metrics.value("load", &[]), 0.5);
    assert_eq!(metrics.value("open", &[]), -2.0);
    assert_eq!(metrics.names(), ["load", "open", "orders", "size"]);
    let size = metrics.series("size")[0];
    assert_eq!(size.unit, "By");
    assert_eq!(size.point, Point::Histogram { count: 1, sum: 1.5, bounds: vec![1.0, 2.0], buckets: vec![0, 1, 0] });
    assert_eq!(metrics.series("orders")[0].point, Point::Sum { value: 3.0, monotonic: true });
}

#[test]
#[should_panic(expected = r#"`count` does not fit "orders", which is a counter: ask `value`"#)]
fn a_look_up_of_another_type_says_which_one_fits() {
    let test = TestTelemetry::new();
    test.telemetry().meter().u64_counter("orders").build().add(3, &[]);
    let _ = test.metrics().count("orders", &[]);
}

#[test]
fn an_attribute_is_found_by_its_key() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let call = CacheOperation::new("sessions", "get").start();
        call.hit(true);
        call.succeed();
    });
    let span = &test.spans()[0];
    assert_eq!(attribute(span, "tachograph.cache.result").as_deref(), Some("hit"));
    assert_eq!(attribute(span, "error.type"), None);
}
