//! Redis: one span and one duration for every command, pipeline and transaction, and never a key or a value.
//!
//! [`Tracked`] wraps a connection and is one itself, so that call sites stay as they are: `AsyncCommands`, `query_async`,
//! pipelines, transactions, scripts. A clone of a wrapped connection that can be cloned shares everything, as without the wrapper.
//!
//! ```no_run
//! use redis::AsyncCommands as _;
//! use tachograph_db::redis::Tracked;
//!
//! # async fn example(client: redis::Client, connection: impl redis::aio::ConnectionLike + Send + Sync) -> redis::RedisResult<()> {
//! // let client = redis::Client::open("redis://127.0.0.1:6379/2")?;
//! // let connection = client.get_connection_manager().await?;
//! let mut connection = Tracked::new(connection).with_connection_info(client.get_connection_info());
//! let name: Option<String> = connection.get("user:4711").await?;           // span `GET redis`
//! redis::pipe().atomic().incr("visits", 1).incr("total", 1).exec_async(&mut connection).await?; // span `MULTI INCRBY`
//! # Ok(()) }
//! ```
//!
//! # What is recorded
//!
//! | attribute | value |
//! |---|---|
//! | `db.system.name` | `redis` |
//! | `db.operation.name` | the command, with its sub-command: `GET`, `CONFIG SET`. In upper case and one of those that Redis and its modules document, however it was written; any other is `_OTHER`, so that neither spelling nor a key sent as a command makes series |
//! | `db.namespace` | index of the database that the connection was opened for; a later `SELECT` is not seen |
//! | `server.address`, `server.port` | as told by [`Tracked::with_connection_info`]; a Unix socket is its path, without a port |
//! | `db.query.text` | the command with a `?` for each argument, of at most 16 arguments and 16 commands: `HSET ? ? ?` |
//! | `db.operation.batch.size` | commands in a pipeline or transaction, from two on |
//! | `db.query.summary` | of a pipeline or transaction, as its operation: `PIPELINE`, `MULTI`, with the command if all are the same: `PIPELINE GET` |
//! | `db.response.status_code`, `error.type` | first word of the server's error: `WRONGTYPE`, `NOAUTH`, `MOVED` |
//! | `error.type` | otherwise a class of error: `timeout`, `connection_refused`, `connection_closed`, `io`, `parse`, … |
//!
//! A pipeline is a failure when any of its replies is an error, ignored or not. No message of an error is recorded: the server
//! repeats arguments in some of them. A command that its caller drops is recorded as `cancelled`; the server may still run it.
//!
//! # What to know
//!
//! - Commands that wait (`BLPOP`, `XREAD BLOCK`, `WAIT`) last as long as they wait. They have operation names of their own, apart from
//!   `XREAD`; leave them out of alerts on latency.
//! - A transaction that a watched key made void is a success: it is an answer.
//! - Connecting, authenticating and reconnecting are the client's own, and are not recorded. Nor is pub/sub: what waits for messages is
//!   no command. `Tracked::get_mut` gives the connection for it.
//! - A connection that can be cloned is a [`Ping`](tachograph_core::source::Ping) for health checks, unrecorded.
//! - With no telemetry in force the future of the inner connection is given back as it is.

mod aio;
mod batch;
mod command;
mod failure;
mod packed;
mod ping;
mod sync;
mod tracked;

pub use self::tracked::Tracked;
