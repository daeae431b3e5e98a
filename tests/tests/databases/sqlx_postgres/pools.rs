//! What pools tell of themselves.

use std::time::Duration;

use opentelemetry::trace::FutureExt as _;
use sqlx::{Error, postgres::PgPoolOptions};
use tachograph_db::sqlx::Pool;
use tachograph_testing::TestTelemetry;
use tests::components::Postgres;

use super::pool;
use crate::sqlx_recorded::{ACTIVE, COUNT, DURATION, ENDS, PENDING, TIMEOUTS, USE, WAIT, assert_clean, until};

const NAME: (&str, &str) = ("db.client.connection.pool.name", "notes");
const IDLE: (&str, &str) = ("db.client.connection.state", "idle");
const USED: (&str, &str) = ("db.client.connection.state", "used");

#[tokio::test]
async fn a_pool_tells_its_connections_while_they_are_held() {
    let Some(postgres) = Postgres::start() else { return };
    let test = TestTelemetry::new();
    let options = PgPoolOptions::new().max_connections(3).min_connections(1).max_lifetime(None).idle_timeout(None);
    let pool = Pool::new(options.connect(&postgres.url()).await.unwrap()).with_name("notes");
    let value = |name: &str, labels: &[(&str, &str)]| test.metrics().value(name, labels);
    let now = || (value(COUNT, &[NAME, USED]), value(COUNT, &[NAME, IDLE]), value(PENDING, &[NAME]));
    async {
        let first = pool.acquire().await.unwrap();
        let second = pool.acquire().await.unwrap();
        assert_eq!(now(), (2.0, 0.0, 0.0));
        let third = pool.begin().await.unwrap();
        assert!(pool.try_acquire().is_none());
        let fourth = tokio::spawn({
            let pool = pool.clone();
            async move { pool.acquire().await.unwrap() }.with_context(test.context())
        });
        until("a caller waits", || now() == (3.0, 0.0, 1.0)).await;
        drop(first);
        let fourth = fourth.await.unwrap();
        assert_eq!(now(), (3.0, 0.0, 0.0));
        // A caller that gives up waits no more.
        let fifth = tokio::spawn({
            let pool = pool.clone();
            async move { drop(pool.acquire().await) }.with_context(test.context())
        });
        until("a caller waits", || now().2 == 1.0).await;
        fifth.abort();
        fifth.await.unwrap_err();
        assert_eq!(now().2, 0.0);
        drop((second, third, fourth));
        until("the connections are back", || now() == (0.0, 3.0, 0.0)).await;
    }
    .with_context(test.context())
    .await;

    assert_eq!(value("db.client.connection.limit", &[NAME]), 3.0);
    assert_eq!(value("db.client.connection.idle.min", &[NAME]), 1.0);
    let metrics = test.metrics();
    assert_eq!((metrics.count(WAIT, &[NAME]), metrics.count(USE, &[NAME])), (4, 4));
    assert_eq!(metrics.series(COUNT).len(), 2);
    for name in [COUNT, PENDING, "db.client.connection.limit", "db.client.connection.idle.min"] {
        let unit = if name == PENDING { "{request}" } else { "{connection}" };
        assert!(metrics.series(name).iter().all(|series| series.unit == unit), "{name}");
    }
    // Taking a connection is no statement; beginning a transaction is one, and so is dropping it.
    assert_eq!(metrics.count(DURATION, &[]), 2);
    pool.close().await;
    assert_eq!(test.metrics().series(COUNT).len(), 0);
    assert_clean(&test);
}

#[tokio::test]
async fn a_wait_that_is_over_before_a_connection_is_free_is_a_failed_query_and_a_timeout() {
    let Some(postgres) = Postgres::start() else { return };
    let test = TestTelemetry::new();
    let options = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_millis(50));
    let pool = Pool::new(options.connect(&postgres.url()).await.unwrap()).with_name("notes");
    async {
        let held = pool.acquire().await.unwrap();
        let error = sqlx::query("SELECT 1").fetch_all(&pool).await.unwrap_err();
        assert!(matches!(error, Error::PoolTimedOut));
        pool.acquire().await.unwrap_err();
        drop(held);
    }
    .with_context(test.context())
    .await;
    assert_eq!(test.tree_with(ENDS), "SELECT (client) error.type=PoolTimedOut [error]\n");
    let metrics = test.metrics();
    assert_eq!(metrics.value(TIMEOUTS, &[NAME]), 2.0);
    // The wait is a part of the query.
    assert!(metrics.sum(DURATION, &[("error.type", "PoolTimedOut")]) >= 0.05);
    // Who gets none has not waited for one: the one wait is that of the connection that was held.
    assert_eq!(metrics.count(WAIT, &[NAME]), 1);
    assert_clean(&test);
}

#[tokio::test]
async fn a_connection_is_in_use_for_as_long_as_it_is_held() {
    let Some(postgres) = Postgres::start() else { return };
    let (test, pool) = (TestTelemetry::new(), pool(&postgres, 1).await);
    async {
        let mut held = pool.acquire().await.unwrap();
        sqlx::query("SELECT pg_sleep(0.05)").execute(&mut *held).await.unwrap();
        assert_eq!(test.metrics().count(USE, &[]), 0);
        held.close().await.unwrap();
        let waiting = sqlx::query("SELECT pg_sleep(0.05)").execute(&pool);
        waiting.await.unwrap();
    }
    .with_context(test.context())
    .await;
    let metrics = test.metrics();
    assert_eq!((metrics.count(USE, &[]), metrics.count(WAIT, &[])), (2, 2));
    assert!(metrics.sum(USE, &[]) >= 0.1);
    assert_eq!(metrics.value(ACTIVE, &[]), 0.0);
}
