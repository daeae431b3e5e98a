//! Outgoing requests and remote procedures: what their endings mean.

use opentelemetry::trace::Status;
use tachograph::{DbQuery, HttpClientRequest, Outcome, RpcClientCall, RpcServerCall};
use tachograph_testing::{TestTelemetry, attribute};

fn http(told: impl FnOnce(tachograph::CallGuard<HttpClientRequest>)) -> TestTelemetry {
    let test = TestTelemetry::new();
    test.scope(|| told(HttpClientRequest::new("GET", "api.example").server_port(443).start()));
    test
}

const DURATION: &str = "http.client.request.duration";

#[test]
fn a_client_has_every_error_from_400_on() {
    for (status, error_type) in [(200, None), (302, None), (404, Some("404")), (503, Some("503"))] {
        let test = http(|call| {
            call.status(status);
            call.succeed();
        });
        let span = test.span("GET");
        assert_eq!(attribute(&span, "error.type").as_deref(), error_type, "{status}");
        assert_eq!(matches!(span.status, Status::Error { .. }), error_type.is_some(), "{status}");
        assert_eq!(test.metrics().count(DURATION, &[]), 1);
    }
}

#[test]
fn a_request_that_its_caller_gave_up_is_no_error() {
    let test = http(drop);
    let span = test.span("GET");
    assert_eq!(span.status, Status::Unset);
    assert_eq!(attribute(&span, "error.type"), None);
    assert_eq!(attribute(&span, "tachograph.cancelled").as_deref(), Some("true"));
    let metrics = test.metrics();
    let series = metrics.series(DURATION);
    assert_eq!((series.len(), metrics.count(DURATION, &[])), (1, 1));
    assert!(!series[0].attributes.contains_key("error.type"));
    assert!(metrics.value("http.client.active_requests", &[("server.address", "api.example")]).abs() < 1e-9);
}

#[test]
fn a_failed_response_stays_one_when_its_body_is_given_up() {
    let test = http(|call| {
        call.status(500);
        drop(call);
    });
    let span = test.span("GET");
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("500"));
    assert_eq!(attribute(&span, "tachograph.cancelled").as_deref(), Some("true"));
}

#[test]
fn a_request_that_was_sent_again_says_so() {
    let test = TestTelemetry::new();
    test.scope(|| {
        HttpClientRequest::new("GET", "h").url_template("/a/{b}").resend_count(2).run(|| ());
        HttpClientRequest::new("GET", "h").url_template("/first").resend_count(0).run(|| ());
    });
    assert_eq!(attribute(&test.span("GET /a/{b}"), "http.request.resend_count").as_deref(), Some("2"));
    assert_eq!(attribute(&test.span("GET /first"), "http.request.resend_count"), None);
}

/// All codes of gRPC, and whether a server that answers them failed.
const CODES: [(&str, bool); 17] = [
    ("OK", false),
    ("CANCELLED", false),
    ("UNKNOWN", true),
    ("INVALID_ARGUMENT", false),
    ("DEADLINE_EXCEEDED", true),
    ("NOT_FOUND", false),
    ("ALREADY_EXISTS", false),
    ("PERMISSION_DENIED", false),
    ("RESOURCE_EXHAUSTED", false),
    ("FAILED_PRECONDITION", false),
    ("ABORTED", false),
    ("OUT_OF_RANGE", false),
    ("UNIMPLEMENTED", true),
    ("INTERNAL", true),
    ("UNAVAILABLE", true),
    ("DATA_LOSS", true),
    ("UNAUTHENTICATED", false),
];

#[test]
fn six_codes_are_errors_of_a_server_and_all_but_ok_of_a_client() {
    for (code, fails_server) in CODES {
        let test = TestTelemetry::new();
        test.scope(|| {
            let server = RpcServerCall::new("grpc", "a.B/Served").start();
            server.status(code);
            server.succeed();
            let client = RpcClientCall::new("grpc", "a.B/Called").server_address("h").start();
            client.status(code);
            client.succeed();
        });
        for (span, metric, fails) in [
            ("a.B/Served", "rpc.server.call.duration", fails_server),
            ("a.B/Called", "rpc.client.call.duration", code != "OK"),
        ] {
            let span = test.span(span);
            assert_eq!(attribute(&span, "rpc.status_code").as_deref(), Some(code));
            assert_eq!(attribute(&span, "error.type").as_deref(), fails.then_some(code), "{} {code}", span.name);
            assert_eq!(test.metrics().count(metric, &[("rpc.status_code", code)]), 1);
            assert_eq!(test.metrics().count(metric, &[("error.type", code)]), u64::from(fails));
        }
    }
}

#[test]
fn a_procedure_that_its_caller_gave_up_was_cancelled() {
    let test = TestTelemetry::new();
    test.scope(|| {
        drop(RpcServerCall::new("grpc", "a.B/Served").start());
        drop(RpcClientCall::new("grpc", "a.B/Called").start());
    });
    let (served, called) = (test.span("a.B/Served"), test.span("a.B/Called"));
    assert_eq!(attribute(&served, "error.type").as_deref(), Some("cancelled"));
    assert_eq!(attribute(&called, "error.type").as_deref(), Some("CANCELLED"));
    assert_eq!(attribute(&called, "rpc.status_code").as_deref(), Some("CANCELLED"));
}

#[test]
fn a_method_that_is_named_late_is_on_span_and_metric() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let call = RpcServerCall::new("grpc", "").start();
        call.method("a.B/C");
        call.status("OK");
        call.succeed();
    });
    let span = test.span("a.B/C");
    assert_eq!(attribute(&span, "rpc.method").as_deref(), Some("a.B/C"));
    assert_eq!(test.metrics().count("rpc.server.call.duration", &[("rpc.method", "a.B/C")]), 1);
    assert_eq!(test.metrics().series("rpc.server.call.duration").len(), 1);
}

#[test]
fn methods_that_nobody_serves_are_one_series() {
    let test = TestTelemetry::new();
    test.scope(|| {
        for i in 0..1000 {
            let call = RpcServerCall::new("grpc", "").start();
            call.unrecognized_method(format!("made.Up/M{i}"));
            call.status("UNIMPLEMENTED");
            call.finish(Outcome::Success);
        }
    });
    let metrics = test.metrics();
    assert_eq!(metrics.series("rpc.server.call.duration").len(), 1);
    assert_eq!(metrics.count("rpc.server.call.duration", &[("rpc.method", "_OTHER")]), 1000);
    let spans = test.spans();
    assert!(spans.iter().all(|span| span.name == "grpc"));
    assert_eq!(attribute(&spans[7], "rpc.method_original").as_deref(), Some("made.Up/M7"));
}

#[test]
fn codes_of_a_database_are_bounded_as_error_types_are() {
    let test = TestTelemetry::new();
    test.scope(|| {
        for i in 0..500 {
            let call = DbQuery::new("SELECT", "t").start();
            call.status_code(format!("P{i:04}"));
            call.finish(Outcome::error("Database"));
        }
    });
    let metrics = test.metrics();
    let series = metrics.series("db.client.operation.duration");
    assert!(series.len() <= 65, "{} series", series.len());
    assert_eq!(metrics.count("db.client.operation.duration", &[]), 500);
    let others = [("error.type", "_OTHER"), ("db.response.status_code", "_OTHER")];
    assert_eq!(metrics.count("db.client.operation.duration", &others), 500 - 64);
}
