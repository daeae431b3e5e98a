//! A middleware of the HTTP client: calls to models are recognised by their address, and nothing stands at the call.

use examples::model_service::Mode;
use futures_util::TryStreamExt as _;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tachograph::llm::reqwest::LlmMiddleware;

use super::Place;
use crate::{
    BoxError,
    provider::{Provider, QUESTION},
};

pub(super) async fn call(place: &Place, provider: &Provider, mode: Mode) -> Result<(), BoxError> {
    let request = provider.api.request(mode, provider.model, QUESTION);
    let request = client(place, provider).post(place.url_of(provider, mode)).json(&request);
    let response = request.send().await?.error_for_status()?;
    // The call ends where its body does.
    response.bytes_stream().try_for_each(|_| async { Ok(()) }).await?;
    Ok(())
}

/// The hosts of providers are known; this one has to be named.
fn client(place: &Place, provider: &Provider) -> ClientWithMiddleware {
    let host = place.url.split_once("://").map_or(place.url.as_str(), |(_, host)| host);
    let tracked = LlmMiddleware::new().with_host(host, provider.name);
    ClientBuilder::new(place.http.clone()).with(tracked).build()
}
