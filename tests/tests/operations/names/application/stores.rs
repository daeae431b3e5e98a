//! A pool of connections that runs out of them, and a cache that runs out of room.

use std::time::Duration;

use moka::sync;
use sqlx::sqlite::SqlitePoolOptions;
use tachograph_db::{moka::sync::Cache, sqlx::Pool};
use tokio::runtime;

/// What tells of itself for as long as it is there.
pub(super) type Stores = (runtime::Runtime, tachograph_db::sqlx::SqlitePool, Cache<u32, u32>);

/// Uses them on this thread.
pub(super) fn use_them() -> Stores {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let pool = runtime.block_on(async {
        let options = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_millis(20));
        let pool = Pool::new(options.connect("sqlite::memory:").await.unwrap());
        let held = pool.acquire().await.unwrap();
        pool.acquire().await.unwrap_err();
        drop(held);
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
