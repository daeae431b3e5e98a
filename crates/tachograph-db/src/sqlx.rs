//! sqlx with a span and metrics for every statement, at call sites that stay as they are.
//!
//! ```no_run
//! # #[cfg(feature = "sqlx-postgres")]
//! # async fn open(url: &str) -> Result<(), sqlx::Error> {
//! use sqlx::postgres::PgPoolOptions;
//! use tachograph_db::sqlx::Pool;
//!
//! let pool = Pool::new(PgPoolOptions::new().max_connections(20).connect(url).await?);   // the one line that changes
//!
//! let names: Vec<String> = sqlx::query_scalar("SELECT name FROM users WHERE mail = $1")
//!     .bind("ann@example.com")
//!     .fetch_all(&pool)
//!     .await?;
//! let mut transaction = pool.begin().await?;
//! sqlx::query("UPDATE users SET seen = now()").execute(&mut *transaction).await?;
//! transaction.commit().await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Pool`], [`PoolConnection`] and [`Transaction`] stand for the types of those names in sqlx. `&pool`, `&mut *connection` and
//! `&mut *transaction` are [`sqlx::Executor`]s, so `query`, `query_as`, `query_scalar`, `raw_sql`, `QueryBuilder` and the macros run
//! on them. What needs sqlx's own type gets it from `inner()`, unrecorded: migrations (`migrate!().run(pool.inner())`), code that is
//! generic over `sqlx::Acquire`, `COPY`, `LISTEN`.
//!
//! # What is recorded
//!
//! A statement is one `DbQuery`: span `{summary}` (INTERNAL for SQLite, which runs in the process, else CLIENT) and
//! `db.client.operation.duration`, with operation, table, summary, product, database, server; the text without literals on the span
//! (see [`sql`](crate::sql)). `BEGIN`, `COMMIT`, `ROLLBACK`, `SAVEPOINT`, `RELEASE` and `PREPARE` are statements too.
//!
//! | how it ends | how it is told |
//! |---|---|
//! | with rows | `db.client.response.returned_rows` |
//! | with changed rows (one statement that changes rows) | `tachograph.db.affected_rows` |
//! | with an error of the database | `db.response.status_code` and `error.type`: SQLSTATE, or SQLite's extended number |
//! | with another error | `error.type`: the variant of [`sqlx::Error`], `PoolTimedOut`, `Io`. Messages, in which databases repeat values, are never told |
//! | `fetch_one` finds no row | a success with no row: the database did what it was asked, and `query_as` would not show it |
//! | the future is dropped | `error.type` is `cancelled` |
//! | the stream of `fetch` is dropped before its end | `cancelled`, with the rows that it gave. That the caller had enough cannot be told from that it gave up: ask for fewer rows, by `LIMIT` or `fetch_optional` |
//! | a callback of `map` panics | `panic` |
//! | a row cannot be decoded | by `query_as(…).fetch_all`: `cancelled`, since sqlx drops the stream; where there is one row: success. Decoding is not a part of the statement |
//! | a future or stream is never polled | nothing: it never was a statement |
//!
//! # Waiting for a connection
//!
//! The wait of a statement on a pool is a part of its duration, because it is a part of what the caller waited for, and a wait that times
//! out is a failed statement. It is told apart by `db.client.connection.wait_time`. Pools also tell
//! `db.client.connection.{count,idle.min,limit,pending_requests}` whenever metrics are collected, `.timeouts` and `.use_time`.
//! They begin when the pool is first used under a telemetry, which may be installed later than the pool is made, and end when it is
//! dropped or closed. sqlx does not let anybody see how long it takes to open a connection (`.create_time`), and has no
//! limit for idle connections but the one for all (`.idle.max`).
//!
//! # Health
//!
//! A pool is a [`Ping`](tachograph_core::source::Ping) for health checks: `SELECT 1`, unrecorded.
//!
//! # Why a wrapper
//!
//! sqlx has `tracing` events of its own. They are written when a statement has ended, so that nothing can be below its span; they say
//! neither whether it failed, nor on which database it ran, nor that the caller gave up, nor how long it waited; they hold the
//! text with its literals; and a filter of logs turns them off. Its hooks (`after_connect`, `before_acquire`) see connections, not
//! statements.

mod connection;
mod driver;
mod error;
mod executor;
mod lease;
mod metrics;
mod ping;
mod pool;
mod query;
mod recording;
mod transaction;

pub use self::{
    connection::{Connection, PoolConnection},
    driver::{Driver, Server},
    pool::Pool,
    transaction::Transaction,
};

/// A recorded pool of connections to PostgreSQL.
#[cfg(feature = "sqlx-postgres")]
pub type PgPool = Pool<sqlx::Postgres>;

/// A recorded pool of connections to SQLite.
#[cfg(feature = "sqlx-sqlite")]
pub type SqlitePool = Pool<sqlx::Sqlite>;

/// A recorded pool of connections to MySQL or MariaDB.
#[cfg(feature = "sqlx-mysql")]
pub type MySqlPool = Pool<sqlx::MySql>;

/// A recorded pool of connections to the database that a URL names.
#[cfg(feature = "sqlx-any")]
pub type AnyPool = Pool<sqlx::Any>;
