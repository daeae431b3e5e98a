//! Content of calls: nothing where it is closed, and what the policy says where it is open.

use opentelemetry::{Value, trace::Status};
use tachograph::{
    CallError, ContentKind, ContentPolicy, DbQuery, LlmRequest, Outcome, Policy, ToolExecution, current,
    track_agent_execution, track_llm_request, track_tool_execution,
};
use tachograph_testing::TestTelemetry;

use super::llm::{priced, value, with};

const SECRET: &str = "the launch code is kumquat";

#[derive(Debug)]
struct Quoting;

impl std::fmt::Display for Quoting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "400: your prompt \"{SECRET}\" is not allowed")
    }
}

#[track_llm_request("openai", "gpt-4o", capture(prompt), attributes("length" = prompt.len() as i64))]
fn ask(prompt: &str) -> Result<String, Quoting> {
    current::llm_request(|call| {
        call.input_messages(|_| Some(format!("[{{\"role\":\"user\",\"parts\":[{prompt:?}]}}]")));
        call.output_messages(|_| Some(format!("[{prompt:?}]")));
        call.system_instructions(|_| Some(prompt.to_owned()));
        call.tool_definitions(|_| Some(prompt.to_owned()));
    });
    Err(Quoting)
}

#[track_tool_execution("reader", capture(argument))]
fn read_file(argument: &str) -> Result<String, Quoting> {
    ask(argument)
}

#[track_agent_execution("researcher", capture(question))]
fn research(question: &str) -> Result<String, Quoting> {
    tachograph::WorkflowExecution::new("w").run(|| read_file(question))
}

#[test]
fn with_content_closed_not_a_byte_of_a_prompt_is_on_any_span_or_metric_and_open_it_is() {
    let everything = |test: &TestTelemetry| {
        test.scope(|| {
            let _ = research(SECRET);
        });
        format!("{:?} {:?}", test.spans(), test.metrics())
    };
    let closed = everything(&priced());
    assert!(closed.contains("Quoting"), "the error's type is there");
    for part in [SECRET, "launch", "kumquat", "your prompt"] {
        assert!(!closed.contains(part), "{part}");
    }
    let open = with(Policy::default().with_content_capture(true));
    let open_text = everything(&open);
    assert!(open_text.matches(SECRET).count() >= 8);
    // Of one kind, that kind alone.
    let tools = with(Policy::default().with_content(ContentPolicy::none().only([ContentKind::ToolArguments])));
    everything(&tools);
    let arguments: Vec<_> = tools
        .spans()
        .into_iter()
        .filter(|span| span.attributes.iter().any(|kv| kv.key.as_str().starts_with("tachograph.argument.")))
        .map(|span| span.name.into_owned())
        .collect();
    assert_eq!(arguments, ["execute_tool reader"]);
}

#[test]
fn messages_of_errors_stand_where_they_cannot_quote_a_prompt_or_where_somebody_wanted_them() {
    let describe = |policy: Policy| {
        let test = with(policy);
        test.scope(|| {
            let error = || Outcome::Error(CallError::new("E").with_message("refused"));
            DbQuery::new("SELECT", "users").start().finish(error());
            LlmRequest::new("p", "m").start().finish(error());
            ToolExecution::new("t").start().finish(error());
        });
        ["SELECT users", "chat m", "execute_tool t"].map(|name| match test.span(name).status {
            Status::Error { description } => description.into_owned(),
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(describe(Policy::default()), ["refused", "", ""]);
    assert_eq!(describe(Policy::default().with_error_messages(true)), ["refused"; 3]);
    assert_eq!(describe(Policy::default().with_error_messages(false)), [""; 3]);
    assert_eq!(describe(Policy::default().with_content_capture(true)), ["refused"; 3]);
}

#[test]
fn captured_arguments_are_redacted_before_they_are_cut() {
    let policy = ContentPolicy::all()
        .with_text_bytes(12)
        .with_redaction(|_, text: &str| text.contains("launch code").then(|| text.replace("launch code", "###")));
    let test = with(Policy::default().with_content(policy));
    test.scope(|| {
        let _ = ask(SECRET);
    });
    assert_eq!(value(&test.span("chat gpt-4o"), "tachograph.argument.prompt"), Some("\"the ### is ".into()));
}

#[test]
fn content_of_a_call_has_a_hard_limit_and_what_had_no_room_is_counted() {
    let policy = ContentPolicy::all().with_call_bytes(20);
    let test = with(Policy::default().with_content(policy));
    test.scope(|| {
        let call = LlmRequest::new("p", "m").start();
        call.input_messages(|room| Some("x".repeat(room.bytes - 5)));
        call.output_messages(|room| {
            assert_eq!(room.bytes, 5);
            Some("123456".to_owned())
        });
        call.succeed();
    });
    let span = test.span("chat m");
    assert_eq!(value(&span, "gen_ai.input.messages"), Some("x".repeat(15).into()));
    assert_eq!(value(&span, "gen_ai.output.messages"), None);
    assert_eq!(value(&span, "tachograph.content.omitted_bytes"), Some(Value::I64(6)));
}

#[test]
fn redaction_that_panics_withholds_the_content() {
    let policy = ContentPolicy::all().with_redaction(|_, _: &str| -> Option<String> { panic!("a hook that fails") });
    let test = with(Policy::default().with_content(policy));
    test.scope(|| {
        let _ = ask(SECRET);
    });
    let argument = value(&test.span("chat gpt-4o"), "tachograph.argument.prompt").unwrap();
    assert_eq!(argument, "[withheld: the redaction failed]".into());
}
