//! Spans and metrics at a Collector in another process.

use std::collections::BTreeSet;

use tests::components::{
    Collector,
    collector::{as_scraped, latest},
    exposition::{Sample, Samples},
};

use crate::{asked::Asked, service::Service};

#[test]
fn everything_arrives_over_grpc() {
    let Some(collector) = Collector::start() else { return };
    let endpoint = collector.grpc().to_owned();
    everything_arrives(
        collector,
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
    );
}

#[test]
fn everything_arrives_over_http() {
    let Some(collector) = Collector::start() else { return };
    let endpoint = collector.http().to_owned();
    let protocol = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
    everything_arrives(collector, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint), protocol]);
}

fn everything_arrives(mut collector: Collector, variables: &[(&str, &str)]) {
    let often = [("OTEL_BSP_SCHEDULE_DELAY", "100"), ("OTEL_METRIC_EXPORT_INTERVAL", "300")];
    let service = Service::start(&[variables, &often].concat());
    let asked = Asked::of_each_sort(&service);
    // One more: the articles that were written at the start.
    let expected = asked.spans() + 1;
    collector.wait_for_spans(|spans| spans.len() >= expected);
    collector.wait_for_points(|points| points.iter().any(|point| point.name == "gen_ai.client.token.usage"));

    let text = service.scrape_after(asked.requests());
    let report = service.stop();
    collector.stop();
    let (spans, points) = (collector.spans(), collector.points());
    assert_eq!((report.spans_exported, report.spans_created), (spans.len(), spans.len()), "{}", report.line);
    assert_eq!(spans.len(), expected);
    assert_eq!((report.points_exported, report.points_created), (points.len(), points.len()), "{}", report.line);

    // The last export is of the moment after the last scrape, and nothing happened between them.
    let exported: BTreeSet<String> = latest(&points).iter().flat_map(as_scraped).map(|sample| shown(&sample)).collect();
    let scraped = Samples::parse(&text).0.into_iter().filter(|sample| sample.labels.contains_key("otel_scope_name"));
    let scraped: BTreeSet<String> = scraped.map(|sample| shown(&sample)).collect();
    let differ: Vec<_> = exported.symmetric_difference(&scraped).collect();
    assert!(differ.is_empty(), "exported or scraped, not both: {differ:#?}");
    assert!(exported.len() > 100, "{exported:#?}");

    for (resource, what) in
        spans.iter().map(|s| (&s.resource, &s.name)).chain(points.iter().map(|p| (&p.resource, &p.name)))
    {
        assert_eq!(resource["service.name"], "agent_service", "{what}");
        assert_eq!(resource["telemetry.sdk.language"], "rust", "{what}");
        assert!(resource["service.instance.id"].is_string(), "{what}");
    }
    for answer in asked.answers() {
        assert!(spans.iter().any(|span| span.trace_id == answer.trace_id), "no trace {}", answer.trace_id);
    }
}

fn shown(sample: &Sample) -> String {
    sample.to_string()
}

#[test]
fn a_collector_that_is_away_changes_nothing_but_the_report() {
    // A port that nobody listens on: bound, so that nobody else gets it, and not listened on.
    let nobody = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let service = Service::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{nobody}"))]);
    let asked = Asked::of_each_sort(&service);
    let samples = Samples::parse(&service.scrape_after(asked.requests()));
    assert_eq!(crate::asked::classic(&samples), asked.classic());
    let report = service.stop();
    assert_eq!((report.spans_exported, report.spans_created), (0, asked.spans() + 1), "{}", report.line);
    assert!(report.line.contains("failed"), "{}", report.line);
}
