//! The monitoring endpoints as gRPC: what [`Monitoring::grpc_routes`](crate::Monitoring::grpc_routes) serves, and a client of it.
//!
//! | service | tells |
//! |---|---|
//! | `tachograph.monitor.v1.Monitor` | health, statistics once or as a stream, application and machine |
//! | `grpc.health.v1.Health` | whether requests are welcome, as load balancers and orchestrators ask |
//!
//! Messages and their units are described in `proto/tachograph/monitor/v1/monitor.proto`; what is here is generated from it. The
//! client takes any transport, as a `tonic::transport::Channel`:
//!
//! ```no_run
//! # async fn watch() -> Result<(), Box<dyn std::error::Error>> {
//! use tachograph_monitor::grpc::{WatchStatsRequest, monitor_client::MonitorClient};
//!
//! let channel = tonic::transport::Endpoint::from_static("http://127.0.0.1:9100").connect().await?;
//! let mut stats = MonitorClient::new(channel).watch_stats(WatchStatsRequest { interval: None }).await?.into_inner();
//! while let Some(answer) = stats.message().await? {
//!     println!("{:?}", answer.summary);
//! }
//! # Ok(()) }
//! ```
//!
//! An answer with statistics of very many names may be larger than the 4 MB that a client of tonic takes by default: set its
//! `max_decoding_message_size`. Answers are compressed by gzip for clients that take it.

mod guard;
mod health;
mod message;
mod service;
mod timer;
mod watch;

use tonic::{
    codec::CompressionEncoding,
    service::{Routes, interceptor::InterceptedService},
};
use tonic_health::pb::health_server::HealthServer;

use self::{guard::guard, health::Serving, monitor_server::MonitorServer, service::Endpoints};
use crate::monitoring::Monitoring;

#[allow(unused_qualifications, clippy::all, reason = "generated code has the style of its generator")]
mod generated {
    include!("generated/tachograph.monitor.v1.rs");
}

pub use self::generated::*;

/// Both services. There is no fallback among the routes: a router that they are merged into keeps its own.
pub(crate) fn routes(monitoring: &Monitoring) -> Routes {
    let monitor = MonitorServer::new(Endpoints::new(monitoring))
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip);
    let guard = guard(monitoring.token.clone(), monitoring.pace.clone());
    Routes::from(axum::Router::new())
        .add_service(InterceptedService::new(monitor, guard))
        .add_service(HealthServer::new(Serving::new(monitoring.health())))
}

#[cfg(test)]
mod tests;
