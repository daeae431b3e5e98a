//! What is emitted against the semantic conventions: names, units, types, levels. Core 1.45.0, GenAI in development
//! (established and latest names). Names that start with `tachograph.` are our own.

mod facts;

use std::{collections::BTreeSet, time::Duration};

use opentelemetry::Value;
use tachograph::{
    AgentExecution, CacheOperation, CommandExecution, DbQuery, GenAiNames, HttpClientRequest, HttpRequest, Ids,
    LlmRequest, Outcome, Policy, RpcClientCall, RpcServerCall, ToolExecution, Usage, WorkflowExecution, context,
};
use tachograph_testing::{TestTelemetry, metrics::Point};

use self::facts::{ATTRIBUTES, Instrument, METRICS, SPANS, Type};

/// Every kind of call with all that it can be told, inside of each other.
fn everything(outcome: &Outcome) {
    let http = HttpRequest::new("GET", "/users/{id}")
        .scheme("https")
        .protocol_version("1.1")
        .path("/users/7")
        .query("q=REDACTED")
        .user_agent("curl")
        .client_address("192.0.2.1")
        .server_address("example.org")
        .request_id("r")
        .start();
    http.status(if outcome.is_success() { 200 } else { 503 });
    http.request_body_size(10);
    http.response_body_size(20);
    http.user_id("u");
    {
        let _http = http.enter();
        let agent = AgentExecution::new("a").with_model("m").start();
        agent.conversation_id("c");
        let _agent = agent.enter();
        ToolExecution::new("t")
            .tool_type("function")
            .call_id("1")
            .description("searches")
            .record(Duration::from_millis(1), outcome.clone());
        let llm = LlmRequest::new("p", "m")
            .server_address("localhost")
            .server_port(443)
            .temperature(0.5)
            .top_p(0.5)
            .max_tokens(5)
            .with_attribute("gen_ai.request.seed", 7)
            .start();
        let heard = Usage::new(10, 5).with_cache_read(1).with_cache_write(2).with_reasoning(3);
        llm.usage(heard.with_cache_write_1h(1).with_input_audio(4).with_output_audio(1));
        llm.cost_usd(0.25);
        llm.service_tier("flex");
        llm.chunk();
        llm.chunks(2);
        llm.system_instructions(|_| Some("[]".to_owned()));
        llm.input_messages(|_| Some("[]".to_owned()));
        llm.output_messages(|_| Some("[]".to_owned()));
        llm.tool_definitions(|_| Some("[]".to_owned()));
        llm.response_model("m-1");
        llm.response_id("r");
        llm.finish_reasons(["stop"]);
        llm.streaming();
        llm.finish(outcome.clone());
        let embedding = LlmRequest::new("p", "m").operation("embeddings").start();
        embedding.usage(Usage::default().with_input(3));
        embedding.finish(outcome.clone());
        let db = DbQuery::new("SELECT", "users")
            .system("postgresql")
            .server_address("db")
            .server_port(5432)
            .query_text("SELECT 1")
            .start();
        db.returned_rows(3);
        db.finish(outcome.clone());
        let batch = DbQuery::new("", "")
            .system("postgresql")
            .namespace("shop")
            .summary("INSERT orders SELECT carts")
            .batch_size(2)
            .stored_procedure("restock")
            .start();
        batch.affected_rows(2);
        batch.status_code("23505");
        batch.finish(outcome.clone());
        let client = HttpClientRequest::new("GET", "search.example")
            .server_port(443)
            .url("https://search.example/hits")
            .url_template("/hits")
            .resend_count(1)
            .start();
        client.status(200);
        client.protocol_version("1.1");
        client.request_body_size(1);
        client.response_body_size(2);
        client.finish(outcome.clone());
        let called =
            RpcClientCall::new("grpc", "tools.v1.Tools/Called").server_address("tools").server_port(50051).start();
        called.status(if outcome.is_success() { "OK" } else { "NOT_FOUND" });
        called.succeed();
        let cache = CacheOperation::new("sessions", "get").start();
        cache.hit(true);
        cache.finish(outcome.clone());
        agent.finish(outcome.clone());
    }
    http.succeed();
    let limited = HttpRequest::new("GET", "/users/{id}").path("/users/7").start();
    limited.status(429);
    limited.succeed();
    context::count_rejected("baggage", "too_long");
    Ids::new().session("s").scope(|| {
        let served = RpcServerCall::new("grpc", "tools.v1.Tools/Served").start();
        served.status(if outcome.is_success() { "OK" } else { "INTERNAL" });
        served.succeed();
    });
    WorkflowExecution::new("w").record(Duration::from_millis(1), outcome.clone());
    CommandExecution::new("c").record(Duration::from_millis(1), outcome.clone());
}

fn told() -> TestTelemetry {
    let policy = Policy::default().with_content_capture(true).with_gen_ai_names(GenAiNames::Both);
    let test = TestTelemetry::builder().with_policy(policy).build();
    test.scope(|| {
        everything(&Outcome::Success);
        everything(&Outcome::error("Timeout"));
    });
    test
}

#[test]
fn spans_have_the_kinds_the_required_attributes_and_the_types_of_the_conventions() {
    let test = told();
    let mut seen = BTreeSet::new();
    for span in test.spans() {
        let (_, kind, required) =
            SPANS.iter().find(|(name, ..)| *name == span.name).unwrap_or_else(|| panic!("{} is not known", span.name));
        assert_eq!(span.span_kind, *kind, "{}", span.name);
        for key in *required {
            assert!(span.attributes.iter().any(|kv| kv.key.as_str() == *key), "{} lacks {key}", span.name);
        }
        let mut keys = BTreeSet::new();
        for attribute in &span.attributes {
            let key = attribute.key.as_str();
            assert!(keys.insert(key), "{} has {key} twice", span.name);
            seen.insert(key.to_owned());
            if key.starts_with("tachograph.") {
                continue;
            }
            let (_, expected) =
                ATTRIBUTES.iter().find(|(known, _)| *known == key).unwrap_or_else(|| panic!("{key} is not known"));
            let emitted = match &attribute.value {
                Value::String(_) => Type::String,
                Value::I64(_) => Type::Int,
                Value::F64(_) => Type::Double,
                Value::Bool(_) => Type::Bool,
                _ => Type::Strings,
            };
            assert_eq!(emitted, *expected, "{key}");
        }
    }
    let on_metrics_alone = ["gen_ai.token.type", "gen_ai.token.modality"];
    let exotic = ["http.request.method_original"];
    for (key, _) in ATTRIBUTES {
        let expected = !on_metrics_alone.contains(key) && !exotic.contains(key);
        assert_eq!(seen.contains(*key), expected, "{key} is in the table; is it emitted?");
    }
}

#[test]
fn metrics_have_the_instruments_units_attributes_and_boundaries_of_the_conventions() {
    let metrics = told().metrics();
    for name in metrics.names() {
        assert!(METRICS.iter().any(|metric| metric.name == name), "{name} is not known");
    }
    for metric in METRICS {
        let series = metrics.series(metric.name);
        assert!(!series.is_empty(), "{} is not emitted", metric.name);
        for series in series {
            assert_eq!(series.unit, metric.unit, "{}", metric.name);
            for key in metric.required {
                assert!(series.attributes.contains_key(*key), "{} lacks {key}", metric.name);
            }
            for key in series.attributes.keys().map(String::as_str) {
                assert!(metric.required.contains(&key) || metric.others.contains(&key), "{} has {key}", metric.name);
            }
            let instrument = match &series.point {
                Point::Histogram { bounds, .. } => {
                    if let Some((first, last, count)) = metric.boundaries {
                        assert_eq!(
                            (bounds[0], bounds[bounds.len() - 1], bounds.len()),
                            (first, last, count),
                            "{}",
                            metric.name
                        );
                    }
                    Instrument::Histogram
                }
                Point::Sum { monotonic: true, .. } => Instrument::Counter,
                Point::Sum { .. } => Instrument::UpDownCounter,
                other => panic!("{}: {other:?}", metric.name),
            };
            assert_eq!(instrument, metric.instrument, "{}", metric.name);
        }
    }
}

#[test]
fn a_call_has_the_same_error_type_on_its_span_and_on_its_metric() {
    let test = told();
    for (span, metric) in [
        ("chat m", "gen_ai.client.operation.duration"),
        ("execute_tool t", "gen_ai.execute_tool.duration"),
        ("SELECT users", "db.client.operation.duration"),
    ] {
        let spans = test.spans();
        let failed = spans.iter().filter(|s| {
            s.name == span
                && s.attributes.iter().any(|kv| kv.key.as_str() == "error.type" && kv.value.as_str() == "Timeout")
        });
        assert_eq!(failed.count(), 1, "{span}");
        // Of calls to models there are two kinds.
        let told = test.metrics();
        let told = told.series(metric).into_iter().filter(|series| {
            series.attributes.get("error.type").is_some_and(|error| error == "Timeout")
                && series.attributes.get("gen_ai.operation.name").is_none_or(|operation| operation != "embeddings")
        });
        assert_eq!(told.count(), 1, "{metric}");
    }
}
