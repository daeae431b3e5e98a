//! What a request set off is told on the request.

use std::time::Duration;

use tachograph::{
    AgentExecution, CacheOperation, DbQuery, HttpClientRequest, HttpRequest, LlmRequest, Outcome, RpcClientCall,
    RpcServerCall, ToolExecution, context,
};
use tachograph_testing::{TestTelemetry, attribute};

const MS: Duration = Duration::from_millis(1);

fn number(span: &opentelemetry_sdk::trace::SpanData, key: &str) -> Option<f64> {
    attribute(span, key).map(|text| text.parse().unwrap())
}

#[test]
fn database_model_tool_and_cache_operations_count_on_the_request_around_them() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let request = HttpRequest::new("POST", "/chat").start();
        {
            let _request = request.enter();
            let agent = AgentExecution::new("a").start();
            let _agent = agent.enter();
            DbQuery::new("SELECT", "users").record(3 * MS, Outcome::Success);
            DbQuery::new("SELECT", "users").record(4 * MS, Outcome::error("Timeout"));
            LlmRequest::new("p", "m").record(100 * MS, Outcome::Success);
            CacheOperation::new("c", "get").record(MS, Outcome::Success);
            let tool = ToolExecution::new("t").start();
            {
                let _tool = tool.enter();
                DbQuery::new("INSERT", "notes").record(5 * MS, Outcome::Success);
            }
            tool.succeed();
            let work = request.work();
            assert_eq!((work.db.count, work.db.time), (3, 12 * MS));
            assert_eq!((work.llm.count, work.llm.time), (1, 100 * MS));
            assert_eq!((work.tool.count, work.cache.count), (1, 1));
        }
        request.succeed();
    });
    let span = test.span("POST /chat");
    assert_eq!(number(&span, "tachograph.request.db.operations"), Some(3.0));
    assert_eq!(number(&span, "tachograph.request.db.duration"), Some(0.012));
    assert_eq!(number(&span, "tachograph.request.llm.operations"), Some(1.0));
    assert_eq!(number(&span, "tachograph.request.tool.operations"), Some(1.0));
    assert_eq!(number(&span, "tachograph.request.cache.operations"), Some(1.0));

    let metrics = test.metrics();
    for (kind, operations, seconds) in [("db", 3.0, 0.012), ("llm", 1.0, 0.1), ("cache", 1.0, 0.001)] {
        let of_kind = [("tachograph.operation.kind", kind), ("http.route", "/chat"), ("http.request.method", "POST")];
        assert_eq!(metrics.count("tachograph.request.operations", &of_kind), 1);
        assert!((metrics.sum("tachograph.request.operations", &of_kind) - operations).abs() < 1e-9, "{kind}");
        assert!((metrics.sum("tachograph.request.operations.duration", &of_kind) - seconds).abs() < 1e-9, "{kind}");
    }
}

#[test]
fn a_request_that_set_nothing_off_says_nothing() {
    let test = TestTelemetry::new();
    test.scope(|| HttpRequest::new("GET", "/").start().succeed());
    assert!(test.span("GET /").attributes.iter().all(|kv| !kv.key.as_str().starts_with("tachograph.request")));
    assert!(test.metrics().series("tachograph.request.operations").is_empty());
}

#[test]
fn work_counts_on_the_innermost_request_and_in_carried_threads_too() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let outer = HttpRequest::new("GET", "/outer").start();
        let _outer = outer.enter();
        let inner = RpcServerCall::new("grpc", "a.B/C").start();
        {
            let _inner = inner.enter();
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    std::thread::spawn(context::carry_fn(|| {
                        for _ in 0..100 {
                            DbQuery::new("SELECT", "t").record(MS, Outcome::Success);
                        }
                    }))
                })
                .collect();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        }
        assert_eq!(inner.work().db.count, 400);
        assert_eq!(inner.work().db.time, 400 * MS);
        assert_eq!(outer.work(), tachograph::Work::default());
        inner.status("OK");
        inner.succeed();
    });
    assert_eq!(test.metrics().count("tachograph.request.operations", &[("rpc.method", "a.B/C")]), 1);
}

#[test]
fn requests_that_were_too_many_are_counted_by_route_and_by_method() {
    let test = TestTelemetry::new();
    test.scope(|| {
        for status in [200, 429, 429, 503] {
            let call = HttpRequest::new("GET", "/chat").start();
            call.status(status);
            call.succeed();
        }
        for status in ["OK", "RESOURCE_EXHAUSTED"] {
            let call = RpcServerCall::new("grpc", "a.B/C").start();
            call.status(status);
            call.succeed();
        }
        // Those that this process sends are refused elsewhere, and count there.
        let sent = HttpClientRequest::new("GET", "h").start();
        sent.status(429);
        sent.succeed();
        let called = RpcClientCall::new("grpc", "a.B/C").start();
        called.status("RESOURCE_EXHAUSTED");
        called.succeed();
    });
    let metrics = test.metrics();
    let limited = "tachograph.requests.rate_limited";
    assert_eq!(metrics.series(limited).len(), 2);
    assert!((metrics.value(limited, &[("http.route", "/chat"), ("http.request.method", "GET")]) - 2.0).abs() < 1e-9);
    assert!((metrics.value(limited, &[("rpc.method", "a.B/C")]) - 1.0).abs() < 1e-9);
    // Telling a caller to slow down is no failure of the server.
    assert_eq!(attribute(test.spans().iter().find(|s| s.name == "GET /chat").unwrap(), "error.type"), None);
}

#[test]
fn counted_cache_operations_are_on_the_request_and_follow_the_telemetry_in_force() {
    let counter = tachograph::CacheCounter::new("sessions");
    counter.hit();
    for _ in 0..2 {
        let test = TestTelemetry::new();
        test.scope(|| {
            let request = HttpRequest::new("GET", "/").start();
            let _request = request.enter();
            counter.hit();
            counter.hit();
            counter.miss();
            counter.set();
            counter.remove();
            tachograph::record_cache_hit("sessions");
            assert_eq!((request.work().cache.count, request.work().cache.time), (6, Duration::ZERO));
        });
        let metrics = test.metrics();
        let of = |operation, result| {
            let mut attributes = vec![("tachograph.cache.name", "sessions"), ("tachograph.cache.operation", operation)];
            if let Some(result) = result {
                attributes.push(("tachograph.cache.result", result));
            }
            metrics.value("tachograph.cache.operations", &attributes)
        };
        let counted = [of("get", Some("hit")), of("get", Some("miss")), of("set", None), of("remove", None)];
        assert_eq!(counted.map(|count| count as u64), [3, 1, 1, 1]);
    }
}
