//! What must not leave: prompts, secrets, people.

use std::{collections::BTreeMap, time::Duration};

use opentelemetry::KeyValue;
use serde_json::{Value, json};
use tachograph::{AgentExecution, Ids, LlmRequest, Outcome, Tachograph, ToolExecution};
use tests::components::{
    Collector,
    collector::{Attributes, Configured, LogRecord, Span},
    poll,
};
use tracing::{Dispatch, dispatcher::with_default};
use tracing_subscriber::layer::SubscriberExt as _;

use super::application::{application, flush, gateway, within};

/// What stands in prompts and answers only.
const CONTENT: &str = "the helium question";

/// Attributes of prompts and answers, in the names of every convention.
const CONTENT_KEYS: [&str; 12] = [
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.prompt.0.content",
    "gen_ai.completion",
    "llm.input_messages.0.message.content",
    "input.value",
    "traceloop.entity.output",
    "tachograph.argument.question",
];

/// Secrets and persons, and what stays of each text.
const MASKED: [(&str, &str); 10] = [
    ("use sk-abcdefghijklmnopqrst now", "use **** now"),
    ("Authorization: Bearer abcdefgh12345678", "Authorization: ****"),
    ("jwt eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", "jwt ****"),
    ("aws AKIAIOSFODNN7EXAMPLE", "aws ****"),
    ("postgres://me:hunter2@db/x", "postgres****db/x"),
    ("password=hunter22 for all", "**** for all"),
    ("write to ann@example.org", "write to ****"),
    ("card 4111 1111 1111 1111", "card ****"),
    ("number 123-45-6789", "number ****"),
    ("call +49 30 1234 5678", "call ****"),
];

/// What looks like it and is none.
const KEPT: [&str; 5] = [
    "0af7651916cd43dd8448eb211c80319c",
    "2026-11-28T07:38:45.843Z",
    "took 4111 ms",
    "SELECT element_articles",
    "gpt-4o-2024-08-06",
];

fn send(telemetry: &Tachograph) {
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(telemetry.log_export_layer()));
    within(telemetry, || {
        let _ids = Ids::new().user("u-1").enter();
        AgentExecution::new("researcher").run(|| {
            let mut call = LlmRequest::new("openai", "gpt-4o");
            for key in CONTENT_KEYS {
                call = call.with_attribute(key, CONTENT);
            }
            let call = call.start();
            let message = [KeyValue::new("gen_ai.prompt", CONTENT), KeyValue::new("from", "ann@example.org")];
            call.event("gen_ai.content.prompt", message.to_vec());
            call.finish(Outcome::Success);
            let mut tool = ToolExecution::new("search");
            for (number, (text, _)) in MASKED.iter().enumerate() {
                tool = tool.with_attribute(format!("masked.{number}"), *text);
            }
            for (number, text) in KEPT.iter().enumerate() {
                tool = tool.with_attribute(format!("kept.{number}"), *text);
            }
            tool = tool.with_attribute("db.password", "short").with_attribute("http.request.header.cookie", "a=b");
            tool.record(Duration::from_secs(1), Outcome::Success);
            with_default(&subscriber, || {
                tracing::info!(input.value = CONTENT, "write to ann@example.org");
            });
        });
    });
    flush(telemetry);
}

/// What a gateway with these configs hands on of what was sent.
fn handed_on(configs: &[&str]) -> Option<(Vec<Span>, Vec<LogRecord>)> {
    let folder = tempfile::tempdir().unwrap();
    let mut backend = Collector::start()?;
    let variables = gateway(backend.grpc(), folder.path(), "100");
    let mut collector = Configured::start(configs, &variables)?;
    let telemetry = application(collector.http());
    send(&telemetry);
    telemetry.shutdown_blocking(Duration::from_secs(30)).into_result().unwrap();
    backend.wait_for_spans(|spans| spans.len() >= 3);
    poll::until("a log record", || backend.records(), |records| !records.is_empty());
    collector.stop();
    backend.stop();
    Some((backend.spans(), backend.records()))
}

fn named<'a>(spans: &'a [Span], name: &str) -> &'a Attributes {
    &spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name} in {spans:#?}")).attributes
}

fn masked_and_kept(spans: &[Span]) {
    let mut events = spans.iter().flat_map(|span| &span.events);
    assert_eq!(events.next().expect("an event").attributes["from"], "****");
    let tool = named(spans, "execute_tool search");
    for (number, (text, masked)) in MASKED.iter().enumerate() {
        assert_eq!(tool[&format!("masked.{number}")], *masked, "{text}");
    }
    for (number, text) in KEPT.iter().enumerate() {
        assert_eq!(tool[&format!("kept.{number}")], *text);
    }
    assert_eq!((&tool["db.password"], &tool["http.request.header.cookie"]), (&json!("****"), &json!("****")));
}

#[test]
fn prompts_do_not_pass_secrets_are_masked_and_people_are_pseudonyms() {
    let Some((spans, records)) = handed_on(&["gateway.yaml"]) else { return };
    masked_and_kept(&spans);
    let call = named(&spans, "chat gpt-4o");
    assert!(!CONTENT_KEYS.iter().any(|key| call.contains_key(*key)), "{call:?}");
    assert!(!format!("{spans:?}{records:?}").contains(CONTENT));
    assert_eq!(call["gen_ai.request.model"], "gpt-4o", "what is no content stays");

    let [record] = &records[..] else { panic!("one record: {records:#?}") };
    assert_eq!(record.body, "write to ****");
    let pseudonyms: Vec<_> = spans.iter().map(|span| &span.attributes["user.id"]).collect();
    let pseudonym = record.attributes["user.id"].as_str().unwrap();
    assert!(pseudonym.len() == 64 && pseudonyms.iter().all(|other| **other == pseudonym), "{pseudonyms:?}");
}

#[test]
fn content_that_is_kept_on_demand_is_masked_all_the_same() {
    let Some((spans, records)) = handed_on(&["gateway.yaml", "options/keep-content.yaml"]) else { return };
    masked_and_kept(&spans);
    let call = named(&spans, "chat gpt-4o");
    for key in CONTENT_KEYS {
        assert_eq!(call[key], CONTENT, "{key}");
    }
    assert_eq!((&records[0].attributes["input.value"], &records[0].body), (&json!(CONTENT), &json!("write to ****")));
}

type Told = Vec<(&'static str, Value)>;

/// Names of others, and what they are called by the conventions.
fn foreign() -> Vec<(&'static str, Told, Told)> {
    vec![
        (
            "openinference model",
            vec![
                ("openinference.span.kind", json!("LLM")),
                ("llm.model_name", json!("gpt-4o")),
                ("llm.system", json!("openai")),
                ("llm.token_count.prompt", json!(11)),
                ("llm.token_count.completion", json!(7)),
            ],
            vec![
                ("gen_ai.operation.name", json!("chat")),
                ("gen_ai.request.model", json!("gpt-4o")),
                ("gen_ai.provider.name", json!("openai")),
                ("gen_ai.usage.input_tokens", json!(11)),
                ("gen_ai.usage.output_tokens", json!(7)),
            ],
        ),
        (
            "openinference tool",
            vec![("openinference.span.kind", json!("TOOL")), ("tool.name", json!("lookup"))],
            vec![("gen_ai.operation.name", json!("execute_tool")), ("gen_ai.tool.name", json!("lookup"))],
        ),
        (
            "openllmetry agent",
            vec![("traceloop.span.kind", json!("agent")), ("traceloop.entity.name", json!("planner"))],
            vec![("gen_ai.operation.name", json!("invoke_agent")), ("gen_ai.agent.name", json!("planner"))],
        ),
        (
            "earlier conventions",
            vec![
                ("gen_ai.system", json!("anthropic")),
                ("gen_ai.usage.prompt_tokens", json!(5)),
                ("gen_ai.usage.completion_tokens", json!(3)),
            ],
            vec![
                ("gen_ai.provider.name", json!("anthropic")),
                ("gen_ai.usage.input_tokens", json!(5)),
                ("gen_ai.usage.output_tokens", json!(3)),
            ],
        ),
        (
            "both",
            vec![("gen_ai.request.model", json!("right")), ("llm.model_name", json!("other"))],
            vec![("gen_ai.request.model", json!("right"))],
        ),
    ]
}

#[test]
fn names_of_other_instrumentations_are_translated_and_those_of_the_conventions_stay() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut backend) = Collector::start() else { return };
    let Some(mut collector) = Configured::start(&["gateway.yaml"], &gateway(backend.grpc(), folder.path(), "100"))
    else {
        return;
    };
    let telemetry = application(collector.http());
    within(&telemetry, || {
        for (name, told, _) in foreign() {
            let mut command = tachograph::CommandExecution::new(name);
            for (key, value) in told {
                command = match value.as_i64() {
                    Some(number) => command.with_attribute(key, number),
                    None => command.with_attribute(key, value.as_str().unwrap().to_owned()),
                };
            }
            command.record(Duration::from_secs(1), Outcome::Success);
        }
    });
    telemetry.shutdown_blocking(Duration::from_secs(30)).into_result().unwrap();
    backend.wait_for_spans(|spans| spans.len() >= foreign().len());
    collector.stop();
    backend.stop();
    let spans = backend.spans();
    for (name, told, expected) in foreign() {
        let found = named(&spans, &format!("command {name}"));
        let both: BTreeMap<_, _> = told.into_iter().chain(expected).collect();
        for (key, value) in both {
            assert_eq!(found.get(key), Some(&value), "{name}: {key}");
        }
    }
}
