//! What a response puts on a call.

use tachograph_core::ContentPolicy;
use tachograph_llm::{Format, Response, tell};

use crate::facts::{self, Facts};

fn told(format: Format, body: &str) -> Facts {
    facts::of(ContentPolicy::none(), |call| tell(call, Some(format), &Response::parse(format, body.as_bytes())))
}

#[test]
fn response_puts_all_it_says_on_its_call() {
    let facts = told(
        Format::OpenAiChat,
        r#"{"id": "chatcmpl-1", "model": "gpt-4o-2024-08-06", "service_tier": "flex", "system_fingerprint": "fp_1",
            "choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "length"},
                        {"index": 1, "message": {"content": "Ho"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 20, "completion_tokens": 8, "cost": 0.25,
                      "prompt_tokens_details": {"cached_tokens": 16}, "completion_tokens_details": {"reasoning_tokens": 6}}}"#,
    );
    assert_eq!(facts.tokens(), [Some(20), Some(8), Some(16), None, Some(6)]);
    for (key, value) in [
        ("gen_ai.response.id", "chatcmpl-1"),
        ("gen_ai.response.model", "gpt-4o-2024-08-06"),
        ("gen_ai.response.finish_reasons", r#"["length","stop"]"#),
        ("openai.response.system_fingerprint", "fp_1"),
        ("tachograph.llm.service_tier", "flex"),
        ("tachograph.llm.cost.amount", "0.25"),
        ("tachograph.llm.cost.source", "provider"),
    ] {
        assert_eq!(facts.get(key), Some(value), "{key}");
    }
    assert_eq!(facts.get("error.type"), None);
    assert_eq!(facts.unreported, 0.0);
}

#[test]
fn error_in_a_body_fails_the_call_with_its_code() {
    let facts =
        told(Format::Anthropic, r#"{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}"#);
    assert_eq!(facts.get("error.type"), Some("overloaded_error"));
    assert_eq!(facts.unreported, 0.0);
}

#[test]
fn answer_that_was_cut_tells_what_it_has() {
    let body = br#"data: {"type":"message_start","message":{"id":"m1","usage":{"input_tokens":7}}}"#;
    let facts = facts::of(ContentPolicy::none(), |call| {
        let mut reader = tachograph_llm::ResponseReader::new(Format::Anthropic, tachograph_llm::Framing::Sse);
        reader.push(body);
        let response = reader.finish();
        assert!(!response.complete);
        tell(call, Some(Format::Anthropic), &response);
    });
    assert_eq!(facts.get("gen_ai.response.id"), Some("m1"));
    assert_eq!(facts.tokens()[..2], [Some(7), None]);
}

#[test]
fn response_that_knows_less_leaves_what_is_known() {
    let facts = facts::of(ContentPolicy::none(), |call| {
        call.usage((10, 5));
        call.response_model("known");
        tell(call, None, &Response::default());
    });
    assert_eq!(facts.tokens()[..2], [Some(10), Some(5)]);
    assert_eq!(facts.get("gen_ai.response.model"), Some("known"));
}
