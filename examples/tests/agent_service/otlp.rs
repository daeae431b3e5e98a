//! Spans, metrics and log records at a Collector in another process.

use std::collections::BTreeSet;

use tests::components::{
    Collector,
    collector::{as_scraped, latest},
    exposition::{Sample, Samples},
};

use crate::{
    asked::{Asked, Stores},
    service::{Delivered, Service},
};

#[test]
fn everything_arrives_over_grpc() {
    everything_arrives(Collector::grpc, &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]);
}

#[test]
fn everything_arrives_over_grpc_compressed() {
    let compressed = ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip");
    everything_arrives(Collector::grpc, &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), compressed]);
}

#[test]
fn everything_arrives_over_http() {
    everything_arrives(Collector::http, &[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]);
}

#[test]
fn everything_arrives_over_http_compressed() {
    let compressed = ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip");
    everything_arrives(Collector::http, &[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), compressed]);
}

fn everything_arrives(endpoint: fn(&Collector) -> &str, variables: &[(&str, &str)]) {
    let Some(mut collector) = Collector::start() else { return };
    let common = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint(&collector)),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "300"),
    ];
    let service = Service::start(&[variables, &common].concat());
    let asked = Asked::of_each_sort(&service);
    // One more: the articles that were written at the start.
    let expected = asked.spans() + 1;
    collector.wait_for_spans(|spans| spans.len() >= expected);
    collector.wait_for_points(|points| points.iter().any(|point| point.name == "gen_ai.client.token.usage"));

    let text = service.scrape_after(asked.requests());
    let report = service.stop();
    collector.stop();
    let (spans, points) = (collector.spans(), collector.points());
    assert_eq!(report.spans(), Delivered::all(spans.len()), "{}", report.line);
    assert_eq!(spans.len(), expected);
    assert_eq!(report.points(), Delivered::all(points.len()), "{}", report.line);
    let records = collector.records();
    assert_eq!(report.records(), Delivered::all(records.len()), "{}", report.line);
    assert!(records.iter().all(|record| record.resource["service.name"] == "agent_service"));
    let traces: BTreeSet<_> = spans.iter().map(|span| (&span.trace_id, &span.span_id)).collect();
    let within = records.iter().filter(|record| !record.trace_id.is_empty());
    for record in within {
        assert!(traces.contains(&(&record.trace_id, &record.span_id)), "{record:?}");
    }

    // The last export is of the moment after the last scrape, and nothing happened between them.
    let latest = latest(&points);
    let exported = latest.iter().flat_map(as_scraped).filter(stands_still);
    let exported: BTreeSet<String> = exported.map(|sample| shown(&sample)).collect();
    let scraped = Samples::parse(&text).0.into_iter().filter(|sample| sample.labels.contains_key("otel_scope_name"));
    let scraped: BTreeSet<String> = scraped.filter(stands_still).map(|sample| shown(&sample)).collect();
    let differ: Vec<_> = exported.symmetric_difference(&scraped).collect();
    assert!(differ.is_empty(), "exported or scraped, not both: {differ:#?}");
    assert!(exported.len() > 100, "{exported:#?}");
    assert!(points.iter().any(|point| point.name == "process.memory.usage"), "figures of the process are exported too");

    for (resource, what) in
        spans.iter().map(|s| (&s.resource, &s.name)).chain(points.iter().map(|p| (&p.resource, &p.name)))
    {
        assert_eq!(resource["service.name"], "agent_service", "{what}");
        assert_eq!(resource["telemetry.sdk.language"], "rust", "{what}");
        assert!(resource["service.instance.id"].is_string(), "{what}");
    }
    for answer in asked.answers() {
        assert!(spans.iter().any(|span| span.trace_id == answer.trace()), "no trace {}", answer.trace());
    }
}

/// Figures of the machine, of the process and of the export itself go on between an export and a scrape.
fn stands_still(sample: &Sample) -> bool {
    !["process_", "system_", "otel_sdk_"].iter().any(|moving| sample.name.starts_with(moving))
}

/// The sample with the boundary of its bucket as a number: there are many ways to write one.
fn shown(sample: &Sample) -> String {
    let mut sample = sample.clone();
    if let Some(bound) = sample.labels.get_mut("le") {
        *bound = bound.parse::<f64>().unwrap().to_string();
    }
    sample.to_string()
}

#[test]
fn a_collector_that_is_away_changes_nothing_but_the_report() {
    // Not among the ports that the system gives away, so that nobody listens there.
    let service = Service::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")]);
    let asked = Asked::of_each_sort(&service);
    let samples = Samples::parse(&service.scrape_after(asked.requests()));
    asked.assert_counted(&samples, Stores::Embedded);
    let report = service.stop();
    assert_eq!(report.spans(), Delivered { exported: 0, created: asked.spans() + 1 }, "{}", report.line);
    assert!(report.line.contains("failed"), "{}", report.line);
}
