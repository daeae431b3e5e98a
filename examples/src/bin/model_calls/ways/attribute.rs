//! An attribute on a function that returns the body: as JSON, or as the bytes of a stream. What it says is read from it.

use axum::body::Bytes;
use examples::model_service::Mode;
use futures_util::{Stream, TryStreamExt as _};
use reqwest::Response;
use serde_json::Value;
use tachograph::track_llm_request;

use super::Place;
use crate::{
    BoxError,
    provider::{Provider, QUESTION},
};

pub(super) async fn call(place: &Place, provider: &Provider, mode: Mode) -> Result<(), BoxError> {
    if mode == Mode::Whole {
        whole(place, provider).await?;
    } else {
        streamed(place, provider).await?.try_for_each(|_| async { Ok(()) }).await?;
    }
    Ok(())
}

#[track_llm_request(provider = provider.name, model = provider.model)]
async fn whole(place: &Place, provider: &Provider) -> reqwest::Result<Value> {
    send(place, provider, Mode::Whole).await?.json().await
}

/// The call ends with the stream.
#[track_llm_request(provider = provider.name, model = provider.model)]
async fn streamed(
    place: &Place,
    provider: &Provider,
) -> reqwest::Result<impl Stream<Item = reqwest::Result<Bytes>> + use<>> {
    Ok(send(place, provider, Mode::Stream).await?.bytes_stream())
}

async fn send(place: &Place, provider: &Provider, mode: Mode) -> reqwest::Result<Response> {
    let request = provider.api.request(mode, provider.model, QUESTION);
    place.http.post(place.url_of(provider, mode)).json(&request).send().await?.error_for_status()
}
