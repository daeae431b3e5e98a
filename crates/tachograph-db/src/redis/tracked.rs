//! The connection that records what it sends.

use std::{fmt, sync::Arc};

use opentelemetry::StringValue;
use redis::{ConnectionAddr, ConnectionInfo};
use tachograph_core::DbQuery;

use super::batch::Request;

const SYSTEM: &str = "redis";

/// A Redis connection whose commands are recorded; see the [module](super) for what of them.
///
/// It is a [`redis::aio::ConnectionLike`] where `C` is one (`MultiplexedConnection`, `ConnectionManager`, …), and a
/// [`redis::ConnectionLike`] where `C` is that (`Connection`, …), and it can be cloned where `C` can.
#[derive(Clone)]
pub struct Tracked<C> {
    pub(super) connection: C,
    pub(super) server: Arc<Server>,
}

/// What every command of a connection is recorded with.
#[derive(Clone, Debug, Default)]
pub(super) struct Server {
    database: Option<StringValue>,
    address: Option<StringValue>,
    /// 0 stands for none.
    port: u16,
}

impl<C> Tracked<C> {
    /// Records what is sent over `connection`, without saying where it leads to.
    pub fn new(connection: C) -> Self {
        Self { connection, server: Arc::default() }
    }

    /// Tells the server and the database: `Tracked::new(connection).with_connection_info(client.get_connection_info())`. User and
    /// password are not looked at.
    #[must_use]
    pub fn with_connection_info(mut self, info: &ConnectionInfo) -> Self {
        let (address, port) = match info.addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => (host.clone(), *port),
            ConnectionAddr::Unix(path) => (path.to_string_lossy().into_owned(), 0),
            // The enum may grow.
            _ => return self,
        };
        let database = Some(StringValue::from(info.redis_settings().db().to_string()));
        self.server = Arc::new(Server { database, address: Some(shared(address)), port });
        self
    }

    /// Tells the server where there is no `ConnectionInfo`, or where a name says more than an address: that of a cluster.
    #[must_use]
    pub fn with_server(mut self, address: impl Into<String>, port: Option<u16>) -> Self {
        let server = Arc::make_mut(&mut self.server);
        server.address = Some(shared(address.into()));
        server.port = port.unwrap_or(0);
        self
    }

    /// The connection itself. What is sent over it is not recorded.
    pub fn get_ref(&self) -> &C {
        &self.connection
    }

    /// The connection itself. What is sent over it is not recorded.
    pub fn get_mut(&mut self) -> &mut C {
        &mut self.connection
    }

    /// Gives the connection back.
    pub fn into_inner(self) -> C {
        self.connection
    }
}

/// Without the connection, which may print more than an address.
impl<C> fmt::Debug for Tracked<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracked").field("server", &self.server).finish_non_exhaustive()
    }
}

/// As a text that is cloned by counting.
fn shared(text: String) -> StringValue {
    Arc::<str>::from(text).into()
}

impl Server {
    /// The operation that `request` is, before it is sent.
    pub(super) fn query(&self, request: &Request) -> DbQuery {
        let mut query = DbQuery::new(request.operation, "").system(SYSTEM).server_port(self.port);
        if let Some(database) = &self.database {
            query = query.namespace(database.clone());
        }
        if let Some(address) = &self.address {
            query = query.server_address(address.clone());
        }
        match request.batch {
            Some(size) => query.summary(request.operation).batch_size(u64::try_from(size).unwrap_or(u64::MAX)),
            None => query,
        }
    }
}
