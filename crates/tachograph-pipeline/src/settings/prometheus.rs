//! `OTEL_EXPORTER_PROMETHEUS_HOST` and `_PORT`: where a server for scrapes listens, if there is to be one.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::parse::Reader;
use crate::error::Error;

const HOST: &str = "OTEL_EXPORTER_PROMETHEUS_HOST";
const PORT: &str = "OTEL_EXPORTER_PROMETHEUS_PORT";
const BOTH: &str = "OTEL_EXPORTER_PROMETHEUS_HOST and OTEL_EXPORTER_PROMETHEUS_PORT";
const DEFAULT_PORT: u16 = 9464;
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The server that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerSettings {
    pub(crate) host: Host,
    pub(crate) port: u16,
    /// The variables or the builder method that say so.
    pub(crate) source_name: &'static str,
}

/// An interface, or a name for one that is looked up when the server starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    Address(IpAddr),
    Name(String),
}

impl ServerSettings {
    pub(crate) fn in_code(address: SocketAddr) -> Self {
        Self { host: Host::Address(address.ip()), port: address.port(), source_name: "with_prometheus_server" }
    }

    /// `None` when neither variable is set.
    pub(super) fn read(read: &Reader<'_>) -> Result<Option<Self>, Error> {
        let (host, port) = (read.text(HOST), read.port(PORT)?);
        let source_name = match (&host, port) {
            (None, None) => return Ok(None),
            (Some(_), None) => HOST,
            (None, Some(_)) => PORT,
            (Some(_), Some(_)) => BOTH,
        };
        let host = host.map_or(Ok(Host::Address(LOOPBACK)), |host| Host::parse(&host))?;
        Ok(Some(Self { host, port: port.unwrap_or(DEFAULT_PORT), source_name }))
    }
}

impl Host {
    /// `localhost` is not looked up: the answer may be an interface of IPv6 that scrapers with the address of IPv4 do not reach.
    fn parse(text: &str) -> Result<Self, Error> {
        if text.eq_ignore_ascii_case("localhost") {
            return Ok(Self::Address(LOOPBACK));
        }
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse() {
            return Ok(Self::Address(address));
        }
        let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
        if is_name {
            return Ok(Self::Name(text.to_owned()));
        }
        Err(Error::invalid(HOST, text, format!("an address or a host name; the port is given by {PORT}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Option<ServerSettings> {
        let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        ServerSettings::read(&Reader::new(&lookup)).unwrap()
    }

    #[test]
    fn one_variable_is_enough_and_the_other_takes_its_default() {
        let server = |host, port, source_name| Some(ServerSettings { host, port, source_name });
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[(PORT, "9000")]), server(Host::Address(LOOPBACK), 9000, PORT));
        assert_eq!(read(&[(HOST, "localhost")]), server(Host::Address(LOOPBACK), 9464, HOST));
        let every = Ipv4Addr::UNSPECIFIED.into();
        assert_eq!(read(&[(HOST, "0.0.0.0"), (PORT, "1")]), server(Host::Address(every), 1, BOTH));
    }

    #[test]
    fn a_host_is_an_address_or_a_name() {
        let host = |text| read(&[(HOST, text)]).unwrap().host;
        assert_eq!(host("::1"), Host::Address(std::net::Ipv6Addr::LOCALHOST.into()));
        assert_eq!(host("[::1]"), Host::Address(std::net::Ipv6Addr::LOCALHOST.into()));
        assert_eq!(host("metrics.internal"), Host::Name("metrics.internal".to_owned()));
    }
}
