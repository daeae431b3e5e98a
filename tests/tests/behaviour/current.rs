//! Enriching the running call without a handle.

use opentelemetry::{KeyValue, trace::FutureExt as _};
use tachograph::{
    AgentExecution, CallError, LlmRequest, ToolExecution, Usage, current, track_agent_execution, track_llm_request,
    track_tool_execution,
};
use tachograph_testing::TestTelemetry;

#[track_agent_execution("outer")]
async fn outer() {
    inner().await;
    current::agent(|agent| agent.attribute("agent.step", 2));
}

#[track_tool_execution("inner")]
async fn inner() {
    current::agent(|agent| {
        agent.attribute("agent.step", 1);
        agent.event("handed over", vec![KeyValue::new("to", "inner")]);
    });
    current::operation(|operation| operation.attribute("innermost", "tool"));
    current::llm_request(|_| panic!("no call to a model runs here"));
}

#[test]
fn each_kind_reaches_its_own_innermost_call() {
    let test = TestTelemetry::new();
    test.scope(|| futures_executor::block_on(outer()));
    assert_eq!(
        test.tree_with(&["agent.step", "innermost"]),
        "invoke_agent outer agent.step=2\n  execute_tool inner innermost=tool\n"
    );
    let agent = test.span("invoke_agent outer");
    assert_eq!(agent.events.len(), 1);
    assert_eq!(agent.attributes.iter().filter(|kv| kv.key.as_str() == "agent.step").count(), 1);
}

#[test]
fn outside_of_any_call_nothing_happens() {
    let test = TestTelemetry::new();
    test.scope(|| {
        current::operation(|_| panic!("nothing runs"));
        current::llm_request(|_| panic!("nothing runs"));
    });
    current::operation(|_| panic!("nothing is installed"));
    assert_eq!(test.tree(), "");
}

#[test]
fn a_call_is_reached_from_a_task_that_carries_the_context() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let test = TestTelemetry::new();
    runtime
        .block_on(
            track_llm_request("openai", "gpt-4o", async {
                let task = async { current::llm_request(|call| call.usage(Usage::new(5, 1))) };
                tokio::spawn(task.with_current_context()).await
            })
            .with_context(test.context()),
        )
        .unwrap();
    assert_eq!(test.metrics().sum("gen_ai.client.token.usage", &[("gen_ai.token.type", "input")]), 5.0);
}

#[test]
fn a_handle_outlives_its_call_harmlessly() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let guard = LlmRequest::new("openai", "gpt-4o").start();
        let handle = (*guard).clone();
        guard.succeed();
        handle.usage(Usage::new(5, 1));
        handle.attribute("late", true);
        handle.event("late", vec![]);
        handle.fail(CallError::new("late"));
    });
    let span = test.span("chat gpt-4o");
    assert!(span.events.is_empty());
    assert!(span.attributes.iter().all(|kv| kv.key.as_str() != "late" && kv.key.as_str() != "error.type"));
    assert_eq!(test.metrics().names().iter().filter(|name| name.contains("token")).count(), 0);
}

#[test]
fn a_call_marked_as_failed_is_one_whatever_it_returns() {
    let test = TestTelemetry::builder().with_policy(tachograph::Policy::default().with_error_messages(true)).build();
    test.scope(|| {
        ToolExecution::new("search").run(|| {
            current::tool(|tool| tool.fail(CallError::new("partial").with_message("3 of 5 shards answered")));
            current::tool(|tool| tool.fail(CallError::new("second")));
        });
    });
    assert_eq!(test.metrics().count("gen_ai.execute_tool.duration", &[("error.type", "partial")]), 1);
    let status = test.span("execute_tool search").status;
    assert_eq!(status, opentelemetry::trace::Status::error("3 of 5 shards answered"));
}

#[test]
fn a_tool_knows_the_agent_that_runs_it() {
    let test = TestTelemetry::new();
    test.scope(|| {
        AgentExecution::new("researcher").run(|| ToolExecution::new("search").run(|| ()));
        AgentExecution::new("writer").run(|| ToolExecution::new("search").run(|| ()));
        ToolExecution::new("search").run(|| ());
    });
    let metrics = test.metrics();
    let of = |agent| metrics.count("gen_ai.execute_tool.duration", &[("gen_ai.agent.name", agent)]);
    assert_eq!((of("researcher"), of("writer")), (1, 1));
    assert_eq!(metrics.count("gen_ai.execute_tool.duration", &[("gen_ai.tool.name", "search")]), 3);
}

#[test]
fn the_trace_id_is_that_of_the_span_that_runs_here() {
    let test = TestTelemetry::new();
    let seen = test.scope(|| {
        assert_eq!(current::trace_id(), None);
        AgentExecution::new("researcher").run(|| current::trace_id().map(|id| id.to_string()))
    });
    let span = test.span("invoke_agent researcher");
    assert_eq!(seen, Some(span.span_context.trace_id().to_string()));
    assert_eq!(seen.unwrap().len(), 32);
}
