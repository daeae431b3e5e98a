//! What a call recorded of bodies.

use serde_json::Value;
use tachograph_core::{ContentKind, ContentPolicy, ContentRoom, LlmRequest, Policy};
use tachograph_llm::{Format, Framing, Limits, Response, ResponseReader, content};
use tachograph_testing::{TestTelemetry, attribute};

use crate::conventions;

/// The attributes with content, each of which was looked at by the conventions' rules.
#[derive(Debug, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) instructions: Option<Value>,
    pub(crate) messages: Option<Value>,
    pub(crate) tools: Option<Value>,
    /// All of them as they stand on the span.
    pub(crate) raw: Vec<String>,
}

pub(crate) fn request(policy: ContentPolicy, format: Format, body: &[u8]) -> Recorded {
    let test = TestTelemetry::builder().with_policy(Policy::default().with_content(policy)).build();
    test.scope(|| {
        let call = LlmRequest::new("any", "model").start();
        content::request(format, body, &call);
        call.succeed();
    });
    let span = test.span("chat model");
    let mut raw = Vec::new();
    let mut read = |key: &str, check: fn(&Value)| {
        let text = attribute(&span, key)?;
        let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{key}: {error}: {text}"));
        check(&value);
        raw.push(text);
        Some(value)
    };
    Recorded {
        instructions: read("gen_ai.system_instructions", conventions::instructions),
        messages: read("gen_ai.input.messages", conventions::input_messages),
        tools: read("gen_ai.tool.definitions", conventions::tool_definitions),
        raw,
    }
}

/// What a reader that keeps what the policy needs makes of a body.
pub(crate) fn response(policy: &ContentPolicy, format: Format, body: &str) -> Response {
    let capture = content::capture_for(Some(policy));
    let mut reader = ResponseReader::with_options(format, Framing::Json, Limits::default(), capture);
    reader.push(body.as_bytes());
    reader.finish()
}

pub(crate) fn answer(policy: &ContentPolicy, format: Format, body: &str) -> Option<Value> {
    let text = content::output_messages(&response(policy, format, body), room(policy, policy.call_bytes()))?;
    let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    conventions::output_messages(&value);
    Some(value)
}

pub(crate) fn room(policy: &ContentPolicy, bytes: usize) -> ContentRoom<'_> {
    ContentRoom { policy, bytes }
}

pub(crate) fn only(kind: ContentKind) -> ContentPolicy {
    ContentPolicy::none().only([kind])
}
