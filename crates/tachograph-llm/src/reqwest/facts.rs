//! What a request says of the call to a model that it is.

use reqwest::Url;
use tachograph_core::{
    Call, LlmRequest,
    opentelemetry::{Array, StringValue, Value},
    semconv::{attribute as attr, value},
};

use super::recognize::Recognized;
use crate::{Format, Request, content};

/// Bodies that are longer than this are not read: a model takes none so long, and reading takes time.
const MAX_BODY: usize = 64 * 1024 * 1024;
const CHAT_COMPLETIONS: &str = "chat_completions";
const RESPONSES: &str = "responses";
const GUARDRAIL: &str = "x-amzn-bedrock-guardrailidentifier";

/// What address and body of a request say.
#[derive(Debug)]
pub(super) struct Facts {
    recognized: Recognized,
    request: Request,
}

impl Facts {
    pub(super) fn of(request: &reqwest::Request, recognized: Recognized) -> Self {
        let read = body(request).and_then(|body| Request::parse(recognized.format, body));
        Self { recognized, request: read.unwrap_or_default() }
    }

    pub(super) fn format(&self) -> Format {
        self.recognized.format
    }

    /// Whether the request asks for a stream.
    pub(super) fn streams(&self) -> bool {
        let asked = self.request.stream.filter(|_| self.recognized.is_inference());
        self.recognized.streaming.or(asked).unwrap_or(false)
    }

    /// The call, as far as metrics and samplers know it.
    pub(super) fn operation(&self, url: &Url) -> LlmRequest {
        let Recognized { provider, operation, .. } = &self.recognized;
        let host = url.host_str().unwrap_or(value::OTHER).trim_matches(['[', ']']);
        LlmRequest::new(provider.clone(), self.model())
            .operation(operation.clone())
            .server_address(host.to_owned())
            .server_port(url.port_or_known_default().unwrap_or_default())
    }

    fn model(&self) -> StringValue {
        let in_body = || self.request.model.clone().map(Into::into);
        self.recognized.model.clone().or_else(in_body).unwrap_or_else(|| value::UNKNOWN.into())
    }

    /// Tells the call the settings of the request, and its content where that is allowed.
    pub(super) fn tell(&self, request: &reqwest::Request, call: &Call<LlmRequest>) {
        if self.streams() {
            call.streaming();
        }
        if !call.is_recording() {
            return;
        }
        for (key, value) in self.settings().into_iter().chain(self.names()) {
            if let Some(value) = value {
                call.attribute(key, value);
            }
        }
        if let Some(guardrail) = request.headers().get(GUARDRAIL).and_then(|id| id.to_str().ok()) {
            call.attribute(attr::AWS_BEDROCK_GUARDRAIL_ID, guardrail.to_owned());
        }
        if let Some(conversation) = &self.request.conversation_id {
            call.conversation_id(conversation.clone());
        }
        if let Some(body) = body(request).filter(|_| self.recognized.is_inference()) {
            content::request(self.format(), body, call);
        }
    }

    fn settings(&self) -> [(&'static str, Option<Value>); 8] {
        let request = &self.request;
        let whole = |number: Option<u64>| number.map(|number| i64::try_from(number).unwrap_or(i64::MAX).into());
        let float = |number: Option<f64>| number.map(Value::F64);
        [
            (attr::GEN_AI_REQUEST_TEMPERATURE, float(request.temperature)),
            (attr::GEN_AI_REQUEST_TOP_P, float(request.top_p)),
            (attr::GEN_AI_REQUEST_TOP_K, whole(request.top_k)),
            (attr::GEN_AI_REQUEST_MAX_TOKENS, whole(request.max_tokens)),
            (attr::GEN_AI_REQUEST_FREQUENCY_PENALTY, float(request.frequency_penalty)),
            (attr::GEN_AI_REQUEST_PRESENCE_PENALTY, float(request.presence_penalty)),
            (attr::GEN_AI_REQUEST_SEED, request.seed.map(Value::I64)),
            (attr::GEN_AI_REQUEST_CHOICE_COUNT, whole(request.choice_count.filter(|count| *count != 1))),
        ]
    }

    fn names(&self) -> [(&'static str, Option<Value>); 7] {
        let request = &self.request;
        let name = |name: &Option<String>| name.clone().map(Value::from);
        let is_openai = matches!(self.recognized.provider.as_str(), "openai" | "azure.ai.openai");
        let tier = request.service_tier.as_ref().filter(|tier| is_openai && *tier != "auto");
        let stops: Vec<StringValue> = request.stop_sequences.iter().cloned().map(Into::into).collect();
        [
            (attr::GEN_AI_REQUEST_STOP_SEQUENCES, (!stops.is_empty()).then_some(Value::Array(Array::String(stops)))),
            (attr::GEN_AI_REQUEST_REASONING_LEVEL, name(&request.reasoning_level)),
            (attr::GEN_AI_REQUEST_PREVIOUS_RESPONSE_ID, name(&request.previous_response_id)),
            (attr::GEN_AI_OUTPUT_TYPE, request.output_type.map(Value::from)),
            (attr::AWS_BEDROCK_GUARDRAIL_ID, name(&request.guardrail_id)),
            (attr::OPENAI_REQUEST_SERVICE_TIER, tier.cloned().map(Value::from)),
            (attr::OPENAI_API_TYPE, self.api_type().filter(|_| is_openai).map(Value::from)),
        ]
    }

    /// Which of OpenAI's two APIs it is.
    fn api_type(&self) -> Option<&'static str> {
        match self.recognized.format {
            Format::OpenAiResponses => Some(RESPONSES),
            Format::OpenAiChat if self.recognized.operation.as_str() == value::CHAT => Some(CHAT_COMPLETIONS),
            _ => None,
        }
    }
}

/// The body, if it is in memory.
fn body(request: &reqwest::Request) -> Option<&[u8]> {
    request.body()?.as_bytes().filter(|body| !body.is_empty() && body.len() <= MAX_BODY)
}
