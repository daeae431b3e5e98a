//! Database clients and caches with spans and metrics.
//!
//! | module | feature | holds |
//! |---|---|---|
//! | [`sql`] | | what may be told of the text of a statement: operation, table, summary, the text without literals |
//! | `sqlx` | `sqlx-postgres`, `sqlx-sqlite`, `sqlx-mysql`, `sqlx-any` | pools, connections and transactions of sqlx that record every statement |
//! | `redis` | `redis` | a wrapper around any connection of the crate `redis` |
//! | `moka` | `moka` | in-process caches that count hits, misses, loads and evictions, and tell their size |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "moka")]
pub mod moka;
#[cfg(feature = "redis")]
pub mod redis;
pub mod sql;
#[cfg(feature = "sqlx")]
pub mod sqlx;
