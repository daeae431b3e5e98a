//! That nothing is left of those who watched.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tachograph_core::source::{Point, ReadMetrics, ScrapeError};
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::{monitor_client::MonitorClient, monitor_server::MonitorServer, service::Sources, *};
use crate::Stats;

/// Long enough for anything that happens at all.
const LONG: Duration = Duration::from_secs(30);

struct Nothing;

impl ReadMetrics for Nothing {
    fn read_metrics(&self, _: &mut dyn FnMut(&Point<'_>)) -> Result<(), ScrapeError> {
        Ok(())
    }
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LONG, "{what} did not come about");
        tokio::task::yield_now().await;
    }
}

/// The service on a free port, and what it shares with its streams.
async fn serve() -> (Channel, Arc<Sources>) {
    let monitoring = Monitoring::new().with_stats(Stats::builder(Arc::new(Nothing)).start());
    let endpoints = Endpoints::new(&monitoring);
    let sources = Arc::clone(endpoints.sources());
    let health = HealthServer::new(Serving::new(monitoring.health()));
    let app = Routes::new(MonitorServer::new(endpoints)).add_service(health).into_axum_router();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap(), sources)
}

#[tokio::test]
async fn watches_that_are_dropped_leave_nothing_behind() {
    let (channel, sources) = serve().await;
    let idle = Arc::strong_count(&sources);
    let watch = async || {
        let mut client = MonitorClient::new(channel.clone());
        let mut stream = client.watch_stats(WatchStatsRequest { interval: None }).await.unwrap().into_inner();
        assert!(stream.message().await.unwrap().is_some());
        stream
    };
    let streams = join_all((0..100).map(|_| watch())).await;
    assert_eq!(Arc::strong_count(&sources), idle + 100);
    drop(streams);
    until("the end of all streams", || Arc::strong_count(&sources) == idle).await;
}

#[tokio::test]
async fn health_watches_that_are_dropped_leave_nothing_behind() {
    let (channel, sources) = serve().await;
    let readiness = sources.health.readiness();
    let idle = readiness.watchers();
    let watch = async |service: &str| {
        let mut client = HealthClient::new(channel.clone());
        let asked = HealthCheckRequest { service: service.to_owned() };
        let mut stream = client.watch(asked).await.unwrap().into_inner();
        assert!(stream.message().await.unwrap().is_some());
        stream
    };
    let (known, unknown) = (watch("").await, watch("nobody").await);
    assert_eq!(readiness.watchers(), idle + 2);
    drop((known, unknown));
    until("the end of both streams", || readiness.watchers() == idle).await;
}
