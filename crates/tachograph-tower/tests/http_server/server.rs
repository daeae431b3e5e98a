//! A real server on a free port of the loopback, and a client that may go away.

use std::net::SocketAddr;

use axum::Router;
use opentelemetry::trace::SpanKind;
use tachograph_core::semconv::metric;
use tachograph_testing::TestTelemetry;
use tachograph_tower::HttpServerLayer;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

pub(crate) struct Server {
    pub(crate) test: TestTelemetry,
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
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
        let (stop, stopped) = oneshot::channel();
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        let served = axum::serve(listener, service).with_graceful_shutdown(async { stopped.await.unwrap_or_default() });
        let task = tokio::spawn(async move { served.await.unwrap() });
        Self { test, address, stop, task }
    }

    /// Waits until every connection has ended, and with it all that the server did for it.
    pub(crate) async fn finished(self) -> TestTelemetry {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
        self.test
    }

    /// One request was recorded, as the only root of `tree`: one span, one duration, and nothing is in flight.
    #[track_caller]
    pub(crate) fn assert_recorded_once(&self, tree: &str) {
        assert_eq!(self.test.tree(), tree);
        assert_eq!(self.test.spans().iter().filter(|span| span.span_kind == SpanKind::Server).count(), 1);
        let metrics = self.test.metrics();
        assert_eq!(metrics.count(metric::HTTP_DURATION, &[]), 1);
        assert_eq!((metrics.value(metric::HTTP_ACTIVE, &[]), metrics.series(metric::HTTP_ACTIVE).len()), (0.0, 1));
    }

    /// Sends a request without a body; its connection ends with the response.
    pub(crate) async fn request(&self, method: &str, path: &str, headers: &str) -> Client {
        self.send(&format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n")).await
    }

    /// The whole response to a `GET`.
    pub(crate) async fn get(&self, path: &str) -> String {
        self.request("GET", path, "").await.read_to_end().await
    }

    pub(crate) async fn send(&self, bytes: impl AsRef<[u8]>) -> Client {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_ref()).await.unwrap();
        Client { stream, read: String::new() }
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

    /// Reads until `text` has come, of an answer of which nothing was read yet.
    pub(crate) async fn read_answer(&mut self, text: &str) {
        self.read.clear();
        self.read_until(text).await;
    }

    pub(crate) async fn write(&mut self, bytes: &str) {
        self.stream.write_all(bytes.as_bytes()).await.unwrap();
    }

    /// Reads until the server closes the connection.
    pub(crate) async fn read_to_end(mut self) -> String {
        self.stream.read_to_string(&mut self.read).await.unwrap();
        self.read
    }
}
