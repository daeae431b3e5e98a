//! What searches found, for ten minutes: in this process (moka), or in Redis.
//!
//! Both are the cache `searches` in traces and metrics. moka's is so by its type. To Redis it is all commands, which the connection
//! records; that two of them are a cache, and whether a look-up hit, the attributes say.

use std::time::Duration;

use redis::{
    AsyncCommands as _, Client,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tachograph::{
    db::{moka::future::Cache, redis::Tracked},
    source::Ping,
    track_cache_operation,
};
use thiserror::Error;

use crate::store::Article;

const TIME_TO_LIVE: Duration = Duration::from_secs(600);
/// Searches kept in this process.
const CAPACITY: u64 = 1_000;
/// How long Redis may take: longer than the search itself would make the cache pointless.
const REDIS_TIMEOUT: Duration = Duration::from_millis(500);

#[derive(Debug, Error)]
pub(crate) enum CacheError {
    #[error("Redis failed")]
    Redis(#[from] redis::RedisError),
    #[error("what Redis holds is no search result")]
    Content(#[from] serde_json::Error),
}

pub(crate) enum SearchCache {
    Memory(Cache<String, Vec<Article>>),
    Redis(RedisCache),
}

pub(crate) struct RedisCache {
    connection: Tracked<ConnectionManager>,
}

impl SearchCache {
    pub(crate) fn memory() -> Self {
        let settings = moka::future::Cache::builder().max_capacity(CAPACITY).time_to_live(TIME_TO_LIVE);
        // With spans: a search is seldom enough, and its trace says more with them.
        Self::Memory(Cache::builder("searches", settings).build().with_spans(true))
    }

    pub(crate) async fn redis(url: &str) -> Result<Self, CacheError> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(REDIS_TIMEOUT))
            .set_number_of_retries(1);
        let client = Client::open(url)?;
        let connection = Tracked::new(ConnectionManager::new_with_config(client.clone(), config).await?);
        Ok(Self::Redis(RedisCache { connection: connection.with_connection_info(client.get_connection_info()) }))
    }

    /// What was found for `query`.
    pub(crate) async fn get(&self, query: &str) -> Result<Option<Vec<Article>>, CacheError> {
        match self {
            Self::Memory(cache) => Ok(cache.get(query).await),
            Self::Redis(cache) => cache.get(query).await,
        }
    }

    pub(crate) async fn set(&self, query: &str, found: &[Article]) -> Result<(), CacheError> {
        match self {
            Self::Memory(cache) => {
                cache.insert(query.to_owned(), found.to_vec()).await;
                Ok(())
            }
            Self::Redis(cache) => cache.set(query, found).await,
        }
    }
}

impl RedisCache {
    /// Asks Redis whether it is there.
    pub(crate) fn ping(&self) -> impl Ping + use<> {
        self.connection.clone()
    }

    /// An `Option` in the result tells by itself whether the look-up hit.
    #[track_cache_operation("searches", "get")]
    async fn get(&self, query: &str) -> Result<Option<Vec<Article>>, CacheError> {
        let found: Option<String> = self.connection.clone().get(key(query)).await?;
        Ok(found.map(|found| serde_json::from_str(&found)).transpose()?)
    }

    #[track_cache_operation("searches", "set")]
    async fn set(&self, query: &str, found: &[Article]) -> Result<(), CacheError> {
        let found = serde_json::to_string(found)?;
        Ok(self.connection.clone().set_ex(key(query), found, TIME_TO_LIVE.as_secs()).await?)
    }
}

fn key(query: &str) -> String {
    format!("agent_service:search:{query}")
}
