//! What the server is to be like.

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;

use super::{
    connection::Speaks,
    listen::Port,
    server::OtlpServer,
    state::{Limits, State},
    tls::{Authority, Identity},
};

/// The Collector's `max_recv_msg_size_mib` for gRPC.
const GRPC_LIMIT: usize = 4 * 1024 * 1024;
/// The Collector's `max_request_body_size` for HTTP.
const HTTP_LIMIT: usize = 20 * 1024 * 1024;
const MEMORY: usize = 64 * 1024 * 1024;

/// Builds an [`OtlpServer`].
#[derive(Debug)]
#[must_use]
pub struct OtlpServerBuilder {
    tls: Option<[Arc<ServerConfig>; 2]>,
    credential: Option<(HeaderName, HeaderValue)>,
    limits: Limits,
    memory: usize,
}

impl Default for OtlpServerBuilder {
    fn default() -> Self {
        Self { tls: None, credential: None, limits: Limits { grpc: GRPC_LIMIT, http: HTTP_LIMIT }, memory: MEMORY }
    }
}

impl OtlpServerBuilder {
    /// TLS on both ports, with this certificate. The default is none.
    pub fn with_tls(mut self, server: &Identity) -> Self {
        self.tls = Some(configs(server, None));
        self
    }

    /// TLS on both ports, for clients alone that have a certificate of `clients`.
    pub fn with_tls_for(mut self, server: &Identity, clients: &Authority) -> Self {
        self.tls = Some(configs(server, Some(clients)));
        self
    }

    /// Requests without this header are refused with 401, or UNAUTHENTICATED. The default is to ask for none.
    ///
    /// # Panics
    ///
    /// When the name or the value is not valid.
    #[track_caller]
    pub fn with_credential(mut self, name: &str, value: &str) -> Self {
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) else {
            panic!("{name:?} is not a header, or has no valid value")
        };
        self.credential = Some((name, value));
        self
    }

    /// The largest message over gRPC, uncompressed. The default is 4 MiB, as the Collector has it; what is larger is refused with
    /// RESOURCE_EXHAUSTED.
    pub fn with_grpc_limit(mut self, bytes: usize) -> Self {
        self.limits.grpc = bytes;
        self
    }

    /// The largest body over HTTP, uncompressed. The default is 20 MiB, as the Collector has it; what is larger is refused with 400.
    pub fn with_http_limit(mut self, bytes: usize) -> Self {
        self.limits.http = bytes;
        self
    }

    /// How many bytes of messages are kept; older ones are forgotten. The default is 64 MiB.
    pub fn with_memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// Starts the server.
    ///
    /// # Panics
    ///
    /// When the system gives no port or no thread.
    #[must_use]
    #[track_caller]
    pub fn start(self) -> OtlpServer {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let [grpc, http] = match self.tls {
            Some(configs) => configs.map(|config| Some(TlsAcceptor::from(config))),
            None => [None, None],
        };
        let state = State::new(self.limits, self.credential, self.memory);
        let ports = [Port::new(Speaks::Grpc, grpc), Port::new(Speaks::Http, http)];
        let started = ports.into_iter().collect::<std::io::Result<Vec<_>>>();
        match started.and_then(|ports| OtlpServer::run(ports, scheme, state)) {
            Ok(server) => server,
            Err(error) => panic!("the OTLP server cannot be started: {error}"),
        }
    }
}

fn configs(server: &Identity, clients: Option<&Authority>) -> [Arc<ServerConfig>; 2] {
    [server.server_config(clients, b"h2"), server.server_config(clients, b"http/1.1")]
}
