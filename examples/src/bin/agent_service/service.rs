//! The parts of the service, put together from the settings.

use reqwest::Url;
use thiserror::Error;

use crate::{
    agent::Researcher,
    cache::{CacheError, SearchCache},
    llm::{Endpoint, LlmClient, LlmError},
    settings::{Settings, shown},
    stand_in,
    store::{ArticleStore, StoreError},
    tools::Toolbox,
};

/// A part that could not be started, by the variable that it was configured with.
#[derive(Debug, Error)]
pub(crate) enum StartError {
    #[error("the stand-in for the LLM did not start")]
    StandIn(#[source] std::io::Error),
    #[error("no HTTP client for the LLM")]
    Llm(#[from] LlmError),
    #[error("the database of DATABASE_URL is not usable")]
    Postgres(#[source] StoreError),
    #[error("SQLite is not usable")]
    Sqlite(#[source] StoreError),
    #[error("the cache of REDIS_URL is not usable")]
    Redis(#[from] CacheError),
}

/// The agent, and what it was made of in words.
pub(crate) struct Service {
    pub(crate) researcher: Researcher,
    pub(crate) llm: String,
    pub(crate) database: String,
    pub(crate) cache: String,
}

impl Service {
    pub(crate) async fn start(settings: &Settings) -> Result<Self, StartError> {
        let (endpoint, llm) = match &settings.llm {
            Some(endpoint) => (endpoint.clone(), format!("{} at {}", endpoint.model, shown(&endpoint.base_url))),
            None => stand_in_endpoint().await.map_err(StartError::StandIn)?,
        };
        let (articles, database) = store(settings.database.as_ref()).await?;
        let (cache, cache_in_words) = match &settings.redis {
            Some(url) => (SearchCache::redis(url.as_str()).await?, format!("Redis at {}", shown(url))),
            None => (SearchCache::memory(), "moka, in this process (REDIS_URL for Redis)".to_owned()),
        };
        let researcher = Researcher { llm: LlmClient::new(endpoint)?, toolbox: Toolbox { articles, cache } };
        Ok(Self { researcher, llm, database, cache: cache_in_words })
    }
}

async fn stand_in_endpoint() -> std::io::Result<(Endpoint, String)> {
    let base_url = stand_in::start().await?;
    let model = stand_in::MODEL.to_owned();
    let in_words = format!("{model}, a stand-in made of rules, at {base_url} (OPENAI_BASE_URL for a real one)");
    Ok((Endpoint { provider: "stand-in".to_owned(), base_url, model, api_key: None }, in_words))
}

async fn store(url: Option<&Url>) -> Result<(ArticleStore, String), StartError> {
    let Some(url) = url else {
        let store = ArticleStore::sqlite().await.map_err(StartError::Sqlite)?;
        let articles = store.seed().await.map_err(StartError::Sqlite)?;
        return Ok((store, format!("SQLite in a temporary folder, {articles} articles (DATABASE_URL for PostgreSQL)")));
    };
    let store = ArticleStore::postgres(url.as_str()).await.map_err(StartError::Postgres)?;
    let articles = store.seed().await.map_err(StartError::Postgres)?;
    Ok((store, format!("PostgreSQL at {}, {articles} articles", shown(url))))
}
