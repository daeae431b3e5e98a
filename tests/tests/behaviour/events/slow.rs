//! Calls that took longer than they may.

use std::time::Duration;

use tachograph::{
    AgentExecution, CacheOperation, CallEvents, CommandExecution, DbQuery, HttpClientRequest, HttpRequest, Kind,
    LlmRequest, Outcome, Policy, RpcClientCall, RpcServerCall, SlowCalls, ToolExecution, WorkflowExecution,
    event::{Severity, Topic},
    record_api_request,
};

use super::sink::{Telling, Told};

const LITTLE: Duration = Duration::from_nanos(1);

fn record(kind: Kind, took: Duration, outcome: Outcome) {
    match kind {
        Kind::Agent => AgentExecution::new("researcher").record(took, outcome),
        Kind::Llm => LlmRequest::new("openai", "gpt-4o").record(took, outcome),
        Kind::Tool => ToolExecution::new("search").record(took, outcome),
        Kind::Workflow => WorkflowExecution::new("billing").record(took, outcome),
        Kind::Command => CommandExecution::new("import").record(took, outcome),
        Kind::Http => HttpRequest::new("GET", "/").record(took, outcome),
        Kind::Db => DbQuery::new("SELECT", "users").record(took, outcome),
        Kind::Cache => CacheOperation::new("sessions", "get").record(took, outcome),
        Kind::HttpClient => HttpClientRequest::new("GET", "example.com").record(took, outcome),
        Kind::Rpc => RpcServerCall::new("grpc", "a/b").record(took, outcome),
        Kind::RpcClient => RpcClientCall::new("grpc", "a/b").record(took, outcome),
        other => panic!("{other:?} is new"),
    }
}

fn figures(told: &Told) -> [String; 3] {
    ["duration_ms", "threshold_ms", "tachograph.operation.kind"].map(|key| told.attributes[key].to_string())
}

#[test]
fn a_call_of_each_kind_is_slow_from_its_threshold_on() {
    let thresholds = [
        (Kind::Http, Some(2_000)),
        (Kind::Rpc, Some(2_000)),
        (Kind::Db, Some(1_000)),
        (Kind::Cache, Some(500)),
        (Kind::Tool, Some(10_000)),
        (Kind::Llm, Some(30_000)),
        (Kind::HttpClient, Some(5_000)),
        (Kind::RpcClient, Some(5_000)),
        (Kind::Agent, Some(120_000)),
        (Kind::Workflow, None),
        (Kind::Command, None),
    ];
    assert_eq!(thresholds.len(), Kind::ALL.len());
    let telling = Telling::with(Policy::default());
    for (kind, threshold) in thresholds {
        let Some(threshold) = threshold else {
            telling.test.scope(|| record(kind, Duration::MAX, Outcome::Success));
            assert_eq!(telling.names(), [""; 0], "{kind:?}");
            continue;
        };
        let limit = Duration::from_millis(threshold);
        telling.test.scope(|| record(kind, limit, Outcome::Success));
        assert_eq!(telling.names(), [""; 0], "{kind:?}");
        for outcome in [Outcome::Success, Outcome::error("Timeout"), Outcome::Cancelled, Outcome::Panic] {
            telling.test.scope(|| record(kind, limit + LITTLE, outcome.clone()));
            let told = telling.one();
            let name = if matches!(kind, Kind::Http | Kind::Rpc) { "slow_request" } else { "slow_operation" };
            assert_eq!((told.topic, told.severity, told.name), (Topic::Performance, Severity::Warn, name));
            let expected = [format!("{threshold}.000001"), threshold.to_string(), kind.as_str().to_owned()];
            assert_eq!(figures(&told), expected);
            let is_error = told.attributes.contains_key("error.type");
            assert_eq!(
                is_error,
                outcome != Outcome::Success && !(kind == Kind::HttpClient && outcome == Outcome::Cancelled)
            );
        }
    }
}

#[test]
fn a_slow_call_is_told_with_its_identity_and_its_span() {
    let telling = Telling::with(Policy::default());
    telling.test.scope(|| record_api_request("GET", "/users/{id}", 502, Duration::from_secs(3)));
    let told = telling.one();
    let shown = told.shown();
    for (key, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/users/{id}"),
        ("http.response.status_code", "502"),
        ("error.type", "502"),
        ("threshold_ms", "2000"),
    ] {
        assert_eq!(shown[key], value);
    }
    assert_eq!(told.span, telling.test.spans()[0].span_context.span_id().to_string());
}

#[test]
fn thresholds_are_set_by_kind_and_can_be_off() {
    let slow = SlowCalls::none().with(Kind::Db, Duration::from_millis(5)).with(Kind::Workflow, Duration::ZERO);
    let telling = Telling::with(Policy::default().with_slow_calls(slow));
    telling.test.scope(|| {
        for kind in Kind::ALL {
            record(*kind, Duration::from_secs(3_600), Outcome::Success);
        }
        record(Kind::Db, Duration::from_millis(5), Outcome::Success);
    });
    let kinds: Vec<_> = telling.told().iter().map(|told| figures(told)[2].clone()).collect();
    assert_eq!(kinds, ["workflow", "db"]);
}

#[test]
fn that_a_call_ended_and_that_it_was_slow_are_two_events() {
    let policy = Policy::default().with_call_events(CallEvents::only([Kind::Tool]).with_ratio(0.0));
    let telling = Telling::with(policy);
    telling.test.scope(|| record(Kind::Tool, Duration::from_secs(11), Outcome::Success));
    assert_eq!(telling.names(), ["slow_operation"], "the share is of those that end");
    telling.test.scope(|| record(Kind::Tool, Duration::from_secs(11), Outcome::error("Timeout")));
    let told = telling.told();
    assert_eq!(told.iter().map(|told| told.name).collect::<Vec<_>>(), ["tool_execution_failed", "slow_operation"]);
    assert!(told.iter().all(|told| told.attributes["gen_ai.tool.name"].to_string() == "search"));
    assert!(!told[0].attributes.contains_key("threshold_ms"));
}

#[test]
fn the_requests_that_a_call_to_a_model_is_made_of_are_not_slow_by_themselves() {
    let telling = Telling::with(Policy::default());
    let took = Duration::from_secs(20);
    telling.test.scope(|| {
        LlmRequest::new("openai", "gpt-4o").run(|| {
            record(Kind::HttpClient, took, Outcome::Success);
            record(Kind::RpcClient, took, Outcome::Success);
            // That it did on the way is another matter.
            ToolExecution::new("search").run(|| record(Kind::HttpClient, took, Outcome::Success));
            record(Kind::Db, took, Outcome::Success);
        });
        record(Kind::HttpClient, took, Outcome::Success);
    });
    let kinds: Vec<_> = telling.told().iter().map(|told| figures(told)[2].clone()).collect();
    assert_eq!(kinds, ["http_client", "db", "http_client"]);
}
