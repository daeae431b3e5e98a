//! Span trees as text.

use std::time::{Duration, SystemTime};

use opentelemetry::{
    KeyValue,
    trace::{
        Span as _, SpanBuilder, SpanContext, Status, TraceContextExt as _, TraceFlags, Tracer as _, TracerProvider as _,
    },
};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tachograph_core::{AgentExecution, HttpRequest, LlmRequest, Outcome, ToolExecution, WorkflowExecution};
use tachograph_testing::{TestTelemetry, events, number, tree};

#[test]
fn children_stand_below_their_parent_in_the_order_of_their_start() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let request = HttpRequest::new("POST", "/chat").start();
        let _request = request.enter();
        AgentExecution::new("planner").run(|| {
            let slow = ToolExecution::new("slow").start();
            ToolExecution::new("quick").run(|| ());
            slow.finish(Outcome::error("Timeout"));
        });
        WorkflowExecution::new("report").run(|| ());
        request.status(500);
        request.succeed();
    });
    assert_eq!(
        test.tree(),
        "\
POST /chat (server) error.type=500 http.response.status_code=500 [error]
  invoke_agent planner
    execute_tool slow error.type=Timeout [error]
    execute_tool quick
  invoke_workflow report
"
    );
}

#[test]
fn a_span_whose_parent_is_missing_is_a_root() {
    let test = TestTelemetry::new();
    let running = test.scope(|| {
        let agent = AgentExecution::new("still running").start();
        let inside = agent.enter();
        ToolExecution::new("t").run(|| ());
        drop(inside);
        agent
    });
    assert_eq!(test.tree(), "execute_tool t\n");
    running.succeed();
    assert_eq!(test.tree(), "invoke_agent still running\n  execute_tool t\n");
}

#[test]
fn chosen_attributes_are_shown_by_key_and_by_prefix() {
    let test = TestTelemetry::new();
    test.scope(|| LlmRequest::new("openai", "gpt-4o").temperature(0.5).max_tokens(9).start().succeed());
    assert_eq!(test.tree_with(&[]), "chat gpt-4o (client)\n");
    assert_eq!(
        test.tree_with(&["gen_ai.request.t*", "gen_ai.provider.name", "gen_ai.request"]),
        "chat gpt-4o (client) gen_ai.provider.name=openai gen_ai.request.temperature=0.5\n"
    );
}

#[test]
fn events_stand_in_the_order_of_their_time() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let mut span = provider.tracer("t").start("work");
    for second in [3, 1, 2] {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        span.add_event_with_timestamp("done", at, vec![KeyValue::new("step", i64::try_from(second).unwrap())]);
    }
    span.end();
    let spans = exporter.get_finished_spans().unwrap();
    let text = tree::render(&spans, &[tree::EVENTS, "step"]);
    assert_eq!(text, "work\n  * done step=1\n  * done step=2\n  * done step=3\n");
    let steps: Vec<_> = events(&spans[0], "done").iter().map(|event| number(event, "step")).collect();
    assert_eq!(steps, [Some(1.0), Some(2.0), Some(3.0)]);
}

#[test]
fn every_span_has_one_line_whatever_it_holds() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let mut span = provider.tracer("t").start("two\nlines");
    span.set_attributes([KeyValue::new("k", "a\nb c"), KeyValue::new("empty", "")]);
    span.set_status(Status::error("first\nsecond"));
    span.end();
    let spans = exporter.get_finished_spans().unwrap();
    assert_eq!(tree::render(&spans, &["*"]), "two\\nlines empty=\"\" k=\"a\\nb c\" [error: first\\nsecond]\n");
}

#[test]
fn spans_of_two_traces_with_one_span_id_stay_apart() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let tracer = provider.tracer("t");
    for trace in [1u128, 2] {
        let parent = SpanContext::new(trace.into(), 7u64.into(), TraceFlags::SAMPLED, true, Default::default());
        tracer
            .start_with_context(format!("in {trace}"), &opentelemetry::Context::new().with_remote_span_context(parent))
            .end();
    }
    let mut spans = exporter.get_finished_spans().unwrap();
    // The first span takes the identifier that the second has for its parent, in the other trace.
    let first = &spans[0].span_context;
    spans[0].span_context =
        SpanContext::new(first.trace_id(), 7u64.into(), first.trace_flags(), false, first.trace_state().clone());
    spans[0].parent_span_id = 6u64.into();
    assert_eq!(tree::render(&spans, &[]), "in 1\nin 2\n");
}

#[test]
fn a_trace_of_three_thousand_levels_is_rendered() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let tracer = provider.tracer("t");
    let start = SystemTime::UNIX_EPOCH;
    let mut parent = opentelemetry::Context::new();
    for depth in 0..3_000u64 {
        let builder = SpanBuilder::from_name("s").with_start_time(start + Duration::from_secs(depth));
        parent = parent.with_span(tracer.build_with_context(builder, &parent));
        parent.span().end();
    }
    let text = tree::render(&exporter.get_finished_spans().unwrap(), &[]);
    assert_eq!(text.lines().count(), 3_000);
    assert_eq!(text.lines().last().map(|line| line.len() - line.trim_start().len()), Some(2 * 2_999));
}
