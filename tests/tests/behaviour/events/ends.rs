//! {kind of call} × {how it ends}: in each cell exactly one event, with the right name, severity and attributes.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use tachograph::{
    AgentExecution, CacheOperation, Call, CallEvents, CallGuard, CommandExecution, DbQuery, HttpClientRequest,
    HttpRequest, Kind, LlmRequest, Operation, Outcome, Policy, RpcClientCall, RpcServerCall, ToolExecution, Usage,
    WorkflowExecution,
    event::{Severity, Topic},
};

use super::sink::Telling;

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Success,
    Error,
    Panic,
    Dropped,
}

/// One row: the kind, what its names begin with, a call that ends so, and the attributes whatever the end.
type Row = (Kind, &'static str, fn(End), &'static [(&'static str, &'static str)]);

const ROWS: [Row; 11] = [
    (
        Kind::Agent,
        "agent_execution",
        |end| run(AgentExecution::new("researcher").start(), end, |_| {}),
        &[("gen_ai.agent.name", "researcher")],
    ),
    (
        Kind::Llm,
        "llm_request",
        |end| {
            run(LlmRequest::new("openai", "gpt-4o").server_address("api").server_port(8443).start(), end, |call| {
                call.usage(Usage::new(120, 30).with_cache_read(100));
                call.response_model("gpt-4o-2024");
                call.finish_reasons(["stop", "length"]);
                call.cost_usd(0.25);
                call.attribute("app.tier", "gold");
            });
        },
        &[
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.provider.name", "openai"),
            ("gen_ai.request.model", "gpt-4o"),
            ("server.address", "api"),
            ("server.port", "8443"),
            ("gen_ai.usage.input_tokens", "120"),
            ("gen_ai.usage.output_tokens", "30"),
            ("gen_ai.usage.cache_read.input_tokens", "100"),
            ("gen_ai.response.model", "gpt-4o-2024"),
            ("gen_ai.response.finish_reasons", "stop+length"),
            ("tachograph.llm.cost.amount", "0.25"),
            ("tachograph.llm.cost.source", "caller"),
        ],
    ),
    (
        Kind::Tool,
        "tool_execution",
        |end| run(ToolExecution::new("search").tool_type("function").call_id("c").start(), end, |_| {}),
        &[("gen_ai.tool.name", "search"), ("gen_ai.tool.type", "function")],
    ),
    (
        Kind::Workflow,
        "workflow_execution",
        |end| run(WorkflowExecution::new("billing").start(), end, |_| {}),
        &[("gen_ai.workflow.name", "billing")],
    ),
    (
        Kind::Command,
        "command_execution",
        |end| run(CommandExecution::new("import").start(), end, |_| {}),
        &[("tachograph.command.name", "import")],
    ),
    (
        Kind::Http,
        "request",
        |end| {
            let request = HttpRequest::new("GET", "/users/{id}").protocol_version("2").path("/users/7").query("q=1");
            run(request.request_id("r-1").start(), end, |call| {
                call.status(204);
                call.request_body_size(5);
                call.response_body_size(7);
            });
        },
        &[
            ("http.request.method", "GET"),
            ("http.route", "/users/{id}"),
            ("url.scheme", "http"),
            ("network.protocol.version", "2"),
            ("http.response.status_code", "204"),
            ("http.request.body.size", "5"),
            ("http.response.body.size", "7"),
        ],
    ),
    (
        Kind::Db,
        "db_query",
        |end| {
            let query = DbQuery::new("SELECT", "users").system("postgresql").query_text("SELECT secret");
            run(query.start(), end, |call| {
                call.returned_rows(3);
                call.affected_rows(2);
            });
        },
        &[
            ("db.system.name", "postgresql"),
            ("db.operation.name", "SELECT"),
            ("db.collection.name", "users"),
            ("db.response.returned_rows", "3"),
            ("tachograph.db.affected_rows", "2"),
        ],
    ),
    (
        Kind::Cache,
        "cache_operation",
        |end| run(CacheOperation::new("sessions", "get").start(), end, |call| call.hit(false)),
        &[
            ("tachograph.cache.name", "sessions"),
            ("tachograph.cache.operation", "get"),
            ("tachograph.cache.result", "miss"),
        ],
    ),
    (
        Kind::HttpClient,
        "http_client_request",
        |end| {
            let request =
                HttpClientRequest::new("GET", "example.com").server_port(443).url("https://example.com/?key=k");
            run(request.url_template("/v1/{id}").start(), end, |call| call.status(200));
        },
        &[
            ("http.request.method", "GET"),
            ("server.address", "example.com"),
            ("server.port", "443"),
            ("url.template", "/v1/{id}"),
            ("http.response.status_code", "200"),
        ],
    ),
    (
        Kind::Rpc,
        "rpc_server_call",
        |end| run(RpcServerCall::new("grpc", "").start(), end, |call| call.method("pkg.Tools/Run")),
        &[("rpc.system.name", "grpc"), ("rpc.method", "pkg.Tools/Run")],
    ),
    (
        Kind::RpcClient,
        "rpc_client_call",
        |end| run(RpcClientCall::new("grpc", "pkg.Tools/Run").server_address("tools").start(), end, |_| {}),
        &[("rpc.system.name", "grpc"), ("rpc.method", "pkg.Tools/Run"), ("server.address", "tools")],
    ),
];

fn run<O: Operation>(guard: CallGuard<O>, end: End, enrich: impl Fn(&Call<O>)) {
    enrich(&guard);
    match end {
        End::Success => guard.succeed(),
        End::Error => guard.finish(Outcome::error("Timeout")),
        End::Panic => {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let _guard = guard;
                panic!("on purpose");
            }));
            panicked.expect_err("it panics");
        }
        End::Dropped => drop(guard),
    }
}

const ENDS: [End; 4] = [End::Success, End::Error, End::Panic, End::Dropped];

fn is_own(kind: Kind) -> bool {
    matches!(kind, Kind::Agent | Kind::Workflow | Kind::Command | Kind::Http | Kind::Rpc)
}

/// Name, severity, and attributes that come with the end.
fn expected(kind: Kind, prefix: &str, end: End) -> (String, Severity, BTreeMap<&'static str, String>) {
    let of_end: &[(&str, &str)] = match (kind, end) {
        (_, End::Success) => &[],
        (_, End::Error) => &[("error.type", "Timeout")],
        (_, End::Panic) => &[("error.type", "panic")],
        (Kind::HttpClient, End::Dropped) => &[("tachograph.cancelled", "true")],
        (Kind::Rpc, End::Dropped) => &[("error.type", "cancelled"), ("rpc.status_code", "CANCELLED")],
        (Kind::RpcClient, End::Dropped) => &[("error.type", "CANCELLED"), ("rpc.status_code", "CANCELLED")],
        (_, End::Dropped) => &[("error.type", "cancelled")],
    };
    let failed = of_end.iter().any(|(key, _)| *key == "error.type");
    let severity = match (failed, end) {
        (false, _) => Severity::Info,
        (true, End::Dropped) => Severity::Warn,
        (true, _) if is_own(kind) => Severity::Error,
        (true, _) => Severity::Warn,
    };
    let name = format!("{prefix}_{}", if failed { "failed" } else { "completed" });
    (name, severity, of_end.iter().map(|(key, value)| (*key, (*value).to_owned())).collect())
}

#[test]
fn every_call_is_told_once_however_it_ends() {
    let telling = Telling::with(Policy::default().with_call_events(CallEvents::all()));
    assert_eq!(ROWS.map(|(kind, ..)| kind), *Kind::ALL);
    for (kind, prefix, call, attributes) in ROWS {
        for end in ENDS {
            telling.test.scope(|| call(end));
            let told = telling.one();
            let (name, severity, mut all) = expected(kind, prefix, end);
            all.extend(attributes.iter().map(|(key, value)| (*key, (*value).to_owned())));
            let cell = format!("{kind:?}, {end:?}");
            assert_eq!((told.topic, told.severity, told.name), (Topic::Calls, severity, name.as_str()), "{cell}");
            assert_eq!(told.message, name, "{cell}");
            assert_eq!(told.shown(), all, "{cell}");
            assert_eq!(told.error, None, "{cell}");
            let span = telling.test.spans().pop().unwrap().span_context;
            assert_eq!((told.trace, told.span), (span.trace_id().to_string(), span.span_id().to_string()), "{cell}");
            assert_eq!(told.request_id.as_deref(), (kind == Kind::Http).then_some("r-1"), "{cell}");
        }
    }
}

#[test]
fn each_kind_is_told_or_not_as_the_policy_says() {
    for (kind, _, call, _) in ROWS {
        let told = |events: CallEvents| {
            let telling = Telling::with(Policy::default().with_call_events(events));
            telling.test.scope(|| ENDS.iter().for_each(|end| call(*end)));
            telling.told().len()
        };
        let others = Kind::ALL.iter().copied().filter(|other| *other != kind);
        // Giving up a request of one's own is no failure.
        let failures = if kind == Kind::HttpClient { 2 } else { 3 };
        assert_eq!(told(CallEvents::none()), 0, "{kind:?}");
        assert_eq!(told(CallEvents::failed()), failures, "{kind:?}");
        assert_eq!(told(CallEvents::all()), 4, "{kind:?}");
        assert_eq!(told(CallEvents::only([kind])), 4, "{kind:?}");
        assert_eq!(told(CallEvents::only(others.clone())), 0, "{kind:?}");
        assert_eq!(told(CallEvents::only(others).with_failures()), failures, "{kind:?}");
    }
}

#[test]
fn nobody_is_told_of_what_is_filtered_off() {
    let telling = Telling::from(Severity::Warn, Policy::default().with_call_events(CallEvents::all()));
    telling.test.scope(|| ROWS[0].2(End::Success));
    assert_eq!(telling.names(), [""; 0]);
    telling.test.scope(|| ROWS[0].2(End::Dropped));
    assert_eq!(telling.names(), ["agent_execution_failed"]);
}

#[test]
fn statuses_decide_as_the_conventions_do() {
    let telling = Telling::with(Policy::default().with_call_events(CallEvents::all()));
    telling.test.scope(|| {
        for status in [404, 429, 500] {
            run(HttpRequest::new("GET", "/").start(), End::Success, |call| call.status(status));
            run(HttpClientRequest::new("GET", "a").start(), End::Success, |call| call.status(status));
        }
        for code in ["NOT_FOUND", "INTERNAL"] {
            run(RpcServerCall::new("grpc", "a/b").start(), End::Success, |call| call.status(code));
            run(RpcClientCall::new("grpc", "a/b").start(), End::Success, |call| call.status(code));
        }
        run(HttpClientRequest::new("GET", "a").start(), End::Dropped, |call| call.status(503));
        run(DbQuery::new("INSERT", "users").start(), End::Error, |call| call.status_code("23505"));
    });
    let told: Vec<_> = telling
        .told()
        .iter()
        .map(|told| (told.name, told.severity, told.shown().remove("error.type").unwrap_or_default()))
        .collect();
    let expected = [
        ("request_completed", Severity::Info, ""),
        ("http_client_request_failed", Severity::Warn, "404"),
        ("request_completed", Severity::Info, ""),
        ("http_client_request_failed", Severity::Warn, "429"),
        ("request_failed", Severity::Error, "500"),
        ("http_client_request_failed", Severity::Warn, "500"),
        ("rpc_server_call_completed", Severity::Info, ""),
        ("rpc_client_call_failed", Severity::Warn, "NOT_FOUND"),
        ("rpc_server_call_failed", Severity::Error, "INTERNAL"),
        ("rpc_client_call_failed", Severity::Warn, "INTERNAL"),
        ("http_client_request_failed", Severity::Warn, "503"),
        ("db_query_failed", Severity::Warn, "23505"),
    ];
    assert_eq!(told, expected.map(|(name, severity, error)| (name, severity, error.to_owned())));
}
