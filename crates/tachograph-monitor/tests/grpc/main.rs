//! The endpoints as gRPC, over real sockets.

#![allow(clippy::unwrap_used, reason = "what fails in a test fails the test")]

mod access;
mod health;
mod monitor;
mod servers;
mod source;

use std::time::{Duration, Instant};

use tachograph_monitor::{Monitoring, MonitoringServer, grpc::monitor_client::MonitorClient};
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::health_client::HealthClient;

/// Long enough for anything that happens at all.
const LONG: Duration = Duration::from_secs(30);

/// A port of its own and a connection to it.
struct Served {
    server: MonitoringServer,
    channel: Channel,
}

async fn serve(monitoring: Monitoring) -> Served {
    let server = monitoring.serve("127.0.0.1:0").unwrap();
    let channel = connect(server.address()).await;
    Served { server, channel }
}

async fn connect(address: std::net::SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

impl Served {
    fn monitor(&self) -> MonitorClient<Channel> {
        MonitorClient::new(self.channel.clone())
    }

    fn health(&self) -> HealthClient<Channel> {
        HealthClient::new(self.channel.clone())
    }
}

/// What comes of it, if it does so in time.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, future).await.unwrap()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LONG, "{what} did not come about");
        std::thread::yield_now();
    }
}
