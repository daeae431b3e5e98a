//! Statements on SQLite, which runs inside of the process: spans and metrics exact, however a statement is sent.

use futures_util::{Stream, TryStreamExt as _};
use opentelemetry::trace::{FutureExt as _, SpanKind};
use sqlx::{
    AssertSqlSafe, Executor, Row as _, Sqlite,
    sqlite::{SqlitePoolOptions, SqliteRow},
};
use tachograph_db::sqlx::{AnyPool, Connection, Driver, Pool, SqlitePool};
use tachograph_testing::{Metrics, TestTelemetry};

use crate::sqlx_recorded::{ACTIVE, DURATION, ENDS, MARK, ROWS, assert_clean, attributes};

/// A database in memory lasts as long as its connection.
async fn pool() -> SqlitePool {
    let options = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let pool = options.connect("sqlite::memory:").await.unwrap();
    pool.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT UNIQUE)").await.unwrap();
    sqlx::query("INSERT INTO notes (body) VALUES ('a'), ('b'), ('c')").execute(&pool).await.unwrap();
    Pool::new(pool)
}

#[tokio::test]
async fn a_query_is_told_whole() {
    let test = TestTelemetry::new();
    async {
        let sql = "SELECT id /* hunter2 */ FROM notes WHERE body IN ($1, 'b', 'hunter2') AND id < 1000";
        let rows = sqlx::query(sql).bind("a").fetch_all(&pool().await).await.unwrap();
        assert_eq!(rows.len(), 2);
    }
    .with_context(test.context())
    .await;

    let span = test.span("SELECT notes");
    assert_eq!(span.span_kind, SpanKind::Internal);
    let expected = [
        "db.collection.name=notes",
        "db.namespace=:memory:",
        "db.operation.name=SELECT",
        "db.query.summary=SELECT notes",
        "db.query.text=SELECT id FROM notes WHERE body IN (?) AND id < ?",
        "db.response.returned_rows=2",
        "db.system.name=sqlite",
    ];
    assert_eq!(attributes(&span), expected);

    let labels = [
        ("db.system.name", "sqlite"),
        ("db.operation.name", "SELECT"),
        ("db.collection.name", "notes"),
        ("db.query.summary", "SELECT notes"),
        ("db.namespace", ":memory:"),
    ];
    let metrics = test.metrics();
    for name in [DURATION, ROWS] {
        let series = metrics.series(name);
        assert_eq!(
            (series.len(), series[0].attributes.len(), metrics.count(name, &labels)),
            (1, labels.len(), 1),
            "{name}"
        );
    }
    assert_eq!(metrics.sum(ROWS, &[]), 2.0);
    assert_clean(&test);
}

#[tokio::test]
async fn every_way_to_send_a_statement_is_one_span() {
    let test = TestTelemetry::new();
    let pool = pool().await;
    async {
        let all = "SELECT body FROM notes ORDER BY id";
        sqlx::query(all).fetch_all(&pool).await.unwrap();
        sqlx::query(all).fetch_one(&pool).await.unwrap();
        sqlx::query(all).fetch_optional(&pool).await.unwrap();
        let bodies: Vec<String> = sqlx::query_scalar(all).fetch_all(&pool).await.unwrap();
        assert_eq!(bodies, ["a", "b", "c"]);
        let (body,): (String,) = sqlx::query_as(all).fetch_one(&pool).await.unwrap();
        assert_eq!(body, "a");
        let mapped = sqlx::query(all).map(|row: SqliteRow| row.get::<String, _>(0));
        assert_eq!(mapped.fetch_all(&pool).await.unwrap(), ["a", "b", "c"]);
        let streamed: Vec<_> = sqlx::query(all).fetch(&pool).try_collect().await.unwrap();
        assert_eq!(streamed.len(), 3);
        let none = sqlx::query("SELECT body FROM notes WHERE id = $1").bind(99).fetch_one(&pool).await;
        assert!(matches!(none, Err(sqlx::Error::RowNotFound)));
        let changed = sqlx::query("UPDATE notes SET body = body || $1").bind(MARK).execute(&pool).await.unwrap();
        assert_eq!(changed.rows_affected(), 3);
        let gone = sqlx::query("DELETE FROM notes WHERE id > 1 RETURNING id").fetch_all(&pool).await.unwrap();
        assert_eq!(gone.len(), 2);
        sqlx::raw_sql("CREATE TABLE t (a); DROP TABLE t").execute(&pool).await.unwrap();
        (&pool).execute("PRAGMA cache_size = 100").await.unwrap();
    }
    .with_context(test.context())
    .await;

    let expected = "\
SELECT notes db.response.returned_rows=3
SELECT notes db.response.returned_rows=1
SELECT notes db.response.returned_rows=1
SELECT notes db.response.returned_rows=3
SELECT notes db.response.returned_rows=1
SELECT notes db.response.returned_rows=3
SELECT notes db.response.returned_rows=3
SELECT notes db.response.returned_rows=0
UPDATE notes tachograph.db.affected_rows=3
DELETE notes db.response.returned_rows=2 tachograph.db.affected_rows=2
CREATE TABLE t DROP TABLE t
PRAGMA cache_size
";
    assert_eq!(test.tree_with(ENDS), expected);
    assert_eq!(test.metrics().count(DURATION, &[]), 12);
    assert_clean(&test);
}

#[tokio::test]
async fn a_held_connection_and_a_transaction_keep_their_call_sites() {
    let test = TestTelemetry::new();
    let pool = pool().await;
    async {
        let mut connection = pool.acquire().await.unwrap();
        sqlx::query("INSERT INTO notes (body) VALUES ($1)").bind(MARK).execute(&mut *connection).await.unwrap();
        let mut transaction = connection.begin().await.unwrap();
        let mut nested = transaction.begin().await.unwrap();
        sqlx::query("DELETE FROM notes").execute(&mut *nested).await.unwrap();
        nested.rollback().await.unwrap();
        transaction.begin().await.unwrap().commit().await.unwrap();
        transaction.commit().await.unwrap();
        drop(connection);

        let mut dropped = pool.begin().await.unwrap();
        sqlx::query("DELETE FROM notes").execute(&mut *dropped).await.unwrap();
        drop(dropped);
        pool.begin_with("BEGIN IMMEDIATE").await.unwrap().rollback().await.unwrap();
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM notes").fetch_one(&pool).await.unwrap();
        assert_eq!(left, 4);
    }
    .with_context(test.context())
    .await;

    let expected = "\
INSERT notes tachograph.db.affected_rows=1
BEGIN
SAVEPOINT
DELETE notes tachograph.db.affected_rows=4
ROLLBACK
SAVEPOINT
RELEASE
COMMIT
BEGIN
DELETE notes tachograph.db.affected_rows=4
ROLLBACK
BEGIN
ROLLBACK
SELECT notes db.response.returned_rows=1
";
    assert_eq!(test.tree_with(ENDS), expected);
    let dropped: Vec<_> = test.spans().into_iter().filter(|span| !span.events.is_empty()).collect();
    assert_eq!((dropped.len(), dropped[0].name.as_ref()), (1, "ROLLBACK"));
    assert_eq!(dropped[0].events[0].name, "transaction dropped");
    assert_clean(&test);
}

#[tokio::test]
async fn an_error_is_told_by_its_code_and_not_by_its_message() {
    let test = TestTelemetry::new();
    let pool = pool().await;
    async {
        let twice = sqlx::query("INSERT INTO notes (body) VALUES ($1)").bind("a").execute(&pool).await;
        assert!(twice.unwrap_err().as_database_error().unwrap().is_unique_violation());
        // The message of this one repeats the literal.
        let broken = AssertSqlSafe(format!("SELECT json_extract('{{}}', '{MARK}') FROM notes"));
        let message = sqlx::query(broken).fetch_all(&pool).await.unwrap_err().to_string();
        assert!(message.contains(MARK), "{message}");
        pool.close().await;
        sqlx::query("SELECT id FROM notes").fetch_all(&pool).await.unwrap_err();
    }
    .with_context(test.context())
    .await;

    let expected = "\
INSERT notes db.response.status_code=2067 error.type=2067 [error]
SELECT notes db.response.status_code=1 error.type=1 [error]
SELECT notes error.type=PoolClosed [error]
";
    assert_eq!(test.tree_with(ENDS), expected);
    assert_eq!(test.metrics().count(DURATION, &[("db.response.status_code", "2067"), ("error.type", "2067")]), 1);
    assert_clean(&test);
}

#[tokio::test]
async fn a_prepared_statement_is_told_by_its_text() {
    let test = TestTelemetry::new();
    let pool = pool().await;
    async {
        use sqlx::{SqlSafeStr as _, Statement as _};
        let statement = (&pool).prepare("SELECT body FROM notes WHERE id = $1".into_sql_str()).await.unwrap();
        let row = statement.query().bind(2).fetch_one(&pool).await.unwrap();
        assert_eq!(row.get::<String, _>(0), "b");
    }
    .with_context(test.context())
    .await;
    assert_eq!(test.tree_with(ENDS), "PREPARE\nSELECT notes db.response.returned_rows=1\n");
}

#[tokio::test]
async fn the_any_driver_is_told_as_the_product_behind_it() {
    sqlx::any::install_default_drivers();
    let test = TestTelemetry::new();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("notes.db").display());
    async {
        let pool = AnyPool::connect(&url).await.unwrap();
        (&pool).execute("CREATE TABLE notes (body TEXT)").await.unwrap();
        let insert = sqlx::query("INSERT INTO notes (body) VALUES ($1), ($2)").bind("a").bind(MARK);
        insert.execute(&pool).await.unwrap();
        let bodies: Vec<String> = sqlx::query_scalar(r#"SELECT "body" FROM "notes""#).fetch_all(&pool).await.unwrap();
        assert_eq!(bodies, ["a", MARK]);
    }
    .with_context(test.context())
    .await;
    let told = ["db.namespace", "db.query.text", "db.response.returned_rows", "tachograph.db.affected_rows"];
    let expected = r#"
CREATE TABLE notes db.namespace=notes.db db.query.text="CREATE TABLE notes (body TEXT)"
INSERT notes db.namespace=notes.db db.query.text="INSERT INTO notes (body) VALUES ($1)" tachograph.db.affected_rows=2
SELECT "notes" db.namespace=notes.db db.query.text="SELECT ? FROM \"notes\"" db.response.returned_rows=2
"#;
    assert_eq!(test.tree_with(&told), expected.trim_start());
    assert_eq!(test.spans().iter().filter(|span| span.span_kind == SpanKind::Internal).count(), 3);
    assert_clean(&test);
}

#[tokio::test]
async fn a_connection_of_no_pool_is_recorded_while_it_is_borrowed() {
    use sqlx::ConnectOptions as _;
    let test = TestTelemetry::new();
    async {
        let options: sqlx::sqlite::SqliteConnectOptions = "sqlite::memory:".parse().unwrap();
        let mut plain = options.connect().await.unwrap();
        let mut connection = Connection::<Sqlite>::new(&mut plain, &options);
        sqlx::query("SELECT 1").fetch_one(&mut connection).await.unwrap();
        // The way out: not recorded.
        sqlx::query("SELECT 2").fetch_one(connection.inner()).await.unwrap();
    }
    .with_context(test.context())
    .await;
    assert_eq!(test.tree_with(ENDS), "SELECT db.response.returned_rows=1\n");
}

/// Code that is generic over the database, and over what it runs on, takes the pool and what comes from it.
#[tokio::test]
async fn generic_code_takes_a_recorded_pool() {
    async fn ping<DB: Driver>(pool: &Pool<DB>) {
        pool.execute("SELECT 1").await.unwrap();
        let mut connection = pool.acquire().await.unwrap();
        connection.execute("SELECT 2").await.unwrap();
    }
    async fn count<'c>(executor: impl Executor<'c, Database = Sqlite>) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM notes").fetch_one(executor).await.unwrap()
    }
    // As with a pool of sqlx: what is returned does not borrow it.
    fn stream(pool: &SqlitePool) -> impl Stream<Item = Result<SqliteRow, sqlx::Error>> + use<> {
        sqlx::query("SELECT id FROM notes").fetch(pool)
    }
    async fn plain<DB: sqlx::Database>(pool: &sqlx::Pool<DB>)
    where
        for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    {
        pool.execute("SELECT 3").await.unwrap();
        let mut connection = pool.acquire().await.unwrap();
        (&mut *connection).execute("SELECT 4").await.unwrap();
    }
    let test = TestTelemetry::new();
    let pool = pool().await;
    async {
        ping(&pool).await;
        assert_eq!(count(&pool).await, 3);
        assert_eq!(count(&mut *pool.acquire().await.unwrap()).await, 3);
        assert_eq!(count(&mut *pool.begin().await.unwrap()).await, 3);
        assert_eq!(stream(&pool.clone()).try_collect::<Vec<_>>().await.unwrap().len(), 3);
        plain(pool.inner()).await;
        let spawned = tokio::spawn({
            let pool = pool.clone();
            async move { count(&pool).await }.with_context(test.context())
        });
        assert_eq!(spawned.await.unwrap(), 3);
    }
    .with_context(test.context())
    .await;
    assert_eq!(test.metrics().count(DURATION, &[("db.query.summary", "SELECT notes")]), 5);
    assert_eq!(test.metrics().count(DURATION, &[("db.query.summary", "SELECT")]), 2);
}

#[tokio::test]
async fn without_telemetry_everything_works_and_nothing_is_recorded() {
    let test = TestTelemetry::new();
    let pool = pool().await;
    let bodies: Vec<String> = sqlx::query_scalar("SELECT body FROM notes").fetch_all(&pool).await.unwrap();
    assert_eq!(bodies.len(), 3);
    let mut transaction = pool.begin().await.unwrap();
    let streamed: Vec<_> =
        sqlx::query("DELETE FROM notes RETURNING id").fetch(&mut *transaction).try_collect().await.unwrap();
    assert_eq!(streamed.len(), 3);
    drop(transaction);
    assert_eq!((test.spans().len(), test.metrics().names()), (0, Vec::new()));
}

/// A pool may be older than the telemetry, and be used under several.
#[tokio::test]
async fn each_telemetry_is_told_of_the_pools_that_are_used_under_it() {
    const LIMIT: &str = "db.client.connection.limit";
    let [one, other, third] = [TestTelemetry::new(), TestTelemetry::new(), TestTelemetry::new()];
    let (pool, same_name, unused) = (pool().await, pool().await, pool().await);
    let query = |pool: SqlitePool| async move { sqlx::query("SELECT 1").fetch_one(&pool).await.unwrap() };
    query(pool.clone()).with_context(one.context()).await;
    query(pool.clone()).with_context(one.context()).await;
    query(pool.clone()).with_context(other.context()).await;
    query(same_name.clone()).with_context(other.context()).await;
    query(pool.clone()).with_context(third.context()).await;

    let name = [("db.client.connection.pool.name", ":memory:")];
    let limit = |metrics: Metrics| metrics.value(LIMIT, &name);
    assert_eq!([&one, &other, &third].map(|test| limit(test.metrics())), [1.0, 2.0, 1.0]);
    assert_eq!(one.metrics().series(LIMIT).len(), 1);
    drop(pool);
    assert_eq!([&one, &other, &third].map(|test| test.metrics().series(LIMIT).len()), [0, 1, 0]);
    same_name.close().await;
    assert_eq!(other.metrics().series(LIMIT).len(), 0);
    assert_eq!(other.metrics().value(ACTIVE, &[]), 0.0);
    drop(unused);
}
