//! The `genai` client, whose answers and events tell their call by themselves (feature `genai` of `tachograph`).

use examples::model_service::{Api, Mode};
use futures_util::{Stream, TryStreamExt as _};
use genai::{
    Client, ModelIden, ServiceTarget,
    adapter::AdapterKind,
    chat::{ChatOptions, ChatRequest, ChatResponse, ChatStreamEvent},
    resolver::{AuthData, Endpoint, ServiceTargetResolver},
};
use tachograph::track_llm_request;

use super::Place;
use crate::{
    BoxError,
    provider::{Provider, QUESTION},
};

pub(super) async fn call(place: &Place, provider: &Provider, mode: Mode) -> Result<(), BoxError> {
    let client = client(place)?;
    if mode == Mode::Whole {
        whole(&client, provider).await?;
    } else {
        streamed(&client, provider).await?.try_for_each(|_| async { Ok(()) }).await?;
    }
    Ok(())
}

#[track_llm_request(provider = provider.name, model = provider.model)]
async fn whole(client: &Client, provider: &Provider) -> genai::Result<ChatResponse> {
    client.exec_chat(model(provider), ChatRequest::from_user(QUESTION), None).await
}

/// The tokens of a stream come with its end, and only where they are asked for.
#[track_llm_request(provider = provider.name, model = provider.model)]
async fn streamed(
    client: &Client,
    provider: &Provider,
) -> genai::Result<impl Stream<Item = genai::Result<ChatStreamEvent>> + use<>> {
    let options = ChatOptions::default().with_capture_usage(true);
    let response = client.exec_chat_stream(model(provider), ChatRequest::from_user(QUESTION), Some(&options)).await?;
    Ok(response.stream)
}

fn model(provider: &Provider) -> ModelIden {
    let adapter = match provider.api {
        Api::OpenAiChat => AdapterKind::OpenAI,
        Api::OpenAiResponses => AdapterKind::OpenAIResp,
        Api::Anthropic => AdapterKind::Anthropic,
        Api::Gemini => AdapterKind::Gemini,
        Api::Bedrock => AdapterKind::BedrockApi,
        Api::Ollama => AdapterKind::Ollama,
    };
    ModelIden::new(adapter, provider.model)
}

/// A client that goes to this address with every provider, and has no key.
fn client(place: &Place) -> genai::Result<Client> {
    let url = place.url.clone();
    let resolver = ServiceTargetResolver::from_resolver_fn(move |target: ServiceTarget| {
        let version = match target.model.adapter_kind {
            AdapterKind::OpenAI | AdapterKind::OpenAIResp | AdapterKind::Anthropic => "/v1/",
            AdapterKind::Gemini => "/v1beta/",
            _ => "/",
        };
        let endpoint = Endpoint::from_owned(format!("{url}{version}"));
        Ok(ServiceTarget { endpoint, auth: AuthData::from_single("none"), model: target.model })
    });
    Client::builder().with_reqwest(place.http.clone()).with_service_target_resolver(resolver).build()
}
