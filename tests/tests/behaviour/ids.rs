//! Ids that are said once reach every span below, and no metric.

use opentelemetry::{
    Context,
    baggage::BaggageExt as _,
    trace::{FutureExt as _, TracerProvider as _},
};
use tachograph::{
    AgentExecution, DbQuery, HttpRequest, Ids, LlmRequest, RpcServerCall, context, track_agent_execution,
    track_tool_execution,
};
use tachograph_testing::{TestTelemetry, attribute};
use tracing_subscriber::layer::SubscriberExt as _;

fn ids() -> Ids {
    Ids::new().conversation("c-1").session("s-1").user("u-1").tenant("t-1").with("app.plan", "pro")
}

const KEYS: [(&str, &str); 5] = [
    ("gen_ai.conversation.id", "c-1"),
    ("session.id", "s-1"),
    ("user.id", "u-1"),
    ("tachograph.tenant.id", "t-1"),
    ("app.plan", "pro"),
];

#[track_tool_execution("search")]
async fn search() {
    tokio::task::yield_now().await;
    DbQuery::new("SELECT", "hits").run(|| ());
    tracing::info_span!("application").in_scope(|| ());
}

#[track_agent_execution("researcher")]
async fn research() {
    search().await;
    tokio::spawn(context::carry(search())).await.unwrap();
    tokio::task::spawn_blocking(context::carry_fn(|| DbQuery::new("INSERT", "notes").run(|| ()))).await.unwrap();
}

#[test]
fn ids_of_a_scope_are_on_every_descendant_once_and_on_no_metric() {
    let test = TestTelemetry::new();
    let layer = tracing_opentelemetry::layer().with_tracer(test.tracer_provider().tracer("application"));
    let _subscriber = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(research().with_context(ids().on(&test.context())));

    let spans = test.spans();
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_ref()).collect();
    for name in ["invoke_agent researcher", "execute_tool search", "SELECT hits", "INSERT notes", "application"] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    for span in &spans {
        for (key, value) in KEYS {
            let found: Vec<_> = span.attributes.iter().filter(|kv| kv.key.as_str() == key).collect();
            assert_eq!(found.len(), 1, "{key} on {}", span.name);
            assert_eq!(found[0].value.as_str(), value, "{key} on {}", span.name);
        }
    }
    let metrics = test.metrics();
    for name in metrics.names() {
        for series in metrics.series(name) {
            for (key, _) in KEYS {
                assert!(!series.attributes.contains_key(key), "{name} has {key}");
            }
        }
    }
}

#[test]
fn spans_outside_of_the_scope_have_no_ids() {
    let test = TestTelemetry::new();
    test.scope(|| {
        ids().scope(|| ());
        AgentExecution::new("a").run(|| ());
    });
    assert_eq!(attribute(&test.span("invoke_agent a"), "user.id"), None);
    assert!(Ids::current().is_empty());
}

#[test]
fn an_inner_scope_adds_and_its_value_of_a_key_counts() {
    let test = TestTelemetry::new();
    test.scope(|| {
        ids().scope(|| Ids::new().user("u-2").with("more", "1").scope(|| AgentExecution::new("inner").run(|| ())));
    });
    let span = test.span("invoke_agent inner");
    assert_eq!(attribute(&span, "user.id").as_deref(), Some("u-2"));
    assert_eq!(attribute(&span, "session.id").as_deref(), Some("s-1"));
    assert_eq!(attribute(&span, "more").as_deref(), Some("1"));
    assert_eq!(span.attributes.iter().filter(|kv| kv.key.as_str() == "user.id").count(), 1);
}

#[test]
fn what_a_call_says_of_itself_takes_the_place_of_the_scope() {
    let test = TestTelemetry::new();
    test.scope(|| {
        ids().scope(|| {
            LlmRequest::new("p", "m").with_attribute("user.id", "own").run(|| ());
            let agent = AgentExecution::new("a").start();
            agent.conversation_id("late");
            agent.succeed();
        });
    });
    for (span, key, value) in [("chat m", "user.id", "own"), ("invoke_agent a", "gen_ai.conversation.id", "late")] {
        let span = test.span(span);
        let found: Vec<_> = span.attributes.iter().filter(|kv| kv.key.as_str() == key).collect();
        assert_eq!(found.len(), 1, "{key}");
        assert_eq!(found[0].value.as_str(), value);
    }
}

#[test]
fn only_allowed_keys_of_the_baggage_become_ids() {
    let baggage = [("user.id", "u-9"), ("session.id", "s-9"), ("secret", "x")];
    let context = Context::new().with_baggage(baggage.map(|(key, value)| opentelemetry::KeyValue::new(key, value)));
    let ids = Ids::from_baggage(&context, &["user.id", "missing"]);
    assert_eq!(ids.iter().collect::<Vec<_>>(), [("user.id", "u-9")]);
    assert!(Ids::from_baggage(&Context::new(), &["user.id"]).is_empty());
}

#[test]
fn ids_in_the_baggage_stand_beside_what_was_there() {
    let context = Context::new().with_baggage([opentelemetry::KeyValue::new("other", "1")]);
    let context = ids().in_baggage(&context);
    let baggage = context.baggage();
    assert_eq!(baggage.len(), 6);
    assert_eq!(baggage.get("user.id").map(ToString::to_string).as_deref(), Some("u-1"));
    assert_eq!(baggage.get("other").map(ToString::to_string).as_deref(), Some("1"));
}

#[test]
fn ids_are_bounded_as_baggage_is() {
    let many = (0..5000).fold(Ids::new(), |ids, i| ids.with(format!("key-{i}"), "v"));
    assert_eq!(many.iter().count(), 64);
    let large = (0..64).fold(Ids::new(), |ids, i| ids.with(format!("key-{i}"), "ä".repeat(5000)));
    let bytes: usize = large.iter().map(|(key, value)| key.len() + value.len()).sum();
    assert!((8192 - 256 - 8..=8192).contains(&bytes), "{bytes}");
    assert!(large.iter().all(|(_, value)| value.len() <= 256 && value.chars().all(|c| c == 'ä')));
    // A known key takes a new value although there is no room for a further key.
    assert_eq!(many.with("key-7", "new").get("key-7"), Some("new"));
    assert!(Ids::new().with("", "v").with("k", "").is_empty());
}

#[test]
fn the_id_of_a_request_is_found_where_its_context_is() {
    assert_eq!(context::request_id(), None);
    let _request = context::with_request_id(&Context::current(), "r-1").attach();
    assert_eq!(context::request_id().map(|id| id.to_string()).as_deref(), Some("r-1"));
    let thread = std::thread::spawn(context::carry_fn(|| context::request_id().map(|id| id.to_string())));
    assert_eq!(thread.join().unwrap().as_deref(), Some("r-1"));
}

#[test]
fn a_tracked_request_tells_its_id_to_what_runs_below() {
    let test = TestTelemetry::new();
    test.scope(|| {
        for request in ["r-2", "r-3"] {
            let call = HttpRequest::new("GET", "/").request_id(request).start();
            let _call = call.enter();
            AgentExecution::new("a").run(|| {
                assert_eq!(context::request_id().map(|id| id.to_string()).as_deref(), Some(request));
            });
            let rpc = RpcServerCall::new("grpc", "a.B/C").request_id("inner").start();
            let _rpc = rpc.enter();
            assert_eq!(context::request_id().map(|id| id.to_string()).as_deref(), Some("inner"));
        }
        assert_eq!(context::request_id(), None);
    });
    let ids: Vec<_> = test.spans().iter().filter_map(|span| attribute(span, "tachograph.request.id")).collect();
    assert_eq!(ids, ["inner", "r-2", "inner", "r-3"]);
}
