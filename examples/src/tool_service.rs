//! A service of tools behind gRPC: conversions of units, one by one and as tables.

mod service;
mod units;

use std::io;

use reqwest::Url;
use tachograph::tower::GrpcServerLayer;
use tokio::net::TcpListener;
use tonic::transport::{Error, Server, server::TcpIncoming};

use self::service::Converter;
use crate::{program, tools::v1::tool_service_server::ToolServiceServer};

/// Known from the start, so that even the first call of a method starts under its name.
const METHODS: [&str; 2] = ["tools.v1.ToolService/Convert", "tools.v1.ToolService/Tabulate"];

/// Serves the tools until `stop` is ready and the calls under way are answered, at most five seconds later.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve(listener: TcpListener, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), Error> {
    let tracked = GrpcServerLayer::new().with_methods(METHODS);
    let router = Server::builder().layer(tracked).add_service(ToolServiceServer::new(Converter));
    let incoming = TcpIncoming::from(listener);
    program::serve_until(stop, |stop| router.serve_with_incoming_shutdown(incoming, stop)).await
}

/// Starts the tools on a free port of this machine and gives their URL; they end with the process.
///
/// # Errors
///
/// When there is no free port.
pub async fn start() -> io::Result<Url> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(serve(listener, std::future::pending()));
    Url::parse(&url).map_err(io::Error::other)
}
