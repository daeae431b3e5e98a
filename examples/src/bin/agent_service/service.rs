//! The parts of the service, put together from the settings.

use std::{io, time::Duration};

use examples::tool_service;
use reqwest::Url;
use tachograph::monitor::Check;
use thiserror::Error;

use crate::{
    agent::Researcher,
    cache::{CacheError, SearchCache},
    checks::{CheckError, checks},
    llm::{Endpoint, LlmClient, LlmError},
    settings::{Settings, shown},
    stand_in,
    store::{ArticleStore, StoreError},
    tools::{RemoteTools, Toolbox},
};

/// How long a tool of another process may take, to the last part of its answer.
const TOOL_TIMEOUT: Duration = Duration::from_secs(10);

/// A part that could not be started, by the variable that it was configured with.
#[derive(Debug, Error)]
pub(crate) enum StartError {
    #[error("the stand-in for the LLM did not start")]
    StandIn(#[source] io::Error),
    #[error("no HTTP client for the LLM")]
    Llm(#[from] LlmError),
    #[error("the tool service did not start")]
    Tools(#[source] io::Error),
    #[error("the tool service of --tool-service or TOOL_SERVICE_URL is not usable")]
    ToolService(#[from] tonic::transport::Error),
    #[error("the database of DATABASE_URL is not usable")]
    Postgres(#[source] StoreError),
    #[error("SQLite is not usable")]
    Sqlite(#[source] StoreError),
    #[error("the cache of REDIS_URL is not usable")]
    Redis(#[from] CacheError),
    #[error("what the service depends on cannot be checked")]
    Checks(#[from] CheckError),
}

/// The agent, and what it was made of in words.
pub(crate) struct Service {
    pub(crate) researcher: Researcher,
    pub(crate) checks: Vec<Check>,
    pub(crate) llm: String,
    pub(crate) tools: String,
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
        let (url, tools) = tool_url(settings.tool_service.as_ref()).await?;
        let checks = checks(&articles, &cache, &endpoint, &url)?;
        let remote = RemoteTools::at(&url, TOOL_TIMEOUT)?;
        let researcher = Researcher { llm: LlmClient::new(endpoint)?, toolbox: Toolbox { articles, cache, remote } };
        Ok(Self { researcher, checks, llm, tools, database, cache: cache_in_words })
    }
}

async fn tool_url(url: Option<&Url>) -> Result<(Url, String), StartError> {
    if let Some(url) = url {
        return Ok((url.clone(), format!("gRPC at {}", shown(url))));
    }
    let url = tool_service::start().await.map_err(StartError::Tools)?;
    let in_words = format!("gRPC in this process, at {} (--tool-service for another one)", shown(&url));
    Ok((url, in_words))
}

async fn stand_in_endpoint() -> io::Result<(Endpoint, String)> {
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
