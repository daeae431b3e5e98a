//! What calls record: content, names and prices, by the environment and by code.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::InMemorySpanExporter;
use tachograph_core::{
    Billed, CallError, ContentKind, ContentPolicy, GenAiNames, LlmRequest, Outcome, Policy, Pricing, Redact, Usage,
    record_llm_request,
};
use tachograph_pipeline::{Builder, ExporterChoice};

use crate::{LONG, builder};

const CONTENT: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
const OPT_IN: &str = "OTEL_SEMCONV_STABILITY_OPT_IN";

fn unsent(variables: &[(&str, &str)]) -> Builder {
    builder(variables).with_traces_exporter(ExporterChoice::None).with_metrics_exporter(ExporterChoice::None)
}

fn policy_of(builder: Builder) -> Policy {
    builder.build().unwrap().telemetry().unwrap().policy().clone()
}

fn content_of(builder: Builder) -> ContentPolicy {
    policy_of(builder).content().clone()
}

/// Whether everything may be recorded; nothing here opens a part.
fn is_open(content: &ContentPolicy) -> bool {
    assert_eq!(ContentKind::ALL.iter().all(|kind| content.allows(*kind)), content.is_open());
    content.is_open()
}

/// Replaces one word.
struct Without(&'static str, &'static str);

impl Redact for Without {
    fn redact<'a>(&self, _: ContentKind, text: &'a str) -> Cow<'a, str> {
        if text.contains(self.0) { Cow::Owned(text.replace(self.0, self.1)) } else { Cow::Borrowed(text) }
    }
}

#[test]
fn content_is_closed_unless_spans_are_asked_for() {
    assert!(!is_open(&content_of(unsent(&[]))));
    let cases =
        [("NO_CONTENT", false), ("EVENT_ONLY", false), ("SPAN_ONLY", true), ("SPAN_AND_EVENT", true), ("true", true)];
    for (value, open) in cases {
        assert_eq!(is_open(&content_of(unsent(&[(CONTENT, value)]))), open, "{value}");
    }
}

#[test]
fn code_has_the_last_word_about_content() {
    let answers = || ContentPolicy::none().only([ContentKind::Completion]).with_text_bytes(10);
    for value in ["NO_CONTENT", "SPAN_ONLY"] {
        let from = |decide: fn(Builder) -> Builder| is_open(&content_of(decide(unsent(&[(CONTENT, value)]))));
        assert!(from(|builder| builder.with_content_capture(true)), "{value}");
        assert!(!from(|builder| builder.with_content_capture(false)), "{value}");
        assert!(!from(|builder| builder.with_content(ContentPolicy::none())), "{value}");

        let content = content_of(unsent(&[(CONTENT, value)]).with_content(answers()));
        assert!(content.allows(ContentKind::Completion) && !content.allows(ContentKind::Prompt), "{value}");
        assert_eq!(content.text_bytes(), 10);
    }
    let last = unsent(&[]).with_content(answers()).with_content_capture(true);
    assert!(is_open(&content_of(last)), "the later of two words counts");
    let last = unsent(&[]).with_content_capture(false).with_content(answers());
    assert!(content_of(last).allows(ContentKind::Completion), "the later of two words counts");
}

#[test]
fn default_redactions_are_applied_to_content_that_nobody_gave_a_policy_for() {
    let redacting = |variables: &[(&str, &str)]| {
        unsent(variables)
            .with_default_redaction(Without("hunter2", "token"))
            .with_default_redaction(Without("token", "***"))
    };
    let said = |builder: Builder| content_of(builder).redact(ContentKind::Prompt, "hunter2").into_owned();
    assert_eq!(said(redacting(&[(CONTENT, "SPAN_ONLY")])), "***", "one after the other");
    assert_eq!(said(redacting(&[]).with_content_capture(true)), "***");
    assert_eq!(said(unsent(&[]).with_content_capture(true).with_default_redaction(Without("hunter2", "-"))), "-");

    let own = ContentPolicy::all().with_redaction(Without("hunter", "own"));
    assert_eq!(said(redacting(&[(CONTENT, "SPAN_ONLY")]).with_content(own)), "own2");
    assert_eq!(said(redacting(&[]).with_content(ContentPolicy::all())), "hunter2");
    assert!(!is_open(&content_of(redacting(&[]))), "a redaction opens nothing");
}

#[test]
fn content_reaches_the_exported_span_redacted() {
    let exporter = InMemorySpanExporter::default();
    let pipeline = builder(&[(CONTENT, "SPAN_ONLY"), ("OTEL_METRICS_EXPORTER", "none")])
        .with_span_exporter(exporter.clone())
        .with_default_redaction(Without("hunter2", "***"))
        .build()
        .unwrap();
    pipeline.telemetry().unwrap().scope(|| {
        let call = LlmRequest::new("openai", "gpt-4o").start();
        call.input_messages(|room| Some(room.policy.redact(ContentKind::Prompt, "I am hunter2").into_owned()));
        call.succeed();
    });
    pipeline.force_flush_blocking(LONG).into_result().unwrap();
    let spans = exporter.get_finished_spans().unwrap();
    let messages = spans[0].attributes.iter().find(|kv| kv.key.as_str() == "gen_ai.input.messages");
    assert_eq!(messages.unwrap().value.as_str(), "I am ***");
}

#[test]
fn error_messages_are_recorded_as_code_says() {
    let description = |decide: fn(Builder) -> Builder| {
        let exporter = InMemorySpanExporter::default();
        let builder = builder(&[("OTEL_METRICS_EXPORTER", "none")]).with_span_exporter(exporter.clone());
        let pipeline = decide(builder).build().unwrap();
        pipeline.telemetry().unwrap().scope(|| {
            let error = CallError::new("refused").with_message("the prompt was");
            LlmRequest::new("openai", "gpt-4o").record(Duration::from_secs(1), Outcome::Error(error));
        });
        pipeline.force_flush_blocking(LONG).into_result().unwrap();
        match &exporter.get_finished_spans().unwrap()[0].status {
            Status::Error { description } => description.clone().into_owned(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(description(|builder| builder), "");
    assert_eq!(description(|builder| builder.with_error_messages(true)), "the prompt was");
    assert_eq!(description(|builder| builder.with_content_capture(true)), "the prompt was");
    assert_eq!(description(|builder| builder.with_content_capture(true).with_error_messages(false)), "");
}

#[test]
fn the_names_of_metrics_follow_the_opt_in_and_code_above_it() {
    let names = |value| policy_of(unsent(&[(OPT_IN, value)])).gen_ai_names();
    assert_eq!(names(""), GenAiNames::Established);
    assert_eq!(names("gen_ai_latest_experimental"), GenAiNames::Latest);
    assert_eq!(names("gen_ai_latest_experimental/dup"), GenAiNames::Both);
    let over = unsent(&[(OPT_IN, "gen_ai_latest_experimental")]).with_gen_ai_names(GenAiNames::Established);
    assert_eq!(policy_of(over).gen_ai_names(), GenAiNames::Established);
}

/// Every call costs the same.
struct Flat(f64);

impl Pricing for Flat {
    fn cost_usd(&self, _: &Billed<'_>) -> Option<f64> {
        Some(self.0)
    }
}

#[test]
fn default_prices_count_until_the_application_has_its_own() {
    let cost = |builder: Builder| {
        let pipeline = builder.with_scope_labels(false).build().unwrap();
        pipeline.telemetry().unwrap().scope(|| {
            record_llm_request("openai", "gpt-4o", Duration::from_secs(1), Usage::new(1, 1), Outcome::Success);
        });
        let text = pipeline.prometheus_text().unwrap();
        let line = text.lines().find(|line| line.starts_with("llm_cost_usd_total{")).map(str::to_owned);
        line.map(|line| line.rsplit_once(' ').unwrap().1.to_owned())
    };
    let defaults = || unsent(&[]).with_default_pricing(Arc::new(Flat(1.0)));
    assert_eq!(cost(unsent(&[])), None);
    assert_eq!(cost(defaults()).as_deref(), Some("1"));
    assert_eq!(cost(defaults().with_default_pricing(Arc::new(Flat(2.0)))).as_deref(), Some("2"));
    assert_eq!(cost(defaults().with_pricing(Arc::new(Flat(0.5)))).as_deref(), Some("0.5"));
    assert_eq!(
        cost(unsent(&[]).with_pricing(Arc::new(Flat(0.5))).with_default_pricing(Arc::new(Flat(1.0)))).as_deref(),
        Some("0.5")
    );
}
