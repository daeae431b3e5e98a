//! Headers that no honest caller sends: the request is served, what it brought is not taken over, and it is counted.

use std::sync::Once;

use axum::{Router, routing::get};
use opentelemetry::{Context, SpanId, baggage::BaggageExt as _, propagation::TextMapCompositePropagator};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use tachograph_core::{
    ToolExecution,
    semconv::{attribute as attr, metric},
};
use tachograph_testing::attribute;
use tachograph_tower::HttpServerLayer;

use crate::server::Server;

const TRACE_ID: &str = "0af7651916cd43dd8448eb211c80319c";
const TRACEPARENT: &str = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// All tests of this process use the same propagator.
fn install_propagator() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        opentelemetry::global::set_text_map_propagator(TextMapCompositePropagator::new(vec![
            Box::new(TraceContextPropagator::new()),
            Box::new(BaggagePropagator::new()),
        ]));
    });
}

/// What became of a request.
struct Taken {
    trace: bool,
    tracestate: String,
    baggage: String,
    rejected: Vec<String>,
}

/// Sends one request with these lines as headers; its answer tells the baggage that the handler saw.
async fn taken(lines: &[u8]) -> Taken {
    install_propagator();
    let told = || async { Context::map_current(|context| context.baggage().to_string()) };
    let server = Server::start(Router::new().route("/", get(told))).await;
    let mut request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n".to_vec();
    request.extend_from_slice(lines);
    request.extend_from_slice(b"\r\n\r\n");
    let answer = server.send(request).await.read_to_end().await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.assert_recorded_once("GET / (server) http.response.status_code=200\n");
    let span = server.test.span("GET /");
    let metrics = server.test.metrics();
    let rejected = metrics.series(metric::PROPAGATION_REJECTED).into_iter().map(|series| {
        let [header, reason] = [attr::PROPAGATION_HEADER, attr::PROPAGATION_REASON].map(|key| &series.attributes[key]);
        let count = metrics.value(metric::PROPAGATION_REJECTED, &[(attr::PROPAGATION_HEADER, header)]);
        format!("{header} {reason} {count}")
    });
    Taken {
        trace: span.parent_span_id != SpanId::INVALID,
        tracestate: span.span_context.trace_state().header(),
        baggage: answer.split_once("\r\n\r\n").unwrap().1.to_owned(),
        rejected: rejected.collect(),
    }
}

#[tokio::test]
async fn an_honest_caller_is_believed_and_nothing_is_counted() {
    let taken = taken(format!("{TRACEPARENT}\r\ntracestate: a=1\r\ntracestate: b=2\r\nbaggage: k=v").as_bytes()).await;
    assert!(taken.trace);
    assert_eq!((taken.tracestate.as_str(), taken.baggage.as_str()), ("a=1,b=2", "k=v"));
    assert!(taken.rejected.is_empty(), "{:?}", taken.rejected);
}

#[tokio::test]
async fn a_broken_traceparent_is_ignored_with_its_tracestate() {
    for (traceparent, reason) in [
        ("", "malformed"),
        ("00", "malformed"),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "malformed"),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra", "malformed"),
        ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "malformed"),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", "malformed"),
        ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "malformed"),
        ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "malformed"),
        ("00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01", "malformed"),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x", "malformed"),
        ("00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01", "malformed"),
        ("00-0af7651916cd43dd-b7ad6b7169203331b7ad6b7169203331-01", "malformed"),
        ("' or 1=1 --", "malformed"),
        (&"0".repeat(8000), "too_long"),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333\u{e9}-01", "not_ascii"),
    ] {
        let taken = taken(format!("traceparent: {traceparent}\r\ntracestate: a=1\r\nbaggage: k=v").as_bytes()).await;
        assert!(!taken.trace, "{traceparent}");
        assert_eq!((taken.tracestate.as_str(), taken.baggage.as_str()), ("", "k=v"), "{traceparent}");
        assert_eq!(taken.rejected, [format!("traceparent {reason} 1")], "{traceparent}");
    }
    let huge = "v".repeat(1000);
    let taken = taken(format!("{TRACEPARENT}\r\n{TRACEPARENT}\r\ntracestate: a={huge}").as_bytes()).await;
    assert!(!taken.trace);
    assert_eq!(taken.rejected, ["traceparent repeated 1"]);
}

#[tokio::test]
async fn baggage_beyond_its_limits_is_ignored_and_the_trace_is_not() {
    let huge = format!("k={}", "v".repeat(8192));
    let members = "a=1,".repeat(5000);
    let just_too_many = vec!["a=1"; 65].join(",");
    let (half, lines) = ("v".repeat(4100), "k=v\r\nbaggage: ".repeat(64));
    for (baggage, reason) in [
        (huge.as_bytes(), "too_long"),
        (members.as_bytes(), "too_long"),
        (format!("k={half}\r\nbaggage: l={half}").as_bytes(), "too_long"),
        (just_too_many.as_bytes(), "too_many"),
        (format!("{lines}k=v").as_bytes(), "too_many"),
        (b"k=\xff\xfe", "not_ascii"),
    ] {
        let taken = taken(&[TRACEPARENT.as_bytes(), b"\r\nbaggage: ", baggage].concat()).await;
        assert!(taken.trace);
        assert_eq!(taken.baggage, "");
        assert_eq!(taken.rejected, [format!("baggage {reason} 1")]);
    }
}

#[tokio::test]
async fn a_tracestate_beyond_its_limits_is_ignored_and_the_trace_is_not() {
    let huge = format!("a={}", "v".repeat(511));
    let members = (0..33).map(|member| format!("k{member}=v")).collect::<Vec<_>>().join(",");
    for (tracestate, reason) in
        [(huge.as_bytes(), "too_long"), (members.as_bytes(), "too_many"), (b"a=\xe9", "not_ascii")]
    {
        let taken = taken(&[TRACEPARENT.as_bytes(), b"\r\ntracestate: ", tracestate].concat()).await;
        assert!(taken.trace);
        assert_eq!(taken.tracestate, "");
        assert_eq!(taken.rejected, [format!("tracestate {reason} 1")]);
    }
}

/// The ids on the span of a tool that the handler uses.
async fn ids_below(configure: fn(HttpServerLayer) -> HttpServerLayer) -> Vec<Option<String>> {
    install_propagator();
    let handler = || async { ToolExecution::new("search").run(|| ()) };
    let server = Server::start_with(Router::new().route("/", get(handler)), configure).await;
    let headers = format!("{TRACEPARENT}\r\nbaggage: user.id=u%2042,tenant=blue,secret=s\r\n");
    server.request("GET", "/", &headers).await.read_to_end().await;
    let span = server.test.span("execute_tool search");
    assert_eq!(span.span_context.trace_id().to_string(), TRACE_ID);
    ["user.id", "tenant", "secret"].map(|key| attribute(&span, key)).to_vec()
}

#[tokio::test]
async fn only_allowed_baggage_becomes_ids_of_the_spans_below() {
    assert_eq!(ids_below(|layer| layer).await, [None, None, None]);
    assert_eq!(
        ids_below(|layer| layer.with_baggage_keys(["user.id", "tenant", "absent"])).await,
        [Some("u 42".to_owned()), Some("blue".to_owned()), None]
    );
    let refused = |layer: HttpServerLayer| layer.with_baggage_keys(["user.id"]).with_remote_context(true);
    assert_eq!(ids_below(refused).await, [Some("u 42".to_owned()), None, None]);
}
