//! Which traces the gateway keeps, and that all of them are counted.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tachograph::{AgentExecution, LlmRequest, Outcome, ToolExecution, Usage};
use tachograph_testing::otlp::proto::{
    common::v1::{KeyValue, any_value},
    metrics::v1::{Metric, metric::Data, number_data_point},
    trace::v1::Span,
};
use tachograph_testing::otlp::{OtlpServer, Signal};
use tests::components::{collector::Configured, poll};

use super::application::{application, flush, gateway, is_marker, settle, within};

/// Traces of which none is worth keeping.
const ORDINARY: usize = 200;
const SECOND: Duration = Duration::from_secs(1);

/// An agent that calls a model and a tool.
fn run(agent: &str, model_call: impl FnOnce()) {
    AgentExecution::new(agent.to_owned()).run(|| {
        model_call();
        ToolExecution::new("search").record(SECOND, Outcome::Success);
    });
}

/// Of a model without a price: what it costs is another reason.
fn model_call(usage: Usage) {
    let call = LlmRequest::new("acme", "large").start();
    call.usage(usage);
    call.finish(Outcome::Success);
}

/// A run for each reason to keep one, called after it.
fn worth_keeping() -> [(&'static str, fn()); 7] {
    [
        ("failed", || LlmRequest::new("acme", "large").record(SECOND, Outcome::error("timeout"))),
        ("slow", || LlmRequest::new("acme", "large").record(31 * SECOND, Outcome::Success)),
        ("dear", || {
            let call = LlmRequest::new("acme", "large").start();
            call.cost_usd(0.25);
            call.finish(Outcome::Success);
        }),
        ("long prompt", || model_call(Usage::new(100_000, 10))),
        ("long answer", || model_call(Usage::new(10, 8_000))),
        ("many calls", || {
            let call = LlmRequest::new("acme", "large").with_attribute("tachograph.request.llm.operations", 25);
            call.record(SECOND, Outcome::Success);
        }),
        ("forced", || {
            LlmRequest::new("acme", "large").with_attribute("sampling.priority", 1).record(SECOND, Outcome::Success);
        }),
    ]
}

/// Almost worth keeping, for each reason.
fn ordinary(number: usize) {
    let call = LlmRequest::new("acme", "large")
        .with_attribute("sampling.priority", 0)
        .with_attribute("tachograph.request.llm.operations", 24)
        .start();
    call.usage(Usage::new(99_999, 7_999));
    call.cost_usd(0.249);
    call.finish(Outcome::Success);
    if number.is_multiple_of(2) {
        LlmRequest::new("acme", "large").record(29 * SECOND, Outcome::Success);
    }
}

/// The spans of each trace, by the name of its agent.
fn by_agent(spans: &[Span]) -> BTreeMap<String, BTreeSet<String>> {
    let agent = |trace: &[u8]| {
        let root = spans.iter().find(|span| span.trace_id == trace && span.parent_span_id.is_empty());
        root.unwrap_or_else(|| panic!("a trace without its root: {spans:#?}")).name.clone()
    };
    let mut traces = BTreeMap::<_, BTreeSet<_>>::new();
    for span in spans {
        traces.entry(agent(&span.trace_id)).or_default().insert(span.name.clone());
    }
    traces
}

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    match attributes.iter().find(|attribute| attribute.key == key)?.value.as_ref()?.value.as_ref()? {
        any_value::Value::StringValue(text) => Some(text),
        _ => None,
    }
}

/// The instances of the gateway that the series of calls name.
pub(crate) fn writers(metrics: &[Metric]) -> BTreeSet<String> {
    let calls = metrics.iter().filter(|metric| metric.name == "traces.span.metrics.calls");
    let points = calls.flat_map(|metric| match &metric.data {
        Some(Data::Sum(sum)) => &sum.data_points[..],
        other => panic!("no sum: {other:?}"),
    });
    points.filter_map(|point| text(&point.attributes, "collector.instance.id")).map(str::to_owned).collect()
}

/// Calls by the name of their span, as `traces.span.metrics.calls` has them. A request may have a series several times: the last counts,
/// which is the highest.
fn calls(metrics: &[Metric]) -> BTreeMap<String, i64> {
    let mut series = BTreeMap::<_, i64>::new();
    for metric in metrics.iter().filter(|metric| metric.name == "traces.span.metrics.calls") {
        let Some(Data::Sum(sum)) = &metric.data else { panic!("no sum: {metric:?}") };
        for point in &sum.data_points {
            let Some(number_data_point::Value::AsInt(value)) = point.value else { panic!("no integer: {point:?}") };
            let name = text(&point.attributes, "span.name").unwrap().to_owned();
            let highest = series.entry((name, format!("{:?}", point.attributes))).or_default();
            *highest = value.max(*highest);
        }
    }
    let mut calls = BTreeMap::new();
    series.into_iter().for_each(|((name, _), value)| *calls.entry(name).or_default() += value);
    calls
}

#[test]
fn traces_that_failed_or_were_slow_or_dear_or_forced_are_kept_whole_and_ordinary_ones_are_not_yet_all_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let backend = OtlpServer::start();
    let endpoint = backend.grpc_endpoint();
    let variables = gateway(&endpoint, folder.path(), "0");
    let Some(mut collector) = Configured::start(&["gateway.yaml"], &variables) else { return };

    let telemetry = application(collector.http());
    within(&telemetry, || {
        (0..ORDINARY).for_each(|number| run("ordinary", || ordinary(number)));
        worth_keeping().into_iter().for_each(|(agent, call)| run(agent, call));
    });
    flush(&telemetry);

    let expected: BTreeMap<_, _> = worth_keeping()
        .into_iter()
        .map(|(agent, _)| {
            let root = format!("invoke_agent {agent}");
            (root.clone(), BTreeSet::from([root, "chat large".to_owned(), "execute_tool search".to_owned()]))
        })
        .collect();
    settle(&telemetry, &backend, 3 * expected.len() as u64);
    let runs = (ORDINARY + expected.len()) as i64;
    let mut all = BTreeMap::from([
        ("chat large".to_owned(), runs + ORDINARY as i64 / 2),
        ("execute_tool search".to_owned(), runs),
        ("invoke_agent ordinary".to_owned(), ORDINARY as i64),
        ("invoke_agent marker".to_owned(), 2),
    ]);
    all.extend(expected.keys().map(|root| (root.clone(), 1)));
    let total = all.values().sum::<i64>();
    let counted = || calls(&backend.last_metrics());
    let counted = poll::until("all calls to be counted", counted, |calls| calls.values().sum::<i64>() >= total);
    assert_eq!(counted, all);
    let metrics = backend.last_metrics();
    assert_eq!(writers(&metrics), BTreeSet::new(), "a restart goes on with the same series");
    let duration = metrics.iter().find(|metric| metric.name == "traces.span.metrics.duration");
    assert_eq!(duration.expect("durations").unit, "s");

    telemetry.shutdown_blocking(30 * SECOND).into_result().unwrap();
    collector.stop();
    let spans: Vec<_> = backend.spans().into_iter().filter(|span| !is_marker(span)).collect();
    assert_eq!(by_agent(&spans), expected);
    assert_eq!(spans.len(), 3 * expected.len(), "each once");
}

#[test]
fn of_ordinary_traces_the_share_is_kept_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let backend = OtlpServer::start();
    let endpoint = backend.grpc_endpoint();
    let Some(mut collector) = Configured::start(&["gateway.yaml"], &gateway(&endpoint, folder.path(), "50")) else {
        return;
    };
    let telemetry = application(collector.http());
    within(&telemetry, || (0..ORDINARY).for_each(|number| run("ordinary", || ordinary(number))));
    flush(&telemetry);
    settle(&telemetry, &backend, 0);
    telemetry.shutdown_blocking(30 * SECOND).into_result().unwrap();
    collector.stop();
    let spans = backend.spans().into_iter().filter(|span| !is_marker(span));
    let traces: BTreeSet<_> = spans.map(|span| span.trace_id).collect();
    // Eight standard deviations on both sides.
    assert!((43..=157).contains(&traces.len()), "{}", traces.len());
}

#[test]
fn a_run_that_is_still_going_on_is_not_decided_on() {
    let folder = tempfile::tempdir().unwrap();
    let backend = OtlpServer::start();
    let endpoint = backend.grpc_endpoint();
    let Some(mut collector) = Configured::start(&["gateway.yaml"], &gateway(&endpoint, folder.path(), "0")) else {
        return;
    };
    let telemetry = application(collector.http());
    within(&telemetry, || {
        let agent = AgentExecution::new("long").start();
        {
            let _context = agent.enter();
            ToolExecution::new("search").record(SECOND, Outcome::Success);
        }
        flush(&telemetry);
        // Others begin and are decided on meanwhile: several times over, for two decisions may fall into one tick.
        for other in 1..=3 {
            AgentExecution::new("other").record(SECOND, Outcome::error("timeout"));
            flush(&telemetry);
            backend.accepted_at_least(Signal::Traces, other).wait();
        }
        agent.finish(Outcome::error("timeout"));
    });
    telemetry.shutdown_blocking(30 * SECOND).into_result().unwrap();
    backend.accepted_at_least(Signal::Traces, 5).wait();
    collector.stop();
    let spans = backend.spans();
    let long = by_agent(&spans).remove("invoke_agent long");
    let whole = ["execute_tool search", "invoke_agent long"].map(str::to_owned);
    assert_eq!(long, Some(BTreeSet::from(whole)));
}

#[test]
fn probes_of_other_services_are_neither_kept_nor_counted() {
    let folder = tempfile::tempdir().unwrap();
    let backend = OtlpServer::start();
    let endpoint = backend.grpc_endpoint();
    let Some(mut collector) = Configured::start(&["gateway.yaml"], &gateway(&endpoint, folder.path(), "100")) else {
        return;
    };
    let telemetry = application(collector.http());
    within(&telemetry, || {
        for path in ["/health", "/healthz", "/readyz", "/monitoring/health/live", "/orders/health", "/healthy"] {
            let request = tachograph::HttpRequest::new("GET", path).with_attribute("url.path", path);
            request.record(SECOND, Outcome::Success);
        }
    });
    flush(&telemetry);
    settle(&telemetry, &backend, 2);
    let counted = || calls(&backend.last_metrics());
    let counted = poll::until("calls to be counted", counted, |calls| calls.values().sum::<i64>() >= 4);
    telemetry.shutdown_blocking(30 * SECOND).into_result().unwrap();
    collector.stop();
    let expected = [("GET /healthy", 1), ("GET /orders/health", 1), ("invoke_agent marker", 2)];
    let expected: BTreeMap<_, _> = expected.map(|(name, count)| (name.to_owned(), count)).into();
    assert_eq!(counted, expected);
    let names: BTreeSet<_> = backend.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, expected.into_keys().collect());
}

#[test]
fn an_application_that_starts_again_goes_on_with_the_same_series() {
    let folder = tempfile::tempdir().unwrap();
    let backend = OtlpServer::start();
    let endpoint = backend.grpc_endpoint();
    let Some(mut collector) = Configured::start(&["gateway.yaml"], &gateway(&endpoint, folder.path(), "0")) else {
        return;
    };
    for _ in 0..2 {
        let telemetry = application(collector.http());
        within(&telemetry, || ToolExecution::new("search").record(SECOND, Outcome::Success));
        telemetry.shutdown_blocking(30 * SECOND).into_result().unwrap();
    }
    // Of equal series the highest counts, which is 1 where each start has its own.
    let counted = || calls(&backend.last_metrics());
    poll::until("both calls in one series", counted, |calls| calls.get("execute_tool search") == Some(&2));
    collector.stop();
}
