//! One trace in detail: parents, kinds, names and attributes as the conventions want them.

use serde_json::{Value, json};
use tests::components::{
    Collector,
    collector::{Span, tree},
};

use crate::service::{Answer, Service};

/// The spans of the answer, and the collector's others left out.
pub(crate) fn trace_of(collector: &Collector, answer: &Answer, count: usize) -> Vec<Span> {
    let of = |spans: &[Span]| spans.iter().filter(|span| span.trace_id == answer.trace()).cloned().collect::<Vec<_>>();
    of(&collector.wait_for_spans(|spans| of(spans).len() == count))
}

pub(crate) fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    let mut found: Vec<&Span> = spans.iter().filter(|span| span.name == name).collect();
    found.sort_by_key(|span| span.start);
    assert!(!found.is_empty(), "no span {name}");
    found
}

/// The attributes, those of `varying` reduced to their type.
fn attributes(span: &Span, varying: &[&str]) -> Value {
    let kind = |value: &Value| match value {
        Value::String(_) => "a string",
        Value::Number(_) => "a number",
        _ => "something else",
    };
    let shown = |(key, value): (&String, &Value)| {
        (key.clone(), if varying.contains(&key.as_str()) { kind(value).into() } else { value.clone() })
    };
    span.attributes.iter().map(shown).collect()
}

#[test]
fn a_trace_tells_the_way_of_a_question() {
    let Some(collector) = Collector::start() else { return };
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.http());
    let service = Service::start(&[endpoint, ("OTEL_BSP_SCHEDULE_DELAY", "100")]);
    let first = service.ask("What is helium used for?");
    let spans = trace_of(&collector, &first, 10);
    assert_eq!(
        tree(&spans),
        "\
POST /api/chat (server)
  invoke_agent researcher (internal)
    chat stand-in-1 (client)
      POST /v1/chat/completions (client)
    execute_tool search (internal)
      cache get searches (internal)
      SELECT element_articles (internal)
      cache set searches (internal)
    chat stand-in-1 (client)
      POST /v1/chat/completions (client)
"
    );
    http_and_agent(&spans);
    model(&spans, &first);
    requests_to_the_model(&spans);
    tool_cache_and_database(&spans);
    for span in &spans {
        assert!(span.start <= span.end, "{span:?}");
        let parent = spans.iter().find(|parent| parent.span_id == span.parent_id);
        assert!(parent.is_none_or(|parent| parent.start <= span.start && span.end <= parent.end), "{span:?}");
    }

    let again = service.ask("What is helium used for?");
    let cached = trace_of(&collector, &again, 8);
    assert_eq!(named(&cached, "cache get searches")[0].attributes["tachograph.cache.result"], "hit");

    let streamed = service.stream("What is 6 * 7?");
    let spans = trace_of(&collector, &streamed, 7);
    let expected = "\
POST /api/chat/stream (server)
  invoke_agent researcher (internal)
    chat stand-in-1 (client)
      POST /v1/chat/completions (client)
    execute_tool calculate (internal)
    chat stand-in-1 (client)
      POST /v1/chat/completions (client)
";
    assert_eq!(tree(&spans), expected);
    let of_stream = &named(&spans, "chat stand-in-1")[1].attributes;
    assert_eq!(
        (&of_stream["gen_ai.request.stream"], &of_stream["gen_ai.response.finish_reasons"]),
        (&json!(true), &json!(["stop"]))
    );
    assert!(of_stream["gen_ai.usage.output_tokens"].as_u64() > Some(0));
}

fn http_and_agent(spans: &[Span]) {
    let request = named(spans, "POST /api/chat")[0];
    assert_eq!(request.parent_id, "");
    let expected = json!({
        "http.request.method": "POST",
        "http.route": "/api/chat",
        "url.path": "/api/chat",
        "url.scheme": "http",
        "network.protocol.version": "1.1",
        "http.response.status_code": 200,
        "http.request.body.size": "a number",
        "http.response.body.size": "a number",
        "client.address": "127.0.0.1",
        "server.address": "127.0.0.1",
        "server.port": "a number",
        "tachograph.request.id": "a string",
        // What was done for the request, and how long that took.
        "tachograph.request.cache.operations": 2,
        "tachograph.request.cache.duration": "a number",
        "tachograph.request.db.operations": 1,
        "tachograph.request.db.duration": "a number",
        "tachograph.request.llm.operations": 2,
        "tachograph.request.llm.duration": "a number",
        "tachograph.request.tool.operations": 1,
        "tachograph.request.tool.duration": "a number",
    });
    let varying = [
        "http.request.body.size",
        "http.response.body.size",
        "server.port",
        "tachograph.request.id",
        "tachograph.request.cache.duration",
        "tachograph.request.db.duration",
        "tachograph.request.llm.duration",
        "tachograph.request.tool.duration",
    ];
    assert_eq!(attributes(request, &varying), expected);
    let agent = named(spans, "invoke_agent researcher")[0];
    // Tokens stand on the calls to the model alone: on both, a sum over a trace would count them twice.
    let expected = json!({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "researcher"});
    assert_eq!(attributes(agent, &[]), expected);
}

fn model(spans: &[Span], answer: &Answer) {
    let calls = named(spans, "chat stand-in-1");
    let number = |span: &Span, key: &str| span.attributes[key].as_u64().unwrap();
    let sum = |key: &str| calls.iter().map(|span| number(span, key)).sum::<u64>();
    assert_eq!(sum("gen_ai.usage.input_tokens"), answer.tokens.input);
    assert_eq!(sum("gen_ai.usage.output_tokens"), answer.tokens.output);
    for (call, reason) in calls.into_iter().zip(["tool_call", "stop"]) {
        let varying = [
            "gen_ai.response.id",
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.reasoning.output_tokens",
            "server.port",
            "tachograph.llm.cost.amount",
        ];
        // The client reads nothing off the answer for telemetry: its middleware does.
        let expected = json!({
            "gen_ai.agent.name": "researcher",
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "stand-in",
            "gen_ai.request.model": "stand-in-1",
            "gen_ai.response.model": "stand-in-1",
            "gen_ai.response.id": "a string",
            "gen_ai.response.finish_reasons": [reason],
            "gen_ai.usage.input_tokens": "a number",
            "gen_ai.usage.output_tokens": "a number",
            "gen_ai.usage.cache_read.input_tokens": "a number",
            "gen_ai.usage.reasoning.output_tokens": "a number",
            "server.address": "127.0.0.1",
            "server.port": "a number",
            "tachograph.llm.cost.amount": "a number",
            "tachograph.llm.cost.source": "computed",
        });
        assert_eq!(attributes(call, &varying), expected);
        let tokens = |kind: &str| number(call, &format!("gen_ai.usage.{kind}_tokens")) as f64;
        let cost = call.attributes["tachograph.llm.cost.amount"].as_f64().unwrap();
        assert!((cost - (0.15e-6 * tokens("input") + 0.60e-6 * tokens("output"))).abs() < 1e-12, "{cost}");
        for (part, whole) in [("cache_read.input_tokens", "input_tokens"), ("reasoning.output_tokens", "output_tokens")]
        {
            let tokens = |name: &str| number(call, &format!("gen_ai.usage.{name}"));
            assert!(tokens(part) <= tokens(whole), "{part} is a part of {whole}");
        }
    }
}

fn requests_to_the_model(spans: &[Span]) {
    for request in named(spans, "POST /v1/chat/completions") {
        let varying = ["http.request.body.size", "http.response.body.size", "server.port", "url.full"];
        let expected = json!({
            "http.request.method": "POST",
            "http.request.body.size": "a number",
            "http.response.body.size": "a number",
            "http.response.status_code": 200,
            "network.protocol.version": "1.1",
            "server.address": "127.0.0.1",
            "server.port": "a number",
            "url.full": "a string",
            "url.template": "/v1/chat/completions",
        });
        assert_eq!(attributes(request, &varying), expected);
        let url = request.attributes["url.full"].as_str().unwrap();
        assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/v1/chat/completions"), "{url}");
    }
}

fn tool_cache_and_database(spans: &[Span]) {
    let expected = json!({
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "search",
        "gen_ai.tool.type": "datastore",
        "gen_ai.tool.call.id": "a string",
        "gen_ai.agent.name": "researcher",
        "articles.found": 3,
    });
    assert_eq!(attributes(named(spans, "execute_tool search")[0], &["gen_ai.tool.call.id"]), expected);
    let get = json!({"tachograph.cache.name": "searches", "tachograph.cache.operation": "get", "tachograph.cache.result": "miss"});
    assert_eq!(attributes(named(spans, "cache get searches")[0], &[]), get);
    let query = named(spans, "SELECT element_articles")[0];
    let expected = json!({
        "db.system.name": "sqlite",
        "db.namespace": "articles.db",
        "db.operation.name": "SELECT",
        "db.query.summary": "SELECT element_articles",
        "db.collection.name": "element_articles",
        "db.query.text": "a string",
        "db.response.returned_rows": 3,
    });
    assert_eq!(attributes(query, &["db.query.text"]), expected);
    // The statement with its placeholders, and nothing of what was searched for.
    let text = query.attributes["db.query.text"].as_str().unwrap();
    assert!(text.contains("LIKE $1") && !text.contains("helium"), "{text}");
}
