use serde_json::{Value, json};

use super::*;

/// Sends `body` to a stand-in of its own.
async fn ask(body: Value) -> reqwest::Response {
    let base_url = start().await.unwrap();
    crate::http::client().unwrap().post(format!("{base_url}/chat/completions")).json(&body).send().await.unwrap()
}

fn user(question: &str) -> Value {
    json!({"role": "user", "content": question})
}

#[tokio::test]
async fn a_question_with_tools_at_hand_is_answered_by_a_tool_call() {
    let tools = json!([{"type": "function", "function": {"name": "calculate"}}]);
    let response = ask(json!({"model": "any", "messages": [user("What is 6 * 7?")], "tools": tools})).await;
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["model"], MODEL);
    assert_eq!(body["choices"][0]["finish_reason"], "tool_calls");
    let function = &body["choices"][0]["message"]["tool_calls"][0]["function"];
    assert_eq!(*function, json!({"name": "calculate", "arguments": "{\"expression\":\"6 * 7\"}"}));
    let usage = &body["usage"];
    let figure = |name: &str| usage[name].as_u64().unwrap();
    assert_eq!(figure("prompt_tokens") + figure("completion_tokens"), figure("total_tokens"));
    assert!(usage["completion_tokens_details"]["reasoning_tokens"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn an_answer_is_made_of_the_tool_results() {
    let result = json!({"role": "tool", "tool_call_id": "1", "content": "{\"expression\":\"6 * 7\",\"result\":42}"});
    let body: Value = ask(json!({"messages": [user("What is 6 * 7?"), result]})).await.json().await.unwrap();
    assert_eq!(body["choices"][0]["message"]["content"], "6 * 7 = 42.");
}

#[tokio::test]
async fn a_stream_says_the_same_and_ends_with_usage() {
    let request = json!({"messages": [user("Hi?")], "stream": true, "stream_options": {"include_usage": true}});
    let text = ask(request).await.text().await.unwrap();
    let events: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    let (done, chunks) = events.split_last().unwrap();
    let chunks: Vec<Value> = chunks.iter().map(|chunk| serde_json::from_str(chunk).unwrap()).collect();
    let said: String = chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(*done, "[DONE]");
    assert_eq!(said, "Ask me about a chemical element, or give me something to compute.");
    let tokens: Vec<&Value> = chunks.iter().filter(|chunk| !chunk["usage"].is_null()).collect();
    assert_eq!(tokens.len(), 1);
    assert_eq!(tokens[0]["usage"]["completion_tokens"].as_u64(), Some(tokens::count(&said)));
}

#[tokio::test]
async fn trouble_comes_when_asked_for() {
    assert_eq!(ask(json!({"messages": [user("a rate limit please")]})).await.status(), 429);
    assert_eq!(ask(json!({"messages": [user("a server error please")]})).await.status(), 500);
}
