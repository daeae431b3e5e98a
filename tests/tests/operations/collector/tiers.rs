//! Two tiers: a balancer, and two samplers behind it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tachograph::{AgentExecution, Outcome, ToolExecution};
use tachograph_testing::otlp::{OtlpServer, Signal};
use tests::components::{collector::Configured, poll};

use super::{
    application::{application, flush, gateway, within},
    sampling::writers,
};

const TRACES: usize = 60;
/// The agent and its tools.
const SPANS: usize = 4;

/// The spans of each trace at a backend.
fn traces(backend: &OtlpServer) -> BTreeMap<Vec<u8>, Vec<String>> {
    let mut traces = BTreeMap::<_, Vec<_>>::new();
    for span in backend.spans() {
        traces.entry(span.trace_id).or_default().push(span.name);
    }
    traces
}

#[test]
fn all_spans_of_a_trace_meet_in_one_of_two_samplers_though_they_come_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let backends = [OtlpServer::start(), OtlpServer::start()];
    let mut samplers = Vec::new();
    for (number, backend) in backends.iter().enumerate() {
        let endpoint = backend.grpc_endpoint();
        let queue = folder.path().join(number.to_string());
        let variables = gateway(&endpoint, &queue, "100");
        let Some(sampler) = Configured::start(&["gateway.yaml", "load-balanced/sampler.yaml"], &variables) else {
            return;
        };
        samplers.push(sampler);
    }
    let addresses: Vec<_> =
        samplers.iter().map(|sampler| sampler.grpc().strip_prefix("http://").unwrap().to_owned()).collect();
    let found = format!("{{static: {{hostnames: ['{}']}}}}", addresses.join("', '"));
    let queue = folder.path().join("balancer");
    let variables =
        [("SAMPLERS", found.as_str()), ("SAMPLERS_INSECURE", "true"), ("QUEUE_DIRECTORY", queue.to_str().unwrap())];
    let mut balancer = Configured::start(&["load-balanced/balancer.yaml"], &variables).unwrap();

    let telemetry = application(balancer.http());
    within(&telemetry, || {
        let agents: Vec<_> = (0..TRACES).map(|_| AgentExecution::new("researcher").start()).collect();
        // A request to the balancer has spans of every trace, and of each trace one.
        for tool in 1..SPANS {
            for agent in &agents {
                let _context = agent.enter();
                ToolExecution::new(format!("tool-{tool}")).record(Duration::from_secs(1), Outcome::Success);
            }
            flush(&telemetry);
        }
        agents.into_iter().for_each(|agent| agent.finish(Outcome::Success));
    });
    telemetry.shutdown_blocking(Duration::from_secs(30)).into_result().unwrap();
    let arrived = || backends.iter().map(|backend| backend.counts().of(Signal::Traces).accepted).sum::<u64>();
    poll::until("all spans at the backends", arrived, |arrived| *arrived >= (TRACES * SPANS) as u64);
    let writers = backends.each_ref().map(|backend| {
        let asked = || writers(&backend.last_metrics());
        poll::until("span metrics of each sampler", asked, |writers| writers.len() == 1)
    });
    assert_ne!(writers[0], writers[1], "no two write the same series");
    balancer.stop();
    samplers.iter_mut().for_each(Configured::stop);

    let [one, other] = backends.each_ref().map(traces);
    let whole: BTreeSet<_> =
        (1..SPANS).map(|tool| format!("execute_tool tool-{tool}")).chain(["invoke_agent researcher".into()]).collect();
    for spans in one.values().chain(other.values()) {
        assert_eq!((spans.len(), spans.iter().cloned().collect()), (SPANS, whole.clone()));
    }
    assert!(!one.is_empty() && !other.is_empty(), "{} and {}", one.len(), other.len());
    assert_eq!(one.keys().chain(other.keys()).collect::<BTreeSet<_>>().len(), TRACES);
    assert_eq!(arrived(), (TRACES * SPANS) as u64, "each once");
}
