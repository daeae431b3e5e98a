//! Monitoring endpoints for an axum application: health, liveness, readiness, metrics.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use tachograph_monitor::{Monitoring, Readiness};
//!
//! # async fn serve(source: std::sync::Arc<dyn tachograph_core::source::Scrape>) -> std::io::Result<()> {
//! let readiness = Readiness::new();
//! let database = readiness.latch("database");
//! let monitoring = Monitoring::new().with_readiness(readiness.clone()).with_scrape(source);
//! let app = Router::new().route("/", get(|| async { "hello" })).merge(monitoring.router());
//! // … connect to the database …
//! database.release();
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
//! axum::serve(listener, app).with_graceful_shutdown(async move { readiness.shut_down() }).await
//! # }
//! ```
//!
//! # Routes
//!
//! | route | answer |
//! |---|---|
//! | `GET /health` | 200 `{"status":"ok","timestamp":1764000000.25}`: the process answers; Unix seconds |
//! | `GET /monitoring/health/live` | 200 `{"status":"alive"}` |
//! | `GET /monitoring/health` | 200 `{"success":true,"health":{…},"timestamp":…}` with the [`HealthReport`], or 503 with the same when it is unhealthy |
//! | `GET /monitoring/health/ready` | 200 `{"status":"ready"}`, or 503 `{"status":"waiting","waiting_for":["database"]}`, or 503 `{"status":"shutting_down"}` |
//! | `GET /monitoring/health/startup` | 503 `{"status":"starting","waiting_for":["database"]}` until it was ready once, then 200 `{"status":"started"}` for good |
//! | `GET /monitoring/metrics` | 200 and the metrics in the format and the encoding that the scraper asks for, or 503 and the reason |
//!
//! All but `/health` stand below a prefix that [`Monitoring::with_prefix`] changes. All answer `HEAD` too, and ask not to be
//! cached. They are open to whoever reaches the listener: serve them where only you do, or lay your own authentication
//! around the router.
//!
//! `tachograph-tower` leaves these paths out of spans and metrics by default; a changed prefix must be named there too.
//!
//! | module | holds |
//! |---|---|
//! | `monitoring`, `prefix` | the builder and its router |
//! | `readiness` | what has to be there before the application is ready, and while it is |
//! | `health` | checks, thresholds, the report of both, and the handlers that tell it |
//! | `metrics` | the handler |
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
