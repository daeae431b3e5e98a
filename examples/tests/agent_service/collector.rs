//! The service behind the Collectors of the operations kit: an agent beside it, a gateway, and what arrives at the end.

use std::collections::{BTreeMap, BTreeSet};

use tests::components::{
    Collector,
    collector::{Configured, Data, Point, Span},
    poll,
};

use crate::{
    asked::Asked,
    service::{Delivered, Service},
};

const HMAC_KEY: &str = "0123456789abcdef0123456789abcdef";

/// Calls by the name of their span, as the gateway counted them last.
fn counted(points: &[Point]) -> BTreeMap<String, f64> {
    let calls = points.iter().filter(|point| point.name == "traces.span.metrics.calls");
    let mut latest = BTreeMap::new();
    for point in calls {
        let Data::Counter(value) = point.data else { panic!("no counter: {point:?}") };
        latest.insert(format!("{:?}", point.attributes), (point.attributes["span.name"].clone(), value));
    }
    let mut counted = BTreeMap::new();
    for (name, value) in latest.into_values() {
        *counted.entry(name.as_str().unwrap().to_owned()).or_default() += value;
    }
    counted
}

fn named(spans: &[Span]) -> BTreeMap<String, f64> {
    let mut named = BTreeMap::new();
    spans.iter().for_each(|span| *named.entry(span.name.clone()).or_default() += 1.0);
    named
}

#[test]
fn by_agent_and_gateway_everything_arrives_once_without_prompts_and_every_call_is_counted() {
    let Some(mut backend) = Collector::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let queue = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let address = |url: &str| url.strip_prefix("http://").unwrap().to_owned();
    let variables = [
        ("BACKEND_ENDPOINT", address(backend.grpc())),
        ("BACKEND_INSECURE", "true".to_owned()),
        ("OTEL_RESOURCE_ATTRIBUTES", "k8s.cluster.name=west".to_owned()),
        ("QUEUE_DIRECTORY", queue("gateway")),
        ("REDACTION_HMAC_KEY", HMAC_KEY.to_owned()),
        ("SPAN_METRICS_FLUSH_INTERVAL", "200ms".to_owned()),
        ("TAIL_SAMPLING_PERCENTAGE", "100".to_owned()),
        ("TAIL_SAMPLING_WAIT_AFTER_ROOT", "100ms".to_owned()),
    ];
    let mut gateway = Configured::start(&["gateway.yaml"], &variables).unwrap();
    let variables = [
        ("GATEWAY_ENDPOINT", address(gateway.grpc())),
        ("GATEWAY_INSECURE", "true".to_owned()),
        ("OTEL_RESOURCE_ATTRIBUTES", "k8s.pod.name=pod-1".to_owned()),
        ("QUEUE_DIRECTORY", queue("agent")),
    ];
    let mut agent = Configured::start(&["agent.yaml"], &variables).unwrap();

    let service = Service::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", agent.grpc()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true"),
        ("TACHOGRAPH_LOG_CALLS", "all"),
    ]);
    let asked = Asked::of_each_sort(&service);
    service.scrape_after(asked.requests());
    let report = service.stop();
    let sent = [report.spans(), report.points(), report.records()];

    // What a Collector has not handed on when it ends waits on its disk for the next start.
    let spans = backend.wait_for_spans(|spans| spans.len() >= sent[0].created);
    let records = poll::until("log records", || backend.records(), |records| records.len() >= sent[2].created);
    let expected = named(&spans);
    backend.wait_for_points(|points| counted(points).values().sum::<f64>() >= spans.len() as f64);
    [&mut agent, &mut gateway].into_iter().for_each(Configured::stop);
    backend.stop();
    let (spans, points) = (backend.spans(), backend.points());
    let own = points.iter().filter(|point| !point.name.starts_with("traces.span.metrics.")).count();
    assert_eq!(sent, [spans.len(), own, records.len()].map(Delivered::all), "{}", report.line);
    let ids: BTreeSet<_> = spans.iter().map(|span| (&span.trace_id, &span.span_id)).collect();
    assert_eq!(ids.len(), spans.len(), "each once");
    assert_eq!(counted(&points), expected);

    let prompts = ["gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.tool.call.arguments"];
    let mut models = spans.iter().filter(|span| span.name == "chat stand-in-1").peekable();
    assert!(
        models.peek().is_some() && models.all(|span| !prompts.iter().any(|key| span.attributes.contains_key(*key)))
    );
    assert!(!format!("{spans:?}").contains("What is helium"), "no question anywhere");
    for resource in spans.iter().map(|span| &span.resource).chain(records.iter().map(|record| &record.resource)) {
        assert_eq!(resource["service.name"], "agent_service");
        let places = [&resource["k8s.pod.name"], &resource["k8s.cluster.name"]];
        assert_eq!(places, ["pod-1", "west"], "what the agent knows of the place, and what the gateway does");
        assert!(resource["host.name"].is_string(), "{resource:?}");
    }
}
