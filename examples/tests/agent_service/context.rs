//! Traces that begin outside, and telemetry that is switched off.

use serde_json::json;
use tests::components::Collector;

use crate::service::{Delivered, Service, answer};

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
    assert_eq!((of(TRACE), of(unsampled), of(&fresh)), (3, 0, 3));
    let request = spans.iter().find(|span| span.trace_id == TRACE && span.kind == "server").unwrap();
    assert_eq!(request.parent_id, SPAN);
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
    assert!(report.line.contains("spans: no exporter; data points: no exporter"), "{}", report.line);
    assert_eq!((collector.spans(), collector.points()), (Vec::new(), Vec::new()));
}
