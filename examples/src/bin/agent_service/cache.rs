//! What searches found, for ten minutes: in this process (moka), or in Redis.

use std::time::Duration;

use redis::{
    AsyncCommands as _, Client,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tachograph::track_cache_operation;
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
    Memory(moka::future::Cache<String, Vec<Article>>),
    Redis(ConnectionManager),
}

impl SearchCache {
    pub(crate) fn memory() -> Self {
        Self::Memory(moka::future::Cache::builder().max_capacity(CAPACITY).time_to_live(TIME_TO_LIVE).build())
    }

    pub(crate) async fn redis(url: &str) -> Result<Self, CacheError> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(REDIS_TIMEOUT))
            .set_number_of_retries(1);
        Ok(Self::Redis(ConnectionManager::new_with_config(Client::open(url)?, config).await?))
    }

    /// What was found for `query`. An `Option` in the result tells by itself whether the look-up hit.
    #[track_cache_operation("searches", "get")]
    pub(crate) async fn get(&self, query: &str) -> Result<Option<Vec<Article>>, CacheError> {
        match self {
            Self::Memory(cache) => Ok(cache.get(query).await),
            Self::Redis(redis) => {
                let found: Option<String> = redis.clone().get(key(query)).await?;
                Ok(found.map(|found| serde_json::from_str(&found)).transpose()?)
            }
        }
    }

    #[track_cache_operation("searches", "set")]
    pub(crate) async fn set(&self, query: &str, found: &[Article]) -> Result<(), CacheError> {
        match self {
            Self::Memory(cache) => cache.insert(query.to_owned(), found.to_vec()).await,
            Self::Redis(redis) => {
                let found = serde_json::to_string(found)?;
                redis.clone().set_ex::<_, _, ()>(key(query), found, TIME_TO_LIVE.as_secs()).await?;
            }
        }
        Ok(())
    }
}

fn key(query: &str) -> String {
    format!("agent_service:search:{query}")
}
