//! Ratios of kinds, from settings and code to the receiver.

use tachograph_core::{AgentExecution, CacheOperation, LlmRequest};
use tachograph_pipeline::{Builder, Kind, Protocol, Sampler};
use tachograph_testing::otlp::OtlpServer;

use crate::{LONG, builder};

/// A run of an agent with a call to a model and a look into a cache, which has a call to a model below it.
fn exported(builder: Builder) -> Vec<String> {
    let server = OtlpServer::start();
    let pipeline = builder.with_otlp_endpoint(server.grpc_endpoint()).with_protocol(Protocol::Grpc).build().unwrap();
    pipeline.telemetry().unwrap().scope(|| {
        AgentExecution::new("a").run(|| {
            LlmRequest::new("openai", "m").run(|| ());
            CacheOperation::new("c", "get").run(|| LlmRequest::new("openai", "below").run(|| ()));
        });
    });
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    let mut names: Vec<_> = server.spans().into_iter().map(|span| span.name).collect();
    names.sort();
    names
}

fn with(variables: &[(&str, &str)]) -> Builder {
    builder(&[variables, &[("OTEL_METRICS_EXPORTER", "none")]].concat())
}

#[test]
fn a_ratio_of_a_variable_thins_out_a_kind_and_code_beats_it() {
    let variable = [("TACHOGRAPH_SAMPLING_RATIOS", "cache=0, agent=1")];
    assert_eq!(exported(with(&variable)), ["chat m", "invoke_agent a"]);
    let mended = with(&variable).with_sampling_ratio(Kind::Cache, 1.0);
    assert_eq!(exported(mended), ["cache get c", "chat below", "chat m", "invoke_agent a"]);
    assert!(exported(with(&variable).with_sampling_ratio(Kind::Agent, 0.0)).is_empty());
}

#[test]
fn a_ratio_decides_alone_where_the_sampler_is_not_parent_based() {
    let variables = [("TACHOGRAPH_SAMPLING_RATIOS", "llm=1"), ("OTEL_TRACES_SAMPLER", "always_off")];
    assert_eq!(exported(with(&variables)), ["chat below", "chat m"]);
    let parent_based = with(&variables).with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff)));
    assert!(exported(parent_based).is_empty());
}

#[test]
fn what_is_kept_by_a_ratio_says_so_in_its_trace_state() {
    let server = OtlpServer::start();
    let pipeline =
        with(&[]).with_sampling_ratio(Kind::Agent, 1.0).with_otlp_endpoint(server.http_endpoint()).build().unwrap();
    pipeline.telemetry().unwrap().scope(|| AgentExecution::new("a").run(|| ()));
    pipeline.shutdown_blocking(LONG).into_result().unwrap();
    assert_eq!(server.spans()[0].trace_state, "ot=th:0");
}

#[test]
fn a_ratio_that_is_none_is_an_error_that_names_its_method() {
    for ratio in [-0.1, 1.5, f64::NAN] {
        let error = with(&[]).with_sampling_ratio(Kind::Llm, ratio).build().unwrap_err().to_string();
        assert!(error.starts_with(&format!("with_sampling_ratio: \"llm={ratio}\" is not valid")), "{error}");
        assert!(error.contains("from 0 to 1") && error.contains("agent, llm, tool"), "{error}");
    }
}
