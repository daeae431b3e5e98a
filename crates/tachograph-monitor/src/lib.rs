//! Monitoring endpoints: health, statistics with their history, recent traces, a page for people, metrics; over HTTP and gRPC.
//!
//! Nothing is recorded for them. Statistics are read off the metrics of the process once a second, traces are shown to an observer
//! on their way to the export, those that a full queue drops as well. The crate `tachograph` connects the two sides:
//! `telemetry.monitoring()` is a [`Monitoring`] that has its sources already.
//!
//! ```no_run
//! use std::{sync::Arc, time::Duration};
//! use axum::{Router, routing::get};
//! use tachograph_core::source::{Ping, ReadMetrics, Scrape};
//! use tachograph_monitor::{Check, Monitoring, Readiness, Stats};
//!
//! # async fn serve(
//! #     scrape: Arc<dyn Scrape>, metrics: Arc<dyn ReadMetrics>, pool: impl Ping + 'static, token: &str
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let readiness = Readiness::new();
//! let cache = readiness.latch("cache");
//! let monitoring = Monitoring::new()
//!     .with_scrape(scrape)
//!     .with_stats(Stats::builder(metrics).start())
//!     .with_readiness(readiness.clone())
//!     .with_check(Check::ping("database", pool).with_startup_gate(true))?
//!     .with_check(Check::tcp("queue", "queue:5672").with_critical(false))?;
//! let app = Router::new().route("/", get(|| async { "hello" })).merge(monitoring.clone().router());
//! let own_port = monitoring.with_bearer_token(token)?.serve("127.0.0.1:9465")?;
//! // … fill the cache …
//! cache.release();
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
//! axum::serve(listener, app).with_graceful_shutdown(async move { readiness.shut_down() }).await?;
//! own_port.shutdown(Duration::from_secs(2)).await;
//! # Ok(()) }
//! ```
//!
//! # Routes
//!
//! | route | answer |
//! |---|---|
//! | `GET /health` | 200 `{"status":"ok","timestamp":1764000000.25}`: the process answers; Unix seconds |
//! | `GET /monitoring/` | 200 and the page; `/monitoring` leads there |
//! | `GET /monitoring/health/live` | 200 `{"status":"alive"}` |
//! | `GET /monitoring/health/ready` | 200 `{"status":"ready"}`, or 503 `{"status":"waiting","waiting_for":["database"]}`, or 503 `{"status":"shutting_down"}` |
//! | `GET /monitoring/health/startup` | 503 `{"status":"starting","waiting_for":["database"]}` until it was ready once, then 200 `{"status":"started"}` for good |
//! | `GET /monitoring/health` | 200 `{"success":true,"health":{…},"timestamp":…}` with the [`HealthReport`], or 503 with the same when it is unhealthy |
//! | `GET /monitoring/stats` | 200 `{"success":true,"data":{…},"timestamp":…}` with the [`stats::Summary`] |
//! | `GET /monitoring/stats/history` | the same with [`stats::HistoryPoint`]s: `minutes` (60 if not told), `step` (60, or 10 seconds), or one `endpoint`, `agent`, `model` or `tool` |
//! | `GET /monitoring/traces` | the same with [`traces::TraceSummary`]s: `kind` (`latest`, `slowest`, `failed`), `limit` (50, at most 200) |
//! | `GET /monitoring/traces/{trace_id}` | the same with a [`traces::TraceView`] |
//! | `GET /monitoring/info` | 200 and the [`Info`] |
//! | `GET /monitoring/metrics` | 200 and the metrics in the format and the encoding that the scraper asks for, or 503 and the reason |
//!
//! What is asked wrongly, or cannot be answered, has a status from 400 on and `{"success":false,"error":"…","timestamp":…}`. All but
//! `/health` stand below a prefix that [`Monitoring::with_prefix`] changes. All answer `HEAD` too, and ask not to be cached. They are open
//! to whoever reaches the listener, unless there is a [token](Monitoring::with_bearer_token).
//!
//! `tachograph-tower` leaves these paths out of spans and metrics by default; a changed prefix must be named there too.
//!
//! | module | holds |
//! |---|---|
//! | `monitoring`, `router`, `prefix` | the builder and its routes |
//! | `access`, `serve` | who may ask and how often; a port of its own |
//! | `readiness` | what has to be there before the application is ready, and while it is |
//! | `health` | checks, thresholds, the report of both, and the handlers that tell it |
//! | [`stats`] | readings of the metrics, what changed between them, and what is told of both |
//! | [`traces`] | recent traces by kind |
//! | `info`, `application`, `links` | who runs where, and where to look further |
//! | `page` | the page; its sources stand in the folder `page` |
//! | `metrics` | the handler of scrapes |
//! | `grpc` | the same as gRPC services, with the feature of that name |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod access;
mod answer;
mod application;
#[cfg(feature = "grpc")]
pub mod grpc;
mod health;
mod info;
mod links;
mod metrics;
mod monitoring;
mod page;
mod prefix;
mod readiness;
mod router;
mod serve;
pub mod stats;
pub mod traces;

pub use access::{AccessError, OriginError};
pub use application::Application;
pub use health::{
    Check, CheckReport, Health, HealthBuilder, HealthError, HealthReport, HealthStatus, IntoVerdict, ReadVitals,
    Thresholds, Verdict, Vitals,
};
pub use info::{AppInfo, CpuInfo, DiskInfo, Info, MemoryInfo};
pub use links::LinkError;
pub use monitoring::Monitoring;
pub use prefix::PrefixError;
pub use readiness::{Latch, Readiness, ServingState};
pub use serve::MonitoringServer;
pub use stats::Stats;
pub use traces::Traces;
