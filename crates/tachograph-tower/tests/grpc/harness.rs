//! A real server on a free port of the loopback, and real clients: both record to the telemetry of the test.

use std::{net::SocketAddr, sync::Once};

use bytes::Bytes;
use http::uri::PathAndQuery;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use tachograph_testing::TestTelemetry;
use tachograph_tower::{GrpcClient, GrpcClientLayer, GrpcServerLayer};
use tokio::{
    net::TcpListener,
    sync::mpsc::{self, UnboundedReceiver},
    task::JoinHandle,
};
use tonic::{
    Request, Status,
    client::Grpc,
    transport::{Channel, Server, server::TcpIncoming},
};
use tower::Layer as _;

use crate::echo::{Echo, Event, Raw};

/// Every test of this process uses the same propagator.
fn install_propagator() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let propagator = TextMapCompositePropagator::new(vec![
            Box::new(TraceContextPropagator::new()),
            Box::new(BaggagePropagator::new()),
        ]);
        opentelemetry::global::set_text_map_propagator(propagator);
    });
}

pub(crate) struct Harness {
    pub(crate) test: TestTelemetry,
    pub(crate) address: SocketAddr,
    events: UnboundedReceiver<Event>,
    task: JoinHandle<()>,
}

impl Harness {
    pub(crate) async fn start() -> Self {
        Self::start_with(|layer| layer).await
    }

    pub(crate) async fn start_with(configure: impl FnOnce(GrpcServerLayer) -> GrpcServerLayer) -> Self {
        install_propagator();
        let test = TestTelemetry::new();
        let layer = configure(GrpcServerLayer::new().with_telemetry(test.telemetry().clone()));
        let (tell, events) = mpsc::unbounded_channel();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = Server::builder()
            .layer(layer)
            .add_service(Echo::new(tell))
            .serve_with_incoming(TcpIncoming::from(listener));
        let task = tokio::spawn(async move { serving.await.unwrap() });
        Self { test, address, events, task }
    }

    /// A client with a connection of its own.
    pub(crate) fn client(&self) -> Client {
        client_of(&self.test, self.address)
    }

    /// Waits until a call that waits for ever has come so far.
    pub(crate) async fn until(&mut self, event: Event) {
        while self.events.recv().await.unwrap() != event {}
    }

    /// The calls with their statuses.
    pub(crate) fn tree(&self) -> String {
        self.test.tree_with(&["rpc.status_code", "error.type"])
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn client_of(test: &TestTelemetry, address: SocketAddr) -> Client {
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect_lazy();
    let layer =
        GrpcClientLayer::new().with_telemetry(test.telemetry().clone()).with_server("127.0.0.1", address.port());
    Client { grpc: Grpc::new(layer.layer(channel)) }
}

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) grpc: Grpc<GrpcClient<Channel>>,
}

impl Client {
    pub(crate) async fn say(&mut self, what: &'static str) -> Result<Bytes, Status> {
        self.call("/test.Echo/Say", Request::new(what.into())).await
    }

    pub(crate) async fn call(&mut self, path: &str, request: Request<Bytes>) -> Result<Bytes, Status> {
        self.grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
        let path: PathAndQuery = path.parse().unwrap();
        self.grpc.unary(request, path, Raw).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn list(&mut self, what: &'static str) -> tonic::Streaming<Bytes> {
        self.grpc.ready().await.unwrap();
        let path = PathAndQuery::from_static("/test.Echo/List");
        self.grpc.server_streaming(Request::new(what.into()), path, Raw).await.unwrap().into_inner()
    }
}
