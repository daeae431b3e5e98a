//! Bodies of requests.

use tachograph_llm::{Format, Request};

fn parse(format: Format, body: &str) -> Request {
    Request::parse(format, body.as_bytes()).unwrap()
}

#[test]
fn chat_completions() {
    let request = parse(
        Format::OpenAiChat,
        r#"{"model":"o4-mini","messages":[{"role":"user","content":"\"model\": x"}],"stream":true,"stream_options":{"include_usage":true},
            "max_completion_tokens":500,"temperature":0.5,"top_p":1,"frequency_penalty":-0.5,"presence_penalty":0.25,"seed":-42,
            "stop":"END","n":2,"reasoning_effort":"low","response_format":{"type":"json_schema","json_schema":{}},"service_tier":"flex"}"#,
    );
    assert_eq!(request.model.as_deref(), Some("o4-mini"));
    assert_eq!((request.stream, request.include_usage), (Some(true), Some(true)));
    assert_eq!((request.max_tokens, request.choice_count, request.seed), (Some(500), Some(2), Some(-42)));
    assert_eq!((request.temperature, request.top_p), (Some(0.5), Some(1.0)));
    assert_eq!((request.frequency_penalty, request.presence_penalty), (Some(-0.5), Some(0.25)));
    assert_eq!(request.stop_sequences, ["END"]);
    assert_eq!((request.reasoning_level.as_deref(), request.output_type), (Some("low"), Some("json")));
    assert_eq!(request.service_tier.as_deref(), Some("flex"));
}

#[test]
fn responses() {
    let body = r#"{"model":"gpt-5","input":"Hi","max_output_tokens":64,"reasoning":{"effort":"high"},"text":{"format":{"type":"text"}},
        "previous_response_id":"resp_1","conversation":"#;
    for conversation in [r#""conv_1"}"#, r#"{"id":"conv_1"}}"#] {
        let request = parse(Format::OpenAiResponses, &format!("{body}{conversation}"));
        assert_eq!((request.max_tokens, request.reasoning_level.as_deref()), (Some(64), Some("high")));
        assert_eq!((request.output_type, request.previous_response_id.as_deref()), (Some("text"), Some("resp_1")));
        assert_eq!(request.conversation_id.as_deref(), Some("conv_1"));
        assert_eq!(request.stream, None);
    }
}

#[test]
fn messages() {
    let request = parse(
        Format::Anthropic,
        r#"{"model":"claude-opus-4-5","max_tokens":100,"top_k":40,"stop_sequences":["a",1,"b"],"stream":false,
            "output_config":{"effort":"medium","format":{"type":"json_schema"}},"service_tier":"auto","messages":[]}"#,
    );
    assert_eq!((request.max_tokens, request.top_k, request.stream), (Some(100), Some(40), Some(false)));
    assert_eq!(request.stop_sequences, ["a", "b"]);
    assert_eq!((request.reasoning_level.as_deref(), request.output_type), (Some("medium"), Some("json")));
}

#[test]
fn generate_content() {
    let request = parse(
        Format::Gemini,
        r#"{"contents":[],"generationConfig":{"maxOutputTokens":9,"temperature":0,"topP":0.9,"topK":20,"candidateCount":3,"seed":1,
            "stopSequences":["x"],"responseMimeType":"application/json","thinkingConfig":{"thinkingLevel":"low"}}}"#,
    );
    assert_eq!(
        (request.max_tokens, request.temperature, request.top_p, request.top_k),
        (Some(9), Some(0.0), Some(0.9), Some(20))
    );
    assert_eq!((request.choice_count, request.seed), (Some(3), Some(1)));
    assert_eq!((request.reasoning_level.as_deref(), request.output_type), (Some("low"), Some("json")));
}

#[test]
fn converse() {
    let request = parse(
        Format::Bedrock,
        r#"{"inferenceConfig":{"maxTokens":512,"temperature":0.7,"topP":0.8,"stopSequences":["x"]},"serviceTier":{"type":"priority"},
            "additionalModelRequestFields":{"top_k":5},"guardrailConfig":{"guardrailIdentifier":"sgi5gkybzqak","guardrailVersion":"1"}}"#,
    );
    assert_eq!((request.max_tokens, request.top_k, request.top_p), (Some(512), Some(5), Some(0.8)));
    assert_eq!(
        (request.guardrail_id.as_deref(), request.service_tier.as_deref()),
        (Some("sgi5gkybzqak"), Some("priority"))
    );
}

#[test]
fn ollama_streams_unless_told_not_to() {
    let request = parse(
        Format::Ollama,
        r#"{"model":"llama3.2","think":"high","format":{"type":"object"},"options":{"num_predict":-1,"top_k":3,"seed":7,"stop":["x"]}}"#,
    );
    assert_eq!((request.stream, request.max_tokens, request.top_k), (Some(true), None, Some(3)));
    assert_eq!((request.reasoning_level.as_deref(), request.output_type), (Some("high"), Some("json")));
    assert_eq!(parse(Format::Ollama, r#"{"model":"x","stream":false,"think":true}"#).stream, Some(false));
}

#[test]
fn what_is_no_object_is_no_request() {
    for body in ["", "[]", "7", "{", "{\"model\":\"x\"", "null", "\"x\""] {
        assert_eq!(Request::parse(Format::OpenAiChat, body.as_bytes()), None, "{body}");
    }
    let wrong =
        parse(Format::OpenAiChat, r#"{"model":7,"stream":"yes","temperature":"hot","stop":{},"stream_options":[]}"#);
    assert_eq!(wrong, Request::default());
}
