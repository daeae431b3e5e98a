//! Ports that one Collector after the other has.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use tokio::net::TcpSocket;

/// Two ports that the system chose: for OTLP over gRPC and over HTTP. They are kept while this lives, whether a Collector listens there or
/// not, and whoever connects meanwhile is refused.
#[derive(Debug)]
pub struct Ports([Port; 2]);

#[derive(Debug)]
struct Port {
    address: SocketAddr,
    /// Bound and never listening.
    _keeper: TcpSocket,
}

impl Ports {
    /// Asks the system for both.
    ///
    /// # Errors
    ///
    /// When it has none.
    pub fn choose() -> io::Result<Self> {
        Ok(Self([Port::choose()?, Port::choose()?]))
    }

    /// Where OTLP over gRPC will be spoken.
    pub fn grpc(&self) -> String {
        format!("http://{}", self.0[0].address)
    }

    /// Where OTLP over HTTP will be spoken, without a path.
    pub fn http(&self) -> String {
        format!("http://{}", self.0[1].address)
    }

    pub(super) fn addresses(&self) -> [String; 2] {
        [0, 1].map(|port| self.0[port].address.to_string())
    }
}

impl Port {
    fn choose() -> io::Result<Self> {
        let keeper = TcpSocket::new_v4()?;
        // The Collector sets it too, so both can have the port.
        keeper.set_reuseaddr(true)?;
        keeper.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(Self { address: keeper.local_addr()?, _keeper: keeper })
    }
}
