//! What one question leaves behind, with the stand-in as the model.

use futures_util::TryStreamExt as _;
use tachograph::opentelemetry::trace::FutureExt as _;
use tachograph_testing::TestTelemetry;

use super::*;
use crate::{service::Service, settings::Settings};

const SHOWN: [&str; 4] = ["db.system.name", "error.type", "tachograph.cache.result", "gen_ai.response.finish_reasons"];

async fn researcher() -> Researcher {
    Service::start(&Settings::read(|_| None).unwrap()).await.unwrap().researcher
}

#[tokio::test]
async fn an_answer_is_one_trace_of_plan_tools_and_answer() {
    let (test, researcher) = (TestTelemetry::new(), researcher().await);
    let answer =
        researcher.answer("What is neon used for, and what is 6 * 7?").with_context(test.context()).await.unwrap();
    assert_eq!(
        test.tree_with(&SHOWN),
        "\
invoke_agent researcher
  chat stand-in-1 (client) gen_ai.response.finish_reasons=[\"tool_call\"]
    POST /v1/chat/completions (client)
  execute_tool calculate
  execute_tool search
    cache get searches tachograph.cache.result=miss
    SELECT element_articles db.system.name=sqlite
    cache set searches
  chat stand-in-1 (client) gen_ai.response.finish_reasons=[\"stop\"]
    POST /v1/chat/completions (client)
"
    );
    let metrics = test.metrics();
    let tokens = |kind| metrics.sum("gen_ai.client.token.usage", &[("gen_ai.token.type", kind)]);
    assert_eq!(tokens("input"), answer.tokens.input as f64);
    assert_eq!(tokens("output"), answer.tokens.output as f64);
}

#[tokio::test]
async fn a_repeated_search_is_found_in_the_cache() {
    let (test, researcher) = (TestTelemetry::new(), researcher().await);
    researcher.answer("What is neon used for?").await.unwrap();
    researcher.answer("What is neon used for?").with_context(test.context()).await.unwrap();
    let tree = test.tree_with(&SHOWN);
    assert!(tree.contains("cache get searches tachograph.cache.result=hit\n"), "{tree}");
    assert!(!tree.contains("SELECT"), "{tree}");
}

#[tokio::test]
async fn a_streamed_answer_ends_its_spans_with_the_stream() {
    let (test, researcher) = (TestTelemetry::new(), researcher().await);
    let stream = researcher.answer_stream("What is 6 * 7?").with_context(test.context()).await.unwrap();
    assert_eq!(
        test.spans().len(),
        3,
        "the plan with its request and the tool have ended, the run and the answer have not"
    );
    let parts: Vec<Part> = stream.try_collect().await.unwrap();
    assert!(matches!(parts.last(), Some(Part::End { tools, .. }) if tools == &["calculate"]));
    assert_eq!(
        test.tree_with(&SHOWN),
        "\
invoke_agent researcher
  chat stand-in-1 (client) gen_ai.response.finish_reasons=[\"tool_call\"]
    POST /v1/chat/completions (client)
  execute_tool calculate
  chat stand-in-1 (client) gen_ai.response.finish_reasons=[\"stop\"]
    POST /v1/chat/completions (client)
"
    );
}

#[tokio::test]
async fn a_stream_that_is_given_up_is_cancelled() {
    let (test, researcher) = (TestTelemetry::new(), researcher().await);
    let mut stream = researcher.answer_stream("What is tin?").with_context(test.context()).await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    let cancelled = [("error.type", "cancelled")];
    assert_eq!(test.metrics().count("gen_ai.invoke_agent.duration", &cancelled), 1);
    assert_eq!(test.metrics().count("gen_ai.client.operation.duration", &cancelled), 1);
}

#[tokio::test]
async fn a_refusal_of_the_model_is_the_error_of_call_and_run() {
    let (test, researcher) = (TestTelemetry::new(), researcher().await);
    researcher.answer("a rate limit").with_context(test.context()).await.unwrap_err();
    assert_eq!(
        test.tree_with(&SHOWN),
        "invoke_agent researcher error.type=rate_limit_exceeded [error]\n  \
         chat stand-in-1 (client) error.type=rate_limit_exceeded [error]\n    \
         POST /v1/chat/completions (client) error.type=429 [error]\n"
    );
}
