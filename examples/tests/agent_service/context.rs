//! Traces that begin outside and go on outside, and telemetry that is switched off.

use axum::{Json, Router, http::HeaderMap, routing::post};
use serde_json::{Value, json};
use tests::components::Collector;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{
    service::{Delivered, Service, answer},
    trace::{named, trace_of},
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

#[test]
fn an_incoming_trace_is_continued_with_its_sampling() {
    let Some(mut collector) = Collector::start() else { return };
    let service = Service::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", collector.http())]);
    let ask = |traceparent: String| {
        let question = json!({"question": "What is this?"});
        answer(service.post("/api/chat").header("traceparent", traceparent).json(&question)).trace().to_owned()
    };
    assert_eq!(ask(format!("00-{TRACE}-{SPAN}-01")), TRACE);
    let unsampled = "1af7651916cd43dd8448eb211c80319c";
    assert_eq!(ask(format!("00-{unsampled}-{SPAN}-00")), unsampled);
    let fresh = ask("00-not-a-trace".to_owned());
    assert_ne!(fresh, "0".repeat(32));
    // Metrics count what the sampler leaves out.
    service.scrape_after(3);
    let report = service.stop();
    collector.stop();
    let spans = collector.spans();
    assert_eq!(report.spans(), Delivered::all(spans.len()), "{}", report.line);
    let of = |trace: &str| spans.iter().filter(|span| span.trace_id == trace).count();
    assert_eq!((of(TRACE), of(unsampled), of(&fresh)), (4, 0, 4));
    let request = spans.iter().find(|span| span.trace_id == TRACE && span.kind == "server").unwrap();
    assert_eq!(request.parent_id, SPAN);
}

/// Starts a model that answers every question with the `traceparent` that it was asked with; it ends with the runtime.
fn model_that_tells_its_trace() -> (Runtime, String) {
    async fn complete(headers: HeaderMap) -> Json<Value> {
        let traceparent = headers.get("traceparent").map_or("none", |value| value.to_str().unwrap());
        let message = json!({"role": "assistant", "content": traceparent});
        Json(json!({"id": "1", "model": "m", "choices": [{"message": message, "finish_reason": "stop"}]}))
    }
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}/openai/v1/", listener.local_addr().unwrap());
    let app = Router::new().route("/openai/v1/chat/completions", post(complete));
    runtime.spawn(async move { axum::serve(listener, app).await });
    (runtime, url)
}

#[test]
fn a_model_on_this_machine_is_told_the_request_that_asks_it() {
    let Some(collector) = Collector::start() else { return };
    let (_runtime, url) = model_that_tells_its_trace();
    let service = Service::start(&[
        ("OPENAI_BASE_URL", &url),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.http()),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
    ]);
    let answer = service.ask("What is this?");
    let spans = trace_of(&collector, &answer, 4);
    let request = named(&spans, "POST /openai/v1/chat/completions")[0];
    assert_eq!(answer.answer, format!("00-{}-{}-01", answer.trace(), request.span_id));
}

#[test]
fn switched_off_the_service_works_and_exports_nothing() {
    let Some(mut collector) = Collector::start() else { return };
    let service = Service::start(&[("OTEL_SDK_DISABLED", "true"), ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.http())]);
    let answer = service.ask("What is helium used for?");
    assert!(answer.answer.contains("superconducting magnets"));
    assert_eq!(answer.trace_id, None);
    assert!(service.stream("What is 6 * 7?").answer.contains("42"));
    assert_eq!(service.get("/health").status(), 200);
    assert_eq!(service.get("/monitoring/health/ready").status(), 200);
    let metrics = service.get("/monitoring/metrics");
    assert_eq!(metrics.status(), 503);
    assert!(metrics.text().unwrap().contains("telemetry is disabled (OTEL_SDK_DISABLED)"));
    let report = service.stop();
    collector.stop();
    assert!(
        report.line.contains("spans: no exporter; data points: no exporter; log records: no exporter"),
        "{}",
        report.line
    );
    assert_eq!((collector.spans(), collector.points()), (Vec::new(), Vec::new()));
}
