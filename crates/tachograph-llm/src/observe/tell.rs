use std::borrow::Cow;

use tachograph_core::{Call, CallError, LlmRequest, semconv::attribute as attr};

use crate::{Format, Response, content};

/// Puts what an answer says on its call: id, model, finish reasons, usage, the cost that the provider reported, tier, error; and the
/// messages, where the policy allows content.
///
/// An answer that was cut tells what it has. Figures that it does not have leave those of the call as they are, so that telling pieces one
/// after another adds up. Where it is no error, usage is expected of it: a call that ends without any is marked and counted.
///
/// `format` is the API that answered; `None` where that is not known, as with clients that hide it.
///
/// ```
/// use tachograph_core::LlmRequest;
/// use tachograph_llm::{Format, Response, tell};
///
/// let call = LlmRequest::new("anthropic", "claude-sonnet-4-5").start();
/// let body = br#"{"type": "message", "stop_reason": "end_turn", "usage": {"input_tokens": 12, "output_tokens": 5}}"#;
/// tell(&call, Some(Format::Anthropic), &Response::parse(Format::Anthropic, body));
/// call.succeed();
/// ```
pub fn tell(call: &Call<LlmRequest>, format: Option<Format>, response: &Response) {
    if !call.is_tracked() {
        return;
    }
    match &response.error {
        Some(code) => call.fail(CallError::new(Cow::Owned(code.clone()))),
        None => call.expect_usage(),
    }
    if let Some(model) = &response.model {
        call.response_model(model.clone());
    }
    if let Some(usage) = response.usage {
        call.usage(usage);
    }
    if let Some(dollars) = response.cost {
        call.reported_cost_usd(dollars);
    }
    if let Some(tier) = &response.service_tier {
        call.service_tier(tier.clone());
    }
    if let Some(id) = &response.id {
        call.response_id(id.clone());
    }
    if !response.finish_reasons.is_empty() {
        call.finish_reasons(response.finish_reasons.iter().map(|reason| reason.as_str().to_owned()));
    }
    let speaks_openai = matches!(format, None | Some(Format::OpenAiChat | Format::OpenAiResponses));
    if let Some(fingerprint) = response.system_fingerprint.as_ref().filter(|_| speaks_openai) {
        call.attribute(attr::OPENAI_RESPONSE_SYSTEM_FINGERPRINT, fingerprint.clone());
    }
    call.output_messages(|room| content::output_messages(response, room));
}
