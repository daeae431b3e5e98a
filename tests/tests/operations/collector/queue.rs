//! A backend that is away.

use std::{collections::BTreeMap, time::Duration};

use tachograph::{Outcome, Tachograph, ToolExecution};
use tachograph_testing::otlp::proto::{common::v1::any_value, logs::v1::LogRecord};
use tachograph_testing::otlp::{Answer, OtlpServer, Signal};
use tests::components::{collector::Configured, poll};
use tracing::{Dispatch, dispatcher::with_default};
use tracing_subscriber::layer::SubscriberExt as _;

use super::application::{application, flush, gateway, within};

/// Of each signal, in each part of the test.
const ITEMS: usize = 500;

/// Spans, each a trace of its own, and log records, called after the part of the test and their number.
fn send(telemetry: &Tachograph, part: &str) {
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(telemetry.log_export_layer()));
    within(telemetry, || {
        with_default(&subscriber, || {
            for number in 0..ITEMS {
                let name = format!("{part}-{number}");
                tracing::info!(target: "shop", "{name}");
                ToolExecution::new(name).record(Duration::from_secs(1), Outcome::Success);
            }
        });
    });
    flush(telemetry);
}

/// How often each name came.
fn count(names: impl IntoIterator<Item = String>) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    names.into_iter().for_each(|name| *count.entry(name).or_default() += 1);
    count
}

/// All names of these parts, each once.
fn once(prefix: &str, parts: &[&str]) -> BTreeMap<String, usize> {
    let names = parts.iter().flat_map(|part| (0..ITEMS).map(move |number| (format!("{prefix}{part}-{number}"), 1)));
    names.collect()
}

fn body(record: &LogRecord) -> String {
    match record.body.as_ref().and_then(|body| body.value.as_ref()) {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        other => panic!("no text: {other:?}"),
    }
}

/// The items of a part that the backend has seen, whatever it answered.
fn seen(backend: &OtlpServer, part: &str) -> (usize, usize) {
    let requests = backend.requests();
    let spans = requests.iter().flat_map(|request| request.payload.spans()).map(|span| span.name.clone());
    let records = requests.iter().flat_map(|request| request.payload.log_records()).map(body);
    let of_part = |names: BTreeMap<String, usize>| names.keys().filter(|name| name.contains(part)).count();
    (of_part(count(spans)), of_part(count(records)))
}

#[test]
fn a_backend_that_is_away_and_a_gateway_that_is_killed_meanwhile_lose_nothing_and_send_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let backend = OtlpServer::start();
    let endpoint = backend.grpc_endpoint();
    let variables = gateway(&endpoint, folder.path(), "100");
    let start = || Configured::start(&["gateway.yaml"], &variables);
    let Some(mut collector) = start() else { return };
    let telemetry = application(collector.http());

    // Nobody listens; then somebody does, and takes nothing.
    backend.refuse_connections();
    send(&telemetry, "away");
    backend.from_now_on(Answer::unavailable());
    backend.accept_connections();
    send(&telemetry, "refused");
    // What was tried is on disk: only there does the Collector try from.
    for part in ["away", "refused"] {
        poll::until(part, || seen(&backend, part), |seen| *seen == (ITEMS, ITEMS));
    }
    collector.kill();

    collector = start().unwrap();
    let after = application(collector.http());
    send(&after, "after");
    backend.from_now_on(Answer::accept());
    let all = 3 * ITEMS as u64;
    for signal in [Signal::Traces, Signal::Logs] {
        backend.accepted_at_least(signal, all).within(Duration::from_secs(60)).wait();
    }
    for telemetry in [telemetry, after] {
        telemetry.shutdown_blocking(Duration::from_secs(30)).into_result().unwrap();
    }
    collector.stop();
    let parts = ["after", "away", "refused"];
    let spans = backend.spans().into_iter().map(|span| span.name);
    assert_eq!(count(spans), once("execute_tool ", &parts));
    assert_eq!(count(backend.log_records().iter().map(body)), once("", &parts));
}
