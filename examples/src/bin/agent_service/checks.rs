//! What the service depends on, asked whether it is there.

use reqwest::Url;
use tachograph::{
    monitor::Check,
    tower::reqwest::{HttpProbe, HttpProbeError},
};
use thiserror::Error;

use crate::{cache::SearchCache, http, llm::Endpoint, store::ArticleStore};

#[derive(Debug, Error)]
pub(crate) enum CheckError {
    #[error("no HTTP client")]
    Client(#[from] reqwest::Error),
    #[error(transparent)]
    Probe(#[from] HttpProbeError),
}

/// Without articles there are no answers, so that no request should come before the database is there. Without the model there are none
/// either, but other replicas would have none as well. The others make answers worse.
pub(crate) fn checks(
    articles: &ArticleStore,
    cache: &SearchCache,
    model: &Endpoint,
    tools: &Url,
) -> Result<Vec<Check>, CheckError> {
    let mut checks = vec![
        Check::ping("database", articles.ping()).with_startup_gate(true),
        Check::ping("model", model_probe(model)?),
        Check::tcp("tools", authority(tools)).with_critical(false),
    ];
    if let SearchCache::Redis(redis) = cache {
        checks.push(Check::ping("cache", redis.ping()).with_critical(false));
    }
    Ok(checks)
}

/// Any answer but a failure of the server's will do: not every endpoint has a list of models, and this one need not cost anything.
fn model_probe(model: &Endpoint) -> Result<HttpProbe, CheckError> {
    let url = format!("{}/models", model.base_url.as_str().trim_end_matches('/'));
    let probe = HttpProbe::get(http::client()?, url)?;
    match &model.api_key {
        Some(key) => Ok(probe.with_bearer_auth(key)?),
        None => Ok(probe),
    }
}

fn authority(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}
