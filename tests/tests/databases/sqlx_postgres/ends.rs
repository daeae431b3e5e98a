//! How statements end: errors, cancelled futures and streams, panics, transactions.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use opentelemetry::trace::{FutureExt as _, Status};
use sqlx::{Executor as _, Row as _, postgres::PgRow};
use tachograph::ToolExecution;
use tachograph_testing::TestTelemetry;
use tests::components::Postgres;

use super::pool;
use crate::sqlx_recorded::{ACTIVE, DURATION, ENDS, MARK, assert_clean, until};

#[tokio::test]
async fn an_error_is_told_by_sqlstate() {
    let Some(postgres) = Postgres::start() else { return };
    let (test, pool) = (TestTelemetry::new(), pool(&postgres, 1).await);
    async {
        let insert = "INSERT INTO notes (body) VALUES ($1)";
        sqlx::query(insert).bind(MARK).execute(&pool).await.unwrap();
        let twice = sqlx::query(insert).bind(MARK).execute(&pool).await.unwrap_err();
        assert!(twice.as_database_error().unwrap().is_unique_violation());
        sqlx::query("SELECT * FROM nowhere").fetch_all(&pool).await.unwrap_err();
        // PostgreSQL repeats the value in its message.
        let message = sqlx::query("SELECT $1::text::int").bind(MARK).fetch_one(&pool).await.unwrap_err().to_string();
        assert!(message.contains(MARK), "{message}");
        // After the first row.
        let streamed: Result<Vec<PgRow>, _> =
            sqlx::query("SELECT 1 / (2 - n) FROM generate_series(1, 3) n").fetch(&pool).try_collect().await;
        streamed.unwrap_err();
    }
    .with_context(test.context())
    .await;

    let expected = "\
INSERT notes (client) tachograph.db.affected_rows=1
INSERT notes (client) db.response.status_code=23505 error.type=23505 [error]
SELECT nowhere (client) db.response.status_code=42P01 error.type=42P01 [error]
SELECT (client) db.response.status_code=22P02 error.type=22P02 [error]
SELECT (client) db.response.returned_rows=1 db.response.status_code=22012 error.type=22012 [error]
";
    assert_eq!(test.tree_with(ENDS), expected);
    let labels = [("error.type", "23505"), ("db.response.status_code", "23505"), ("db.collection.name", "notes")];
    assert_eq!(test.metrics().count(DURATION, &labels), 1);
    assert!(test.spans().iter().all(|span| matches!(&span.status, Status::Unset) || span.status == Status::error("")));
    assert_clean(&test);
}

#[tokio::test]
async fn a_query_whose_future_is_dropped_is_cancelled_once() {
    let Some(postgres) = Postgres::start() else { return };
    let (test, pool) = (TestTelemetry::new(), pool(&postgres, 1).await);
    let sleep = tokio::spawn({
        let pool = pool.clone();
        async move { drop(sqlx::query("SELECT pg_sleep(600)").execute(&pool).await) }.with_context(test.context())
    });
    until("the query runs", || test.metrics().value(ACTIVE, &[]) == 1.0 && pool.num_idle() == 0).await;
    sleep.abort();
    assert!(sleep.await.unwrap_err().is_cancelled());
    assert_eq!(test.tree_with(ENDS), "SELECT (client) error.type=cancelled [error]\n");
    assert_eq!(test.metrics().count(DURATION, &[("error.type", "cancelled")]), 1);

    // Never polled: never a call.
    drop(sqlx::query("SELECT 1").fetch_all(&pool));
    drop(sqlx::query("SELECT 1").fetch(&pool));
    assert_eq!(test.spans().len(), 1);
    assert_clean(&test);
}

#[tokio::test]
async fn a_stream_that_is_dropped_before_its_end_is_cancelled_with_the_rows_that_it_gave() {
    let Some(postgres) = Postgres::start() else { return };
    let (test, pool) = (TestTelemetry::new(), pool(&postgres, 1).await);
    async {
        let mut rows = sqlx::query("SELECT id FROM notes").fetch(&pool);
        rows.next().await.unwrap().unwrap();
        rows.next().await.unwrap().unwrap();
        assert_eq!(test.metrics().value(ACTIVE, &[]), 1.0);
        drop(rows);
        // The connection is in order again.
        let mut rows = sqlx::query("SELECT id FROM notes").fetch(&pool);
        while rows.try_next().await.unwrap().is_some() {}
    }
    .with_context(test.context())
    .await;
    let expected = "\
SELECT notes (client) db.response.returned_rows=2 error.type=cancelled [error]
SELECT notes (client) db.response.returned_rows=3
";
    assert_eq!(test.tree_with(ENDS), expected);
    assert_clean(&test);
}

#[tokio::test]
async fn a_panic_in_the_callback_of_a_row_is_one() {
    let Some(postgres) = Postgres::start() else { return };
    let (test, pool) = (TestTelemetry::new(), pool(&postgres, 1).await);
    let panicked = async {
        let rows = sqlx::query("SELECT id FROM notes").map(|row: PgRow| {
            assert!(row.get::<i32, _>(0) < 2, "the second row");
        });
        rows.fetch_all(&pool).await
    };
    AssertUnwindSafe(panicked).catch_unwind().with_context(test.context()).await.unwrap_err();
    let expected = "SELECT notes (client) db.response.returned_rows=2 error.type=panic [error]\n";
    assert_eq!(test.tree_with(ENDS), expected);
    assert_clean(&test);
}

#[tokio::test]
async fn transactions_tell_how_they_end() {
    let Some(postgres) = Postgres::start() else { return };
    let (test, pool) = (TestTelemetry::new(), pool(&postgres, 1).await);
    async {
        let mut transaction = pool.begin().await.unwrap();
        transaction.execute("SELECT * FROM nowhere").await.unwrap_err();
        transaction.rollback().await.unwrap();

        // A constraint that is looked at when the transaction ends.
        sqlx::raw_sql("ALTER TABLE notes ADD COLUMN of INT REFERENCES notes DEFERRABLE INITIALLY DEFERRED")
            .execute(&pool)
            .await
            .unwrap();
        let mut transaction = pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await.unwrap();
        sqlx::query("UPDATE notes SET of = $1").bind(99).execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap_err();

        let mut transaction = pool.begin().await.unwrap();
        sqlx::query("DELETE FROM notes").execute(&mut *transaction).await.unwrap();
        drop(transaction);
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM notes").fetch_one(&pool).await.unwrap();
        assert_eq!(left, 3);
    }
    .with_context(test.context())
    .await;

    let expected = "\
BEGIN (client)
SELECT nowhere (client) db.response.status_code=42P01 error.type=42P01 [error]
ROLLBACK (client)
ALTER TABLE notes (client)
BEGIN (client)
UPDATE notes (client) tachograph.db.affected_rows=3
COMMIT (client) db.response.status_code=23503 error.type=23503 [error]
BEGIN (client)
DELETE notes (client) tachograph.db.affected_rows=3
ROLLBACK (client)
SELECT notes (client) db.response.returned_rows=1
";
    assert_eq!(test.tree_with(ENDS), expected);
    assert_clean(&test);
}

#[tokio::test]
async fn statements_stand_below_the_call_that_sends_them() {
    let Some(postgres) = Postgres::start() else { return };
    let (test, pool) = (TestTelemetry::new(), pool(&postgres, 1).await);
    async {
        let search = async {
            let mut transaction = pool.begin().await?;
            sqlx::query("SELECT id FROM notes").fetch(&mut *transaction).try_collect::<Vec<_>>().await?;
            transaction.commit().await
        };
        ToolExecution::new("search").track(search).await.unwrap();
    }
    .with_context(test.context())
    .await;
    let tree = test.tree_with(&[]);
    assert_eq!(tree, "execute_tool search\n  BEGIN (client)\n  SELECT notes (client)\n  COMMIT (client)\n");
}

#[tokio::test]
async fn a_refused_password_is_told_by_its_code_alone() {
    let Some(postgres) = Postgres::start() else { return };
    let (test, admin) = (TestTelemetry::new(), pool(&postgres, 1).await);
    let admin = admin.inner();
    // From now on PostgreSQL asks for passwords, which nobody has yet.
    let hba: String = sqlx::query_scalar("SHOW hba_file").fetch_one(admin).await.unwrap();
    let rules = format!("COPY (SELECT 'local all all scram-sha-256') TO '{hba}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(rules)).execute(admin).await.unwrap();
    sqlx::raw_sql("SELECT pg_reload_conf()").execute(admin).await.unwrap();
    let url = postgres.url().replace("postgres@", &format!("postgres:{MARK}@"));
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    // The server takes the rules in when it comes to it.
    while sqlx::PgPool::connect(&url).await.is_ok() {
        assert!(tokio::time::Instant::now() < deadline, "PostgreSQL does not ask for a password");
    }

    let pool = tachograph_db::sqlx::PgPool::connect_lazy(&url).unwrap();
    async {
        sqlx::query("SELECT id FROM notes").fetch_all(&pool).await.unwrap_err();
        pool.begin().await.unwrap_err();
        pool.acquire().await.unwrap_err();
    }
    .with_context(test.context())
    .await;
    let expected = "\
SELECT notes (client) db.response.status_code=28P01 error.type=28P01 [error]
BEGIN (client) db.response.status_code=28P01 error.type=28P01 [error]
";
    assert_eq!(test.tree_with(ENDS), expected);
    assert!(!format!("{pool:?} {}", pool.name()).contains(MARK));
    assert_clean(&test);
}
