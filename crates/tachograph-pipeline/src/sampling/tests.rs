//! What is kept, over many traces, and in two services.

use opentelemetry::trace::{Span as _, SpanContext, SpanId, TraceFlags, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SdkTracerProvider};
use tachograph_core::Kind;
use tachograph_core::semconv::attribute as attr;

use super::*;

const TRACES: usize = 20_000;

fn parent_based(ratios: &str) -> KindSampler {
    let base = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    KindSampler::new(base, KindRatios::parse("the test", ratios).unwrap())
}

fn alone(ratios: &str) -> KindSampler {
    KindSampler::new(Sampler::AlwaysOff, KindRatios::parse("the test", ratios).unwrap())
}

/// A span of a kind, as the conventions have it at its start.
fn span(kind: Kind) -> (SpanKind, Vec<KeyValue>) {
    match kind {
        Kind::Agent => (SpanKind::Internal, vec![KeyValue::new(attr::GEN_AI_OPERATION_NAME, "invoke_agent")]),
        Kind::Llm => (SpanKind::Client, vec![KeyValue::new(attr::GEN_AI_OPERATION_NAME, "chat")]),
        Kind::Http => (SpanKind::Server, vec![KeyValue::new(attr::HTTP_REQUEST_METHOD, "GET")]),
        Kind::Cache => (SpanKind::Internal, vec![KeyValue::new(attr::CACHE_NAME, "searches")]),
        other => panic!("{other:?} is not used here"),
    }
}

fn decide(sampler: &KindSampler, above: Option<&Context>, trace: TraceId, kind: Kind) -> SamplingResult {
    let (span_kind, attributes) = span(kind);
    sampler.should_sample(above, trace, "a span", &span_kind, &attributes, &[])
}

fn is_kept(result: &SamplingResult) -> bool {
    result.decision == SamplingDecision::RecordAndSample
}

fn above(trace: TraceId, is_sampled: bool, is_remote: bool, state: TraceState) -> Context {
    let flags = if is_sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    let context = SpanContext::new(trace, SpanId::from(1), flags, is_remote, state);
    Context::new().with_remote_span_context(context)
}

fn traces() -> impl Iterator<Item = TraceId> {
    let ids = RandomIdGenerator::default();
    (0..TRACES).map(move |_| ids.new_trace_id())
}

/// Five standard deviations: once in a million runs it is more by chance.
#[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
fn assert_ratio(kept: usize, ratio: f64) {
    let expected = TRACES as f64 * ratio;
    let deviation = (TRACES as f64 * ratio * (1.0 - ratio)).sqrt();
    assert!((kept as f64 - expected).abs() <= 5.0 * deviation, "{kept} of {TRACES} at {ratio}");
}

#[test]
fn traces_that_begin_with_a_kind_are_kept_by_its_ratio() {
    let sampler = parent_based("http=0.1,agent=1,llm=0.5,cache=0");
    for (kind, ratio) in [(Kind::Http, 0.1), (Kind::Agent, 1.0), (Kind::Llm, 0.5), (Kind::Cache, 0.0)] {
        let kept = traces().filter(|trace| is_kept(&decide(&sampler, None, *trace, kind))).count();
        assert_ratio(kept, ratio);
    }
}

#[test]
fn two_services_decide_alike_about_a_trace_whether_they_hear_of_each_other_or_not() {
    let [one, other] = [parent_based("http=0.3,cache=0.2"), alone("http=0.3,cache=0.2")];
    let mut kept = 0;
    for trace in traces() {
        let in_one = decide(&one, None, trace, Kind::Http);
        // The second service takes no notice of the first one's flag, and comes to the same.
        let context = above(trace, is_kept(&in_one), true, in_one.trace_state.clone());
        let in_other = decide(&other, Some(&context), trace, Kind::Http);
        assert_eq!(is_kept(&in_one), is_kept(&in_other));
        // A cache in each of them.
        let caches = [(&one, &in_one), (&other, &in_other)].map(|(sampler, request)| {
            let request = above(trace, is_kept(request), false, request.trace_state.clone());
            is_kept(&decide(sampler, Some(&request), trace, Kind::Cache))
        });
        assert_eq!(caches[0], caches[1]);
        kept += usize::from(caches[0]);
    }
    assert_ratio(kept, 0.2);
}

#[test]
fn the_traces_of_a_smaller_ratio_are_among_those_of_a_greater_one() {
    let sampler = alone("llm=0.6,cache=0.2");
    let kept = |trace, kind| is_kept(&decide(&sampler, None, trace, kind));
    let smaller = traces().filter(|trace| kept(*trace, Kind::Cache));
    assert!(smaller.into_iter().all(|trace| kept(trace, Kind::Llm)));
}

#[test]
fn below_a_kept_span_of_this_process_a_kind_is_thinned_out_and_tells_what_it_stands_for() {
    let sampler = parent_based("http=0.5,cache=0.2,llm=1");
    let (mut requests, mut caches) = (0, 0);
    for trace in traces() {
        let request = decide(&sampler, None, trace, Kind::Http);
        if !is_kept(&request) {
            continue;
        }
        requests += 1;
        assert_eq!(request.trace_state.header(), "ot=th:8");
        let context = above(trace, true, false, request.trace_state);
        let model = decide(&sampler, Some(&context), trace, Kind::Llm);
        assert!(is_kept(&model));
        assert_eq!(model.trace_state.header(), "ot=th:8", "it stands for two, as the request does");
        let cache = decide(&sampler, Some(&context), trace, Kind::Cache);
        if is_kept(&cache) {
            caches += 1;
            assert!(cache.trace_state.header().starts_with("ot=th:ccccccccc"), "{:?}", cache.trace_state);
        } else {
            assert_eq!(cache.trace_state.header(), "ot=th:8");
        }
    }
    assert_ratio(requests, 0.5);
    assert_ratio(caches, 0.2);
}

#[test]
fn parent_based_follows_another_process_and_keeps_nothing_below_what_was_not_kept() {
    let sampler = parent_based("http=0,llm=1");
    for trace in traces().take(50) {
        let state = TraceState::from_key_value([("ot", "th:c")]).unwrap();
        let remote = decide(&sampler, Some(&above(trace, true, true, state)), trace, Kind::Http);
        assert_eq!((is_kept(&remote), remote.trace_state.header().as_str()), (true, "ot=th:c"));
        for is_remote in [true, false] {
            let unsampled = above(trace, false, is_remote, TraceState::NONE);
            assert!(!is_kept(&decide(&sampler, Some(&unsampled), trace, Kind::Llm)));
        }
    }
}

#[test]
fn a_sampler_that_is_not_parent_based_keeps_kinds_of_traces_that_are_not_kept() {
    let sampler = alone("llm=1");
    for trace in traces().take(50) {
        let unsampled = above(trace, false, false, TraceState::NONE);
        let model = decide(&sampler, Some(&unsampled), trace, Kind::Llm);
        assert_eq!((is_kept(&model), model.trace_state.header().as_str()), (true, "ot=th:0"));
        assert!(!is_kept(&decide(&sampler, Some(&unsampled), trace, Kind::Cache)));
    }
}

#[test]
fn a_kind_without_a_ratio_is_sampled_as_a_whole() {
    let trace = TraceId::from(1);
    assert!(is_kept(&decide(&parent_based("cache=0"), None, trace, Kind::Llm)));
    assert!(!is_kept(&decide(&alone("cache=1"), None, trace, Kind::Llm)));
}

#[test]
fn a_random_number_that_is_told_beats_the_trace_id() {
    let (low, high) = ("rv:00000000000001", "rv:fffffffffffffe");
    let sampler = alone("llm=0.5");
    for trace in traces().take(50) {
        let kept = [low, high].map(|rv| {
            let state = TraceState::from_key_value([("ot", rv)]).unwrap();
            decide(&sampler, Some(&above(trace, false, true, state)), trace, Kind::Llm)
        });
        assert_eq!(kept.each_ref().map(is_kept), [false, true]);
        assert_eq!(kept[1].trace_state.header(), format!("ot=th:8;{high}"));
    }
}

#[test]
fn each_kind_is_known_by_its_span() {
    use tachograph_core::{
        AgentExecution, CacheOperation, CommandExecution, DbQuery, HttpClientRequest, HttpRequest, LlmRequest,
        RpcClientCall, RpcServerCall, ToolExecution, WorkflowExecution,
    };
    use tachograph_testing::TestTelemetry;

    for (kind, start) in [
        ("agent", (|| AgentExecution::new("a").start().succeed()) as fn()),
        ("llm", || LlmRequest::new("openai", "gpt-4o").start().succeed()),
        ("tool", || ToolExecution::new("t").start().succeed()),
        ("workflow", || WorkflowExecution::new("w").start().succeed()),
        ("command", || CommandExecution::new("c").start().succeed()),
        ("http", || HttpRequest::new("GET", "/").start().succeed()),
        ("http_client", || HttpClientRequest::new("GET", "host").start().succeed()),
        ("rpc", || RpcServerCall::new("grpc", "s/m").start().succeed()),
        ("rpc_client", || RpcClientCall::new("grpc", "s/m").start().succeed()),
        ("db", || DbQuery::new("SELECT", "t").start().succeed()),
        ("cache", || CacheOperation::new("c", "get").start().succeed()),
    ] {
        let base = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
        let without = KindSampler::new(base, KindRatios::parse("the test", &format!("{kind}=0")).unwrap());
        let test = TestTelemetry::builder().with_sampler(without).build();
        test.scope(|| {
            start();
            // Another kind, which stays.
            if kind == "tool" {
                AgentExecution::new("b").start().succeed()
            } else {
                ToolExecution::new("u").start().succeed()
            }
        });
        assert_eq!(test.spans().len(), 1, "{kind}: {}", test.tree());
    }
}

#[test]
fn a_provider_with_it_gives_spans_their_trace_state() {
    let provider = SdkTracerProvider::builder().with_sampler(parent_based("llm=1")).build();
    let (kind, attributes) = span(Kind::Llm);
    let tracer = provider.tracer("test");
    let span = tracer
        .build_with_context(tracer.span_builder("chat").with_kind(kind).with_attributes(attributes), &Context::new());
    assert_eq!(span.span_context().trace_state().header(), "ot=th:0");
}
