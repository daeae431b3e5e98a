//! Database clients and caches against real servers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

mod moka;
mod ping;
mod redis;
mod sqlx_postgres;
mod sqlx_recorded;
mod sqlx_sqlite;
