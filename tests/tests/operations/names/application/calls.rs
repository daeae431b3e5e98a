//! Calls of every kind, with all that metrics can be told of them.

use std::time::Duration;

use tachograph::{
    AgentExecution, CacheOperation, CommandExecution, DbQuery, HttpClientRequest, HttpRequest, LlmRequest, Outcome,
    RpcClientCall, RpcServerCall, ToolExecution, Usage, WorkflowExecution, context, record_error,
};

/// One of the two models has a price.
pub(super) const PRICES: &str = r#"
[provider.acme.model."large"]
input = 250.0
output = 1000.0
"#;

const MOMENT: Duration = Duration::from_millis(1);

/// Records each once well and once not.
pub(super) fn record() {
    for outcome in [Outcome::Success, Outcome::error("timeout")] {
        served(&outcome);
        WorkflowExecution::new("nightly").record(MOMENT, outcome.clone());
        CommandExecution::new("import").record(MOMENT, outcome.clone());
    }
    let limited = HttpRequest::new("GET", "/users/{id}").path("/users/7").start();
    limited.status(429);
    limited.succeed();
    let refused = RpcServerCall::new("grpc", "tools.v1.Tools/Convert").start();
    refused.status("RESOURCE_EXHAUSTED");
    refused.succeed();
    context::count_rejected("baggage", "too_long");
}

/// A request, and all that happens because of it.
fn served(outcome: &Outcome) {
    let http = HttpRequest::new("GET", "/users/{id}").scheme("https").protocol_version("1.1").path("/users/7").start();
    http.status(if outcome.is_success() { 200 } else { 503 });
    http.request_body_size(10);
    http.response_body_size(20);
    {
        let _http = http.enter();
        let agent = AgentExecution::new("researcher").with_model("large").start();
        let _agent = agent.enter();
        ToolExecution::new("search").tool_type("function").record(MOMENT, outcome.clone());
        asked(outcome);
        looked_up(outcome);
        called(outcome);
        if !outcome.is_success() {
            record_error("timeout", "agent");
        }
        agent.finish(outcome.clone());
    }
    http.succeed();
    let rpc = RpcServerCall::new("grpc", "tools.v1.Tools/Convert").start();
    rpc.status(if outcome.is_success() { "OK" } else { "INTERNAL" });
    {
        let _rpc = rpc.enter();
        DbQuery::new("SELECT", "units").system("sqlite").record(MOMENT, outcome.clone());
    }
    rpc.succeed();
}

/// Models, with a price and without, retried, streamed, and without usage.
fn asked(outcome: &Outcome) {
    let request = || LlmRequest::new("acme", "large").server_address("models.example").server_port(443).start();
    let call = request();
    for status in [429, 200] {
        let mut attempt = call.attempt();
        attempt.status(status);
        if status == 429 {
            attempt.fail("rate_limit_exceeded");
        }
        attempt.end();
    }
    let usage = Usage::new(100, 50).with_cache_read(10).with_cache_write(20).with_reasoning(30);
    call.usage(usage.with_input_audio(4).with_output_audio(1));
    call.response_model("large-1");
    call.streaming();
    call.chunk();
    call.chunks(2);
    call.finish(outcome.clone());

    let unpriced = LlmRequest::new("acme", "unheard-of").server_address("models.example").server_port(443).start();
    unpriced.usage(Usage::new(1, 1));
    unpriced.response_model("unheard-of-1");
    unpriced.finish(outcome.clone());

    let silent = request();
    silent.expect_usage();
    silent.response_model("large-1");
    silent.finish(outcome.clone());

    let embedding = LlmRequest::new("acme", "large")
        .operation("embeddings")
        .server_address("models.example")
        .server_port(443)
        .start();
    embedding.usage(Usage::default().with_input(3));
    embedding.response_model("large-1");
    embedding.finish(outcome.clone());
}

fn looked_up(outcome: &Outcome) {
    let query = DbQuery::new("SELECT", "users")
        .system("postgresql")
        .namespace("shop")
        .server_address("db.example")
        .server_port(5432)
        .summary("SELECT users")
        .start();
    query.returned_rows(3);
    if !outcome.is_success() {
        query.status_code("23505");
    }
    query.finish(outcome.clone());
    let cache = CacheOperation::new("sessions", "get").start();
    cache.hit(true);
    cache.finish(outcome.clone());
}

/// Others, over HTTP and gRPC.
fn called(outcome: &Outcome) {
    let client = HttpClientRequest::new("GET", "search.example")
        .server_port(443)
        .url("https://search.example/hits")
        .url_template("/hits")
        .start();
    client.status(200);
    client.protocol_version("1.1");
    client.request_body_size(1);
    client.response_body_size(2);
    client.finish(outcome.clone());
    let rpc = RpcClientCall::new("grpc", "tools.v1.Tools/Convert").server_address("tools").server_port(50051).start();
    rpc.status(if outcome.is_success() { "OK" } else { "NOT_FOUND" });
    rpc.succeed();
}
