//! What tests of calls to models look at: content, prices, attempts.

use std::sync::Arc;

use tachograph_core::{Billed, Call, ContentKind, ContentPolicy, GenAiNames, LlmRequest, Policy, Pricing, Usage};
use tachograph_testing::{TestTelemetry, attribute, events, number, tree};

const ATTEMPT: &str = "tachograph.llm.attempt";

fn asks(test: &TestTelemetry, tell: impl FnOnce(&Call<LlmRequest>)) {
    test.scope(|| {
        let call = LlmRequest::new("openai", "gpt-4o").start();
        tell(&call);
        call.succeed();
    });
}

/// Two attempts, of which the first was refused.
fn tries_twice(call: &Call<LlmRequest>) {
    let mut refused = call.attempt();
    refused.status(429);
    refused.retry_after(std::time::Duration::from_millis(1500));
    refused.end();
    call.attempt().end();
}

/// A dollar for a thousand tokens.
struct PerThousand;

impl Pricing for PerThousand {
    fn cost_usd(&self, billed: &Billed<'_>) -> Option<f64> {
        Some((billed.usage.input? + billed.usage.output?) as f64 / 1000.0)
    }
}

#[test]
fn prices_are_those_that_the_test_gave() {
    let priced = TestTelemetry::builder().with_pricing(Arc::new(PerThousand)).build();
    let plain = TestTelemetry::new();
    for test in [&priced, &plain] {
        asks(test, |call| call.usage(Usage::new(120, 30)));
    }
    let (amount, source) = ("tachograph.llm.cost.amount", "tachograph.llm.cost.source");
    let span = priced.span("chat gpt-4o");
    assert_eq!((number(&span, amount), attribute(&span, source).as_deref()), (Some(0.15), Some("computed")));
    assert_eq!(priced.metrics().value("tachograph.llm.cost", &[("gen_ai.request.model", "gpt-4o")]), 0.15);
    assert_eq!(number(&plain.span("chat gpt-4o"), amount), None);
    assert_eq!(plain.metrics().value("tachograph.llm.cost", &[]), 0.0);
}

#[test]
fn content_and_names_are_those_of_the_policy() {
    let content = ContentPolicy::all().with_redaction(|_: ContentKind, text: &str| Some(text.to_uppercase()));
    let policy = Policy::default().with_content(content).with_gen_ai_names(GenAiNames::Latest);
    let test = TestTelemetry::builder().with_pricing(Arc::new(PerThousand)).with_policy(policy).build();
    asks(&test, |call| {
        call.input_messages(|room| Some(room.policy.redact(ContentKind::Prompt, "quiet").into_owned()));
        call.usage(Usage::new(1, 1));
    });
    assert_eq!(attribute(&test.span("chat gpt-4o"), "gen_ai.input.messages").as_deref(), Some("QUIET"));
    let metrics = test.metrics();
    assert_eq!(metrics.count("gen_ai.client.inference.duration", &[]), 1);
    assert_eq!(metrics.series("gen_ai.client.operation.duration").len(), 0);
    assert_eq!(metrics.value("tachograph.llm.cost", &[]), 0.002, "a policy takes no pricing away");
}

#[test]
fn events_are_found_by_their_name() {
    let test = TestTelemetry::new();
    asks(&test, |call| {
        call.event("asked", Vec::new());
        tries_twice(call);
    });
    let span = test.span("chat gpt-4o");
    let attempts = events(&span, ATTEMPT);
    let numbers: Vec<_> = attempts.iter().map(|attempt| number(attempt, "tachograph.attempt.number")).collect();
    assert_eq!(numbers, [Some(1.0), Some(2.0)]);
    assert_eq!(number(&attempts[0], "tachograph.attempt.retry_after"), Some(1.5));
    assert_eq!(attribute(attempts[0], "error.type").as_deref(), Some("429"));
    assert_eq!(events(&span, "asked").len(), 1);
    assert!(events(&span, "answered").is_empty());
}

#[test]
fn events_stand_below_their_span_and_above_its_children_when_asked_for() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let call = LlmRequest::new("openai", "gpt-4o").start();
        let inside = call.enter();
        tachograph_core::ToolExecution::new("search").run(|| ());
        drop(inside);
        call.event("two\nlines", Vec::new());
        tries_twice(&call);
        call.succeed();
    });
    assert_eq!(
        test.tree_with(&[tree::EVENTS, "error.type", "tachograph.attempt.number"]),
        "\
chat gpt-4o (client)
  * two\\nlines
  * tachograph.llm.attempt error.type=429 tachograph.attempt.number=1
  * tachograph.llm.attempt tachograph.attempt.number=2
  execute_tool search
"
    );
    assert_eq!(test.tree(), "chat gpt-4o (client)\n  execute_tool search\n");
}

#[test]
fn a_number_is_the_last_one_whole_or_not() {
    let test = TestTelemetry::new();
    asks(&test, |call| {
        call.attribute("share", 0.25);
        call.attribute("share", 0.5);
        call.attribute("count", 7);
    });
    let span = test.span("chat gpt-4o");
    assert_eq!((number(&span, "share"), number(&span, "count"), number(&span, "none")), (Some(0.5), Some(7.0), None));
}

#[test]
#[should_panic(expected = r#""share" is String(Static("0.5")), which is not a number"#)]
fn a_number_in_words_is_refused() {
    let test = TestTelemetry::new();
    asks(&test, |call| call.attribute("share", "0.5"));
    let _ = number(&test.span("chat gpt-4o"), "share");
}
