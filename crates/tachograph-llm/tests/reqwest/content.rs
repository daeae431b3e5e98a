//! Prompts and answers on their way through the middleware: none of it is recorded where content is closed.

use tachograph_core::{Policy, track_agent_execution};
use tachograph_testing::TestTelemetry;

use crate::{
    client::{client, middleware},
    server::{Answer, Server},
};

const PROMPT: &str = "kumquat";
const INSTRUCTIONS: &str = "tamarillo";
const TOOL: &str = "rambutan";
const ANSWER: &str = "salak";
const ALL: [&str; 4] = [PROMPT, INSTRUCTIONS, TOOL, ANSWER];

/// Path, request, and an answer to it.
fn calls() -> Vec<(&'static str, String, String)> {
    let openai = format!(
        r#"{{"model": "m", "messages": [{{"role": "system", "content": "{INSTRUCTIONS}"}}, {{"role": "user", "content": "{PROMPT}"}},
        {{"role": "assistant", "tool_calls": [{{"id": "1", "type": "function", "function": {{"name": "f", "arguments": "{{\"a\": \"{TOOL}\"}}"}}}}]}},
        {{"role": "tool", "tool_call_id": "1", "content": "{TOOL}"}}]}}"#
    );
    let anthropic = format!(
        r#"{{"model": "m", "system": "{INSTRUCTIONS}", "messages": [{{"role": "user", "content": "{PROMPT} {TOOL}"}}]}}"#
    );
    let gemini = format!(
        r#"{{"systemInstruction": {{"parts": [{{"text": "{INSTRUCTIONS}"}}]}}, "contents": [{{"role": "user", "parts": [{{"text": "{PROMPT} {TOOL}"}}]}}]}}"#
    );
    let bedrock = format!(
        r#"{{"system": [{{"text": "{INSTRUCTIONS}"}}], "messages": [{{"role": "user", "content": [{{"text": "{PROMPT} {TOOL}"}}]}}]}}"#
    );
    let responses = format!(r#"{{"model": "m", "instructions": "{INSTRUCTIONS}", "input": "{PROMPT} {TOOL}"}}"#);
    let ollama = openai.replace("\"{\\\"a\\\": ", "{\\\"a\\\": ").replace("\\\"", "\"").replace("}\"}}]", "}}}]");
    vec![
        (
            "/v1/chat/completions",
            openai,
            format!(
                r#"{{"choices": [{{"index": 0, "message": {{"role": "assistant", "content": "{ANSWER}"}}, "finish_reason": "stop"}}]}}"#
            ),
        ),
        (
            "/v1/responses",
            responses,
            format!(
                r#"{{"object": "response", "status": "completed", "output": [{{"type": "message", "role": "assistant", "content": [{{"type": "output_text", "text": "{ANSWER}"}}]}}]}}"#
            ),
        ),
        (
            "/v1/messages",
            anthropic,
            format!(
                r#"{{"type": "message", "role": "assistant", "content": [{{"type": "text", "text": "{ANSWER}"}}], "stop_reason": "end_turn"}}"#
            ),
        ),
        (
            "/v1beta/models/m:generateContent",
            gemini,
            format!(
                r#"{{"candidates": [{{"content": {{"role": "model", "parts": [{{"text": "{ANSWER}"}}]}}, "finishReason": "STOP"}}]}}"#
            ),
        ),
        (
            "/model/m/converse",
            bedrock,
            format!(
                r#"{{"output": {{"message": {{"role": "assistant", "content": [{{"text": "{ANSWER}"}}]}}}}, "stopReason": "end_turn"}}"#
            ),
        ),
        (
            "/api/chat",
            ollama,
            format!(
                r#"{{"model": "m", "message": {{"role": "assistant", "content": "{ANSWER}"}}, "done": true, "done_reason": "stop"}}"#
            ),
        ),
    ]
}

#[derive(Debug, PartialEq)]
struct Failed(String);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// All that is recorded of one call inside of an agent, which hands on what the provider wrote.
async fn recorded(policy: Policy, path: &str, request: &str, answer: Answer) -> String {
    let test = TestTelemetry::builder().with_policy(policy).build();
    let server = Server::start([answer]).await;
    let client = client(middleware(&test, &server, "somebody"));
    let run = track_agent_execution("researcher", async {
        let response = client.post(server.url(path)).body(request.to_owned()).send().await.unwrap();
        let failed = !response.status().is_success();
        let text = response.text().await.unwrap();
        if failed { Err(Failed(text)) } else { Ok(text) }
    });
    let scope = test.enter();
    let run = tachograph_core::context::carry(run);
    drop(scope);
    let _ = run.await;
    assert_eq!(test.spans().len(), 2);
    format!("{:?} {:?}", test.spans(), test.metrics())
}

#[tokio::test]
async fn not_a_byte_of_content_is_recorded_unless_it_is_allowed_and_then_it_is() {
    for (path, request, answer) in calls() {
        let request: serde_json::Value =
            serde_json::from_str(&request).unwrap_or_else(|error| panic!("{path}: {error}"));
        let request = request.to_string();
        let answer = Answer::json(&answer);
        let closed = recorded(Policy::default(), path, &request, answer.clone()).await;
        assert!(closed.contains("gen_ai.response.finish_reasons"), "{path}: the answer was read");
        for word in ALL {
            assert!(!closed.contains(word), "{path} {word}");
        }
        let open = recorded(Policy::default().with_content_capture(true), path, &request, answer).await;
        for word in ALL {
            assert!(open.contains(word), "{path} {word}: {open}");
        }
        let quoting = format!(
            r#"{{"error": {{"message": "{PROMPT} is not allowed", "type": "invalid_request_error", "code": "bad"}}}}"#
        );
        let refused = Answer::json(&quoting).status("400 Bad Request");
        let closed = recorded(Policy::default(), path, &request, refused).await;
        for word in ALL {
            assert!(!closed.contains(word), "{path} {word}");
        }
        assert!(closed.contains("error.type"));
    }
}
