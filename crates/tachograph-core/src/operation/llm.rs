use std::borrow::Cow;

use opentelemetry::{KeyValue, StringValue, trace::SpanKind};

use super::{
    Kind, operation_methods,
    sealed::Describe,
    server::{Server, server_methods},
    two_words,
};
use crate::{
    semconv::{attribute as attr, value},
    series::Identity,
};

/// A call to a model: span `chat {model}`, metrics `gen_ai.client.operation.duration` and `gen_ai.client.token.usage`.
///
/// ```
/// use tachograph_core::{LlmRequest, Usage};
/// let call = LlmRequest::new("openai", "gpt-4o").temperature(0.2).start();
/// // … the request …
/// call.usage(Usage::new(120, 30));
/// call.succeed();
/// ```
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is started"]
pub struct LlmRequest {
    operation: StringValue,
    provider: StringValue,
    model: StringValue,
    server: Server,
    pub(super) attributes: Vec<KeyValue>,
}

impl LlmRequest {
    /// A chat request to `model` of `provider` (`openai`, `anthropic`, `gcp.gemini`, `aws.bedrock`, `groq`, …).
    ///
    /// Both become metric labels: names from outside must be bounded first.
    pub fn new(provider: impl Into<StringValue>, model: impl Into<StringValue>) -> Self {
        Self {
            operation: value::CHAT.into(),
            provider: provider.into(),
            model: model.into(),
            server: Server::default(),
            attributes: Vec::new(),
        }
    }

    /// The GenAI operation: `chat` (the default), `text_completion`, `generate_content`, `embeddings`.
    pub fn operation(mut self, operation: impl Into<StringValue>) -> Self {
        self.operation = operation.into();
        self
    }

    /// Sampling temperature of the request.
    pub fn temperature(self, temperature: f64) -> Self {
        self.with_attribute(attr::GEN_AI_REQUEST_TEMPERATURE, temperature)
    }

    /// Nucleus sampling of the request.
    pub fn top_p(self, top_p: f64) -> Self {
        self.with_attribute(attr::GEN_AI_REQUEST_TOP_P, top_p)
    }

    /// Output token limit of the request.
    pub fn max_tokens(self, tokens: u32) -> Self {
        self.with_attribute(attr::GEN_AI_REQUEST_MAX_TOKENS, i64::from(tokens))
    }
}

operation_methods!(LlmRequest);
server_methods!(LlmRequest, "that the request goes to");

impl Describe for LlmRequest {
    const KIND: Kind = Kind::Llm;

    fn span_name(&self) -> Cow<'static, str> {
        two_words(self.operation.as_str(), self.model.as_str())
    }

    fn span_kind(&self) -> SpanKind {
        SpanKind::Client
    }

    fn identity<'a>(&'a self, agent: Option<&'a StringValue>) -> Identity<'a> {
        let server = self.server.address.as_ref();
        Identity::of([Some(&self.operation), Some(&self.provider), Some(&self.model), server, agent])
            .at_port(self.server.port)
    }

    const NEEDS_AGENT: bool = true;

    fn span_attributes(self, out: &mut Vec<KeyValue>) -> Vec<KeyValue> {
        out.push(KeyValue::new(attr::GEN_AI_OPERATION_NAME, self.operation));
        out.push(KeyValue::new(attr::GEN_AI_PROVIDER_NAME, self.provider));
        out.push(KeyValue::new(attr::GEN_AI_REQUEST_MODEL, self.model));
        self.server.span_attributes(out);
        self.attributes
    }
}
