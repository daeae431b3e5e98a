//! A real server on a free port of the loopback, and a client that may go away.

use std::net::SocketAddr;

use axum::Router;
use tachograph_testing::TestTelemetry;
use tachograph_tower::HttpServerLayer;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

pub(crate) struct Server {
    pub(crate) test: TestTelemetry,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(routes: Router) -> Self {
        Self::start_with(routes, |layer| layer).await
    }

    pub(crate) async fn start_with(routes: Router, configure: impl FnOnce(HttpServerLayer) -> HttpServerLayer) -> Self {
        let test = TestTelemetry::new();
        let layer = configure(HttpServerLayer::new().with_telemetry(test.telemetry().clone()));
        let app = routes.layer(layer);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { test, address, task }
    }

    /// Sends a request without a body; its connection ends with the response.
    pub(crate) async fn request(&self, method: &str, path: &str, headers: &str) -> Client {
        self.send(&format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n")).await
    }

    /// The whole response to a `GET`.
    pub(crate) async fn get(&self, path: &str) -> String {
        self.request("GET", path, "").await.read_to_end().await
    }

    pub(crate) async fn send(&self, bytes: &str) -> Client {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        Client { stream, read: String::new() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One connection. Dropped, the client has gone away.
pub(crate) struct Client {
    stream: TcpStream,
    read: String,
}

impl Client {
    /// Reads until `text` has come.
    pub(crate) async fn read_until(&mut self, text: &str) {
        let mut buffer = [0; 1024];
        while !self.read.contains(text) {
            let read = self.stream.read(&mut buffer).await.unwrap();
            assert!(read > 0, "the connection ended before {text:?}: {:?}", self.read);
            self.read.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        }
    }

    /// Reads until the server closes the connection.
    pub(crate) async fn read_to_end(mut self) -> String {
        self.stream.read_to_string(&mut self.read).await.unwrap();
        self.read
    }
}
