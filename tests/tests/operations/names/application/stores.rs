//! Pools of connections, one of which runs out of them, and a cache that runs out of room.

use std::time::Duration;

use moka::sync;
use sqlx::sqlite::SqlitePoolOptions;
use tachograph_db::{
    moka::sync::Cache,
    sqlx::{Pool, SqlitePool},
};
use tests::process::PATIENCE;
use tokio::runtime;

const MEMORY: &str = "sqlite::memory:";

/// What tells of itself for as long as it is there.
pub(super) type Stores = (runtime::Runtime, SqlitePool, Cache<u32, u32>);

/// Uses them on this thread.
pub(super) fn use_them() -> Stores {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let pool = runtime.block_on(async {
        let options = SqlitePoolOptions::new().max_connections(1);
        let pool = Pool::new(options.clone().acquire_timeout(PATIENCE).connect(MEMORY).await.unwrap());
        drop(pool.acquire().await.unwrap());
        let impatient = Pool::new(options.acquire_timeout(Duration::from_millis(20)).connect_lazy(MEMORY).unwrap());
        // On a loaded machine it is the first one that has no connection in time.
        let held = impatient.acquire().await;
        assert!(impatient.acquire().await.is_err() || held.is_err());
        pool
    });
    let cache = Cache::builder("articles", sync::Cache::builder().max_capacity(1)).build();
    for key in 0..8 {
        cache.insert(key, key);
        cache.get(&key);
    }
    cache.run_pending_tasks();
    (runtime, pool, cache)
}
