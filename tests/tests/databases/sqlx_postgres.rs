//! Statements on PostgreSQL, over its socket: spans and metrics exact, and every way in which a statement can end.

mod ends;
mod pools;

use futures_util::{TryStreamExt as _, future::join_all};
use opentelemetry::trace::{FutureExt as _, SpanKind};
use sqlx::{AssertSqlSafe, postgres::PgPoolOptions};
use tachograph_db::sqlx::{AnyPool, PgPool, Pool};
use tachograph_testing::{TestTelemetry, attribute};
use tests::components::Postgres;

use crate::sqlx_recorded::{DURATION, ENDS, MARK, ROWS, USE, WAIT, assert_clean, attributes};

/// A pool on a database with the table `notes` and three rows in it.
async fn pool(postgres: &Postgres, connections: u32) -> PgPool {
    let options = PgPoolOptions::new().max_connections(connections).max_lifetime(None).idle_timeout(None);
    let pool = options.connect(&postgres.url()).await.unwrap();
    let notes = "CREATE TABLE notes (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body TEXT UNIQUE);
        INSERT INTO notes (body) VALUES ('a'), ('b'), ('c')";
    sqlx::raw_sql(notes).execute(&pool).await.unwrap();
    Pool::new(pool)
}

#[tokio::test]
async fn a_query_is_told_whole() {
    let Some(postgres) = Postgres::start() else { return };
    let (test, pool) = (TestTelemetry::new(), pool(&postgres, 2).await);
    async {
        let sql = r#"SELECT n.id FROM public."notes" n WHERE body IN ($1, $2) AND body <> 'hunter2' -- hunter2"#;
        let rows = sqlx::query(sql).bind("a").bind(MARK).fetch_all(&pool).await.unwrap();
        assert_eq!(rows.len(), 1);
    }
    .with_context(test.context())
    .await;

    let span = test.span(r#"SELECT public."notes""#);
    assert_eq!(span.span_kind, SpanKind::Client);
    let address = postgres.url().rsplit_once("?host=").unwrap().1.to_owned();
    let expected = [
        "db.collection.name=public.notes",
        "db.namespace=postgres",
        "db.operation.name=SELECT",
        r#"db.query.summary=SELECT public."notes""#,
        r#"db.query.text=SELECT n.id FROM public."notes" n WHERE body IN (?) AND body <> ?"#,
        "db.response.returned_rows=1",
        "db.system.name=postgresql",
        &format!("server.address={address}"),
    ];
    assert_eq!(attributes(&span), expected);

    let labels = [
        ("db.system.name", "postgresql"),
        ("db.operation.name", "SELECT"),
        ("db.collection.name", "public.notes"),
        ("db.query.summary", r#"SELECT public."notes""#),
        ("db.namespace", "postgres"),
        ("server.address", &address),
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
    let of_the_pool = [("db.client.connection.pool.name", format!("postgres@{address}"))];
    let of_the_pool = of_the_pool.each_ref().map(|(key, value)| (*key, value.as_str()));
    assert_eq!((metrics.count(WAIT, &of_the_pool), metrics.count(USE, &of_the_pool)), (1, 1));
    assert_clean(&test);
}

#[tokio::test]
async fn rows_are_told_however_a_statement_is_sent() {
    let Some(postgres) = Postgres::start() else { return };
    let (test, pool) = (TestTelemetry::new(), pool(&postgres, 2).await);
    async {
        sqlx::query("SELECT body FROM notes").fetch_one(&pool).await.unwrap();
        let bodies: Vec<String> = sqlx::query_scalar("SELECT body FROM notes").fetch_all(&pool).await.unwrap();
        assert_eq!(bodies.len(), 3);
        let streamed: Vec<_> = sqlx::query("SELECT body FROM notes").fetch(&pool).try_collect().await.unwrap();
        assert_eq!(streamed.len(), 3);
        // The number that PostgreSQL gives for a query is that of its rows: none was changed.
        let selected = sqlx::query("SELECT body FROM notes").execute(&pool).await.unwrap();
        assert_eq!(selected.rows_affected(), 3);
        let insert = "INSERT INTO notes (body) SELECT body || $1 FROM notes RETURNING id";
        assert_eq!(sqlx::query(insert).bind(MARK).fetch_all(&pool).await.unwrap().len(), 3);
        sqlx::raw_sql("UPDATE notes SET id = DEFAULT; DELETE FROM notes WHERE id = 1").execute(&pool).await.unwrap();
        let literal =
            AssertSqlSafe(format!("DELETE FROM notes WHERE body = $x${MARK}$x$ OR body = E'\\'{MARK}' OR id > 0"));
        assert_eq!(sqlx::query(literal).execute(&pool).await.unwrap().rows_affected(), 6);
    }
    .with_context(test.context())
    .await;

    let expected = "\
SELECT notes (client) db.response.returned_rows=1
SELECT notes (client) db.response.returned_rows=3
SELECT notes (client) db.response.returned_rows=3
SELECT notes (client)
INSERT notes SELECT notes (client) db.response.returned_rows=3 tachograph.db.affected_rows=3
UPDATE notes DELETE notes (client)
DELETE notes (client) tachograph.db.affected_rows=6
";
    assert_eq!(test.tree_with(ENDS), expected);
    assert_clean(&test);
}

#[tokio::test]
async fn the_any_driver_is_told_as_the_product_behind_it() {
    sqlx::any::install_default_drivers();
    let Some(postgres) = Postgres::start() else { return };
    let (test, _notes) = (TestTelemetry::new(), pool(&postgres, 1).await);
    async {
        let pool = AnyPool::connect(&postgres.url()).await.unwrap();
        let bodies: Vec<String> =
            sqlx::query_scalar(r#"SELECT "body" FROM notes ORDER BY id"#).fetch_all(&pool).await.unwrap();
        assert_eq!(bodies, ["a", "b", "c"]);
    }
    .with_context(test.context())
    .await;
    let span = test.span("SELECT notes");
    assert_eq!(span.span_kind, SpanKind::Client);
    assert_eq!(attribute(&span, "db.system.name").unwrap(), "postgresql");
    assert_eq!(attribute(&span, "db.query.text").unwrap(), r#"SELECT "body" FROM notes ORDER BY id"#);
    assert_eq!(attribute(&span, "server.address").unwrap(), postgres.url().rsplit_once("?host=").unwrap().1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_statements_at_once_are_counted_exactly() {
    let Some(postgres) = Postgres::start() else { return };
    let (test, pool) = (TestTelemetry::new(), pool(&postgres, 10).await);
    let tasks = (0..200).map(|number| {
        let pool = pool.clone();
        let statement = async move {
            match number % 4 {
                0 => drop(sqlx::query("SELECT id FROM notes").fetch_all(&pool).await.unwrap()),
                1 => drop(sqlx::query("SELECT id FROM notes").fetch(&pool).try_collect::<Vec<_>>().await.unwrap()),
                2 => drop(sqlx::query("SELECT 1/0").execute(&pool).await.unwrap_err()),
                _ => {
                    let mut transaction = pool.begin().await.unwrap();
                    sqlx::query("UPDATE notes SET body = body").execute(&mut *transaction).await.unwrap();
                    transaction.commit().await.unwrap();
                }
            }
        };
        tokio::spawn(statement.with_context(test.context()))
    });
    join_all(tasks).await.into_iter().for_each(|task| task.unwrap());

    let metrics = test.metrics();
    let counted = |operation: &str| metrics.count(DURATION, &[("db.operation.name", operation)]);
    assert_eq!(["SELECT", "BEGIN", "UPDATE", "COMMIT"].map(counted), [150, 50, 50, 50]);
    assert_eq!(metrics.count(DURATION, &[("error.type", "22012")]), 50);
    assert_eq!(metrics.sum(ROWS, &[]), 300.0);
    // A transaction takes one connection for its three statements.
    assert_eq!((metrics.count(WAIT, &[]), metrics.count(USE, &[])), (200, 200));
    assert_eq!(test.spans().len(), 300);
    assert_clean(&test);
}
