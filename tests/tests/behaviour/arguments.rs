//! The named arguments of the attributes, one test each.

use std::borrow::Cow;

use futures_util::{Stream, StreamExt as _, stream::BoxStream};
use opentelemetry_sdk::trace::SpanData;
use tachograph::{
    ErrorType, Policy, Usage, track_agent_execution, track_cache_operation, track_command, track_db_query,
    track_http_request, track_llm_request, track_tool_execution, track_workflow,
};
use tachograph_testing::TestTelemetry;

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let mut found = span.attributes.iter().filter(|kv| kv.key.as_str() == key);
    let value = found.next().map(|kv| kv.value.to_string());
    assert!(found.next().is_none(), "`{key}` is there twice");
    value
}

fn one_span(run: impl FnOnce()) -> SpanData {
    let test = TestTelemetry::new();
    test.scope(run);
    let mut spans = test.spans();
    assert_eq!(spans.len(), 1, "one span; got\n{}", test.tree());
    spans.remove(0)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    futures_executor::block_on(future)
}

#[track_agent_execution(name = format!("tenant-{tenant}"))]
fn run_for(tenant: u32) -> u32 {
    tenant
}

#[test]
fn a_name_may_be_known_at_run_time_only() {
    let span = one_span(|| assert_eq!(run_for(3), 3));
    assert_eq!(span.name, "invoke_agent tenant-3");
    assert_eq!(attribute(&span, "gen_ai.agent.name").as_deref(), Some("tenant-3"));
}

struct Client {
    model: String,
}

impl Client {
    #[track_llm_request("groq", model = self.model.clone(), operation = "text_completion", server_address = "api.groq.com", server_port = 443, temperature = 0.2, top_p = 0.9, max_tokens = 64)]
    async fn complete(&self, prompt: String) -> Result<usize, std::fmt::Error> {
        Ok(prompt.len())
    }
}

#[test]
fn one_positional_argument_may_be_given_by_name_and_requests_have_their_parameters() {
    let client = Client { model: "llama-3".to_owned() };
    let span = one_span(|| assert_eq!(block_on(client.complete("hi".to_owned())).unwrap(), 2));
    assert_eq!(span.name, "text_completion llama-3");
    assert_eq!(attribute(&span, "gen_ai.provider.name").as_deref(), Some("groq"));
    assert_eq!(attribute(&span, "server.address").as_deref(), Some("api.groq.com"));
    assert_eq!(attribute(&span, "server.port").as_deref(), Some("443"));
    assert_eq!(attribute(&span, "gen_ai.request.temperature").as_deref(), Some("0.2"));
    assert_eq!(attribute(&span, "gen_ai.request.top_p").as_deref(), Some("0.9"));
    assert_eq!(attribute(&span, "gen_ai.request.max_tokens").as_deref(), Some("64"));
}

#[track_tool_execution("search", tool_type = "function", call_id = id, attributes("app.index" = "facts", app.limit = 10_i64), conversation_id = "c-1", user_id = user.to_owned())]
fn search(id: &'static str, user: &str) {}

#[test]
fn attributes_and_ids_stand_on_the_span() {
    let span = one_span(|| search("call_7", "u-9"));
    for (key, value) in [
        ("gen_ai.tool.name", "search"),
        ("gen_ai.tool.type", "function"),
        ("gen_ai.tool.call.id", "call_7"),
        ("app.index", "facts"),
        ("app.limit", "10"),
        ("gen_ai.conversation.id", "c-1"),
        ("user.id", "u-9"),
    ] {
        assert_eq!(attribute(&span, key).as_deref(), Some(value), "{key}");
    }
}

#[derive(Clone)]
struct Reply {
    model: Option<String>,
    input: u64,
    output: u64,
}

#[track_llm_request("openai", "gpt-4o", usage = |r| Usage::new(r.input, r.output).with_cache_read(4), response_model = |r| r.model.clone())]
async fn ask(reply: Result<Reply, std::fmt::Error>) -> Result<Reply, std::fmt::Error> {
    reply
}

#[test]
fn usage_and_response_model_are_read_off_the_result() {
    let test = TestTelemetry::new();
    let reply = Reply { model: Some("gpt-4o-2024".to_owned()), input: 12, output: 3 };
    test.scope(|| {
        assert!(block_on(ask(Ok(reply.clone()))).is_ok());
        assert!(block_on(ask(Ok(Reply { model: None, ..reply }))).is_ok());
        assert!(block_on(ask(Err(std::fmt::Error))).is_err());
    });
    let spans = test.spans();
    assert_eq!(attribute(&spans[0], "gen_ai.response.model").as_deref(), Some("gpt-4o-2024"));
    assert_eq!(attribute(&spans[0], "gen_ai.usage.input_tokens").as_deref(), Some("12"));
    assert_eq!(attribute(&spans[0], "gen_ai.usage.cache_read.input_tokens").as_deref(), Some("4"));
    assert_eq!(attribute(&spans[1], "gen_ai.response.model"), None);
    assert_eq!(attribute(&spans[2], "gen_ai.usage.input_tokens"), None, "an error has no usage, and none is made up");
    let metrics = test.metrics();
    assert_eq!(metrics.sum("gen_ai.client.token.usage", &[("gen_ai.token.type", "input")]), 24.0);
    assert_eq!(
        metrics.sum(
            "gen_ai.client.token.usage",
            &[("gen_ai.token.type", "output"), ("gen_ai.response.model", "gpt-4o-2024")]
        ),
        3.0
    );
    assert_eq!(metrics.count("gen_ai.client.token.usage", &[]), 4);
}

struct Chunk {
    usage: Option<Usage>,
}

#[track_llm_request("openai", "gpt-4o", usage = |chunk| chunk.usage)]
fn chunks() -> BoxStream<'static, Result<Chunk, std::fmt::Error>> {
    let usages = [None, Some(Usage::new(10, 1)), Some(Usage::new(10, 5))];
    futures_util::stream::iter(usages.map(|usage| Ok(Chunk { usage }))).boxed()
}

#[test]
fn a_stream_has_the_usage_of_its_last_item_and_a_dropped_one_what_it_had() {
    let whole = one_span(|| drop(block_on(chunks().collect::<Vec<_>>())));
    assert_eq!(attribute(&whole, "gen_ai.usage.output_tokens").as_deref(), Some("5"));
    let half = one_span(|| drop(block_on(chunks().take(2).collect::<Vec<_>>())));
    assert_eq!(attribute(&half, "gen_ai.usage.output_tokens").as_deref(), Some("1"));
    assert_eq!(attribute(&half, "error.type").as_deref(), Some("cancelled"));
    assert_eq!(attribute(&half, "gen_ai.request.stream").as_deref(), Some("true"), "types tell that it streams");
}

#[track_agent_execution("overwriting", attributes("app.step" = "first"))]
fn overwriting() {
    tachograph::current::agent(|agent| agent.attribute("app.step", "second"));
}

#[test]
fn the_last_value_of_an_attribute_counts() {
    let span = one_span(overwriting);
    assert_eq!(attribute(&span, "app.step").as_deref(), Some("second"));
}

#[track_command("import", error_type = |e| if e.contains("4711") { "unknown_user" } else { "other" })]
fn import() -> Result<(), String> {
    Err("user 4711 is unknown".to_owned())
}

#[test]
fn error_type_may_be_given_by_a_closure_and_the_message_stays_off_metrics() {
    let test = TestTelemetry::builder().with_policy(Policy::default().with_error_messages(true)).build();
    test.scope(|| assert!(import().is_err()));
    let span = test.span("command import");
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("unknown_user"));
    assert_eq!(span.status, opentelemetry::trace::Status::error("user 4711 is unknown"));
    assert_eq!(test.metrics().count("tachograph.command.duration", &[("error.type", "unknown_user")]), 1);
}

#[test]
fn the_policy_closes_error_messages() {
    let test = TestTelemetry::builder().with_policy(Policy::default().with_error_messages(false)).build();
    test.scope(|| assert!(import().is_err()));
    assert_eq!(test.span("command import").status, opentelemetry::trace::Status::error(""));
}

#[derive(Debug)]
struct Coded(u16);

impl ErrorType for Coded {
    fn error_type(&self) -> Cow<'static, str> {
        if self.0 == 429 { "rate_limited".into() } else { "failed".into() }
    }
}

#[track_workflow("billing")]
async fn bill(code: u16) -> Result<(), Coded> {
    Err(Coded(code))
}

#[test]
fn an_error_type_of_the_error_itself_is_found_by_its_trait() {
    let span = one_span(|| assert!(block_on(bill(429)).is_err()));
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("rate_limited"));
}

struct Silent;

#[track_workflow("silent")]
fn silent() -> Result<(), Silent> {
    Err(Silent)
}

#[test]
fn an_error_that_can_tell_nothing_is_called_by_its_type() {
    let span = one_span(|| assert!(silent().is_err()));
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("Silent"));
}

#[track_tool_execution("not-found-is-fine", ok_if = |r| r.as_ref().is_err_and(|e: &std::io::Error| e.kind() == std::io::ErrorKind::NotFound) || r.is_ok())]
fn read(kind: std::io::ErrorKind) -> std::io::Result<()> {
    Err(kind.into())
}

#[track_tool_execution("bad-status", error_if = |status| *status >= 400)]
fn fetch(status: u16) -> u16 {
    status
}

#[track_tool_execution("lookup", none_is_error)]
async fn lookup(found: bool) -> Option<u32> {
    found.then_some(1)
}

#[track_tool_execution("plain-option")]
fn plain_option() -> Option<u32> {
    None
}

#[test]
fn the_outcome_may_be_said_by_predicates() {
    use std::io::ErrorKind;
    let told = |run: &dyn Fn()| attribute(&one_span(run), "error.type");
    assert_eq!(told(&|| drop(read(ErrorKind::NotFound))), None);
    assert_eq!(told(&|| drop(read(ErrorKind::TimedOut))).as_deref(), Some("TimedOut"));
    assert_eq!(told(&|| assert_eq!(fetch(200), 200)), None);
    assert_eq!(told(&|| assert_eq!(fetch(503), 503)).as_deref(), Some("_OTHER"));
    assert_eq!(told(&|| assert_eq!(block_on(lookup(true)), Some(1))), None);
    assert_eq!(told(&|| assert_eq!(block_on(lookup(false)), None)).as_deref(), Some("none"));
    assert_eq!(told(&|| assert_eq!(plain_option(), None)), None, "an option is an error only where asked");
}

#[track_tool_execution("captures", capture(query, limit))]
fn capturing(query: &str, limit: u32, secret: &str) -> usize {
    query.len() + secret.len() + limit as usize
}

#[test]
fn arguments_are_recorded_only_where_asked_and_allowed() {
    let closed = one_span(|| assert_eq!(capturing("abc", 1, "xy"), 6));
    assert!(closed.attributes.iter().all(|kv| !kv.key.as_str().starts_with("tachograph.argument")));

    let test = TestTelemetry::builder().with_policy(Policy::default().with_content_capture(true)).build();
    test.scope(|| assert_eq!(capturing(&"a".repeat(10_000), 1, "xy"), 10_003));
    let open = test.span("execute_tool captures");
    assert_eq!(attribute(&open, "tachograph.argument.limit").as_deref(), Some("1"));
    assert_eq!(attribute(&open, "tachograph.argument.query").map(|text| text.len()), Some(8192));
    assert_eq!(attribute(&open, "tachograph.argument.secret"), None);
}

#[track_command("probe", skip = quiet)]
fn probe(quiet: bool) {}

#[test]
fn skip_leaves_a_call_untracked() {
    let test = TestTelemetry::new();
    test.scope(|| {
        probe(true);
        probe(false);
    });
    assert_eq!(test.spans().len(), 1);
}

#[track_db_query("SELECT", "users", system = "sqlite", query_text = "SELECT * FROM users WHERE id = ?", rows = |rows| rows.len())]
async fn users() -> Result<Vec<u32>, std::fmt::Error> {
    Ok(vec![1, 2, 3])
}

#[test]
fn a_query_has_its_system_text_and_rows() {
    let span = one_span(|| assert_eq!(block_on(users()).unwrap().len(), 3));
    assert_eq!(span.name, "SELECT users");
    assert_eq!(span.span_kind, opentelemetry::trace::SpanKind::Internal, "SQLite has no server");
    for (key, value) in [
        ("db.system.name", "sqlite"),
        ("db.operation.name", "SELECT"),
        ("db.collection.name", "users"),
        ("db.query.text", "SELECT * FROM users WHERE id = ?"),
        ("db.response.returned_rows", "3"),
    ] {
        assert_eq!(attribute(&span, key).as_deref(), Some(value), "{key}");
    }
}

#[track_cache_operation("sessions", "get")]
async fn cached(found: bool) -> Option<u32> {
    found.then_some(1)
}

#[track_cache_operation("remote", "get")]
fn try_cached(found: bool) -> Result<Option<u32>, std::fmt::Error> {
    Ok(found.then_some(1))
}

#[track_cache_operation("sentinel", "get", hit = |value| *value != 0)]
fn sentinel(value: u32) -> u32 {
    value
}

#[track_cache_operation("sessions", "set")]
fn set() {}

#[test]
fn a_look_up_is_a_hit_or_a_miss_by_its_type_or_by_a_closure() {
    let test = TestTelemetry::new();
    test.scope(|| {
        for found in [true, true, false] {
            block_on(cached(found));
            try_cached(found).unwrap();
            sentinel(u32::from(found));
        }
        set();
    });
    let metrics = test.metrics();
    for cache in ["sessions", "remote", "sentinel"] {
        let of = |result| {
            let labels = [("tachograph.cache.name", cache), ("tachograph.cache.result", result)];
            metrics.value("tachograph.cache.operations", &labels)
        };
        assert_eq!((of("hit"), of("miss")), (2.0, 1.0), "{cache}");
    }
    assert_eq!(metrics.value("tachograph.cache.operations", &[]), 10.0);
    let set = test.span("cache set sessions");
    assert_eq!(attribute(&set, "tachograph.cache.result"), None, "a write neither hits nor misses");
}

#[track_http_request("BREW", "/pot/{id}", status = |code| *code)]
async fn handler(code: u16) -> u16 {
    code
}

#[test]
fn a_handler_has_its_status_and_server_errors_are_errors() {
    let fine = one_span(|| assert_eq!(block_on(handler(404)), 404));
    assert_eq!(fine.name, "HTTP /pot/{id}");
    assert_eq!(attribute(&fine, "http.request.method").as_deref(), Some("_OTHER"));
    assert_eq!(attribute(&fine, "http.request.method_original").as_deref(), Some("BREW"));
    assert_eq!(attribute(&fine, "http.response.status_code").as_deref(), Some("404"));
    assert_eq!(attribute(&fine, "error.type"), None);
    let broken = one_span(|| assert_eq!(block_on(handler(503)), 503));
    assert_eq!(attribute(&broken, "error.type").as_deref(), Some("503"));
}

#[track_llm_request("openai", "gpt-4o", value)]
fn handed_over() -> futures_util::stream::Iter<std::vec::IntoIter<u32>> {
    futures_util::stream::iter(vec![1, 2])
}

#[test]
fn value_ends_the_call_when_the_function_returns() {
    let test = TestTelemetry::new();
    let stream = test.scope(handed_over);
    assert_eq!(test.spans().len(), 1, "the call is over although the stream is not");
    assert_eq!(block_on(stream.count()), 2);
}

mod reexported {
    pub(crate) mod deep {
        pub(crate) use ::tachograph as telemetry;
    }
}

#[reexported::deep::telemetry::track_agent_execution("elsewhere", crate = reexported::deep::telemetry)]
fn through_another_path() {}

#[test]
fn the_crate_may_be_found_at_another_path() {
    assert_eq!(one_span(through_another_path).name, "invoke_agent elsewhere");
}

#[track_llm_request("openai", "gpt-4o")]
fn borrowed<'a>(words: &'a [String]) -> impl Stream<Item = &'a str> + 'a {
    futures_util::stream::iter(words.iter().map(String::as_str))
}

#[track_tool_execution("longest")]
fn longest<'a>(words: &'a mut [String]) -> Option<&'a mut String> {
    words.iter_mut().max_by_key(|word| word.len())
}

#[test]
fn results_may_borrow_from_arguments() {
    let mut words = vec!["a".to_owned(), "abc".to_owned()];
    let span = one_span(|| assert_eq!(block_on(borrowed(&words).collect::<Vec<_>>()), ["a", "abc"]));
    assert_eq!(span.name, "chat gpt-4o");
    one_span(|| longest(&mut words).unwrap().push('d'));
    assert_eq!(words[1], "abcd");
}
