//! Whose events they are: context, ids, messages, shares, scopes.

use std::{thread, time::Duration};

use futures_util::StreamExt as _;
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::Sampler;
use tachograph::{
    AgentExecution, CallError, CallEvents, DbQuery, HttpRequest, Ids, Kind, LlmRequest, Outcome, Policy, ToolExecution,
    event::Severity, record_agent_execution, record_api_request, record_cache_hit, record_error, record_llm_request,
    track_llm_request,
};
use tachograph_testing::TestTelemetry;

use super::sink::{Sink, Telling};

fn all() -> Policy {
    Policy::default().with_call_events(CallEvents::all())
}

fn inside(trace: u128, flags: TraceFlags) -> Context {
    let span = SpanContext::new(TraceId::from(trace), SpanId::from(7), flags, true, TraceState::default());
    Context::current().with_remote_span_context(span)
}

#[test]
fn the_line_of_a_call_has_the_ids_of_the_call_wherever_it_ends() {
    let telling = Telling::with(all());
    let (request, agent) = telling.test.scope(|| {
        Ids::new().user("u-42").with("shop.id", "s-1").scope(|| {
            let request = HttpRequest::new("POST", "/chat").request_id("r-7").start();
            let agent = {
                let _request = request.enter();
                AgentExecution::new("researcher").start()
            };
            (request, agent)
        })
    });
    // Here is another trace, another user, and another request.
    let elsewhere = move || {
        let context = tachograph::context::with_request_id(&inside(1, TraceFlags::SAMPLED), "r-8");
        let _elsewhere = Ids::new().user("somebody else").on(&context).attach();
        drop(agent);
        drop(request);
    };
    thread::spawn(elsewhere).join().unwrap();
    let told = telling.told();
    assert_eq!(told.iter().map(|told| told.name).collect::<Vec<_>>(), ["agent_execution_failed", "request_failed"]);
    for (told, span) in told.iter().zip(telling.test.spans()) {
        assert_eq!(told.trace, span.span_context.trace_id().to_string());
        assert_eq!(told.span, span.span_context.span_id().to_string());
        assert_eq!(told.request_id.as_deref(), Some("r-7"));
        let ids = [("user.id", "u-42"), ("shop.id", "s-1")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(told.ids, ids);
    }
}

#[test]
fn a_call_has_the_ids_that_it_was_given_by_itself_and_no_other_attribute() {
    for builder in [TestTelemetry::builder(), TestTelemetry::builder().with_metrics_only()] {
        let telling = Telling::of(builder, all(), Sink::default());
        telling.test.scope(|| {
            Ids::new().user("u-1").session("s-1").scope(|| {
                let call = LlmRequest::new("openai", "gpt-4o").with_attribute("prompt", "secret").start();
                call.user_id("u-2");
                call.conversation_id("c-1");
                call.attribute("answer", "secret");
                call.finish_reasons(["stop"]);
                call.succeed();
            });
        });
        let told = telling.one();
        let ids = [("user.id", "u-2"), ("session.id", "s-1"), ("gen_ai.conversation.id", "c-1")];
        assert_eq!(told.ids, ids.map(|(key, value)| (key.to_owned(), value.to_owned())));
        let keys: Vec<_> = told.shown().into_keys().collect();
        let expected =
            ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.finish_reasons"];
        assert_eq!(keys, expected);
    }
}

#[test]
fn calls_that_are_not_sampled_are_told_with_their_trace() {
    for policy in [all(), all().with_drop_unsampled_children(true)] {
        let builder = TestTelemetry::builder().with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff)));
        let telling = Telling::of(builder, policy, Sink::default());
        let trace = format!("{:032x}", 0xabc);
        let _scope = telling.test.telemetry().scoped(&inside(0xabc, TraceFlags::default())).attach();
        HttpRequest::new("GET", "/").request_id("r-1").start().succeed();
        let told = telling.one();
        assert_eq!((told.name, told.trace, told.request_id.as_deref()), ("request_completed", trace, Some("r-1")));
        assert!(telling.test.spans().is_empty());
    }
}

#[test]
fn messages_of_errors_are_told_where_spans_may_have_them() {
    let fails = |policy: Policy| {
        let telling = Telling::with(policy);
        let error = || Outcome::Error(CallError::new("Refused").with_message("no route to host"));
        telling.test.scope(|| {
            LlmRequest::new("openai", "gpt-4o").start().finish(error());
            DbQuery::new("SELECT", "users").start().finish(error());
        });
        telling.told().into_iter().map(|told| told.error).collect::<Vec<_>>()
    };
    let message = Some("no route to host".to_owned());
    assert_eq!(fails(all()), [None, message.clone()]);
    assert_eq!(fails(all().with_error_messages(true)), [message.clone(), message]);
    assert_eq!(fails(all().with_error_messages(false)), [None, None]);
}

#[test]
fn what_a_request_set_off_stands_on_its_event() {
    let telling = Telling::with(Policy::default().with_call_events(CallEvents::only([Kind::Http])));
    telling.test.scope(|| {
        HttpRequest::new("POST", "/chat").run(|| {
            AgentExecution::new("researcher").run(|| {
                LlmRequest::new("openai", "gpt-4o").run(|| {});
                ToolExecution::new("search").run(|| DbQuery::new("SELECT", "users").run(|| {}));
                ToolExecution::new("search").run(|| {});
            });
        });
    });
    let told = telling.one();
    let shown = told.shown();
    for (kind, count) in [("llm", "1"), ("tool", "2"), ("db", "1")] {
        assert_eq!(shown[format!("tachograph.request.{kind}.operations").as_str()], count);
        assert!(shown.contains_key(format!("tachograph.request.{kind}.duration").as_str()));
    }
    assert!(!shown.contains_key("tachograph.request.cache.operations"));
}

#[test]
fn nested_calls_are_told_from_the_inside_out_each_with_its_own_span() {
    let telling = Telling::with(all());
    telling.test.scope(|| {
        AgentExecution::new("outer").run(|| {
            AgentExecution::new("inner").run(|| ToolExecution::new("search").run(|| record_error("bad", "tool")));
        });
    });
    let told = telling.told();
    let shown: Vec<_> =
        told.iter().map(|told| (told.name, told.shown().remove("gen_ai.agent.name").unwrap())).collect();
    let expected = [
        ("tool_execution_failed", "inner"),
        ("agent_execution_completed", "inner"),
        ("agent_execution_completed", "outer"),
    ];
    assert_eq!(shown, expected.map(|(name, agent)| (name, agent.to_owned())));
    let spans: Vec<_> = told.iter().map(|told| told.span.clone()).collect();
    let ended: Vec<_> = telling.test.spans().iter().map(|span| span.span_context.span_id().to_string()).collect();
    assert_eq!(spans, ended);
}

#[test]
fn calls_that_were_measured_elsewhere_are_told_with_their_duration() {
    let telling = Telling::with(all().with_slow_calls(tachograph::SlowCalls::none()));
    let took = Duration::from_micros(24_137);
    telling.test.scope(|| {
        record_agent_execution("researcher", took, Outcome::Success);
        record_llm_request("openai", "gpt-4o", took, (100, 20), Outcome::Cancelled);
        record_api_request("GET", "/", 502, took);
        // Only counted: no call ended.
        record_cache_hit("sessions");
    });
    let told = telling.told();
    let names: Vec<_> = told.iter().map(|told| (told.name, told.severity)).collect();
    let expected = [
        ("agent_execution_completed", Severity::Info),
        ("llm_request_failed", Severity::Warn),
        ("request_failed", Severity::Error),
    ];
    assert_eq!(names, expected);
    for told in told {
        assert_eq!(told.attributes["duration_ms"].to_string(), "24.137");
    }
}

#[test]
fn a_stream_that_is_dropped_half_way_is_told_with_what_it_had() {
    #[track_llm_request("openai", "gpt-4o")]
    fn chunks() -> impl futures_util::Stream<Item = u32> {
        futures_util::stream::iter([1, 2, 3]).inspect(|chunk| {
            tachograph::current::llm_request(|call| call.usage((10, u64::from(*chunk))));
        })
    }
    let telling = Telling::with(all());
    let stream = telling.test.scope(|| {
        let mut stream = Box::pin(chunks());
        futures_executor::block_on(stream.next());
        stream
    });
    assert_eq!(telling.names(), [""; 0]);
    thread::spawn(|| drop(stream)).join().unwrap();
    let told = telling.one();
    assert_eq!(told.name, "llm_request_failed");
    assert_eq!((&*told.shown()["error.type"], &*told.shown()["gen_ai.usage.output_tokens"]), ("cancelled", "1"));
}

#[test]
fn each_telemetry_tells_its_own_calls() {
    let (outer, inner) = (Telling::with(all()), Telling::with(Policy::default()));
    outer.test.scope(|| {
        let call = AgentExecution::new("outer").start();
        inner.test.scope(|| {
            ToolExecution::new("inner").run(|| {});
            call.succeed();
        });
    });
    assert_eq!((outer.names(), inner.names().len()), (vec!["agent_execution_completed"], 0));
}

#[test]
fn where_telemetry_is_suppressed_nothing_is_told() {
    let telling = Telling::with(all());
    telling.test.scope(|| {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        AgentExecution::new("researcher").run(|| {});
        record_agent_execution("researcher", Duration::MAX, Outcome::Panic);
    });
    assert_eq!(telling.names(), [""; 0]);
    // A call that has a span has an event, wherever it ends.
    let call = telling.test.scope(|| AgentExecution::new("researcher").start());
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    call.succeed();
    assert_eq!(telling.names(), ["agent_execution_completed"]);
}

#[test]
fn a_share_of_traces_is_told_whole_and_failures_always() {
    const TRACES: u32 = 4_000;
    for (ratio, least, most) in [(0.0, 0, 0), (0.5, 1_840, 2_160), (0.1, 300, 500), (1.0, TRACES, TRACES)] {
        let telling = Telling::with(Policy::default().with_call_events(CallEvents::all().with_ratio(ratio)));
        let sampler = Sampler::TraceIdRatioBased(ratio);
        let mut told = 0;
        for _ in 0..TRACES {
            telling.test.scope(|| {
                HttpRequest::new("GET", "/").run(|| AgentExecution::new("researcher").run(|| {}));
            });
            let events = telling.told();
            assert!(events.is_empty() || events.len() == 2, "{events:?}");
            told += u32::from(!events.is_empty());
            for event in events {
                assert!(is_kept(&sampler, &event.trace), "{ratio}: those of traces that the sampler keeps");
            }
        }
        // Five standard deviations to each side.
        assert!((least..=most).contains(&told), "{ratio}: {told}");
        telling.test.scope(|| drop(AgentExecution::new("researcher").start()));
        assert_eq!(telling.names(), ["agent_execution_failed"], "{ratio}");
    }
}

fn is_kept(sampler: &Sampler, trace: &str) -> bool {
    use opentelemetry::trace::SpanKind;
    use opentelemetry_sdk::trace::{SamplingDecision, ShouldSample as _};
    let trace = TraceId::from_hex(trace).unwrap();
    let decision = sampler.should_sample(None, trace, "", &SpanKind::Internal, &[], &[]).decision;
    decision == SamplingDecision::RecordAndSample
}

#[test]
fn without_traces_the_outermost_call_decides() {
    const REQUESTS: usize = 4_000;
    let policy = Policy::default().with_call_events(CallEvents::all().with_ratio(0.5));
    let telling = Telling::of(TestTelemetry::builder().with_metrics_only(), policy, Sink::default());
    let mut told = 0;
    for _ in 0..REQUESTS {
        telling.test.scope(|| {
            HttpRequest::new("GET", "/").run(|| AgentExecution::new("a").run(|| ToolExecution::new("t").run(|| {})));
        });
        let names = telling.names();
        assert!(names.is_empty() || names.len() == 3, "{names:?}");
        told += names.len() / 3;
    }
    assert!((1_840..=2_160).contains(&told), "{told}");
}
