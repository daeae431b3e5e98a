//! In-process caches of the crate `moka`: hits, misses, loads, evictions and sizes.
//!
//! [`future::Cache`] and [`sync::Cache`] wrap moka's caches of the same names and have their everyday methods, so that a cache is
//! recorded by the way it is made:
//!
//! ```
//! use std::time::Duration;
//! use tachograph_db::moka::sync::Cache;
//!
//! let searches = moka::sync::Cache::builder().max_capacity(1_000).time_to_live(Duration::from_secs(600));
//! let searches: Cache<String, u32> = Cache::builder("searches", searches).build();
//! assert_eq!(searches.get_with("rust".to_owned(), || 42), 42);     // a miss, a load
//! assert_eq!(searches.get("rust"), Some(42));                      // a hit
//! ```
//!
//! # What is recorded
//!
//! | metric | attributes beside `tachograph.cache.name` | of |
//! |---|---|---|
//! | `tachograph.cache.operations` | `tachograph.cache.operation` = `get` with `tachograph.cache.result` = `hit`, `miss`; `set`; `remove` | every look-up, insertion, removal |
//! | `tachograph.cache.operations`, `tachograph.cache.operation.duration` | `tachograph.cache.operation` = `load`; `error.type` | every run of what fills a missing entry |
//! | `tachograph.cache.evictions` | `tachograph.cache.eviction.cause` = `expired`, `size` | every entry that the cache gave up |
//! | `tachograph.cache.size` | | entries |
//! | `tachograph.cache.weight` | | their weight by the cache's weigher; without one it is the size |
//!
//! A look-up takes much less time than a span, so look-ups, insertions and removals are only counted; a load has a span, `cache load {name}`, and what it does is below it. `with_spans(true)` on a cache gives all
//! operations a span and a duration.
//!
//! - Of look-ups that want the same missing key at once one runs the load. It is the miss; the others, which wait for the value, are
//!   hits, and misses when they get none. So a miss is a look-up that did the work or went away empty.
//! - A load that its caller drops is `cancelled`, and moka runs that of another caller that waits; then there are two loads.
//! - An entry that the application replaces or removes is no eviction: it is counted as `set` or `remove`. That holds for
//!   `invalidate_all` too, which is no operation itself.
//! - moka does its housekeeping in the course of other operations: sizes are those at the last one, and an entry counts as evicted
//!   once it is found to be.
//!
//! What is not among the methods (`entry`, `iter`, `get_with_if`, …) is done on `inner()`, and not recorded.
//!
//! # Telemetry
//!
//! Each operation is recorded to the telemetry in force where it happens, as everywhere; nothing is recorded before there is one, so
//! a cache may be a `static` that is older. The sizes are reported to the first telemetry from the first operation on that happens
//! under it, and to further ones from the first that is no hit. They are read when metrics are collected, without keeping the cache
//! alive; the cache keeps its telemetry. An SDK keeps what it reads them with for good, so caches should be few and long-lived.
//!
//! # The eviction listener
//!
//! Evictions are counted by moka's eviction listener, of which there is one. Give yours to the `CacheBuilder` here, which calls it
//! after counting: moka's builder cannot be asked for the one that it has, and it is replaced. With a listener moka locks keys while
//! it changes them; `Cache::wrap` takes a ready cache as it is, and [`Evictions`] counts from a listener of yours.

mod evictions;
pub mod future;
mod gauges;
mod record;
pub mod sync;

pub use self::evictions::Evictions;
