//! Databases as dependencies that health checks ask: there, used up, gone, and back; and nothing of it is recorded.

use std::{future::Future, sync::Arc, time::Duration};

use opentelemetry::trace::FutureExt as _;
use redis::Client;
use sqlx::{
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::SqlitePoolOptions,
};
use tachograph::source::Ping;
use tachograph_db::{
    redis::Tracked,
    sqlx::{AnyPool, Driver, Pool},
};
use tachograph_testing::TestTelemetry;
use tests::components::{Postgres, Redis};

use crate::sqlx_recorded::until;

/// Pings under a telemetry, which must not hear of it.
async fn ping(dependency: &impl Ping) -> Result<(), String> {
    let test = TestTelemetry::new();
    let answer = in_time(dependency.ping().with_context(test.context())).await;
    assert_eq!((test.spans().len(), test.metrics().names()), (0, vec![]));
    answer.map_err(|error| error.to_string())
}

/// What hangs fails the test.
async fn in_time<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("an answer")
}

/// A pool of one connection: it is there, waits while that is taken, and is gone when it was closed.
async fn assert_pings<DB: Driver>(pool: Pool<DB>) {
    ping(&pool).await.unwrap();
    let taken = pool.acquire().await.unwrap();
    // Given up in the middle, as by the time-out of a check.
    let mut waiting = pool.ping();
    assert!(futures_util::poll!(&mut waiting).is_pending());
    drop(waiting);
    let waiting = tokio::spawn(pool.ping());
    drop(taken);
    in_time(waiting).await.unwrap().unwrap();
    ping(&pool).await.unwrap();
    until("the connection is back", || (pool.size(), pool.num_idle()) == (1, 1)).await;
    pool.close().await;
    let told = ping(&pool).await.unwrap_err();
    assert!(told.contains("closed pool"), "{told}");
}

#[tokio::test]
async fn postgres_is_pinged_through_its_pool() {
    let Some(postgres) = Postgres::start() else { return };
    let pool = PgPoolOptions::new().max_connections(1).connect(&postgres.url()).await.unwrap();
    assert_pings(Pool::new(pool)).await;
    sqlx::any::install_default_drivers();
    let pool = sqlx::any::AnyPoolOptions::new().max_connections(1).connect(&postgres.url()).await.unwrap();
    assert_pings(AnyPool::new(pool)).await;
}

#[tokio::test]
async fn postgres_that_is_gone_is_an_error() {
    let Some(postgres) = Postgres::start() else { return };
    let options: PgConnectOptions = postgres.url().parse().unwrap();
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(1));
    let pool = Pool::new(pool.connect_lazy_with(options.password("hunter2")));
    ping(&pool).await.unwrap();
    drop(postgres);
    let told = ping(&pool).await.unwrap_err();
    assert!(!told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn sqlite_is_pinged_through_its_pool() {
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
    assert_pings(Pool::new(pool)).await;
}

#[tokio::test]
async fn redis_is_pinged_over_each_connection_that_can_be_cloned() {
    let Some(redis) = Redis::start() else { return };
    let client = Client::open(redis.url()).unwrap();
    let multiplexed = Tracked::new(client.get_multiplexed_async_connection().await.unwrap());
    ping(&multiplexed).await.unwrap();
    let manager = Tracked::new(client.get_connection_manager().await.unwrap());
    let shared: Arc<dyn Ping> = Arc::new(manager.clone());
    ping(&shared).await.unwrap();
    drop(redis);
    for told in [ping(&multiplexed).await.unwrap_err(), ping(&shared).await.unwrap_err()] {
        assert!(!told.is_empty());
    }
}

#[tokio::test]
async fn redis_that_answers_with_an_error_is_not_well() {
    let Some(redis) = Redis::start() else { return };
    let client = Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    // As a password that was set or changed while the application runs.
    redis::cmd("ACL").arg(&["SETUSER", "default", "-ping"]).exec_async(&mut connection).await.unwrap();
    let told = ping(&Tracked::new(connection.clone())).await.unwrap_err();
    assert!(told.contains("permissions"), "{told}");
    redis::cmd("ACL").arg(&["SETUSER", "default", "+ping"]).exec_async(&mut connection).await.unwrap();
    ping(&Tracked::new(connection)).await.unwrap();
}
